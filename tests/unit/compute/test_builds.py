"""Builds: what comes of good ones, and that bad ones end in time, with a reason, and leave nothing running."""

from __future__ import annotations

import asyncio
import os
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pytest

from appwrite_py.compute import archives, build_logs, builds, installers
from appwrite_py.compute.builds import BuildCanceled, BuildFailed, Builds, Plan
from appwrite_py.compute.runtimes import Runtimes
from appwrite_py.compute.sandbox import NoSandbox, make_sandbox
from appwrite_py.compute.specifications import by_slug
from appwrite_py.settings import Settings
from tests.processes import running
from tests.unit.compute.archive_tools import contents, entry, link, package, tar_gz

RUNTIMES = Runtimes(Settings(_env_file=None)).offered  # type: ignore[call-arg]
NODE = next(key for key in RUNTIMES if key.startswith("node-"))
PYTHON = next(key for key in RUNTIMES if key.startswith("python-"))
MAIN = {"main__js": "export default () => 1"}


@dataclass
class Workshop:
    """Builds archives, and keeps what was told."""

    folder: Path
    settings: dict[str, object] = field(default_factory=dict)
    log: str = ""

    def __post_init__(self) -> None:
        values = {"data_dir": self.folder / "data", **self.settings}
        self.made = Settings(_env_file=None, **values)  # type: ignore[arg-type]
        self.builds = Builds(self.made, lambda: make_sandbox(self.made))

    def build(
        self, archive: bytes, commands: str = "", *, entrypoint: str = "main.js", runtime: str = NODE,
        seconds: float = 60, cancel_when: Callable[[], bool] = lambda: False, owner: str = "p/1", **environment: str,
    ) -> dict[str, bytes | str]:  # fmt: skip
        """What is in the package that is built."""
        plan = Plan(owner, RUNTIMES[runtime], entrypoint, commands, by_slug("s-1vcpu-512mb"), environment)
        try:
            return asyncio.run(self._build(archive, plan, seconds, cancel_when))
        finally:
            assert list((self.builds._root).iterdir()) == [], "workplaces are cleared"

    async def _build(
        self, archive: bytes, plan: Plan, seconds: float, cancel_when: Callable[[], bool]
    ) -> dict[str, bytes | str]:
        canceled = asyncio.Event()

        async def log(text: str) -> None:
            self.log += text
            text.encode()
            if cancel_when():
                canceled.set()

        async with self.builds.workplace() as place:
            (place / "source.tar.gz").write_bytes(archive)
            built = await self.builds.build(
                place, place / "source.tar.gz", plan, log=log, canceled=canceled, seconds=seconds
            )
            assert built.size == built.archive.stat().st_size
            (place / "again").mkdir()
            archives.unpack(built.archive, place / "again", most_bytes=1 << 30, most_files=100_000)
            return contents(place / "again")


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    tmp_path.chmod(0o755)
    return Workshop(tmp_path)


def test_nothing_to_install(shop: Workshop) -> None:
    found = shop.build(tar_gz(entry("main.js", b"1"), entry("lib/a.js", b"2"), link("b.js", "lib/a.js")))
    assert found == {"main.js": b"1", "lib": "/", "lib/a.js": b"2", "b.js": "-> lib/a.js"}
    steps = ["preparation started", "preparation finished", "packaging started", "packaging finished"]
    assert [step for step in steps if step in shop.log] == steps
    assert "command" not in shop.log
    assert shop.log.startswith("\x1b[90m[")


@pytest.mark.parametrize("kind", ["bubblewrap", "user", "none"])
def test_commands(tmp_path: Path, kind: str) -> None:
    tmp_path.chmod(0o755)
    shop = Workshop(tmp_path, {"functions_sandbox": kind})
    try:
        make_sandbox(shop.made)
    except NoSandbox:
        pytest.skip("it does not work on this machine")
    found = shop.build(
        package(**MAIN), 'echo "out $GREETING"; echo err >&2; mkdir -p dist && echo "$A" > dist/it; chmod 700 dist',
        GREETING="hello", A="it's 'quoted'\n$(id)",
    )  # fmt: skip
    assert found == {"main.js": b"export default () => 1", "dist": "/", "dist/it": b"it's 'quoted'\n$(id)\n"}
    assert "out hello\nerr\n" in shop.log
    assert shop.log.index("execution started") < shop.log.index("out hello") < shop.log.index("execution finished")


