"""What `functions dev` takes a folder for."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from appwrite_py.compute.runtimes import KNOWN
from appwrite_py.serving.dev.source import Source, Wishes, read_source
from appwrite_py.serving.dev.watch import Watch
from appwrite_py.serving.problems import Problem

OFFERED = {key: replace(KNOWN[key], program=Path("/bin/true")) for key in ("node-20.0", "node-22", "python-3.12")}


def read(folder: Path, *files: str, **wishes: str) -> Source:
    for name in files:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    return read_source(folder, Wishes(**wishes), OFFERED)


@pytest.mark.parametrize(
    ("files", "runtime", "entrypoint", "commands"),
    [
        (["src/main.py", "requirements.txt"], "python-3.12", "src/main.py", "pip install -r requirements.txt"),
        (["main.py"], "python-3.12", "main.py", ""),
        (["package.json", "src/main.js"], "node-22", "src/main.js", "npm install"),
        (["index.mjs"], "node-22", "index.mjs", ""),
        (["package.json", "main.js", "tool.py"], "node-22", "main.js", "npm install"),
    ],
)
def test_by_what_lies_there(tmp_path: Path, files: list[str], runtime: str, entrypoint: str, commands: str) -> None:
    found = read(tmp_path, *files)
    assert (found.runtime.key, found.entrypoint, found.commands) == (runtime, entrypoint, commands)
    assert (found.id, found.timeout, found.told_by, found.instead_of) == (tmp_path.name, 15, None, "")


def test_the_main_file_of_a_package(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"main": "./lib/start.js"}')
    assert read(tmp_path, "lib/start.js", "main.js").entrypoint == "lib/start.js"


def test_by_the_file_of_the_cli(tmp_path: Path) -> None:
    other = {"$id": "other", "path": "functions/other", "runtime": "python-3.12"}
    known = {
        "$id": "hello", "name": "Hello", "path": "functions/hello", "runtime": "node-18.0", "entrypoint": "a.js",
        "commands": "npm ci", "timeout": 30, "vars": [{"key": "A", "value": "1"}, {"key": "B", "value": "2"}],
    }  # fmt: skip
    (tmp_path / "appwrite.config.json").write_text(json.dumps({"functions": [other, known]}))
    folder = tmp_path / "functions" / "hello"
    folder.mkdir(parents=True)
    (folder / ".env").write_text('B="three"\n')
    found = read(folder, "main.js")
    assert (found.id, found.name, found.entrypoint, found.commands) == ("hello", "Hello", "a.js", "npm ci")
    assert (found.timeout, found.variables) == (30, {"A": "1", "B": "three"})
    assert (found.runtime.key, found.instead_of) == ("node-22", "node-18.0")
    asked = read(folder, runtime="node-20.0", entrypoint="b.js")
    assert (asked.runtime.key, asked.entrypoint, asked.instead_of) == ("node-20.0", "b.js", "")


@pytest.mark.parametrize(
    ("files", "runtime", "told"),
    [
        ([], "", "does not say what it is written in"),
        (["main.py"], "swift-6.2", "nothing to run swift-6.2 with"),
        (["other.py"], "", "looks like an entrypoint"),
    ],
)
def test_what_cannot_be_run(tmp_path: Path, files: list[str], runtime: str, told: str) -> None:
    with pytest.raises(Problem, match=told):
        read(tmp_path, *files, runtime=runtime)


def test_changes_that_are_noticed(tmp_path: Path) -> None:
    read(tmp_path, "main.py", "src/other.py", "node_modules/x/index.js", "__pycache__/y")
    watch = Watch(tmp_path)
    assert watch.changed() == []
    (tmp_path / "node_modules" / "x" / "index.js").write_text("changed")
    (tmp_path / "src" / "other.py").write_text("changed")
    (tmp_path / "main.py").unlink()
    (tmp_path / "new.py").write_text("")
    assert watch.changed() == ["main.py", "new.py", "src/other.py"]
    assert watch.changed() == []
