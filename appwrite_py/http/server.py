"""The ASGI application: API requests go straight to their route, everything else to FastAPI.

FastAPI tries routes one by one, which with hundreds of them costs more than the whole answer, so API paths never
reach its router (docs/decisions/0002-fastapi-around-a-tree.md).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from appwrite_py import errors
from appwrite_py.http import origin
from appwrite_py.http.answers import Answer, error_answer, redirect, send_answer
from appwrite_py.http.hosts import name_of
from appwrite_py.http.pipeline import Pipeline
from appwrite_py.http.registry import Route, Service
from appwrite_py.http.request import Request
from appwrite_py.http.tree import Tree
from appwrite_py.http.visits import Visits
from appwrite_py.kit import ids
from appwrite_py.platform.endpoint import host_within
from appwrite_py.settings import Settings, split_words

SocketHandler = Callable[[Request, Receive, Send], Awaitable[None]]


class Backend(FastAPI):
    """A FastAPI application with the API's routes in front.

    `pipeline` is set when its resources are up, and so are `visits`, which answer for the domains of projects, and
    `sockets`, what serves WebSockets, by path.
    """

    def __init__(self, settings: Settings, services: list[Service], **fastapi: Any) -> None:
        super().__init__(**fastapi)
        self.settings = settings
        served = [service for service in services if not service.development or settings.env != "production"]
        self.api_routes = [route for service in served for route in service.routes]
        self.pipeline: Pipeline | None = None
        self.visits: Visits | None = None
        self.sockets: dict[str, SocketHandler] = {}
        self._tree: Tree[Route] = Tree()
        for route in self.api_routes:
            for path in (route.path, *route.aliases):
                self._tree.add(route.verb, path, route)
        self._trusted_headers = [word.lower().encode() for word in split_words(settings.trusted_headers)]
        self._force_https = settings.force_https == "enabled"
        self._within = host_within(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] == "websocket" and scope["path"] in self.sockets:
            await self._open_socket(scope, receive, send)
            return
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        request = Request(scope, receive, body_limit=self.settings.body_limit_bytes)
        request.request_id = ids.unique()
        request.ip = self._client_address(request)
        method = "GET" if request.method == "HEAD" else request.method
        found = self._tree.find(method, request.path)
        if self._force_https and not self._is_secure(request):
            await self._send(request, send, _elsewhere(request))
        elif self.visits is not None and self.visits.may_be(request) and await self.visits.answer(request, send):
            pass
        elif not request.path.startswith("/v1") or request.path == "/v1/openapi.json":
            await super().__call__(scope, receive, _naming(request.request_id, send))
        elif method == "OPTIONS":
            await self._send(request, send, Answer(status=204))
        elif found is None or "\x00" in request.path:
            is_socket = request.path in self.sockets
            await self._send(request, send, error_answer(_a_socket(request) if is_socket else _no_route(request)))
        elif self.pipeline is None:
            await self._send(request, send, error_answer(errors.GENERAL_SERVER_ERROR("The server is starting.")))
        else:
            await self.pipeline.respond(*found, request, send)

    async def _open_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request({**scope, "method": "GET"}, receive, body_limit=0)
        request.ip = self._client_address(request)
        no_visits = self.visits is None or not self.visits.may_be(request) or not await self.visits.is_one(request)
        if not no_visits or (self._force_https and not self._is_secure(request)):
            await receive()
            await send({"type": "websocket.close"})  # before it is accepted: the answer is 403
        else:
            await self.sockets[scope["path"]](request, receive, send)

    async def _send(self, request: Request, send: Send, answer: Answer) -> None:
        more = [(b"x-request-id", request.request_id.encode()), *origin.preflight_headers(request)]
        await send_answer(send, answer, more, without_body=request.method == "HEAD")

    def _is_secure(self, request: Request) -> bool:
        """Whether it came over HTTPS, or needs not: functions call the API from within."""
        scheme = request.header(b"x-forwarded-proto") or request.scope.get("scheme", "http")
        return scheme in ("https", "wss") or name_of(request.headers.get(b"host", b"")) == self._within

    def _client_address(self, request: Request) -> str:
        for name in self._trusted_headers:
            if value := request.headers.get(name):
                # The last address is the one that the nearest proxy saw; those before it are the client's own words.
                return value.decode("latin-1").rpartition(",")[2].strip()[:64]
        client = request.scope.get("client")
        return str(client[0]) if client else ""


def _no_route(request: Request) -> errors.ApiError:
    return errors.GENERAL_ROUTE_NOT_FOUND(f"There is no route {request.method} {request.path[:256]}.")


def _a_socket(request: Request) -> errors.ApiError:
    return errors.GENERAL_ROUTE_NOT_FOUND(f"{request.path} is a WebSocket: open it with wss:// or ws://.")


def _elsewhere(request: Request) -> Answer:
    """Where a request that was sent over plain HTTP is to go instead."""
    if request.method not in ("GET", "HEAD"):
        return error_answer(errors.GENERAL_PROTOCOL_UNSUPPORTED())
    # The path as it was sent: decoded it might hold line breaks, which have no place in a header.
    path = request.scope.get("raw_path") or quote(request.path).encode()
    query = request.scope["query_string"]
    host = request.header(b"host")
    return redirect(f"https://{host}{path.decode('latin-1')}{'?' + query.decode('latin-1') if query else ''}")


def _naming(request_id: str, send: Send) -> Send:
    """Pages carry the request's id like all other answers."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
        await send(message)

    return sending
