"""The whole schema of a database in one piece: read, compared with what is wanted, and brought there."""
