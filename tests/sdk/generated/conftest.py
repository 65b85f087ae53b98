"""Clients that generators make of the document of the started server, in a folder that is gone afterwards."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sdk.conftest import NODE, Project

DOCS = Path(__file__).parents[3] / "docs"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def programs(language: str) -> list[str]:
    """The guide's programs in a language, in its order."""
    return [program for of, program in _BLOCK.findall((DOCS / "openapi.md").read_text()) if of == language]


def run(program: str, folder: Path, project: Project) -> str:
    """What a program of the shell says, which has the generators on its path and must end well."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    given = {"ENDPOINT": project.endpoint, "PROJECT": project.id, "KEY": project.key, "PATH": path}
    done = subprocess.run(
        ["sh", "-euc", program], cwd=folder, env=os.environ | given, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, program + done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the module's client is generated; the npm packages are in reach."""
    made = tmp_path_factory.mktemp("generated")
    (made / "node_modules").symlink_to(NODE / "node_modules")
    return made
