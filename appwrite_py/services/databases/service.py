"""Databases and TablesDB: the routes of both vocabularies."""

from __future__ import annotations

from appwrite_py.services.databases import attributes, collections, databases, indexes
from appwrite_py.services.databases.documents import bulk, single
from appwrite_py.services.databases.words import DATABASES, TABLES

ROOMS = (databases, collections, attributes, indexes, single, bulk)
services = [DATABASES.service, TABLES.service]