def test_a_command_that_fails(shop: Workshop) -> None:
    with pytest.raises(BuildFailed, match="exit code 3"):
        shop.build(package(**MAIN), "echo before; exit 3")
    assert "before\n" in shop.log
    with pytest.raises(BuildFailed, match="exit code 127"):
        shop.build(package(**MAIN), "no-such-program-anywhere")
    assert "not found" in shop.log


@pytest.mark.parametrize(
    ("archive", "commands", "entrypoint", "why"),
    [
        (tar_gz(), "", "main.js", "The archive is empty"),
        (b"no archive", "", "main.js", "not a gzip file"),
        (tar_gz(entry("../main.js", b"1")), "", "main.js", "leads out of it"),
        (package(**MAIN), "", "src/main.js", "'src/main.js' is not a file of the package"),
        (package(**MAIN), "rm main.js", "main.js", "is not a file of the package"),
        (package(**MAIN), "ln -s /etc/passwd leak.js", "leak.js", "is not a file of the package"),
        (package(**MAIN), "ln -s loop.js loop.js", "loop.js", "is not a file of the package"),
        (package(**MAIN), "", "../../../../../../etc/passwd", "is not a file of the package"),
        (package(**MAIN), "mkdir folder", "folder", "is not a file of the package"),
    ],
    ids=range(9),
)
def test_what_cannot_be_run(shop: Workshop, archive: bytes, commands: str, entrypoint: str, why: str) -> None:
    with pytest.raises(BuildFailed, match=why):
        shop.build(archive, commands, entrypoint=entrypoint)


def test_what_a_build_leaves_behind(shop: Workshop) -> None:
    """Neither links out of the package nor what is no file come with it, and they are named."""
    found = shop.build(package(**MAIN), "ln -s /etc/passwd leak; ln -s ../../x up; mkfifo pipe; ln -s main.js fine")
    assert found == {"main.js": b"export default () => 1", "fine": "-> main.js"}
    assert "Left out" in shop.log
    assert "leak, pipe, up." in shop.log


# --- package managers -------------------------------------------------------------------------------------
def wheel() -> bytes:
    """A library for Python, as an index would give it."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("tiny.py", "ANSWER = 42\n")
        made.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        made.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        made.writestr("tiny-1.0.dist-info/RECORD", "tiny.py,,\ntiny-1.0.dist-info/METADATA,,\n")
    return buffer.getvalue()


@pytest.mark.parametrize("pip", ["pip", "pip3", "python -m pip", "python3 -m pip"])
def test_pip(shop: Workshop, pip: str) -> None:
    archive = tar_gz(
        entry("main.py", b"import tiny"), entry("requirements.txt", b"./tiny-1.0-py3-none-any.whl\n"),
        entry("tiny-1.0-py3-none-any.whl", wheel()),
    )  # fmt: skip
    commands = f"{pip} install -r requirements.txt && python -c 'import tiny; print(tiny.ANSWER)'"
    found = shop.build(archive, commands, entrypoint="main.py", runtime=PYTHON)
    assert "42\n" in shop.log
    [place] = [name for name in found if name.endswith("site-packages/tiny.py")]
    assert place.startswith("runtime-env/lib/python3")
    assert not [name for name in found if "/pip" in name], "what installs is not part of the package"


def test_an_interpreter_without_pip(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment gets its own one then."""
    monkeypatch.setattr(installers, "_has_pip", lambda _: False)
    archive = tar_gz(entry("main.py", b"1"), entry("tiny-1.0-py3-none-any.whl", wheel()))
    found = shop.build(archive, "pip install ./tiny*", entrypoint="main.py", runtime=PYTHON)
    assert [name for name in found if name.endswith("site-packages/tiny.py")]
    assert not [name for name in found if "/pip" in name]


