"""Runtimes: the languages and versions that the contract knows, and those of them that this server can run."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from appwrite_py.compute.sandbox import NoSandbox, OwnUser, Sandbox
from appwrite_py.settings import Settings, split_words

_NAMES = {
    "node": "Node.js",
    "php": "PHP",
    "ruby": "Ruby",
    "python": "Python",
    "python-ml": "Python (ML)",
    "deno": "Deno",
    "dart": "Dart",
    "dotnet": ".NET",
    "java": "Java",
    "swift": "Swift",
    "kotlin": "Kotlin",
    "cpp": "C++",
    "bun": "Bun",
    "go": "Go",
    "rust": "Rust",
    "static": "Static",
    "flutter": "Flutter",
}
_VERSIONS = {
    "node": "14.5 16.0 18.0 19.0 20.0 21.0 22 23 24 25 26",
    "php": "8.0 8.1 8.2 8.3 8.4",
    "ruby": "3.0 3.1 3.2 3.3 3.4 4.0",
    "python": "3.8 3.9 3.10 3.11 3.12 3.13 3.14",
    "python-ml": "3.11 3.12 3.13",
    "deno": "1.40 1.46 2.0 2.5 2.6",
    "dart": "2.15 2.16 2.17 2.18 2.19 3.0 3.1 3.3 3.5 3.8 3.9 3.10 3.11 3.12 3.13",
    "dotnet": "6.0 7.0 8.0 10",
    "java": "8.0 11.0 17.0 18.0 21.0 22 25",
    "swift": "5.5 5.8 5.9 5.10 6.2",
    "kotlin": "1.6 1.8 1.9 2.0 2.3",
    "cpp": "17 20",
    "bun": "1.0 1.1 1.2 1.3 1.4",
    "go": "1.23 1.24 1.25 1.26",
    "rust": "1.83",
    "static": "1",
    "flutter": "3.24 3.27 3.29 3.32 3.35 3.38 3.41 3.44 3.47",
}
_BASES = {
    "node": "node:{}-alpine",
    "python": "python:{}-alpine",
    "python-ml": "python:{}-slim",
    "php": "php:{}-cli-alpine",
}
_INTERPRETED = {"node", "php", "ruby", "python", "python-ml", "deno", "bun"}


@dataclass(slots=True, frozen=True)
class Runtime:
    """A language in a version. `program` is the one of this machine, in `places` it needs to see; None without one."""

    key: str
    language: str
    name: str
    version: str
    program: Path | None = None
    places: tuple[Path, ...] = ()

    @property
    def image(self) -> str:
        """The container image that runs it."""
        return f"openruntimes/{self.language}:v5-{self.version}"

    @property
    def base(self) -> str:
        """The image that the container image is made from."""
        return _BASES.get(self.language, f"{self.language}:{{}}").format(self.version)

    @property
    def logo(self) -> str:
        """File name of the language's logo."""
        return f"{self.language}.png"

    @property
    def supports(self) -> tuple[str, ...]:
        """Machines that it runs on."""
        return ("x86", "arm64")

    @property
    def interpreted(self) -> bool:
        """Whether the entrypoint is run as it was uploaded, so that it has to be in the build."""
        return self.language in _INTERPRETED


@dataclass(slots=True, frozen=True)
class _Program:
    """A program of this machine that runs functions."""

    path: Path
    language: str
    version: tuple[int, ...]
    places: tuple[Path, ...] = field(default=())


KNOWN = {
    f"{language}-{version}": Runtime(f"{language}-{version}", language, _NAMES[language], version)
    for language, versions in _VERSIONS.items()
    for version in versions.split()
}


