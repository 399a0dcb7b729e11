"""Lives of cases drawn from a seed: the place, the people's choices, the checks, and the shrinking of what fails."""