def test_an_environment_that_was_uploaded(shop: Workshop) -> None:
    archive = tar_gz(
        entry("main.py", b"1"), entry("runtime-env/lib/old.py", b"of another machine"),
        link("runtime-env/bin", "../bin"), entry("bin/tool", b"2"),
    )  # fmt: skip
    found = shop.build(archive, "pip --version", entrypoint="main.py", runtime=PYTHON)
    assert "runtime-env/lib/old.py" not in found
    assert found["bin/tool"] == b"2"


def test_npm(shop: Workshop) -> None:
    archive = tar_gz(
        entry("package.json", b'{"name": "f", "version": "1.0.0", "dependencies": {"tiny": "file:tiny.tgz"}}'),
        entry("main.js", b"1"),
        entry("tiny.tgz", tar_gz(
            entry("package/package.json", b'{"name": "tiny", "version": "1.0.0"}'), entry("package/index.js", b"42"),
        )),
    )  # fmt: skip
    found = shop.build(archive, "npm install")
    assert "npm warn" not in shop.log
    assert found["node_modules/tiny/index.js"] == b"42"
    [kept] = (shop.folder / "data").glob("cache/builds/p/1/npm")
    assert list(kept.iterdir()), "what was downloaded is kept for the next time"


def test_where_pnpm_keeps_what_it_downloads(shop: Workshop) -> None:
    shop.build(package(**MAIN), 'echo "pnpm: ${npm_config_store_dir#"${XDG_CACHE_HOME%/xdg}"}"')
    assert "pnpm: /pnpm\n" in shop.log


def test_caches_are_of_one_function(shop: Workshop) -> None:
    look = 'cd "${XDG_CACHE_HOME%/xdg}"; touch "mark-$WHO"; ls'
    shop.build(package(**MAIN), look, owner="p/1", WHO="first")
    shop.log = ""
    shop.build(package(**MAIN), look, owner="p/1", WHO="second")
    assert "mark-first" in shop.log
    shop.log = ""
    shop.build(package(**MAIN), look, owner="p/2", WHO="third")
    assert "mark-third" in shop.log
    assert "mark-first" not in shop.log


def test_a_cache_that_another_build_has(shop: Workshop) -> None:
    """It is done without: the other one runs as another user, and is not to be disturbed."""
    look = 'cd "${XDG_CACHE_HOME%/xdg}"; touch mark; ls && echo could'

    async def both() -> None:
        async with shop.builds._caches.of("p/1", shop.folder / "otherwise") as folder:
            (folder / "mine").write_text("1")
            await asyncio.to_thread(shop.build, package(**MAIN), look, owner="p/1")
            assert [path.name for path in folder.iterdir()] == ["mine"]

    asyncio.run(both())
    assert "mark\ncould\n" in shop.log


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_file_of_the_server_under_another_name_is_not_handed_over(shop: Workshop) -> None:
    """Where the system lets a build make one, the next would be given the file itself."""
    mine = shop.folder / "secrets.json"
    mine.write_text("secret")
    mine.chmod(0o600)
    shop.build(package(**MAIN), "true", owner="p/1")
    [folder] = (shop.folder / "data").glob("cache/builds/p/1")
    os.link(mine, folder / "mine")
    shop.build(package(**MAIN), 'cat "${XDG_CACHE_HOME%/xdg}/mine" || echo none', owner="p/1")
    assert (mine.stat().st_uid, mine.stat().st_mode & 0o777) == (0, 0o600)
    assert "none\n" in shop.log
    assert "secret\n" not in shop.log


def test_caches_that_nobody_uses(shop: Workshop) -> None:
    shop.build(package(**MAIN), "true", owner="p/1")
    shop.build(package(**MAIN), "true", owner="p/2")
    [folder] = (shop.folder / "data").glob("cache/builds/p/1")
    os.utime(folder, (1, 1))
    left = shop.builds._root / "left-by-a-crash"
    left.mkdir()
    os.utime(left, (1, 1))
    asyncio.run(shop.builds.sweep())
    assert not folder.exists()
    assert not left.exists()
    assert (folder.parent / "2").exists()


# --- those that mean harm ---------------------------------------------------------------------------------
def ended_soon(shop: Workshop, commands: str, why: str, *, seconds: float, mark: str) -> None:
    began = time.monotonic()
    with pytest.raises(BuildFailed, match=why):
        shop.build(package(**MAIN), commands, seconds=seconds)
    assert time.monotonic() - began < seconds + 15
    assert running(mark) == []


