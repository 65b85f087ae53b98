"""Visits to domains of projects: requests that are none of the API's, though they come in by the same door.

Nobody is identified here. Cookies and other credentials of visitors are the affair of what the domain leads to, and of
no account of the API.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import Send

from appwrite_py import errors
from appwrite_py.data.pg import Record
from appwrite_py.http.answers import Answer, Headers, error_answer, error_page, redirect, send_answer
from appwrite_py.http.context import Resources
from appwrite_py.http.pipeline import translate
from appwrite_py.http.request import Request
from appwrite_py.platform import rules
from appwrite_py.platform.projects import Project

log = structlog.get_logger("appwrite_py.http")
_FOR_CERTIFICATES = "/.well-known/acme-challenge/"
"""Whoever answers there can get certificates for the domain, so it is left to the server and its proxy."""
_BODILESS = (204, 304)


@dataclass(slots=True, frozen=True)
class Reply:
    """What a visited function answers, to be passed on as it is."""

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""


Execute = Callable[[Resources, Project, Record, Request], Awaitable[Reply]]
"""Lets a function answer a request, as a rule of a project wants it."""


class Visits:
    """Answers requests by their hosts, before anybody looks at their paths."""

    def __init__(self, app: Resources, execute: Execute) -> None:
        self._app, self._execute = app, execute
        self._access_log = app.settings.access_log == "enabled"

    def may_be(self, request: Request) -> bool:
        """Whether a request may be a visit: its host is not known for one of the API's."""
        return request.headers.get(b"host", b"") not in self._app.hosts.of_api

    async def answer(self, request: Request, send: Send) -> bool:
        """Answer a request to the domain of a rule; False where it is for the API."""
        started = time.perf_counter()
        reply: Reply | Answer
        try:
            rule = await self._app.hosts.rule_of(request.headers.get(b"host", b""))
            if rule is None or request.path.startswith(_FOR_CERTIFICATES):
                return False
            reply = await self._follow(rule, request)
        except ClientDisconnect:
            return True
        except Exception as error:
            reply = self._error(error, request)
        await _send(reply, request, send)
        if self._access_log:
            took = round((time.perf_counter() - started) * 1000, 2)
            log.info("visit", method=request.method, host=request.header(b"host"), path=request.path,
                     status=reply.status, ms=took, request_id=request.request_id)  # fmt: skip
        return True

    async def is_one(self, request: Request) -> bool:
        """Whether this is a request to the domain of a rule, or to one that has none."""
        try:
            return await self._app.hosts.rule_of(request.headers.get(b"host", b"")) is not None
        except errors.ApiError:
            return True

    async def _follow(self, rule: Record, request: Request) -> Reply | Answer:
        project = await self._app.projects.get(rule["project_id"], rule["project_version"])
        if project is None:
            raise errors.RULE_NOT_FOUND
        if "proxy" in project.services_off:
            raise errors.GENERAL_SERVICE_DISABLED
        if rule["type"] == rules.REDIRECT:
            return redirect(rule["redirect_url"], rule["redirect_status"])
        return await self._execute(self._app, project, rule, request)

    def _error(self, error: Exception, request: Request) -> Answer:
        known = translate(error)
        if known.status >= 500 and known is not error:
            log.error("visit failed", method=request.method, host=request.header(b"host"), path=request.path,
                      request_id=request.request_id, exc_info=error)  # fmt: skip
        if b"text/html" in request.headers.get(b"accept", b""):
            return error_page(known, "This page cannot be shown")
        return error_answer(known)


async def _send(reply: Reply | Answer, request: Request, send: Send) -> None:
    own: Headers = [(b"x-request-id", request.request_id.encode())]
    empty = request.method == "HEAD"
    if isinstance(reply, Answer):
        await send_answer(send, reply, own, without_body=empty)
        return
    if reply.status not in _BODILESS:
        own.append((b"content-length", b"%d" % len(reply.body)))
    await send({"type": "http.response.start", "status": reply.status, "headers": [*reply.headers, *own]})
    body = b"" if empty or reply.status in _BODILESS else reply.body
    await send({"type": "http.response.body", "body": body})
