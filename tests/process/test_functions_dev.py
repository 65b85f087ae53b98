"""`appwrite-py functions dev`: a function of a folder is served, told, and begins anew with each change."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.process.running import command, environment, until

pytestmark = pytest.mark.process
MAIN = """
import os
from .words import WORD
def main(context):
    context.log("path", context.req.path)
    context.error("not so good")
    seen = {name: os.environ.get(name) for name in context.req.query.get("env", "").split(",")}
    return context.res.json({"word": WORD, "env": seen, "headers": context.req.headers, "body": context.req.body_text})
"""


class Dev:
    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process, self.log, self.client = process, log, httpx.Client(timeout=20)

    def said(self, text: str) -> re.Match[str]:
        """Wait until its output has this."""

        def look() -> re.Match[str] | None:
            assert self.process.poll() is None, self.log.read_text()
            return re.search(text, self.log.read_text())

        found: re.Match[str] = until(look)
        return found


@contextmanager
def dev(folder: Path, log: Path, *flags: str) -> Iterator[Dev]:
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "appwrite_py", "functions", "dev", str(folder), *flags],
            cwd=log.parent, env=environment(), stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
        )  # fmt: skip
    one = Dev(process, log)
    try:
        one.client.base_url = one.said(r"http://localhost:\d+")[0]
        yield one
    finally:
        one.client.close()
        process.kill()
        process.wait()


def test_a_function_that_is_worked_on(tmp_path: Path) -> None:
    folder = tmp_path / "functions" / "hello"
    folder.mkdir(parents=True)
    known = {"$id": "greeter", "name": "Greeter", "runtime": f"python-{sys.version_info[0]}.{sys.version_info[1]}",
             "path": "functions/hello", "entrypoint": "start.py", "vars": {"A": "file", "B": "file"}}  # fmt: skip
    (tmp_path / "appwrite.json").write_text(json.dumps({"projectId": "p", "functions": [known]}))
    (folder / ".env").write_text("B=dotenv\nC=dotenv\n")
    (folder / "start.py").write_text(MAIN)
    (folder / "words.py").write_text("WORD = 'one'")
    (folder / "words.py").chmod(0o600)
    with dev(folder, tmp_path / "output", "--env", "C=flag", "--project", "shop", "--key", "secret") as one:
        one.said("Greeter")
        one.said("✓ ready")
        names = "A,B,C,APPWRITE_FUNCTION_ID,APPWRITE_FUNCTION_PROJECT_ID"
        answer = one.client.put(f"/any/path?env={names}", content="sent", headers={"x-appwrite-trigger": "event"})
        found = answer.json()
        assert (answer.status_code, found["word"], found["body"]) == (200, "one", "sent")
        assert list(found["env"].values()) == ["file", "dotenv", "flag", "greeter", "shop"]
        headers = found["headers"]
        assert headers["x-appwrite-execution-id"] == answer.headers["x-appwrite-execution-id"]
        assert (headers["x-appwrite-trigger"], headers["x-appwrite-key"]) == ("event", "secret")
        one.said(r"200 PUT /any/path\?env=[A-Z_,]+ \d+ ms\n  path /any/path\n  not so good\n")

        (folder / "words.py").write_text("WORD = 'another'")
        one.said(r"↻ words.py\n✓ ready")
        assert one.client.get("/").json()["word"] == "another"
        (folder / "words.py").write_text("WORD = nothing")
        one.said(r"(?s)✗ The handler cannot be loaded.*NameError: name 'nothing' is not defined")
        assert one.client.get("/").status_code == 503
        one.process.terminate()
        assert one.process.wait(20) == 0
    assert "Traceback" not in one.log.read_text().partition("✗")[0]


def test_what_cannot_be_run_is_told(tmp_path: Path) -> None:
    done = command(tmp_path, "functions", "dev", "nowhere")
    assert (done.returncode, "is no folder" in done.stderr) == (1, True)
    done = command(tmp_path, "functions", "dev", ".", "--env", "nonsense")
    assert (done.returncode, "NAME=VALUE" in done.stderr) == (2, True)
