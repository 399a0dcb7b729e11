"""Torture: faults by the thousand, each by its seed, and what must hold afterwards; every part counts its failures."""
