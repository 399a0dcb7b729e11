"""The proof: read-only looks at what happened, whether it is whole, and whether it was lawful."""
