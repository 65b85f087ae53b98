"""What is run of a folder: what was asked for, else what the file of the Appwrite CLI says, else what lies there."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appwrite_py.compute.runtimes import Runtime
from appwrite_py.serving.problems import Problem

_CONFIGURATIONS = ("appwrite.config.json", "appwrite.json")
_ENTRYPOINTS = {
    "python": ("main.py", "index.py", "app.py"),
    "node": ("main.js", "main.mjs", "main.cjs", "index.js", "index.mjs", "index.cjs"),
}
_SIGNS = {"node": ("package.json", "*.js", "*.mjs", "*.cjs"), "python": ("requirements.txt", "pyproject.toml", "*.py")}
_COMMANDS = {"node": ("package.json", "npm install"), "python": ("requirements.txt", "pip install -r requirements.txt")}


@dataclass(slots=True, frozen=True)
class Wishes:
    """What was asked for on the command line; empty for what was not."""

    runtime: str = ""
    entrypoint: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, frozen=True)
class Source:
    """A function in a folder."""

    folder: Path
    id: str
    name: str
    runtime: Runtime
    entrypoint: str
    commands: str
    timeout: int
    variables: dict[str, str]
    told_by: Path | None = None
    """The file of the Appwrite CLI that knows it."""
    instead_of: str = ""
    """The runtime that was asked for, where this machine has another one of the language only."""


def read_source(folder: Path, wishes: Wishes, offered: Mapping[str, Runtime]) -> Source:
    """Look at a folder. Raises Problem for what cannot be run here."""
    if not folder.is_dir():
        raise Problem(f"{folder} is no folder. Name the one that holds the function's code.")
    seen = folder.stat()
    if os.geteuid() == 0 and seen.st_uid != 0 and not seen.st_mode & 0o001:
        raise Problem(f"{folder} is closed to all but another user. Run this as that user, or `chmod o+x` the folder.")
    told_by, known = _configured(folder)
    wanted = wishes.runtime or str(known.get("runtime") or "")
    runtime = _runtime(folder, wanted, offered)
    entrypoint = wishes.entrypoint or str(known.get("entrypoint") or "") or _entrypoint(folder, runtime.language)
    timeout = known.get("timeout")
    return Source(
        folder=folder,
        id=str(known.get("$id") or folder.name),
        name=str(known.get("name") or folder.name),
        runtime=runtime,
        entrypoint=entrypoint,
        commands=str(known.get("commands") or "") or _commands(folder, runtime.language),
        timeout=timeout if isinstance(timeout, int) and 0 < timeout <= 900 else 15,
        variables={**_variables(known.get("vars")), **_from_file(folder / ".env"), **wishes.variables},
        told_by=told_by,
        instead_of=wanted if wanted not in ("", runtime.key) else "",
    )


# --- the file of the Appwrite CLI -------------------------------------------------------------------------
def _configured(folder: Path) -> tuple[Path | None, dict[str, Any]]:
    """The file, here or above, that has a function whose path is this folder, and what it says of it."""
    for place in (folder, *folder.parents):
        for name in _CONFIGURATIONS:
            if (file := place / name).is_file():
                for one in _functions(file):
                    if isinstance(one, dict) and (place / str(one.get("path") or ".")).resolve() == folder:
                        return file, one
    return None, {}


def _functions(file: Path) -> Sequence[Any]:
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError) as cause:
        raise Problem(f"{file} cannot be read: {cause}") from cause
    functions = found.get("functions") if isinstance(found, dict) else None
    return functions if isinstance(functions, list) else []


def _variables(given: Any) -> dict[str, str]:
    """Variables as the CLI has them: an object, or a list of keys and values."""
    if isinstance(given, list):
        given = {one["key"]: one.get("value", "") for one in given if isinstance(one, dict) and "key" in one}
    return {str(name): str(value) for name, value in given.items()} if isinstance(given, dict) else {}


def _from_file(file: Path) -> dict[str, str]:
    from dotenv import dotenv_values

    if not file.is_file():
        return {}
    return {name: value or "" for name, value in dotenv_values(file, interpolate=False).items()}


# --- what lies there --------------------------------------------------------------------------------------
def _runtime(folder: Path, wanted: str, offered: Mapping[str, Runtime]) -> Runtime:
    if wanted in offered:
        return offered[wanted]
    here = ", ".join(offered) or "none"
    language = wanted.partition("-")[0] if wanted else _language(folder)
    if not language:
        raise Problem(f"{folder} does not say what it is written in. Choose with --runtime; this machine has {here}.")
    alike = [runtime for runtime in offered.values() if runtime.language == language]
    if not alike:
        raise Problem(f"This machine has nothing to run {wanted or language} with: there are {here}.")
    return alike[-1]


def _language(folder: Path) -> str:
    for pattern in range(4):
        for language, signs in _SIGNS.items():
            places = (folder, folder / "src")
            if pattern < len(signs) and any(any(place.glob(signs[pattern])) for place in places if place.is_dir()):
                return language
    return ""


def _entrypoint(folder: Path, language: str) -> str:
    if language == "node" and (main := _main(folder / "package.json")) and (folder / main).is_file():
        return main
    for place in ("src/", ""):
        for name in _ENTRYPOINTS.get(language, ()):
            if (folder / place / name).is_file():
                return place + name
    raise Problem(
        f"No file in {folder} looks like an entrypoint. Name the one with the handler: --entrypoint src/main.py"
    )


def _main(file: Path) -> str:
    """The entrypoint of a package of Node's."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return ""
    main = found.get("main") if isinstance(found, dict) else None
    return main.removeprefix("./") if isinstance(main, str) else ""


def _commands(folder: Path, language: str) -> str:
    file, commands = _COMMANDS.get(language, ("", ""))
    return commands if file and (folder / file).is_file() else ""
