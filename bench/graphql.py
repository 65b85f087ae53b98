"""The GraphQL part: the same documents asked for over REST and over GraphQL, at the same server."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
from pathlib import Path
from typing import Any

from rich.console import Console

from appwrite_py.data.embedded import EmbeddedPostgres
from bench.documents import Target, measure, settle, table
from bench.target import CATEGORIES, Process, Product, document

KINDS = ("get", "list", "create")
_IN = 'databaseId:"main",collectionId'
_SHOWN = "_id _sequence _createdAt _updatedAt _permissions _databaseId _collectionId data"
_GET = f'query($id:String!){{databasesGetDocument({_IN}:"articles",documentId:$id){{{_SHOWN}}}}}'
_MANY = f"total documents{{{_SHOWN}}}"
_LIST = f'query($q:[String]){{databasesListDocuments({_IN}:"articles",queries:$q,total:false){{{_MANY}}}}}'
_CREATE = f'mutation($d:Json!){{databasesCreateDocument({_IN}:"sink",documentId:"unique()",data:$d){{{_SHOWN}}}}}'


class OverGraphql:
    """The product as those see it who ask in GraphQL: for all that REST answers."""

    def __init__(self, product: Product) -> None:
        self._product = product

    @property
    def process(self) -> Process:
        """The server."""
        return self._product.process

    def requests(self, kind: str, n: int) -> tuple[str, str, dict[str, str], bytes]:
        """Request number n of a kind, about the same documents as over REST."""
        body = {"query": {"get": _GET, "list": _LIST, "create": _CREATE}[kind], "variables": self._variables(kind, n)}
        headers = self._product.headers_of(n) | {"Content-Type": "application/json"}
        return "POST", "/v1/graphql", headers, json.dumps(body).encode()

    def _variables(self, kind: str, n: int) -> dict[str, Any]:
        if kind == "get":
            return {"id": self._product.ids[random.Random(n).randrange(len(self._product.ids))]}
        if kind == "create":
            return {"d": document(100_000 + n)}
        queries = [
            {"method": "equal", "attribute": "category", "values": [f"category-{n % CATEGORIES:02d}"]},
            {"method": "orderDesc", "attribute": "views"}, {"method": "limit", "values": [25]},
        ]  # fmt: skip
        return {"q": [json.dumps(query) for query in queries]}


def run(options: argparse.Namespace, postgres: EmbeddedPostgres, dsn: str, folder: Path, console: Console) -> None:
    """Start a server, ask it in both ways in turns, print the table."""
    console.print(f"Preparing {options.documents:,} documents …")
    product = Product(dsn, folder)
    product.prepare(options.documents)
    asyncio.run(settle(dsn))
    targets: dict[str, Target] = {"REST": product, "GraphQL": OverGraphql(product)}
    console.print(table(measure(options, targets, postgres.pid or os.getpid(), folder, console, KINDS), "GraphQL"))
    product.process.stop()
