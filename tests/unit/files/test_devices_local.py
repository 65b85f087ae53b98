"""Files in a folder: what is written survives a crash, and what a crash leaves is cleared away."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appwrite_py.files.devices import BlobNotFound, DeviceFull, LocalDevice, make_device
from appwrite_py.settings import Settings
from tests.unit.files.test_devices import all_of, put


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_nothing_lies_aside_after_a_write(tmp_path: Path) -> None:
    device = LocalDevice(tmp_path)

    async def given_up() -> None:
        async with device.writing("p/b/two") as writer:
            await writer.write(b"x")
            raise KeyError

    async def test() -> None:
        await put(device, "p/b/one", b"x")
        with pytest.raises(KeyError):
            await given_up()

    asyncio.run(test())
    assert files_in(tmp_path) == ["p/b/one"]


@pytest.mark.parametrize("at_once", [False, True])
def test_bytes_are_on_the_disk_before_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: bool) -> None:
    device = LocalDevice(tmp_path)
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def flushed(number: int) -> None:
        steps.append(f"flush {'folder' if os.path.isdir(f'/proc/self/fd/{number}') else 'file'}")
        fsync(number)

    def moved(old: Path, new: Path) -> None:
        steps.append("move")
        replace(old, new)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(os, "replace", moved)
    asyncio.run(device.put("p/b/one", b"x") if at_once else put(device, "p/b/one", b"x"))
    assert steps == ["flush file", "move", "flush folder"]


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = LocalDevice(tmp_path)

    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def test() -> None:
        monkeypatch.setattr(os, "fsync", refuse)
        with pytest.raises(DeviceFull):
            await put(device, "p/b/one", b"x" * 100)
        with pytest.raises(DeviceFull):
            await device.put("p/b/one", b"x" * 100)
        monkeypatch.undo()
        with pytest.raises(BlobNotFound):
            await device.read("p/b/one")

    asyncio.run(test())
    assert files_in(tmp_path) == []


def test_a_folder_is_deleted_while_blobs_are_written_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = LocalDevice(tmp_path)
    sync = os.fsync

    def sync_late(number: int) -> None:
        shutil.rmtree(tmp_path / "p", ignore_errors=True)
        sync(number)

    async def test() -> None:
        await put(device, "p/b/one", b"1")
        monkeypatch.setattr(os, "fsync", sync_late)
        await put(device, "p/b/two", b"2")
        await device.put("p/b/three", b"3")

    asyncio.run(test())
    assert [name for name in files_in(tmp_path) if name.startswith(".")] == []


def test_a_sweep_removes_what_crashes_left(tmp_path: Path) -> None:
    device = LocalDevice(tmp_path)
    now = datetime.now(UTC)

    async def test() -> None:
        assert await device.sweep(now) == 0
        await put(device, "p/b/one", b"x")
        for name, age in (("old", 3), ("older", 30), ("new", 1)):
            left = tmp_path / ".unfinished" / name
            left.write_bytes(b"x")
            os.utime(left, ((now - timedelta(hours=age)).timestamp(),) * 2)
        assert await all_of(device.walk()) == ["p/b/one"]
        assert await device.sweep(now - timedelta(hours=2)) == 2

    asyncio.run(test())
    assert files_in(tmp_path) == [".unfinished/new", "p/b/one"]


def test_a_walk_of_a_folder_that_was_never_made(tmp_path: Path) -> None:
    assert asyncio.run(all_of(LocalDevice(tmp_path / "none").walk())) == []


def test_there_are_no_links(tmp_path: Path) -> None:
    device = LocalDevice(tmp_path)
    asked = device.link("p/b/one", 60, name="a.txt", media_type="text/plain", disposition="inline")
    assert asyncio.run(asked) is None


@pytest.mark.parametrize("kind", ["local", "LOCAL", "Local"])
def test_files_lie_below_the_data_folder(tmp_path: Path, kind: str) -> None:
    device = make_device(Settings(data_dir=tmp_path, storage_device=kind, _env_file=None))
    assert isinstance(device, LocalDevice)
    asyncio.run(put(device, "p/b/one", b"x"))
    assert files_in(tmp_path) == ["storage/p/b/one"]
