"""Unpacking and packing: what good archives give, and that bad ones write nothing outside and never too much."""

from __future__ import annotations

import gzip
import os
import tarfile
import time
from pathlib import Path

import pytest

from appwrite_py.compute.archives import BadArchive, GivenUp, Size, measure, pack, unpack
from tests.unit.compute.archive_tools import contents, entry, link, tar, tar_gz


def unpacked(
    tmp_path: Path, archive: bytes, *, most_bytes: int = 1_000_000, most_files: int = 100
) -> dict[str, bytes | str]:
    """What an archive gives. Whatever happens, nothing is there beside the folder."""
    source, folder = tmp_path / "a.tar.gz", tmp_path / "into"
    source.write_bytes(archive)
    folder.mkdir()
    try:
        unpack(source, folder, most_bytes=most_bytes, most_files=most_files)
    finally:
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tar.gz", "into"]
    return contents(folder)


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_package(tmp_path: Path, kind: int) -> None:
    deep = "/".join(["node_modules"] * 9) + "/" + "x" * 90
    archive = tar_gz(
        entry("./", type=tarfile.DIRTYPE), entry("./package.json", b"{}"), entry("src/main.js", b"x" * 1025),
        entry("bin/run", b"#!/bin/sh", mode=0o4755), entry("empty/", type=tarfile.DIRTYPE), entry(deep, b"deep"),
        link("latest", "src/main.js"), link("src/self", "../src"), link("hard", "src/main.js", hard=True),
        entry("src/main.js", b"again"), kind=kind,
    )  # fmt: skip
    found = unpacked(tmp_path, archive)
    assert found["src/main.js"] == b"again"
    assert found["hard"] == b"x" * 1025, "what is written again is another file"
    assert (found["package.json"], found[deep], found["empty"]) == (b"{}", b"deep", "/")
    assert (found["latest"], found["src/self"]) == ("-> src/main.js", "-> ../src")
    modes = {name: (tmp_path / "into" / name).stat().st_mode & 0o7777 for name in ("bin/run", "package.json")}
    assert modes == {"bin/run": 0o755, "package.json": 0o644}


def test_names_of_other_alphabets(tmp_path: Path) -> None:
    found = unpacked(tmp_path, tar_gz(entry("grüße/文.js", b"1"), entry(os.fsdecode(b"latin-\xe9"), b"2")))
    assert found["grüße/文.js"] == b"1"
    assert found[os.fsdecode(b"latin-\xe9")] == b"2"


def test_nothing_is_a_package_too(tmp_path: Path) -> None:
    assert unpacked(tmp_path, tar_gz()) == {}
    (tmp_path / "into").rmdir()
    assert unpacked(tmp_path, b"") == {}


@pytest.mark.parametrize(
    ("member", "why"),
    [
        (entry("../out", b"x"), "leads out of it: ../out"),
        (entry("a/../../out", b"x"), "leads out of it"),
        (entry("a/..", type=tarfile.DIRTYPE), "leads out of it"),
        (entry("/tmp/out", b"x"), "absolute path"),
        (entry("//out", b"x"), "absolute path"),
        (entry("", b"x"), "without a name"),
        (entry("./", b"x", type=tarfile.REGTYPE), "without a name"),
        (entry("null", type=tarfile.CHRTYPE, devmajor=1, devminor=3), "no file, folder or link: null"),
        (entry("disk", type=tarfile.BLKTYPE), "no file, folder or link"),
        (entry("pipe", type=tarfile.FIFOTYPE), "no file, folder or link"),
        (link("out", "/etc/passwd"), "link that leads out"),
        (link("out", "../a.tar.gz"), "link that leads out"),
        (link("a/out", "../../x"), "link that leads out"),
        (link("loop", "loop"), "link that leads out"),
        (link("out", "../a.tar.gz", hard=True), "leads out of it"),
        (link("out", "/etc/passwd", hard=True), "absolute path"),
        (link("out", "missing", hard=True), "link to a file that it does not hold"),
        (entry("a" * 300, b"x"), "cannot be unpacked: File name too long"),
        (entry("a/" * 3000 + "a", b"x"), "more than the 100 files"),
        (entry("x\ny\x1b[31m/../z", b"x"), "x?y?[31m/../z"),
    ],
)
def test_what_leads_out(tmp_path: Path, member: tuple[tarfile.TarInfo, bytes], why: str) -> None:
    with pytest.raises(BadArchive) as raised:
        unpacked(tmp_path, tar_gz(entry("good", b"x"), member))
    assert why in str(raised.value)


