"""Running the install command of a function in its own folder, as a build would."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from appwrite_py.compute import installers
from appwrite_py.compute.sandbox import FUNCTION, Limits, Mount, Sandbox
from appwrite_py.serving.dev.source import Source
from appwrite_py.serving.problems import Problem

_MEMORY_MB = 4096


def install(source: Source, sandbox: Sandbox, environment: Mapping[str, str]) -> None:
    """Run it; what it prints goes to the terminal. Raises Problem when it fails, or when there is none."""
    if not source.commands.strip():
        raise Problem("There is nothing to install: no command is known, and no package.json or requirements.txt.")
    home = FUNCTION if sandbox.moves_code else source.folder
    owner = source.folder.stat().st_uid if os.geteuid() == 0 else None
    installers.prepare(source.folder, source.runtime, home)
    with tempfile.TemporaryDirectory(prefix="appwrite-py-install-") as cache:
        for folder in (Path(cache), source.folder / installers.ENVIRONMENT):
            if folder.is_dir():
                sandbox.give(folder, owner, writable=True)
        code = _run(source, sandbox, environment, home, Path(cache), owner)
    installers.clear(source.folder)
    if code:
        raise Problem(f"`{source.commands}` has failed with exit code {code}; the lines above say why.")


def _run(
    source: Source, sandbox: Sandbox, environment: Mapping[str, str], home: Path, cache: Path, owner: int | None
) -> int:
    kept = Path("/cache") if sandbox.moves_code else cache
    command = sandbox.command(
        installers.command(source.runtime, source.commands),
        source.folder,
        limits=Limits(_MEMORY_MB, processes=512),
        network=True,
        env={**environment, **installers.variables(source.runtime, source.commands, home, kept)},
        writable=True,
        inside=FUNCTION,
        mounts=[Mount(cache, kept, True), *(Mount(place, place) for place in source.runtime.places)],
        user=owner,
    )
    contained = command.start()
    try:
        return contained.process.wait()
    finally:
        contained.kill()
