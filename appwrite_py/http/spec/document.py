"""The whole document, and its bytes as they are served: made once for each platform, kept compressed."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import orjson

from appwrite_py.http.answers import API_VERSION
from appwrite_py.http.registry import Route, Service
from appwrite_py.http.spec.operations import operation, operation_id, platforms_of
from appwrite_py.http.spec.schemas import answer_of, is_json, read_models
from appwrite_py.http.spec.words import (
    ERROR_SCHEMA,
    ERROR_TYPES,
    INTRODUCTION,
    SECURITY_SCHEMES,
    SERVICES,
    error_responses,
)

PLATFORMS = ("client", "server", "console")
BASE = "/v1"
_OTHER_NAMES = {"file": "storageFile"}
"""Models whose own names generated clients could not tell from the language's: bytes are a `File` in TypeScript."""


def openapi_document(services: Sequence[Service], platform: str | None = None) -> dict[str, Any]:
    """The OpenAPI document of the services' routes, or of those that one of the PLATFORMS uses."""
    routes = [
        route
        for service in services
        for route in service.routes
        if not route.hidden and (platform is None or platform in platforms_of(route))
    ]
    answering = [route for route in routes if is_json(route.returns)]
    answers, models = read_models([answer_of(route) for route in answering], _OTHER_NAMES)
    by_route = {id(route): answer for route, answer in zip(answering, answers, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    requests: dict[str, Any] = {}
    taken: set[str] = set()
    for route in routes:
        item = paths.setdefault(_template(route), {})
        item[route.verb.lower()] = operation(route, operation_id(route, taken), by_route.get(id(route)), requests)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "appwrite_py",
            "version": API_VERSION,
            "description": INTRODUCTION,
            "license": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"},
        },
        "servers": [{"url": BASE, "description": "This server"}],
        "tags": _tags(routes),
        "paths": paths,
        "components": {
            "schemas": {"error": ERROR_SCHEMA, "errorType": ERROR_TYPES, **models, **requests},
            "responses": error_responses(),
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def openapi_bytes(services: Sequence[Service], platform: str | None = None, *, indent: bool = False) -> bytes:
    """The document as JSON."""
    return orjson.dumps(openapi_document(services, platform), option=orjson.OPT_INDENT_2 if indent else None)


def _template(route: Route) -> str:
    return re.sub(r":(\w+)", r"{\1}", route.path.removeprefix(BASE)) or "/"


def _tags(routes: list[Route]) -> list[dict[str, str]]:
    names = sorted({route.service for route in routes})
    return [{"name": name, "description": SERVICES[name]} if name in SERVICES else {"name": name} for name in names]


@dataclass(slots=True, frozen=True)
class Packed:
    """A document as it is kept: a name for exactly these bytes, and the bytes under gzip."""

    etag: str
    gzip: bytes

    @property
    def plain(self) -> bytes:
        """The bytes for clients that take no compression."""
        return zlib.decompress(self.gzip, wbits=31)


class Documents:
    """The documents of one process. The first request for one makes it, which takes the time of a few requests."""

    def __init__(self, services: Sequence[Service]) -> None:
        self._services = services
        self._made: dict[str | None, Packed] = {}
        self._lock = Lock()

    def get(self, platform: str | None = None) -> Packed:
        """The document; safe to be called from several threads."""
        with self._lock:
            made = self._made.get(platform)
            if made is None:
                raw = openapi_bytes(self._services, platform)
                packer = zlib.compressobj(6, wbits=31)
                etag = hashlib.sha256(raw).hexdigest()[:32]
                made = self._made[platform] = Packed(f'"{etag}"', packer.compress(raw) + packer.flush())
            return made
