"""What people see in a browser: the start page, the end of a sign-in, the API reference; and errors outside the API.

Nothing is loaded from other hosts, so the pages work on machines without a network; Swagger UI comes out of the package
`fastapi-offline`, of which only the files are used.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import orjson
import structlog
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from appwrite_py import __version__, errors
from appwrite_py.http.answers import API_VERSION, error_answer
from appwrite_py.http.registry import Service
from appwrite_py.http.spec import PLATFORMS, Documents

SOURCE = "https://github.com/appwrite-py/appwrite-py"
_ASSETS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; connect-src 'self'; "
    "img-src 'self' data:; script-src 'self' {scripts}; style-src {styles}"
)
_SAFE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "server": "Appwrite",
}
_HOUR = "public, max-age=3600"
_PING_TIMEOUT_SECONDS = 3.0

log = structlog.get_logger("appwrite_py.http")
Page = Callable[[Request], Awaitable[Response]]


def add_pages(app: FastAPI, services: Sequence[Service]) -> None:
    """Serve the pages and `/v1/openapi.json`, and answer unknown paths in the API's shape."""
    documents = Documents(services)

    async def openapi(request: Request) -> Response:
        return await _openapi(request, documents)

    pages: dict[str, Page] = {
        "/": _home, "/status": _status, "/docs": _docs, "/docs/{name}": _asset, "/favicon.ico": _icon,
        "/v1/openapi.json": openapi, "/auth/magic-url": _sign_in, "/auth/oauth2/success": _sign_in,
        "/auth/oauth2/failure": _sign_in,
    }  # fmt: skip
    for path, page in pages.items():
        app.add_route(path, page, include_in_schema=False)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _failed)


# --- pages --------------------------------------------------------------------------------------------
async def _home(request: Request) -> Response:
    words = {"version": __version__, "api_version": API_VERSION, "source": SOURCE}
    return _html("home.html", words)


async def _docs(request: Request) -> Response:
    # Swagger UI sets styles on its elements as it draws them.
    return _html("docs.html", {}, styles="'self' 'unsafe-inline'")


async def _sign_in(request: Request) -> Response:
    """Where links and sign-ins lead to for apps that name no page of their own."""
    return _html("sign_in.html", {})


async def _icon(request: Request) -> Response:
    return Response(_static("favicon.svg"), media_type="image/svg+xml", headers=_SAFE | {"cache-control": _HOUR})


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _ASSETS:
        raise HTTPException(404)
    return FileResponse(_swagger_ui() / name, media_type=_ASSETS[name], headers=_SAFE | {"cache-control": _HOUR})


def _html(name: str, words: dict[str, str], styles: str = "") -> Response:
    page = re.sub(r"\{\{(\w+)\}\}", lambda found: words[found[1]], _static(name))
    policy = _POLICY.format(scripts=_hashes(page, "script"), styles=styles or _hashes(page, "style"))
    headers = _SAFE | {"content-security-policy": policy, "cache-control": "no-cache"}
    return Response(page, media_type="text/html", headers=headers)


def _hashes(page: str, tag: str) -> str:
    """What a policy says to allow exactly the inline elements of this page."""
    inline = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in inline]
    return " ".join(f"'sha256-{digest}'" for digest in digests)


@cache
def _static(name: str) -> str:
    return (files("appwrite_py.http") / "static" / name).read_text(encoding="utf-8")


@cache
def _swagger_ui() -> Path:
    found = find_spec("fastapi_offline")
    assert found is not None, "the package fastapi-offline is missing"
    return Path(str(found.origin)).parent / "static"


# --- facts --------------------------------------------------------------------------------------------
async def _openapi(request: Request, documents: Documents) -> Response:
    asked = request.query_params.get("platform") or None
    if asked is not None and asked not in PLATFORMS:
        return _error(errors.GENERAL_ARGUMENT_INVALID(f"Invalid `platform` param: it must be one of {_or(PLATFORMS)}."))
    packed = await run_in_threadpool(documents.get, asked)
    headers = {
        "etag": packed.etag,
        "cache-control": "no-cache",
        "access-control-allow-origin": "*",
        "vary": "Accept-Encoding",
        "x-content-type-options": "nosniff",
    }
    if packed.etag in re.findall(r'"[^"]*"', request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed.gzip, media_type="application/json", headers=headers | {"content-encoding": "gzip"})
    return Response(packed.plain, media_type="application/json", headers=headers)


async def _status(request: Request) -> Response:
    """Whether this process and its database work, for the start page and for load balancers; 503 when they don't."""
    ping = await _ping_database(request)
    passed = ping is not None
    word = "pass" if passed else "fail"
    body = {"status": word, "version": __version__, "api": API_VERSION, "database": {"status": word, "ping": ping}}
    headers = _SAFE | {"cache-control": "no-store"}
    return Response(orjson.dumps(body), 200 if passed else 503, media_type="application/json", headers=headers)


async def _ping_database(request: Request) -> float | None:
    """Milliseconds that the database took to answer; None if it did not."""
    resources = getattr(request.app.state, "resources", None)
    if resources is None:
        return None
    started = time.perf_counter()
    try:
        await asyncio.wait_for(resources.pool.fetchval("SELECT 1"), _PING_TIMEOUT_SECONDS)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return None
    return round((time.perf_counter() - started) * 1000, 1)


# --- errors -------------------------------------------------------------------------------------------
async def _refused(request: Request, error: Exception) -> Response:
    """Unknown paths, and methods that a page does not have."""
    assert isinstance(error, HTTPException)
    if error.status_code in (404, 405):
        return _error(errors.GENERAL_ROUTE_NOT_FOUND("No such page. Routes of the API begin with /v1/."))
    return _error(errors.GENERAL_BAD_REQUEST(str(error.detail)))


async def _failed(request: Request, error: Exception) -> Response:
    log.error("page failed", path=request.url.path, exc_info=error)
    return _error(errors.GENERAL_SERVER_ERROR())


def _error(error: errors.ApiError) -> Response:
    answer = error_answer(error)
    response = Response(answer.body, answer.status, media_type="application/json", headers=_SAFE)
    for name, value in answer.headers:
        response.headers[name.decode()] = value.decode()
    return response


def _or(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
