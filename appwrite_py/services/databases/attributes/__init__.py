"""Attributes and columns: a file of routes for each family of kinds, what they share (`steps`), and `common` routes."""

from appwrite_py.services.databases.attributes.steps import add, checked

__all__ = ["add", "checked"]
