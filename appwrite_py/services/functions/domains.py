"""Functions that answer for a domain: any request to it is an execution, and its answer is passed on as it is.

Visitors are guests, whatever they send. What they send is for the function, credentials and cookies as well.
"""

from __future__ import annotations

from collections.abc import Iterable

from appwrite_py import errors
from appwrite_py.compute import functions
from appwrite_py.compute.executors.base import Headers, Outcome
from appwrite_py.data.pg import Record
from appwrite_py.events import outbox
from appwrite_py.http.answers import Headers as Lines
from appwrite_py.http.context import Resources
from appwrite_py.http.request import Request
from appwrite_py.http.visits import Reply
from appwrite_py.kit import clock, ids
from appwrite_py.kit.urls import target_of
from appwrite_py.platform.projects import Project
from appwrite_py.services.functions import at_once, running
from appwrite_py.services.functions.calls import Asked, place_of

_VISITORS = frozenset({"any", "guests"})
# Of one connection only; the server says itself how long the answer is
_OF_CONNECTION = frozenset({
    "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade",
})  # fmt: skip
_OF_SERVER = "x-open-runtimes-"
_SET_HERE = frozenset({"content-length", "x-appwrite-execution-id", "x-request-id"})


async def visit(app: Resources, project: Project, rule: Record, request: Request) -> Reply:
    """Let the function of a rule answer. Raises what keeps it from doing so, as for executions."""
    found = await _target(app, project, rule)
    asked = await _asked(request)
    execution_id, now = ids.unique(), clock.now()
    key = project.id, found.function["id"], execution_id
    actor = outbox.Actor("guest", "", request.ip, request.header(b"user-agent")[:512])
    outcome, _ = await at_once.run(app, actor, found, asked, key, now)
    return Reply(outcome.status, [*_lines(outcome), (b"x-appwrite-execution-id", execution_id.encode())], outcome.body)


async def _target(app: Resources, project: Project, rule: Record) -> running.Target:
    if "functions" in project.services_off:
        raise errors.GENERAL_SERVICE_DISABLED
    function = await functions.find(app.lookups, project.id, rule["function_id"])
    if function is None or not function["enabled"]:
        raise errors.FUNCTION_NOT_FOUND
    if _VISITORS.isdisjoint(function["execute"]):
        raise errors.FUNCTION_EXECUTE_PERMISSION_MISSING
    return await running.target(app, project.row, function)


# --- the way there ----------------------------------------------------------------------------------------
async def _asked(request: Request) -> Asked:
    body = await request.raw_body()
    headers = _joined(request.scope["headers"])
    return Asked(request.method, target_of(request.scope), [*headers, *place_of(request.ip)], body)


def _joined(lines: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The request's headers, one of each name, without those that are about the connection."""
    found: dict[str, list[str]] = {}
    for name, value in lines:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    named = ",".join(found.get("connection", ())).lower().split(",")
    dropped = _OF_CONNECTION.union(word.strip() for word in named)
    return [
        (name, ("; " if name == "cookie" else ", ").join(values))
        for name, values in found.items()
        if name not in dropped and not name.startswith(_OF_SERVER)
    ]


# --- and back ---------------------------------------------------------------------------------------------
def _lines(outcome: Outcome) -> Lines:
    """The answer's headers; names may come several times, as `set-cookie` does."""
    lines = [
        (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in outcome.headers
        if not name.lower().startswith(_OF_SERVER) and name.lower() not in _OF_CONNECTION | _SET_HERE
    ]
    if not any(name == b"content-type" for name, _ in lines):
        lines.append((b"content-type", b"text/plain; charset=utf-8"))
    return lines
