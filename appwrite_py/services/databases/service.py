"""Databases, TablesDB, DocumentsDB and VectorsDB: the routes of all of them."""

from __future__ import annotations

from appwrite_py.services.databases import (
    collections,
    databases,
    indexes,
    logs,
    relationships,
    transactions,
    usage,
    vectors,
)
from appwrite_py.services.databases.attributes import common, formats, numbers, spatial, text
from appwrite_py.services.databases.documents import bulk, counters, single
from appwrite_py.services.databases.schema import routes as schema
from appwrite_py.services.databases.words import DATABASES, DOCUMENTS, TABLES, VECTORS

ROOMS = (
    databases, collections, text, numbers, formats, spatial, relationships, common, indexes, vectors, single, bulk,
    counters, schema, transactions, logs, usage,
)  # fmt: skip
services = [DATABASES.service, TABLES.service, DOCUMENTS.service, VECTORS.service]
