"""Commands, run in the process of the tests: what a test needs of them is there a second sooner.

What the commands print, ask and answer with is tested with real processes, in `tests/process`.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from appwrite_py.commands.main import app


def made(folder: Path, environment: Mapping[str, str], *arguments: str, text: str | None = None) -> dict[str, Any]:
    """Run a command that must succeed in a folder, with nothing but these variables; its line of JSON."""
    whole = {name: environment.get(name) for name in {*os.environ, *environment}}
    with contextlib.chdir(folder):
        done = CliRunner().invoke(app, [*arguments, "--json"], input=text, env=whole)
    assert done.exit_code == 0, done.output
    value: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return value
