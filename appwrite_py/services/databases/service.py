"""Databases and TablesDB: the routes of both vocabularies."""

from __future__ import annotations

from appwrite_py.services.databases import attributes, collections, databases, indexes, relationships
from appwrite_py.services.databases.documents import bulk, single
from appwrite_py.services.databases.schema import routes as schema
from appwrite_py.services.databases.words import DATABASES, TABLES

ROOMS = (databases, collections, attributes, relationships, indexes, single, bulk, schema)
services = [DATABASES.service, TABLES.service]
