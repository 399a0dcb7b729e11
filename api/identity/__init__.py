"""Who asks, what of it is proved, and what they may see and do."""
