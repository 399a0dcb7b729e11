"""What somebody sends, on its way to a case, and what came of it."""