def test_nothing_is_written_through_links(tmp_path: Path) -> None:
    for members in (
        [link("way", ".."), entry("way/out", b"x")],
        [link("way", "."), entry("way/out", b"x")],
        [link("way", "../a.tar.gz"), entry("way", b"x"), entry("good", b"")],
        [entry("good", b"x"), link("hard", "good", hard=True), link("good", "/etc/passwd")],
        [link("way", "/"), entry("way", type=tarfile.DIRTYPE), entry("way/out", b"x")],
    ):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        if members[1][0].name == "way" and members[1][0].isreg():
            assert unpacked(folder, tar_gz(*members)) == {"way": b"x", "good": b""}
        else:
            with pytest.raises(BadArchive):
                unpacked(folder, tar_gz(*members))


def test_links_through_links(tmp_path: Path) -> None:
    """Each of them seems to stay inside when looked at alone."""
    members = [entry("a/b/c", type=tarfile.DIRTYPE), link("a/b/up", "../.."), link("out", "a/b/up/../x")]
    with pytest.raises(BadArchive, match="leads out of it: out"):
        unpacked(tmp_path, tar_gz(*members))


def test_chains_of_links(tmp_path: Path) -> None:
    """They take no time, however long they are."""
    chain = [link(f"l{n}", f"l{n + 1}") for n in range(1000)]
    with pytest.raises(BadArchive, match="leads out"):
        unpacked(tmp_path, tar_gz(*chain), most_bytes=10_000_000, most_files=10_000)


def test_headers_of_very_many_records(tmp_path: Path) -> None:
    """They take no time, either."""
    records = b"5 a=\n" * 200_000
    archive = gzip.compress(_header(b"x", len(records)) + records + bytes(-len(records) % 512) + tar(entry("f")))
    begun = time.process_time()
    assert unpacked(tmp_path, archive, most_bytes=10_000_000) == {"f": b""}
    assert time.process_time() - begun < 2


def test_bombs(tmp_path: Path) -> None:
    archives = {
        "larger than": tar_gz(entry("zeros", bytes(3_000_000))),
        "more than the 100 files": tar_gz(*(entry(f"f{n}") for n in range(101))),
        "header that is too large": gzip.compress(_header(b"x", 5_000_000) + bytes(900_000)),
    }
    for why, archive in archives.items():
        folder = tmp_path / why[:4]
        folder.mkdir()
        with pytest.raises(BadArchive, match=why):
            unpacked(folder, archive)


def test_a_bomb_that_lies(tmp_path: Path) -> None:
    """What an archive says of its size is not believed: this one claims terabytes, and has a few bytes."""
    member, _ = entry("huge")
    member.size = 1 << 42
    with pytest.raises(BadArchive, match="ends too early"):
        unpacked(tmp_path, gzip.compress(member.tobuf(tarfile.GNU_FORMAT) + b"short"))


def test_sparse_files(tmp_path: Path) -> None:
    member, content = entry("sparse", b"x")
    member.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.realsize": "99999999999"}
    with pytest.raises(BadArchive, match="sparse"):
        unpacked(tmp_path, tar_gz((member, content)))


