"""Checks of a ledger against the rules, from stored JSON alone: nothing here imports what runs a case."""
