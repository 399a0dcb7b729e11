"""Where torture takes place: a Herun whose parts can be hurt one by one, the people at its door, what must hold."""
