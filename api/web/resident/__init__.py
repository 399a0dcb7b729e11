"""Pages for who brings a matter: the entrance, the receipt, the way to follow it."""
