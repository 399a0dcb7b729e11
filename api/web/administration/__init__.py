"""Pages for those who keep the machinery: bodies, accounts, editions, access."""
