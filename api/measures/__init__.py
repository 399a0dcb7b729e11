"""What the door counts of itself and of the town, for `/metrics`."""
