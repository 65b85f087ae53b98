"""Databases and TablesDB: the routes of both vocabularies."""

from __future__ import annotations

from appwrite_py.services.databases import attributes, collections, databases, documents, indexes
from appwrite_py.services.databases.words import DATABASES, TABLES

ROOMS = (databases, collections, attributes, indexes, documents)
services = [DATABASES.service, TABLES.service]