class Runtimes:
    """The runtimes of a server. `sandbox` gives what their programs are started in, where it is to be looked at."""

    known = KNOWN

    def __init__(self, settings: Settings, sandbox: Callable[[], Sandbox] | None = None) -> None:
        self._settings, self._sandbox = settings, sandbox
        self._lock = threading.Lock()

    @property
    def offered(self) -> dict[str, Runtime]:
        """Those that functions can be made with here. The first look starts the machine's programs: see `find`."""
        with self._lock:
            return self._offered

    def find(self) -> None:
        """Look for the machine's programs, which takes a moment. Later looks at `offered` are free."""
        _ = self.offered

    @cached_property
    def _offered(self) -> dict[str, Runtime]:
        allowed = set(split_words(self._settings.functions_runtimes))
        found = self._in_containers() if self._settings.functions_executor == "docker" else self._on_machine()
        return {key: runtime for key, runtime in found.items() if not allowed or key in allowed}

    def _in_containers(self) -> dict[str, Runtime]:
        return dict(KNOWN)

    def _on_machine(self) -> dict[str, Runtime]:
        programs = self._within_reach(_programs(split_words(self._settings.functions_programs)))
        found = ((runtime, _fitting(runtime, programs)) for runtime in KNOWN.values())
        return {
            runtime.key: replace(runtime, program=program.path, places=program.places)
            for runtime, program in found
            if program
        }

    def _within_reach(self, programs: list[_Program]) -> list[_Program]:
        """Those that functions can be run with: not what only the server may start, which is root, where they are not.

        That is the case of a Python in the home of root.
        """
        if os.geteuid() or self._sandbox is None:
            return programs
        near = [program for program in programs if all(map(_is_open, (program.path, *program.places)))]
        if len(near) == len(programs):
            return programs
        try:
            return near if isinstance(self._sandbox(), OwnUser) else programs
        except NoSandbox:  # of which builds and executions tell
            return programs


def _is_open(path: Path) -> bool:
    """Whether everybody may start a program, or read a folder."""
    path = path.resolve()
    return bool(path.stat().st_mode & stat.S_IROTH) and all(
        place.stat().st_mode & stat.S_IXOTH for place in (path, *path.parents)
    )


def _fitting(runtime: Runtime, programs: Iterable[_Program]) -> _Program | None:
    """The newest program of the runtime: Node's versions go by the first number, Python's by the first two."""
    wanted = tuple(int(part) for part in runtime.version.split("."))[: 1 if runtime.language == "node" else 2]
    fitting = [p for p in programs if p.language == runtime.language and p.version[: len(wanted)] == wanted]
    return max(fitting, key=lambda program: program.version, default=None)


def _programs(further: list[str]) -> list[_Program]:
    """What is in PATH, and what the server runs with. Scripts are asked last: version managers' are slow."""
    own = _Program(Path(_own()), "python", sys.version_info[:3], _places(Path(sys.base_prefix)))
    names = ["node", "nodejs", "python3", *(f"python{version}" for version in _VERSIONS["python"].split())]
    folders = map(Path, os.get_exec_path())
    there = [folder / name for folder in folders for name in names if os.access(folder / name, os.X_OK)]
    paths = {path.resolve(): path for path in reversed([*map(Path, further), *there])}
    scripts = [path for path in paths.values() if _is_script(path)]
    found = [own, *_answers([path for path in paths.values() if path not in scripts])]
    if not any(program.language == "node" for program in found):
        found += _answers(scripts)
    return found


def _answers(paths: list[Path]) -> list[_Program]:
    with ThreadPoolExecutor(4) as pool:
        return [program for program in pool.map(_asked, map(str, paths)) if program]


def _is_script(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return True


def _own() -> str:
    return str(getattr(sys, "_base_executable", sys.executable))


def _asked(path: str) -> _Program | None:
    """What the program says of itself; None where it does not run."""
    if "python" in Path(path).name:
        code = "import sys, json; print(json.dumps([sys._base_executable, sys.version_info[:3], sys.base_prefix]))"
        told = _told([path, "-I", "-c", code])
        return _python(told) if told else None
    code = "console.log(JSON.stringify([process.execPath, process.versions.node]))"
    told = _told([path, "-e", code])
    return _node(told) if told else None


def _python(told: str) -> _Program:
    executable, version, prefix = json.loads(told)
    return _Program(
        Path(executable), "python", tuple(version), _places(Path(prefix), Path(executable).resolve().parent.parent)
    )


def _node(told: str) -> _Program:
    executable, version = json.loads(told)
    path = Path(executable)
    prefix = path.parent.parent
    # Only a folder of Node's own: others may hold anything, somebody's home for one
    whole = path.parent.name == "bin" and (prefix / "lib" / "node_modules").is_dir()
    numbers = tuple(map(int, re.findall(r"\d+", version)[:3]))
    return _Program(path, "node", numbers, _places(prefix if whole else path))


def _places(*wanted: Path) -> tuple[Path, ...]:
    """Those outside of the system's."""
    return tuple(sorted(place for place in set(wanted) if not place.is_relative_to("/usr") and place != Path("/")))


def _told(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=10, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
