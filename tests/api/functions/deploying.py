"""Deploying, as the tests of deployments do it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from appwrite_py.files.entries import CHUNK_BYTES
from tests.api.functions.tools import make
from tests.client import Answer, Api, Sandbox
from tests.unit.compute.archive_tools import entry, package, tar_gz

ALL = "/functions/f/deployments"
CODE = package(main__py="def main(context): return context.res.text('hi')")


def function(sandbox: Sandbox, function_id: str = "f", **more: Any) -> dict[str, Any]:
    """A function whose entrypoint is in CODE."""
    return make(sandbox, function_id, **({"entrypoint": "main.py"} | more))


def upload(
    caller: Api, content: bytes = CODE, name: str = "code.tar.gz", *, path: str = ALL,
    headers: dict[str, str] | None = None, activate: str = "false", **form: str,
) -> Answer:  # fmt: skip
    """Send code as SDKs do, in one request."""
    return caller.send(
        "POST", path, data={"activate": activate} | form, files={"code": (name, content, "application/gzip")},
        headers=headers,
    )  # fmt: skip


def chunk(caller: Api, content: bytes, number: int, deployment_id: str = "", **more: Any) -> Answer:
    """Send one chunk of it, numbered from 0."""
    start = number * CHUNK_BYTES
    part = content[start : start + CHUNK_BYTES]
    headers = {"content-range": f"bytes {start}-{start + len(part) - 1}/{len(content)}"}
    headers |= {"x-appwrite-id": deployment_id} if deployment_id else {}
    return upload(caller, part, headers=headers | more.pop("headers", {}), **more)


def large(count: int, seed: int = 1) -> bytes:
    """An archive of about so many bytes, which can be built."""
    noise = random.Random(seed).randbytes(count)
    return tar_gz(entry("main.py", b"x"), entry("noise", noise))


def deploy(sandbox: Sandbox, content: bytes = CODE, **form: str) -> dict[str, Any]:
    """Upload code, and wait until it is built, or is not going to be."""
    made = upload(sandbox.key, content, **form).ok(202)
    return ended(sandbox, made["$id"])


def shown(sandbox: Sandbox, deployment_id: str, path: str = ALL) -> dict[str, Any]:
    found: dict[str, Any] = sandbox.key.get(f"{path}/{deployment_id}").ok(200)
    return found


def ended(sandbox: Sandbox, deployment_id: str, *, seconds: float = 60, path: str = ALL) -> dict[str, Any]:
    """A deployment whose build has ended."""
    done = ("ready", "failed", "canceled")
    return until(partial(shown, sandbox, deployment_id, path), lambda found: found["status"] in done, seconds=seconds)


def until(
    look: Callable[[], dict[str, Any]], holds: Callable[[dict[str, Any]], bool], *, seconds: float = 60
) -> dict[str, Any]:
    """Look again and again until it holds."""
    give_up_at = time.monotonic() + seconds
    while not holds(found := look()):
        assert time.monotonic() < give_up_at, f"it never came to be: {found}"
        time.sleep(0.05)
    return found


def blobs(sandbox: Sandbox) -> list[str]:
    """What lies on the storage device of this project."""
    device = sandbox.guest.resources.contents.device

    async def found() -> list[str]:
        return sorted([path async for path, _ in device.walk(sandbox.id)])

    portal = sandbox.guest.http.portal
    assert portal is not None
    return portal.call(found)


def set_status(sandbox: Sandbox, deployment_id: str, status: str) -> None:
    change = "UPDATE deployments SET status = $3 WHERE project_id = $1 AND id = $2"
    sandbox.guest.sql(change, sandbox.id, deployment_id, status)
