"""Calling functions, as the tests of executions do it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn
from starlette.applications import Starlette

from appwrite_py.app import create_app
from appwrite_py.kit import ids
from tests.api.functions.deploying import until
from tests.api.functions.tools import make
from tests.client import Answer, Api, Sandbox
from tests.conftest import settings_for_tests
from tests.unit.compute.archive_tools import package

ALL = "/functions/f/executions"
HELLO = "def main(context): return context.res.text('hello')"
ECHO = """
def main(context):
    req = context.req
    context.log("seen", req.method)
    return context.res.json({
        "method": req.method, "path": req.path, "query": req.query, "headers": req.headers,
        "body": req.body_binary.decode("latin-1"),
    })
"""
"""Answers with what it is called with."""
BYTES = "def main(context): return context.res.binary(context.req.body_binary or bytes([255, 0, 254]))"


def within(caller: Api, work: Callable[..., Any], *args: Any) -> Any:
    """Run a coroutine in the server of this caller."""
    portal = caller.http.portal
    assert portal is not None
    return portal.call(partial(work, *args))


def ready(sandbox: Sandbox, code: str = HELLO, function_id: str = "f") -> str:
    """Give a function an active deployment, without a build; its id."""
    contents, archive = sandbox.guest.resources.contents, package(main__py=code)
    path, deployment_id = f"{sandbox.id}/functions/tests/{ids.unique()}", ids.unique()

    async def pieces() -> AsyncIterator[bytes]:
        yield archive

    within(
        sandbox.guest,
        partial(contents.put, sandbox.id, path, pieces(), len(archive), compress="none", seal=True),
    )
    sandbox.guest.sql(
        "INSERT INTO deployments (project_id, function_id, id, status, runtime, entrypoint, build_blob, build_size, "
        "build_sealed) SELECT $1, $2, $3, 'ready', runtime, 'main.py', $4, $5, true FROM functions "
        "WHERE project_id = $1 AND id = $2",
        sandbox.id, function_id, deployment_id, path, len(archive),
    )  # fmt: skip
    sandbox.key.patch(f"/functions/{function_id}/deployment", deploymentId=deployment_id).ok(200)
    return deployment_id


def function(sandbox: Sandbox, code: str = HELLO, function_id: str = "f", **more: Any) -> dict[str, Any]:
    """A function that can be called."""
    made = make(sandbox, function_id, **({"entrypoint": "main.py"} | more))
    ready(sandbox, code, function_id)
    return made


def change(sandbox: Sandbox, function_id: str = "f", **more: Any) -> None:
    """Change a function; what is not given falls back to its default."""
    sandbox.key.put(f"/functions/{function_id}", **({"name": "F"} | more)).ok(200)


def call(caller: Api, function_id: str = "f", **asked: Any) -> Answer:
    """One call."""
    return caller.send("POST", f"/functions/{function_id}/executions", json=asked)


def echoed(caller: Api, function_id: str = "f", **asked: Any) -> dict[str, Any]:
    """What ECHO has seen of a call."""
    answer = call(caller, function_id, **asked).ok(201)
    assert answer["responseStatusCode"] == 200, answer
    found: dict[str, Any] = json.loads(answer["responseBody"])
    return found


def over(sandbox: Sandbox, execution_id: str, *, seconds: float = 30, path: str = ALL) -> dict[str, Any]:
    """An execution that has ended."""

    def look() -> dict[str, Any]:
        return dict(sandbox.key.get(f"{path}/{execution_id}").ok(200))

    return until(look, lambda found: found["status"] in ("completed", "failed"), seconds=seconds)


def all_over(sandbox: Sandbox, count: int, *, seconds: float = 30, path: str = ALL) -> list[dict[str, Any]]:
    """So many executions of a function, once there are as many and all have ended; oldest first."""

    def look() -> dict[str, Any]:
        return dict(sandbox.key.get(path, queries=['{"method":"limit","values":[100]}']).ok(200))

    def holds(found: dict[str, Any]) -> bool:
        done = [one for one in found["executions"] if one["status"] in ("completed", "failed")]
        return len(done) == found["total"] >= count

    found = until(look, holds, seconds=seconds)["executions"]
    assert len(found) == count, [(one["status"], one["errors"]) for one in found]
    return list(found)


def parts(answer: Answer) -> dict[str, bytes]:
    """The fields of an answer that is a form."""
    kind = answer.headers["content-type"]
    assert kind.startswith("multipart/form-data; boundary=")
    boundary = kind.partition("boundary=")[2].encode()
    found = {}
    for piece in answer.content.split(b"--" + boundary)[1:-1]:
        head, _, body = piece.partition(b"\r\n\r\n")
        found[head.split(b'name="')[1].split(b'"')[0].decode()] = body[:-2]
    return found


@contextmanager
def live(dsn: str, **settings: Any) -> Iterator[str]:
    """A server that functions can call back, over the same database; its endpoint."""
    app = create_app(settings_for_tests(**settings), dsn, "key-of-the-tests")
    with serving(app) as port:
        yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def serving(app: Starlette) -> Iterator[int]:
    """Serve an application on a port of this machine."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    give_up_at = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < give_up_at
        time.sleep(0.02)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()
