"""A worker that is killed while it runs a function: the execution has failed, says so, and is not run again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from appwrite_py.services.functions.background_runs import LOST
from tests.process.conftest import Serve, run
from tests.process.running import environment, made, until
from tests.unit.compute.archive_tools import package

pytestmark = pytest.mark.process
_AGED = "UPDATE pgqueuer SET heartbeat = now() - interval '5 minutes' WHERE status = 'picked'"
CODE = """
import time
def main(context):
    time.sleep(float(context.req.body_text))
    return context.res.text("slept")
"""


def work(folder: Path) -> subprocess.Popen[bytes]:
    with open(folder / "worker output", "ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "appwrite_py", "worker"], cwd=folder, env=environment(),
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip


def test_kill_9_in_the_middle_of_an_execution(serve: Serve, tmp_path: Path) -> None:
    server = serve(APPWRITE_PY_JOBS="disabled").ready()
    key = made(tmp_path, "project", "create", "--id", "shop", "--key")["key"]
    client = httpx.Client(
        base_url=f"http://127.0.0.1:{server.port}/v1/functions",
        headers={"X-Appwrite-Project": "shop", "X-Appwrite-Key": key}, timeout=30,
    )  # fmt: skip
    workers = [work(tmp_path)]
    try:
        deploy(client)
        one = begin(client, "60")
        until(lambda: status(client, one) == "processing")
        workers[0].kill()
        workers[0].wait()
        dsn = server.database.running()
        assert dsn
        run(dsn, _AGED)  # as if the quarter of a minute were over after which it counts as dead
        workers.append(work(tmp_path))
        until(lambda: status(client, one) == "failed")
        assert client.get(f"/f/executions/{one}").json()["errors"] == LOST
        other = begin(client, "0")
        until(lambda: status(client, other) == "completed")
    finally:
        client.close()
        for worker in workers:
            worker.terminate()
            worker.wait(30)


def deploy(client: httpx.Client) -> None:
    runtimes = [one["$id"] for one in client.get("/runtimes").json()["runtimes"]]
    runtime = next(one for one in runtimes if one.startswith("python-"))
    body: dict[str, Any] = {"functionId": "f", "name": "F", "runtime": runtime, "entrypoint": "main.py", "timeout": 90}
    assert client.post("", json=body).status_code == 201
    files = {"code": ("code.tar.gz", package(main__py=CODE), "application/gzip")}
    assert client.post("/f/deployments", data={"activate": "true"}, files=files).status_code == 202
    until(lambda: client.get("/f").json()["deploymentId"])


def begin(client: httpx.Client, seconds: str) -> str:
    answer = client.post("/f/executions", json={"async": True, "body": seconds})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["$id"])


def status(client: httpx.Client, execution_id: str) -> str:
    return str(client.get(f"/f/executions/{execution_id}").json()["status"])
