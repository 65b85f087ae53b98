"""The programs of pages of docs/, in Python and with curl, one after the other against a started server."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.conftest import Project, quiet

pytestmark = pytest.mark.sdk
DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    ("page", "languages"),
    [("change-feed.md", ["python", "python", "sh"]), ("presences.md", ["python", "python", "sh", "python"])],
)
def test_a_guide(new_project: Project, page: str, languages: list[str]) -> None:
    given = {"ENDPOINT": new_project.endpoint, "PROJECT": new_project.id, "KEY": new_project.key}
    names: dict[str, Any] = {**given}
    programs = _BLOCK.findall((DOCS / page).read_text())
    for language, program in programs:
        if language == "python":
            with quiet():
                exec(compile(program, page, "exec"), names)
        else:
            done = subprocess.run(
                ["sh", "-euc", program], env=os.environ | given, capture_output=True, text=True, timeout=30
            )
            assert done.returncode == 0, program + done.stderr + done.stdout
    assert [language for language, _ in programs] == languages
