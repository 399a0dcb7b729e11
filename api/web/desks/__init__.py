"""Pages for whoever has work waiting: dispatch and department desks, splitting, whistles."""
