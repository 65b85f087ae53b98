"""What the databases part measures on: entries with three permissions each, linked with authors and their companies.

Databases, collections, indexes, relationships, users and teams are made through the API. Rows are made by PostgreSQL
inside the collections' tables, since a million of them would take half an hour otherwise.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
import urllib.error
import urllib.parse
from collections.abc import Callable
from typing import Any

import asyncpg

from bench.target import PASSWORD, Product

SHARES = {"most": 0.60, "some": 0.05, "percent": 0.01, "few": 0.001, "none": 0.0}
"""Share of the rows that the members of these teams may read and update."""
ROLES = 50
CATEGORIES = 50
AUTHORS, COMPANIES = 1000, 50
USERS_EACH = 4
_TEAM_ROLES = ["reader", "writer", "editor"]  # with the team itself and the membership: five roles by membership
_CHUNK = 20_000

# Each row: read for a team and its owner, update for the team. Teams that nobody measured is in share the rest.
_ROWS = """
INSERT INTO {table} (_id, _created_at, _updated_at, _permissions, _read, _update, title, body, category, views, score,
  published, published_at{link})
SELECT _id, now() - n * interval '1 second', now(), ARRAY['read("' || t || '")', 'read("' || u || '")',
  'update("' || t || '")'], ARRAY[t, u], ARRAY[t], 'Entry ' || n, repeat(md5(n::text), 8),
  'category-' || n % {categories}, hashint8(n)::bigint & 1048575, (hashint8(n * 5)::bigint & 65535) / 64.0, n % 2 = 0,
  '2026-01-01'::timestamptz + (n % 500000) * interval '1 minute'{value}
FROM (SELECT n, 'e' || substr(md5(n::text), 1, 19) AS _id, 'user:u' || (hashint8(n * 7)::bigint & 16383) AS u,
    'team:' || CASE {classes} ELSE 'g' || (hashint8(n * 11)::bigint & 1023) END AS t
  FROM (SELECT n, (hashint8(n * 3 + 1)::bigint & 1048575) / 1048576.0 AS share
    FROM generate_series($1::bigint, $2) n) a) b
