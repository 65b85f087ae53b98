"""Which programs of the machine run functions."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from appwrite_py.compute import runtimes
from appwrite_py.compute.runtimes import Runtimes
from appwrite_py.compute.sandbox import Bubblewrap, NoSandbox, OwnUser, Sandbox
from appwrite_py.settings import Settings

CLOSED, OPEN = (26, 2, 0), (26, 1, 0)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine with a newer Node in somebody's home, and one for all; and with a Python in that home only."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        found = []
        for folder, program, version in (
            ("closed", "node", CLOSED), ("open", "node", OPEN), ("closed", "python3.14", (3, 14, 1)),
        ):  # fmt: skip
            path = root / folder / program
            path.parent.mkdir(exist_ok=True)
            path.touch(mode=0o755)
            path.chmod(0o755)
            found.append(runtimes._Program(path, program[:6], version, (path.parent,)))
        (root / "open").chmod(0o755)
        (root / "closed").chmod(0o700)
        monkeypatch.setattr(runtimes, "_programs", lambda further: found)
        yield root


def offered(sandbox: Sandbox | None) -> dict[str, Path | None]:
    def made() -> Sandbox:
        if sandbox is None:
            raise NoSandbox
        return sandbox

    found = Runtimes(Settings(_env_file=None), made).offered  # type: ignore[call-arg]
    return {key: runtime.program for key, runtime in found.items()}


def test_what_only_root_may_start(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where functions run as other users than the server, their programs have to be within reach of these."""
    everything = {"node-26": machine / "closed" / "node", "python-3.14": machine / "closed" / "python3.14"}
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert offered(OwnUser()) == {"node-26": machine / "open" / "node"}
    assert offered(Bubblewrap()) == offered(Sandbox()) == offered(None) == everything
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert offered(OwnUser()) == everything
    (machine / "closed").chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert offered(OwnUser()) == everything
