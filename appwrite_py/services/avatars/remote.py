"""What is fetched from other servers: public ones only, in bounded time and size, each redirect looked at anew."""

from __future__ import annotations

import asyncio
from typing import NamedTuple
from urllib.parse import urljoin

import httpx

from appwrite_py import __version__, errors
from appwrite_py.http.context import Ctx
from appwrite_py.kit.text import is_url

MOST_BYTES = 20_000_000
MOST_REDIRECTS = 3
DEADLINE_SECONDS = 15.0
SCHEMES = ("http", "https")
_HEADERS = {"user-agent": f"appwrite_py/{__version__}", "accept-encoding": "identity"}


class Fetched(NamedTuple):
    """What came back, and from where."""

    url: str
    status: int
    body: bytes


async def fetch(
    ctx: Ctx,
    url: str,
    *,
    accept: str,
    most_bytes: int = MOST_BYTES,
    cut: bool = False,
    seconds: float = DEADLINE_SECONDS,
) -> Fetched:
    """Get a URL. `cut` takes the beginning of what is too large. Raises AVATAR_REMOTE_URL_FAILED.

    The error never tells why, because that would show callers what the server reaches and they do not.
    """
    try:
        async with asyncio.timeout(seconds), ctx.app.outbound.client(headers=_HEADERS | {"accept": accept}) as client:
            for _ in range(MOST_REDIRECTS + 1):
                async with client.stream("GET", url) as response:
                    if not response.has_redirect_location:
                        return Fetched(url, response.status_code, await _body(response, most_bytes, cut=cut))
                    url = _next(url, response.headers["location"])
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as cause:
        raise errors.AVATAR_REMOTE_URL_FAILED from cause
    raise errors.AVATAR_REMOTE_URL_FAILED(f"The URL redirects more than {MOST_REDIRECTS} times.")


def _next(url: str, location: str) -> str:
    joined = urljoin(url, location)
    if not is_url(joined, SCHEMES):
        raise errors.AVATAR_REMOTE_URL_FAILED("The URL redirects to something that is no web address.")
    return joined


async def _body(response: httpx.Response, most_bytes: int, *, cut: bool) -> bytes:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        # It was not asked for, and unpacked it could be any size
        raise errors.AVATAR_REMOTE_URL_FAILED("The URL answers in an encoding that was not asked for.")
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > most_bytes:
            if cut:
                return bytes(body[:most_bytes])
            raise errors.AVATAR_REMOTE_URL_FAILED(f"The URL answers with more than {most_bytes} bytes.")
    return bytes(body)