"""
_OTHERS = """
INSERT INTO {table} (_id, _created_at, _updated_at, name{link})
SELECT '{letter}' || n, now(), now(), '{letter} ' || n{value} FROM generate_series(0, {last}) n"""


def name_of(rows: int) -> str:
    """The collection with this many rows."""
    return f"entries{rows}"


class Entries:
    """The product with such collections, and the sessions of those who ask."""

    def __init__(self, product: Product, dsn: str) -> None:
        self.product, self._dsn = product, dsn
        self.tokens: dict[str, list[str]] = {share: [] for share in SHARES}
        self.roles: dict[str, list[list[str]]] = {share: [] for share in SHARES}
        self.related = False
        self.ids: dict[int, list[str]] = {}
        self._make_people()
        self._make_others()

    # --- people -------------------------------------------------------------------------------------------------
    def _make_people(self) -> None:
        call = self.product.call
        count = (ROLES - 5) // (2 + len(_TEAM_ROLES))  # any, users, users/unverified, and two of the user's own
        fillers = [f"filler{n}" for n in range(count)]
        for team in (*SHARES, *fillers):
            call("POST", "/teams", {"teamId": team, "name": team})
        for share in SHARES:
            for n in range(USERS_EACH):
                user = f"{share}{n}"
                login = {"email": f"{user}@example.com", "password": PASSWORD}
                call("POST", "/account", {"userId": user, **login}, key=False)
                self.tokens[share].append(call("POST", "/account/sessions/email", login)["secret"])
                held = ["any", "users", "users/unverified", f"user:{user}", f"user:{user}/unverified"]
                for team in [share, *fillers[1:]]:
                    body = {"userId": user, "roles": _TEAM_ROLES}
                    joined = call("POST", f"/teams/{team}/memberships", body)
                    held += [f"team:{team}", f"member:{joined['$id']}", *(f"team:{team}/{r}" for r in _TEAM_ROLES)]
                self.roles[share].append(held)

    # --- collections --------------------------------------------------------------------------------------------
    def _make_others(self) -> None:
        self.product.call("POST", "/databases", {"databaseId": "main", "name": "Bench"})
        for collection in ("authors", "companies"):
            self._collection(collection, ['read("users")'], False, [("string", {"key": "name", "size": 64})])
        self.related = self._link("authors", "company", "companies")
        asyncio.run(self._fill_others())

    def _collection(
        self, collection: str, permissions: list[str], security: bool, attributes: list[tuple[str, dict[str, Any]]]
    ) -> None:
        call, base = self.product.call, "/databases/main/collections"
        body = {"collectionId": collection, "name": collection, "permissions": permissions}
        call("POST", base, body | {"documentSecurity": security})
        for kind, options in attributes:
            call("POST", f"{base}/{collection}/attributes/{kind}", {"required": False, **options})

    def _link(self, collection: str, key: str, related: str) -> bool:
        """Add a relationship; False where the server has none."""
        body = {"relatedCollectionId": related, "type": "manyToOne", "key": key, "onDelete": "setNull"}
        try:
            self.product.call("POST", f"/databases/main/collections/{collection}/attributes/relationship", body)
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            return False
        return True

    async def _fill_others(self) -> None:
        connection = await asyncpg.connect(self._dsn)
        link, value = (", company", f", 'company' || n % {COMPANIES}") if self.related else ("", "")
        for letter, table, last in (("company", "companies", COMPANIES), ("author", "authors", AUTHORS)):
            own = (link, value) if table == "authors" else ("", "")
            await connection.execute(
                _OTHERS.format(table=f'"bench_main"."{table}"', letter=letter, last=last - 1, link=own[0], value=own[1])
            )
        await connection.close()

    def make(self, rows: int, progress: Callable[[int], None]) -> None:
        """A collection with this many rows; `progress` is told how many more there are. Ends with its index built."""
        name = name_of(rows)
        self._collection(name, ['create("users")'], True, [
            ("string", {"key": "title", "size": 256}), ("string", {"key": "body", "size": 1000}),
            ("string", {"key": "category", "size": 64}), ("integer", {"key": "views"}), ("float", {"key": "score"}),
            ("boolean", {"key": "published"}), ("datetime", {"key": "published_at"}),
        ])  # fmt: skip
        if self.related:
            self._link(name, "author", "authors")
        asyncio.run(self._fill(rows, progress))
        index = {"key": "by_category", "type": "key", "attributes": ["category", "views"], "orders": ["ASC", "DESC"]}
        base = f"/databases/main/collections/{name}/indexes"
        made = self.product.call("POST", base, index)
        while made["status"] == "processing":
            time.sleep(0.2)
            made = self.product.call("GET", f"{base}/by_category")
        if made["status"] != "available":
            raise RuntimeError(f"the index of {name} could not be built: {made['error']}")

    async def _fill(self, rows: int, progress: Callable[[int], None]) -> None:
        connection = await asyncpg.connect(self._dsn)
        bounds, classes = 0.0, ""
        for share, part in SHARES.items():
            bounds += part
            classes += f"WHEN share < {bounds} THEN '{share}' " if part else ""
        link, value = (", author", f", 'author' || (hashint8(n * 13)::bigint & 1048575) % {AUTHORS}")
        if not self.related:
            link = value = ""
        statement = _ROWS.format(table=table_of(rows), categories=CATEGORIES, classes=classes, link=link, value=value)
        for first in range(1, rows + 1, _CHUNK):
            last = min(first + _CHUNK - 1, rows)
            await connection.execute(statement, first, last)
            progress(last - first + 1)
        await connection.execute("ANALYZE")
        found = await connection.fetch(
            f"SELECT _id FROM {table_of(rows)} WHERE _read && ARRAY['team:most'] AND _seq % $1 = 0 LIMIT 2000",
            max(rows // 4000, 1),
        )
        self.ids[rows] = [row["_id"] for row in found]
        await connection.close()

    # --- requests -----------------------------------------------------------------------------------------------
    def request(self, kind: str, rows: int, n: int, share: str = "most") -> tuple[str, str, dict[str, str], bytes]:
        """Request number n of a kind, as one of the users of a share."""
        headers = {"X-Appwrite-Project": "bench", "X-Appwrite-Session": self.tokens[share][n % USERS_EACH]}
        base = f"/v1/databases/main/collections/{name_of(rows)}/documents"
        one = f"{base}/{self.ids[rows][random.Random(n).randrange(len(self.ids[rows]))]}"
        if kind == "get":
            return "GET", one, headers, b""
        if kind in ("list", "list all", "list total", "list related", "count"):
            return "GET", f"{base}?{_queries(kind, n)}", headers, b""
        headers["Content-Type"] = "application/json"
        if kind == "update":
            return "PATCH", one, headers, json.dumps({"data": {"score": n / 7}}).encode()
        if kind == "create":
            body: dict[str, Any] = {"documentId": "unique()", "data": entry(n), "permissions": _permissions(share, n)}
            return "POST", base, headers, json.dumps(body).encode()
        several = [{"$id": "unique()", **entry(n), "$permissions": _permissions("most", n)} for _ in range(100)]
        headers = {
            "X-Appwrite-Project": "bench",
            "X-Appwrite-Key": self.product.key,
            "Content-Type": "application/json",
        }
        return "POST", base, headers, json.dumps({"documents": several}).encode()


def table_of(rows: int) -> str:
    """The table of a collection of entries."""
    return f'"bench_main"."{name_of(rows)}"'


def entry(n: int) -> dict[str, Any]:
    """The attributes of a new entry."""
    return {
        "title": f"New entry {n}", "body": "amber basin cedar delta ember fjord grove haven " * 5,
        "category": f"category-{n % CATEGORIES}", "views": n * 7919 % 1_000_000, "score": n / 3, "published": True,
        "published_at": "2026-05-11T12:00:00.000+00:00",
    }  # fmt: skip


def _permissions(share: str, n: int) -> list[str]:
    user = f"user:{share}{n % USERS_EACH}"
    return [f'read("team:{share}")', f'read("{user}")', f'update("team:{share}")']


def _queries(kind: str, n: int) -> str:
    if kind == "list all":
        return "total=false"
    queries: list[dict[str, Any]] = [
        {"method": "equal", "attribute": "category", "values": [f"category-{n % CATEGORIES}"]}
    ]
    if kind == "count":
        queries += [{"method": "limit", "values": [1]}, {"method": "select", "values": ["$id"]}]
    else:
        queries += [{"method": "orderDesc", "attribute": "views"}, {"method": "limit", "values": [25]}]
    if kind == "list related":
        queries.append({"method": "select", "values": ["*", "author.*", "author.company.*"]})
    total = "false" if kind in ("list", "list related") else "true"
    return "&".join("queries[]=" + urllib.parse.quote(json.dumps(one)) for one in queries) + f"&total={total}"
