"""Everything there is about one case: gathered from the database, written as a file, read from one."""