@pytest.mark.parametrize(
    "archive",
    [
        b"no gzip at all", gzip.compress(b"no tar at all" * 99), tar(entry("a", b"x")),
        tar_gz(entry("a", os.urandom(5000)))[:-900], tar_gz(entry("a", b"x")) + b"garbage",
        gzip.compress(tar(entry("a", b"x"))[:512]), gzip.compress(tar(entry("a", b"x"))[:500]),
        tar_gz(entry("a", os.urandom(5000)))[:-6] + b"\1\2\3\4\5\6",
    ],
    ids=range(8),
)  # fmt: skip
def test_what_is_broken(tmp_path: Path, archive: bytes) -> None:
    with pytest.raises(BadArchive):
        unpacked(tmp_path, archive)


@pytest.mark.parametrize("records", [b"9999 path=x\n", b"x", b"0 path=x\n", b"12 size=-10\n", b"5 a=\n", b"-5 a=b\n"])
def test_damaged_headers(tmp_path: Path, records: bytes) -> None:
    archive = gzip.compress(_header(b"x", len(records)) + records.ljust(512, b"\0") + tar(entry("a", b"x")))
    if records == b"5 a=\n":
        assert unpacked(tmp_path, archive) == {"a": b"x"}
    else:
        with pytest.raises(BadArchive):
            unpacked(tmp_path, archive)


def test_given_up(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(tar_gz(entry("a", b"x")))
    (tmp_path / "into").mkdir()
    with pytest.raises(GivenUp):
        unpack(tmp_path / "a", tmp_path / "into", most_bytes=99_999, most_files=9, stopped=lambda: True)
    (tmp_path / "into" / "b").write_bytes(b"x")
    with pytest.raises(GivenUp):
        pack(tmp_path / "into", tmp_path / "b", stopped=lambda: True)


def test_there_and_back(tmp_path: Path) -> None:
    folder = tmp_path / "package"
    (folder / "src" / "deep").mkdir(parents=True)
    (folder / "src" / "main.py").write_text("x" * 5000)
    (folder / "run").write_text("#!/bin/sh")
    (folder / "run").chmod(0o4711)
    (folder / os.fsdecode(b"\xff")).write_text("name")
    os.link(folder / "run", folder / "src" / "same")
    links = {"good": "src/main.py", "src/deep/up": "../..", "gone": "nowhere", "out": "../x", "abs": "/etc"}
    for name, target in links.items():
        (folder / name).symlink_to(target)
    os.mkfifo(folder / "pipe")
    assert pack(folder, tmp_path / "out.tar.gz") == ["abs", "out", "pipe"]
    into = tmp_path / "into"
    into.mkdir()
    size = unpack(tmp_path / "out.tar.gz", into, most_bytes=99_999, most_files=20)
    for name in ("abs", "out", "pipe"):
        (folder / name).unlink()
    assert contents(into) == contents(folder)
    assert (into / "run").stat().st_mode & 0o7777 == 0o755
    assert size == Size(5000 + 9 + 4, 9)
    assert (into / "run").stat().st_mtime == int((folder / "run").stat().st_mtime), "compiled Python depends on it"


def test_packages_that_are_too_large(tmp_path: Path) -> None:
    folder = tmp_path / "package"
    folder.mkdir()
    with (folder / "hole").open("wb") as file:
        file.truncate(1 << 40)  # takes no room on the disk
    with pytest.raises(BadArchive, match="larger than the 1000 bytes"):
        pack(folder, tmp_path / "out.tar.gz", most_bytes=1000)


def test_measure(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(os.urandom(100_000))
    (tmp_path / "c").symlink_to("/")
    size = measure(tmp_path)
    assert size.files == 3
    assert 100_000 <= size.bytes < 200_000


def _header(name: bytes, size: int) -> bytes:
    """An extended header, whose records come behind it."""
    member = tarfile.TarInfo(name.decode())
    member.type, member.size = tarfile.XHDTYPE, size
    return member.tobuf(tarfile.USTAR_FORMAT)
