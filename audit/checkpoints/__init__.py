"""Signed roots over everything on record: the trees, the signatures, and what is proved with them."""
