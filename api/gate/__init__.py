"""What every request passes: limits, lines, keys, and what surrounds an answer."""
