"""Builds in containers of a real engine: what comes of good ones, and that bad ones end in time, with a reason."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from appwrite_py.compute import archives
from appwrite_py.compute.builds import BuildCanceled, BuildFailed, Plan
from appwrite_py.compute.docker.engine import Engine
from appwrite_py.compute.docker_builds import DockerBuilds
from appwrite_py.compute.runtimes import KNOWN
from appwrite_py.compute.specifications import by_slug
from appwrite_py.settings import Settings
from tests.docker.engine import containers, needed
from tests.docker.image import ACCOUNT
from tests.unit.compute.archive_tools import contents, entry, link, package, tar_gz

MAIN = {"main__py": "def main(c): return c.text('hello')"}


@dataclass
class Yard:
    """Builds archives, and keeps what was told."""

    folder: Path
    log: str = ""

    def build(
        self, archive: bytes, commands: str = "", *, entrypoint: str = "main.py", runtime: str = "python-3.11",
        seconds: float = 60, cancel_when: Callable[[], bool] = lambda: False, environment: dict[str, str] | None = None,
        **settings: Any,
    ) -> dict[str, bytes | str]:  # fmt: skip
        """What is in the package that is built."""
        needed()
        plan = Plan("p/1", KNOWN[runtime], entrypoint, commands, by_slug("s-1vcpu-512mb"), environment or {})
        settings |= {"functions_executor": "docker", "functions_images": ACCOUNT, "data_dir": self.folder / "data"}
        made = Settings(**settings)
        return asyncio.run(self._build(made, archive, plan, seconds, cancel_when))

    async def _build(
        self, settings: Settings, archive: bytes, plan: Plan, seconds: float, cancel_when: Callable[[], bool]
    ) -> dict[str, bytes | str]:
        canceled, engine = asyncio.Event(), Engine(settings)
        builds = DockerBuilds(settings, engine)

        async def log(text: str) -> None:
            self.log += text
            if cancel_when():
                canceled.set()

        try:
            async with builds.workplace() as place:
                (place / "source.tar.gz").write_bytes(archive)
                source = place / "source.tar.gz"
                built = await builds.build(place, source, plan, log=log, canceled=canceled, seconds=seconds)
                assert built.size == built.archive.stat().st_size
                (self.folder / "again").mkdir()
                archives.unpack(built.archive, self.folder / "again", most_bytes=1 << 30, most_files=1000)
                return contents(self.folder / "again")
        finally:
            assert not containers(f"label=io.appwrite-py.process={engine.owner.process}"), "containers are removed"
            assert not list(engine.owner.folder.iterdir()), "workplaces are cleared"
            await builds.sweep()
            await engine.close()


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


def test_commands(yard: Yard) -> None:
    source = tar_gz(entry("main.py", b"1"), entry(".hidden", b"2"), entry("lib/a.py", b"3"), link("b.py", "lib/a.py"))
    found = yard.build(
        source, 'echo "out $GREETING"; echo err >&2; mkdir dist && echo "$A" > dist/it; id -u', environment={
            "GREETING": "hello", "A": "it's 'quoted'\n$(id)"},
    )  # fmt: skip
    assert found.pop(".open-runtimes") == b"OPEN_RUNTIMES_ENTRYPOINT=main.py\n"
    assert found == {
        "main.py": b"1", ".hidden": b"2", "lib": "/", "lib/a.py": b"3", "b.py": "-> lib/a.py", "dist": "/",
        "dist/it": b"it's 'quoted'\n$(id)\n",
    }  # fmt: skip
    assert f"The image {ACCOUNT}/python:v5-3.11 is made ready." in yard.log
    assert "out hello\nerr\n0\nBuild command execution finished.\n" in yard.log


def test_output_is_told_while_it_comes(yard: Yard) -> None:
    begun = time.monotonic()
    with pytest.raises(BuildCanceled):
        yard.build(package(**MAIN), "echo begun; sleep 60", cancel_when=lambda: "begun" in yard.log)
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    ("commands", "more", "why"),
    [
        ("echo before; exit 3", {}, "exit code 3"),
        ("no-such-program", {}, "exit code 127"),
        ("", {"entrypoint": "other.py"}, r"The entrypoint 'other\.py' is not a file"),
        ("sleep 60", {"seconds": 2}, "longer than the 2 seconds"),
        ("python3 -c 'bytearray(3 << 30)[-1]'", {}, "(1024 MB of memory|exit code 1)"),
        ("head -c 3000000 /dev/urandom > big", {"compute_build_size_limit_bytes": 1_000_000}, "1000000 bytes|1.0 MB"),
        ("rm -rf /mnt/code; mkdir -p /mnt/code/code.tar.gz", {}, "exit code"),
        ("", {"runtime": "rust-1.83"}, f"cannot pull the image {ACCOUNT}/rust:v5-1.83"),
    ],
)
def test_builds_that_fail(yard: Yard, commands: str, more: dict[str, Any], why: str) -> None:
    with pytest.raises(BuildFailed, match=why):
        yard.build(package(**MAIN), commands, **more)


def test_archives_that_lead_elsewhere(yard: Yard) -> None:
    with pytest.raises(BuildFailed, match="leads out"):
        yard.build(tar_gz(entry("../main.py", b"1")))
    with pytest.raises(BuildFailed, match="empty"):
        yard.build(tar_gz())


def test_no_engine(yard: Yard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")

    async def build() -> None:
        settings = Settings(functions_executor="docker", data_dir=tmp_path)
        async with DockerBuilds(settings, Engine(settings)).workplace():
            pass

    with pytest.raises(BuildFailed, match="cannot be reached"):
        asyncio.run(build())
