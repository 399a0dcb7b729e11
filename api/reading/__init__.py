"""What the register and the ledger say, as one caller may see it."""
