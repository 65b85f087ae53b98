"""Code of functions as people deploy it: sample functions with the official SDKs among their packages.

The packages are those that are installed here, packed as their registries have them, so that builds download nothing.
"""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from tests.sdk.conftest import NODE

SAMPLES = Path(__file__).parent / "functions"
_REQUIRED = re.compile(r"[\w.-]+")


def python(to: Path, padding: bytes = b"") -> Path:
    """The archive of the Python function. It is installed with `PIP`."""
    to.mkdir(parents=True)
    for found in _with_all_it_needs("appwrite"):
        _wheel(found, to)
    return _archive("python", to, padding)


PIP = "pip install --no-index --find-links packages -r requirements.txt"


def node(to: Path, padding: bytes = b"") -> Path:
    """The archive of the Node function. It is installed with `NPM`."""
    to.mkdir(parents=True)
    for name in ("node-appwrite", "json-bigint", "bignumber.js", "undici"):
        with tarfile.open(to / f"{name}.tgz", "w:gz", compresslevel=1) as package:
            package.add(NODE / "node_modules" / name, "package")
    return _archive("node", to, padding)


NPM = "npm install --offline --no-audit --no-fund"


def _archive(sample: str, packages: Path, padding: bytes) -> Path:
    """What people make with `tar -czf`, outside of the folder of packages."""
    made = packages.with_name(f"{sample}.tar.gz")
    (packages / "padding").write_bytes(padding)
    with tarfile.open(made, "w:gz", compresslevel=1) as archive:
        archive.add(SAMPLES / sample, ".", filter=lambda each: None if "__pycache__" in each.name else each)
        archive.add(packages, "packages")
    return made


def _with_all_it_needs(name: str, seen: set[str] | None = None) -> Iterator[Distribution]:
    seen = set() if seen is None else seen
    found = distribution(name)
    if found.name in seen:
        return
    seen.add(found.name)
    yield found
    for required in found.requires or []:
        if ";" not in required:
            yield from _with_all_it_needs(_REQUIRED.match(required)[0], seen)  # type: ignore[index]


def _wheel(of: Distribution, to: Path) -> None:
    tag = re.search(r"^Tag: (\S+)", of.read_text("WHEEL") or "", re.MULTILINE)
    assert tag is not None
    name = f"{of.name.replace('-', '_')}-{of.version}-{tag[1]}.whl"
    with zipfile.ZipFile(to / name, "w", zipfile.ZIP_STORED) as wheel:
        for file in of.files or []:
            if ".." not in file.parts and file.suffix != ".pyc" and file.name not in ("INSTALLER", "REQUESTED"):
                wheel.write(Path(str(file.locate())), str(file))
