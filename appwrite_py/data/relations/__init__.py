"""Relationships between the documents of two collections of one database."""
