"""The limit: a bare ASGI application on asyncpg that runs the SQL of the four document requests, and checks nothing.

No project, no session, no permission, no validation, no events. What the product costs beyond this is what it does.
"""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import asyncpg
import orjson
from argon2 import PasswordHasher

from appwrite_py.kit import ids

COLUMNS = "_id, _seq, _created_at, _updated_at, title, body, category, views, score, published, published_at, tags"
_DATA = ("title", "body", "category", "views", "score", "published", "published_at", "tags")
GET = "SELECT {columns} FROM {articles} WHERE _id = $1"
LIST = "SELECT {columns} FROM {articles} WHERE category = $1 ORDER BY views DESC NULLS LAST, _seq LIMIT 25"
CREATE = (
    "INSERT INTO {sink} (_id, _created_at, _updated_at, title, body, category, views, score, published, published_at, "
    "tags) VALUES ($1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING _seq"
)
FIND_USER = "SELECT id, password_hash FROM users WHERE project_id = 'bench' AND email = $1"
SIGN_IN = (
    "INSERT INTO sessions (project_id, id, user_id, secret_hash, expire) "
    "VALUES ('bench', $1, $2, $3, now() + interval '1 day') RETURNING *"
)
UPDATE = "UPDATE {articles} SET score = $2, _updated_at = $3 WHERE _id = $1 RETURNING {columns}"
_ARGON2 = PasswordHasher()


class Bare:
    """Raw ASGI; statements by path: /get/ID, /list?category=…, /create, /update/ID, /login."""

    def __init__(self) -> None:
        self.pool: asyncpg.Pool | None = None
        names = {"articles": os.environ["BENCH_ARTICLES"], "sink": os.environ["BENCH_SINK"], "columns": COLUMNS}
        self.sql = {name: text.format(**names) for name, text in
                    (("get", GET), ("list", LIST), ("create", CREATE), ("update", UPDATE))}  # fmt: skip

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        _, what, *rest = scope["path"].split("/")
        body = (await receive()).get("body", b"")
        assert self.pool is not None
        async with self.pool.acquire() as connection:
            answer = await getattr(self, "_" + what)(connection, rest, scope, body)
        text = orjson.dumps(answer)
        await send({"type": "http.response.start", "status": 200, "headers": [
            (b"content-type", b"application/json"), (b"content-length", b"%d" % len(text))]})  # fmt: skip
        await send({"type": "http.response.body", "body": text})

    async def _get(self, connection: Any, rest: list[str], scope: Any, body: bytes) -> Any:
        return dict(await connection.fetchrow(self.sql["get"], rest[0]))

    async def _list(self, connection: Any, rest: list[str], scope: Any, body: bytes) -> Any:
        category = dict(parse_qsl(scope["query_string"].decode()))["category"]
        return [dict(row) for row in await connection.fetch(self.sql["list"], category)]

    async def _login(self, connection: Any, rest: list[str], scope: Any, body: bytes) -> Any:
        data = orjson.loads(body)
        user = await connection.fetchrow(FIND_USER, data["email"])
        await asyncio.to_thread(_ARGON2.verify, user["password_hash"], data["password"])
        session = await connection.fetchrow(SIGN_IN, ids.unique(), user["id"], os.urandom(32))
        return {"$id": session["id"], "userId": user["id"]}

    async def _create(self, connection: Any, rest: list[str], scope: Any, body: bytes) -> Any:
        data = orjson.loads(body)
        data["published_at"] = datetime.fromisoformat(data["published_at"])
        new_id, now = ids.unique(), datetime.now(UTC)
        number = await connection.fetchval(self.sql["create"], new_id, now, *(data[name] for name in _DATA))
        return {"_id": new_id, "_seq": number, **data}

    async def _update(self, connection: Any, rest: list[str], scope: Any, body: bytes) -> Any:
        score = float(orjson.loads(body)["score"])
        return dict(await connection.fetchrow(self.sql["update"], rest[0], score, datetime.now(UTC)))

    async def _lifespan(self, receive: Any, send: Any) -> None:
        await receive()
        self.pool = await asyncpg.create_pool(os.environ["BENCH_DSN"], min_size=8, max_size=8)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.pool.close()
        await send({"type": "lifespan.shutdown.complete"})


def app() -> Bare:
    """Factory for uvicorn."""
    return Bare()
