"""Pictures that are kept: found again, made once, driven out, sealed, and shared by processes."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from appwrite_py.files import renditions as module
from appwrite_py.files.images import Rendered, Unreadable
from appwrite_py.files.renditions import AT_ONCE, KEPT_SECONDS, Renditions
from appwrite_py.kit.crypto import Vault

BLOB = "project/1/blob"
MANY = 1 << 26
Make = Callable[[], Awaitable[Rendered]]


def kept_in(root: Path, most: int = MANY, key: str = "key", processes: int = 1) -> Renditions:
    return Renditions(root, Vault(key), most, processes=processes)


def giving(body: bytes, type_: str = "image/png") -> Make:
    async def make() -> Rendered:
        return Rendered(body, type_)

    return make


async def refuse() -> Rendered:
    raise AssertionError("made although it is there")


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def disk_use(root: Path) -> int:
    return sum(path.stat().st_size for path in files(root))


def aged(root: Path, seconds: float) -> None:
    for path in files(root):
        then = time.time() - seconds
        os.utime(path, (then, then))


async def settled(renditions: Renditions) -> None:
    if renditions._trimming is not None:
        await renditions._trimming


# --- found again ------------------------------------------------------------------------------------------
async def _found_again(root: Path) -> None:
    first = kept_in(root)
    body = bytes(range(256)) * 40
    assert await first.get(BLOB, {"width": 1}, giving(body, "image/webp")) == (Rendered(body, "image/webp"), False)
    for renditions in (first, kept_in(root)):  # the second is a server that was started anew
        assert await renditions.get(BLOB, {"width": 1}, refuse) == (Rendered(body, "image/webp"), True)


def test_found_again(tmp_path: Path) -> None:
    asyncio.run(_found_again(tmp_path))


def test_each_has_its_own(tmp_path: Path) -> None:
    async def run() -> None:
        renditions = kept_in(tmp_path)
        asked: list[tuple[str, dict[str, Any]]] = [
            (BLOB, {"width": 1}), (BLOB, {"width": 2}), (BLOB, {"height": 1}), (BLOB, {"width": 1, "output": "png"}),
            (BLOB, {}), (BLOB + "2", {"width": 1}), ("project/2/blob", {"width": 1}), ("other/1/blob", {"width": 1}),
        ]  # fmt: skip
        for number, (path, look) in enumerate(asked):
            assert await renditions.get(path, look, giving(b"%d" % number)) == ((b"%d" % number, "image/png"), False)
        for number, (path, look) in enumerate(asked):
            assert (await renditions.get(path, look, refuse))[0].body == b"%d" % number
        assert (await renditions.get(BLOB, {"output": "png", "width": 1}, refuse))[0].body == b"3"  # in any order

    asyncio.run(run())


def test_who_comes_meanwhile_waits_for_the_same(tmp_path: Path) -> None:
    made = []

    async def make() -> Rendered:
        made.append(1)
        await asyncio.sleep(0.05)
        return Rendered(b"x", "image/png")

    async def run() -> None:
        renditions = kept_in(tmp_path)
        got = await asyncio.gather(*(renditions.get(BLOB, {}, make) for _ in range(20)))
        assert [picture.body for picture, _ in got] == [b"x"] * 20
        assert len(made) == 1

    asyncio.run(run())


def test_who_gives_up_does_not_stop_the_others(tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def make() -> Rendered:
        begun.set()
        await asyncio.sleep(0.05)
        return Rendered(b"x", "image/png")

    async def run() -> None:
        renditions = kept_in(tmp_path)
        impatient = asyncio.create_task(renditions.get(BLOB, {}, make))
        await begun.wait()
        patient = asyncio.create_task(renditions.get(BLOB, {}, make))
        await asyncio.sleep(0.01)
        impatient.cancel()
        assert (await patient)[0].body == b"x"
        with pytest.raises(asyncio.CancelledError):
            await impatient

    asyncio.run(run())


def test_only_so_many_are_made_at_once(tmp_path: Path) -> None:
    at_work = most = 0

    async def make() -> Rendered:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0.01)
        at_work -= 1
        return Rendered(b"x", "image/png")

    async def run() -> None:
        renditions = kept_in(tmp_path)
        await asyncio.gather(*(renditions.get(BLOB, {"width": width}, make) for width in range(20)))

    asyncio.run(run())
    assert most == AT_ONCE


def test_what_cannot_be_made_is_tried_again(tmp_path: Path) -> None:
    async def fail() -> Rendered:
        await asyncio.sleep(0.01)
        raise Unreadable("broken")

    async def run() -> None:
        renditions = kept_in(tmp_path)
        got = await asyncio.gather(*(renditions.get(BLOB, {}, fail) for _ in range(3)), return_exceptions=True)
        assert [type(problem) for problem in got] == [Unreadable] * 3
        assert not files(tmp_path)
        assert (await renditions.get(BLOB, {}, giving(b"x"))) == ((b"x", "image/png"), False)

    asyncio.run(run())


# --- gone again -------------------------------------------------------------------------------------------
def test_purged_with_the_blob_or_the_bucket(tmp_path: Path) -> None:
    async def run() -> None:
        renditions = kept_in(tmp_path)
        for path in ("p/1/a", "p/1/b", "p/10/a", "q/1/a"):
            for width in (1, 2):
                await renditions.get(path, {"width": width}, giving(b"x"))
        await renditions.purge("p/1/a")
        await renditions.purge("p/1/a")
        assert len(files(tmp_path)) == 6
        assert not (tmp_path / "p/1/a").exists()
        await renditions.purge("p/1")
        assert sorted(path.parent.relative_to(tmp_path).as_posix() for path in files(tmp_path)) == [
            "p/10/a", "p/10/a", "q/1/a", "q/1/a",
        ]  # fmt: skip
        await renditions.purge("q")
        await renditions.purge("p/10/a")
        assert not os.listdir(tmp_path)  # and no empty folders
        assert not (await renditions.get("p/1/a", {"width": 1}, giving(b"x")))[1]

    asyncio.run(run())


@pytest.mark.parametrize("path", ["..", "../x", "a/../..", "", ".", "/etc"])
def test_nothing_outside_is_purged(tmp_path: Path, path: str) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(ValueError, match="leads out"):
        asyncio.run(kept_in(tmp_path / "root").purge(path))
    assert (tmp_path / "x").is_dir()


def test_old_ones_are_made_anew(tmp_path: Path) -> None:
    async def run() -> None:
        renditions = kept_in(tmp_path)
        await renditions.get(BLOB, {}, giving(b"old"))
        await settled(renditions)
        aged(tmp_path, KEPT_SECONDS - 60)
        assert await renditions.get(BLOB, {}, refuse) == ((b"old", "image/png"), True)
        aged(tmp_path, KEPT_SECONDS + 60)
        assert await renditions.get(BLOB, {}, giving(b"new")) == ((b"new", "image/png"), False)
        assert await renditions.get(BLOB, {}, refuse) == ((b"new", "image/png"), True)

    asyncio.run(run())


def test_looking_does_not_make_younger(tmp_path: Path) -> None:
    async def run() -> None:
        renditions = kept_in(tmp_path)
        await renditions.get(BLOB, {}, giving(b"x"))
        aged(tmp_path, 1000)
        await renditions.get(BLOB, {}, refuse)
        status = files(tmp_path)[0].stat()
        assert status.st_atime > time.time() - 100
        assert status.st_mtime < time.time() - 900

    asyncio.run(run())


def test_those_not_asked_for_the_longest_go(tmp_path: Path) -> None:
    most = 2_000_000
    body = os.urandom(40_000)

    async def run() -> None:
        renditions = kept_in(tmp_path, most)
        await renditions.get("p/1/used", {}, giving(body))
        for number in range(200):
            await renditions.get(f"p/1/{number}", {}, giving(body))
            await settled(renditions)
            assert disk_use(tmp_path) <= most
            for path in files(tmp_path):  # time passes
                status = path.stat()
                os.utime(path, (status.st_atime - 100, status.st_mtime - 100))
            assert (await renditions.get("p/1/used", {}, refuse))[1]
        assert disk_use(tmp_path) > most / 2
        assert (await renditions.get("p/1/199", {}, refuse))[1]
        assert not (await renditions.get("p/1/0", {}, giving(body)))[1]
        assert len(list((tmp_path / "p/1").iterdir())) == len(files(tmp_path))  # no empty folders

    asyncio.run(run())


def test_room_that_was_taken_before_is_counted(tmp_path: Path) -> None:
    async def run() -> None:
        before = kept_in(tmp_path)
        for number in range(50):
            await before.get(f"p/1/{number}", {}, giving(bytes(30_000)))
        after = kept_in(tmp_path, 500_000)
        await after.get("p/1/new", {}, giving(b"x"))
        await settled(after)
        assert disk_use(tmp_path) <= 500_000

    asyncio.run(run())


def test_one_does_not_drive_out_all(tmp_path: Path) -> None:
    async def run() -> None:
        renditions = kept_in(tmp_path, 1_000_000)
        for _ in range(2):
            assert not (await renditions.get(BLOB, {}, giving(bytes(200_000))))[1]
        assert not files(tmp_path)

    asyncio.run(run())


def test_none_are_kept_without_room(tmp_path: Path) -> None:
    async def run() -> None:
        await kept_in(tmp_path).get(BLOB, {"width": 1}, giving(b"x"))
        renditions = kept_in(tmp_path, 0)
        for _ in range(2):
            assert not (await renditions.get(BLOB, {}, giving(b"x")))[1]
        await settled(renditions)
        assert not files(tmp_path)  # those that were kept before, neither

    asyncio.run(run())


# --- what goes wrong --------------------------------------------------------------------------------------
def test_they_are_sealed_and_bound_to_their_place(tmp_path: Path) -> None:
    body = b"a secret picture" * 100

    async def run() -> None:
        renditions = kept_in(tmp_path)
        await renditions.get(BLOB, {}, giving(body))
        (place,) = files(tmp_path)
        assert b"secret" not in place.read_bytes()
        moved = tmp_path / "project/1/other" / place.name
        moved.parent.mkdir()
        shutil.copy(place, moved)
        assert not (await renditions.get("project/1/other", {}, giving(b"x")))[1]
        assert not (await kept_in(tmp_path, key="another").get(BLOB, {}, giving(b"x")))[1]

    asyncio.run(run())


@pytest.mark.parametrize("left", [b"", b"short", bytes(1000)])
def test_what_a_crash_has_cut_off_is_made_anew(tmp_path: Path, left: bytes) -> None:
    async def run() -> None:
        renditions = kept_in(tmp_path)
        await renditions.get(BLOB, {}, giving(b"x"))
        files(tmp_path)[0].write_bytes(left)
        assert await renditions.get(BLOB, {}, giving(b"new")) == ((b"new", "image/png"), False)
        assert await renditions.get(BLOB, {}, refuse) == ((b"new", "image/png"), True)

    asyncio.run(run())


def test_a_full_disk_costs_only_the_keeping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        write(path, data[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert asyncio.run(kept_in(tmp_path).get(BLOB, {}, giving(b"x"))) == ((b"x", "image/png"), False)
    assert not files(tmp_path)


def test_a_folder_that_cannot_be_written_too(tmp_path: Path) -> None:
    (tmp_path / "project").write_text("in the way")
    assert asyncio.run(kept_in(tmp_path).get(BLOB, {}, giving(b"x"))) == ((b"x", "image/png"), False)


def test_what_was_not_finished_goes_after_a_while(tmp_path: Path) -> None:
    async def run() -> None:
        renditions = kept_in(tmp_path)
        await renditions.get(BLOB, {}, giving(b"x"))
        await settled(renditions)
        for name in (".young", ".old"):
            (tmp_path / BLOB / name).write_bytes(b"half")
        os.utime(tmp_path / BLOB / ".old", (0, time.time() - 7200))
        renditions._shelf.trim()
        assert [path.name for path in files(tmp_path) if path.name.startswith(".")] == [".young"]
        assert (await renditions.get(BLOB, {}, refuse))[1]

    asyncio.run(run())


def test_the_sweep_deletes_what_is_made_of_files_that_are_gone(tmp_path: Path) -> None:
    class Files:
        async def fetch(self, _: str, blobs: list[str]) -> list[dict[str, str]]:
            return [{"blob": blob} for blob in blobs if blob.endswith("here")]

    async def run() -> None:
        renditions = kept_in(tmp_path)
        for path in ("p/1/here", "p/1/gone", "q/2/here", "_stand-ins/file"):
            await renditions.get(path, {}, giving(b"x"))
        await module.swept(renditions)(Files(), None)  # type: ignore[arg-type]
        left = sorted(path.parent.relative_to(tmp_path).as_posix() for path in files(tmp_path))
        assert left == ["_stand-ins/file", "p/1/here", "q/2/here"]

    asyncio.run(run())


# --- several processes ------------------------------------------------------------------------------------
def _use(root: str, seed: int, problems: Any) -> None:
    async def run() -> None:
        renditions = kept_in(Path(root), 600_000, processes=3)
        for number in range(150):
            name = (number * 7 + seed) % 40
            expected = b"%d" % name * 5000
            picture, _ = await renditions.get(f"p/1/{name}", {}, giving(expected))
            if picture.body != expected:
                problems.put(f"{name}: {len(picture.body)} bytes of something else")
            if number % 20 == seed:
                await renditions.purge(f"p/1/{name}" if number % 40 else "p/1")
        await settled(renditions)

    try:
        asyncio.run(run())
    except BaseException as problem:
        problems.put(repr(problem))
        raise


def test_processes_share_the_folder(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    problems = context.Queue()
    workers = [context.Process(target=_use, args=(str(tmp_path), seed, problems)) for seed in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert problems.empty()
    assert disk_use(tmp_path) <= 600_000
    assert not [path for path in files(tmp_path) if path.name.startswith(".")]
