"""The quick start of README.md, run word for word."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.process.running import PROJECT, environment, until

pytestmark = [pytest.mark.process, pytest.mark.sdk]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks() -> list[tuple[str, str]]:
    """The code of the quick start, with its language."""
    text = (PROJECT / "README.md").read_text()
    section = text.partition("\n## Quick start\n")[2].partition("\n## ")[0]
    return [(found[1], found[2]) for found in _BLOCK.finditer(section)]


def free_port() -> int:
    """The port of the README; on a machine where it is taken another one, the only word that is changed."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", 8080))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def put_on_path(folder: Path) -> None:
    """The programs that a person has after the installation."""
    folder.mkdir()
    for name, arguments in (("appwrite-py", "-m appwrite_py"), ("pip", "-m pip"), ("python", "")):
        (folder / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        (folder / name).chmod(0o755)


def test_quick_start(tmp_path: Path) -> None:
    (_, serve), (_, prepare), (language, program), (_, run), (_, expected) = blocks()
    assert language == "python"
    put_on_path(tmp_path / "bin")
    port, folder = free_port(), tmp_path / "quickstart"
    folder.mkdir()
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    env = environment(PATH=path, APPWRITE_PY_PORT=str(port), PIP_NO_INDEX="1", PYTHONWARNINGS="")

    def shell(code: str) -> str:
        done = subprocess.run(["sh", "-euc", code], cwd=folder, env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    with open(folder / "log", "w") as log:
        server = subprocess.Popen(["sh", "-euc", f"exec {serve}"], cwd=folder, env=env, stdout=log, stderr=log)
    try:
        until(lambda: "ready in" in (folder / "log").read_text() or server.poll() is not None)
        assert server.poll() is None, (folder / "log").read_text()
        shell(prepare)
        (folder / "quickstart.py").write_text(program.replace("localhost:8080", f"localhost:{port}"))
        assert shell(run) == expected, (folder / "log").read_text()
    finally:
        server.terminate()
        assert server.wait(30) == 0, (folder / "log").read_text()
