"""The hands: the only code that changes anything outside a case; it owns the schema."""
