"""Makes the image, without any registry: bash, a few programs and Python, as they are on this machine."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterator
from pathlib import Path

ACCOUNT = "appwrite-py-test"
IMAGE = f"{ACCOUNT}/python:v5-3.11"
"""In the place of the one that functions in Python 3.11 run in, whatever version it really has."""
_HERE = Path(__file__).parent
_LABEL = "io.appwrite-py.test-image"
_PROGRAMS = "bash sh cat cp dd env head id kill ls mkdir mv rm seq sleep tail tar touch wc gzip".split()
_LEFT_OUT = {"__pycache__", "test", "idlelib", "tkinter", "lib2to3", "ensurepip", "site-packages", "dist-packages"}
_SERVER = "usr/local/server"


def make() -> None:
    """Have it in the engine. Raises CalledProcessError where that does not work."""
    mark = hashlib.sha256(b"".join(path.read_bytes() for path in _own())).hexdigest()
    shown = subprocess.run(
        ["docker", "image", "inspect", "-f", f'{{{{index .Config.Labels "{_LABEL}"}}}}', IMAGE],
        capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    if shown.strip() == mark:
        return
    command = ["docker", "import", "-c", f"LABEL {_LABEL}={mark}", "-c", f"ENV PATH={_path()}", "-", IMAGE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as importing:
        assert importing.stdin is not None
        with tarfile.open(fileobj=importing.stdin, mode="w|") as archive:
            _fill(archive)
    if importing.returncode:
        raise subprocess.CalledProcessError(importing.returncode, command)


def _own() -> list[Path]:
    return sorted([Path(__file__), _HERE / "openruntime.py", *(_HERE / "helpers").iterdir()])


def _path() -> str:
    return f"{Path(_python()).parent}:/usr/local/bin:/usr/bin:/bin"


def _python() -> str:
    return str(getattr(sys, "_base_executable", sys.executable))


def _fill(archive: tarfile.TarFile) -> None:
    for folder in ("tmp", "mnt/code", "mnt/logs", "usr/local/build", f"{_SERVER}/src/function", "proc", "dev", "sys"):
        member = tarfile.TarInfo(folder)
        member.type, member.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(member)
    programs = {name: str(Path(shutil.which(name) or f"/bin/{name}").resolve()) for name in _PROGRAMS}
    library = Path(sysconfig.get_path("stdlib"))
    for path in sorted({*_libraries([*programs.values(), _python(), *map(str, library.glob("lib-dynload/*.so"))])}):
        _add(archive, path, path)
    for name, path in programs.items():
        _add(archive, path, f"/usr/bin/{name}")
    _add(archive, _python(), f"{Path(_python()).parent}/python3")
    for path in _modules(library):
        archive.add(path, arcname=str(path).lstrip("/"), recursive=False)
    for path in [_HERE / "openruntime.py", *(_HERE / "helpers").iterdir()]:
        archive.add(path, arcname=f"{_SERVER}/{path.relative_to(_HERE)}")
    _write(archive, "etc/passwd", b"root:x:0:0:root:/root:/bin/bash\n")
    for link, target in {"bin": "usr/bin"}.items():
        member = tarfile.TarInfo(link)
        member.type, member.linkname = tarfile.SYMTYPE, target
        archive.addfile(member)


def _add(archive: tarfile.TarFile, source: str, name: str) -> None:
    """The file itself, also where there is a link to it."""
    with open(source, "rb") as file:
        _write(archive, name.lstrip("/"), file.read())


def _write(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o755
    archive.addfile(member, io.BytesIO(content))


def _modules(library: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(library):
        folders[:] = [name for name in folders if name not in _LEFT_OUT and not name.startswith("config-")]
        yield from (Path(folder) / name for name in names)


def _libraries(programs: list[str]) -> Iterator[str]:
    told = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=False).stdout
    yield from re.findall(r"(?:=> |^\t)(/\S+) \(0x", told, re.MULTILINE)
