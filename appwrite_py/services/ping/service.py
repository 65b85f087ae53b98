"""Ping: lets an app find out that it reaches its project."""

from __future__ import annotations

from typing import Annotated

from appwrite_py.http.answers import Answer, Media
from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import Service

ping = Service("ping", "/v1/ping")
services = [ping]


@ping.get("", scope="global", sdk="get")
async def get(ctx: Ctx) -> Annotated[Answer, Media("text/plain")]:
    """Answer "Pong!" and note on the project that it was reached."""
    # The version stays: anybody may ping, and nothing of this is used from memory.
    await ctx.db.write(
        "UPDATE projects SET ping_count = ping_count + 1, pinged_at = now() WHERE id = $1", ctx.project.id
    )
    return Answer(b"Pong!", content_type=b"text/plain; charset=UTF-8")
