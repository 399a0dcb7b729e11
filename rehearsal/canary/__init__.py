"""Personal data that nobody could mistake, put wherever people write it, and looked for wherever it must not be."""
