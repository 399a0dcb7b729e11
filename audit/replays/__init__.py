"""Archived histories in Temporal's Replayer, and what a history believes of the ledger."""
