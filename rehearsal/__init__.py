"""The stage: a demo town, mappings of outside records and simulated people; nothing here decides a case."""
