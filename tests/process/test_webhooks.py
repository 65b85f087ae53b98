"""A worker that is killed while it sends: the webhook still arrives, signed, from the one that takes over."""

from __future__ import annotations

import asyncio
import base64
import hmac
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.process.conftest import Serve
from tests.process.running import environment, made, until
from tests.receiver import Post, Receiver, Reply

pytestmark = pytest.mark.process
LOCAL = {"APPWRITE_PY_PRIVATE_NETWORKS": "enabled"}
_AGED = "UPDATE pgqueuer SET heartbeat = now() - interval '5 minutes' WHERE status = 'picked'"


def work(folder: Path) -> subprocess.Popen[bytes]:
    with open(folder / "worker output", "ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "appwrite_py", "worker"], cwd=folder, env=environment(**LOCAL),
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip


def run_sql(dsn: str, statement: str) -> list[Any]:
    async def run() -> list[Any]:
        connection = await asyncpg.connect(dsn)
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()

    return asyncio.run(run())


def test_kill_9_in_the_middle_of_a_delivery(serve: Serve, tmp_path: Path) -> None:
    server = serve(APPWRITE_PY_JOBS="disabled", **LOCAL).ready()
    key = made(tmp_path, "project", "create", "--id", "shop", "--key")["key"]
    first, second = work(tmp_path), None
    try:
        with Receiver() as receiver:
            receiver.reply = lambda post: Reply(seconds=60.0 if len(receiver.posts) == 1 else 0.0)
            body = {"webhookId": "hook", "name": "Hook", "url": receiver.url, "events": ["teams.*.create"],
                    "secret": "the secret"}  # fmt: skip
            assert server.send("POST", "/v1/webhooks", body, key=key, project="shop")[0] == 201
            team = {"teamId": "crew", "name": "Crew"}
            assert server.send("POST", "/v1/teams", team, key=key, project="shop")[0] == 201
            receiver.wait(1, seconds=30)
            first.kill()
            first.wait()
            dsn = server.database.running()
            assert dsn
            run_sql(dsn, _AGED)  # as if the quarter of a minute were over after which it counts as dead
            second = work(tmp_path)
            interrupted, arrived = receiver.wait(2, seconds=30)
            assert (arrived.body, arrived["Delivery-Id"]) == (interrupted.body, interrupted["Delivery-Id"])
            assert arrived.json["$id"] == "crew"
            assert arrived["Signature"] == signature(arrived, receiver.url)

            def log() -> list[tuple[str, int]]:
                answer = server.send("GET", "/v1/webhooks/hook/deliveries", key=key, project="shop")[1]
                return [(one["status"], one["attempts"]) for one in answer["deliveries"]]

            until(lambda: log() == [("sent", 1)])
    finally:
        for worker in (first, second):
            if worker is not None:
                worker.kill()
                worker.wait()


def signature(post: Post, url: str) -> str:
    return base64.b64encode(hmac.digest(b"the secret", url.encode() + post.body, "sha1")).decode()