def test_a_loop_for_ever(shop: Workshop) -> None:
    ended_soon(
        shop, "while :; do :; done # mark-of-a-loop", "longer than the 1 seconds", seconds=1, mark="mark-of-a-loop"
    )


def test_what_is_left_running(shop: Workshop) -> None:
    """What holds the output open does not hold up the build, and ends with it."""
    began = time.monotonic()
    assert shop.build(package(**MAIN), "(setsid sleep 98761 &) ; sleep 98762 & echo started")
    assert time.monotonic() - began < 20
    assert "started\n" in shop.log
    assert running("sleep\x009876") == []


def test_a_fork_bomb(shop: Workshop) -> None:
    bomb = "bomb() { bomb | bomb & }; bomb; sleep 98763"
    ended_soon(shop, bomb, "longer than the 1.5 seconds|exit code", seconds=1.5, mark="98763")


def test_filling_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builds, "_MEASURE_SECONDS", 0.5)
    tmp_path.chmod(0o755)
    shop = Workshop(tmp_path, {"compute_build_size_limit_bytes": 30_000_000})
    one_file = "while :; do head -c 1000000 /dev/zero > f; done"
    ended_soon(shop, one_file, "longer than the 1.5 seconds", seconds=1.5, mark="/dev/zero > f")
    many = "i=0; while :; do i=$((i+1)); head -c 1000000 /dev/zero > f$i; sleep 0.01; done"
    ended_soon(shop, many, "written more than the 30000000 bytes", seconds=30, mark="/dev/zero > f")
    cache = 'i=0; while :; do i=$((i+1)); head -c 1000000 /dev/zero > "$XDG_CACHE_HOME$i"; sleep 0.01; done'
    ended_soon(shop, cache, "written more than the 30000000 bytes", seconds=30, mark="/dev/zero")
    ended_soon(shop, "head -c 40000000 /dev/zero > f && exit 0", "exit code|larger than", seconds=30, mark="/dev/zero")


def test_talking_for_ever(shop: Workshop) -> None:
    ended_soon(shop, "yes abcdefgh # mark-of-talk", "longer than the 2 seconds", seconds=2, mark="mark-of-talk")
    assert "abcdefgh\n" in shop.log
    assert len(shop.log) < 5_000_000, "a few seconds' worth, and no more than can be kept of each"


def test_bytes_that_are_no_text(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_logs, "FLUSH_SECONDS", 0.1)
    shop.build(package(**MAIN), r"printf 'a\377b\000c\303'; sleep 0.4; printf '\251\n'")
    assert "a\ufffdbcé\n" in shop.log


def test_trees_that_are_deep(shop: Workshop) -> None:
    deep = "node -e \"for (let i = 0; i < 3000; i++) { fs.mkdirSync('d'); process.chdir('d') }\""
    with pytest.raises(BuildFailed, match=r"cannot be packed|exit code"):
        shop.build(package(**MAIN), deep)


def test_canceled(shop: Workshop) -> None:
    began = time.monotonic()
    with pytest.raises(BuildCanceled):
        shop.build(
            package(**MAIN), "echo going; (setsid sleep 98764 &); sleep 98765; touch never", seconds=60,
            cancel_when=lambda: "going" in shop.log,
        )  # fmt: skip
    assert time.monotonic() - began < 20
    assert running("sleep\x009876") == []


def test_secrets_of_the_server(shop: Workshop) -> None:
    sandbox = make_sandbox(shop.made)
    if not sandbox.hides_files:
        pytest.skip("this machine has no sandbox that hides files")
    secret = shop.folder / "data" / "secrets"
    secret.parent.mkdir(mode=0o700, exist_ok=True)
    secret.write_text("the key of all keys")
    secret.chmod(0o600)
    shop.build(package(**MAIN), f"cat {secret}; ls {secret.parent}; cat /proc/*/environ | tr '\\0' '\\n'; env; true")
    assert "the key of all keys" not in shop.log
    assert "PYTEST_CURRENT_TEST" not in shop.log
