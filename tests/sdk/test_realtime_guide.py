"""The programs of docs/realtime.md, in Python and with the web SDK, against a started server."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.conftest import NODE, Project, quiet

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("node")]
GUIDE = Path(__file__).parents[2] / "docs" / "realtime.md"
_BLOCK = re.compile(r"^```(python|js)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_PAGE = """
import { Page } from './browser.mjs';
const page = new Page('http://localhost:3000').open();
const [ENDPOINT, PROJECT] = process.argv.slice(1);
const shown = [];
const show = (...words) => { shown.push(words.join(' ')); };
const settled = async (count) => {
  while (shown.length < count || !page.answered) await new Promise((resolve) => { setTimeout(resolve, 10); });
};
"""
_END = "await realtime.disconnect(); process.stdout.write(shown.join('\\n'));"
_SHOWN = [
    (), ("red Buy milk", "new Buy milk", "new Call Grace", "red Buy bread"), (), ("red Called Grace",), (),
]  # fmt: skip
"""What each program of the page shows."""


def test_the_guide(project: Project) -> None:
    blocks: list[tuple[str, str]] = _BLOCK.findall(GUIDE.read_text())
    first, *others = [program for language, program in blocks if language == "python"]
    names: dict[str, Any] = {"ENDPOINT": project.endpoint, "PROJECT": project.id, "KEY": project.key}
    with quiet():
        exec(compile(first, GUIDE.name, "exec"), names)
        in_a_page(project, [program for language, program in blocks if language == "js"])
        for program in others:
            exec(compile(program, GUIDE.name, "exec"), names)
        names["socket"].close()


def in_a_page(project: Project, programs: Sequence[str]) -> None:
    """Run the programs, each when all that the one before it shows has come."""
    whole, count = _PAGE, 0
    for program, shown in zip(programs, _SHOWN, strict=True):
        count += len(shown)
        whole += f"{program}\nawait settled({count});\n"
    done = subprocess.run(
        ["node", "--input-type=module", "-e", whole + _END, project.endpoint, project.id],
        cwd=NODE, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [line for shown in _SHOWN for line in shown]
