"""The programs of docs/webhooks.md, one after the other against a started server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.conftest import Project, quiet

pytestmark = pytest.mark.sdk
GUIDE = Path(__file__).parents[2] / "docs" / "webhooks.md"
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_the_guide(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"ENDPOINT": project.endpoint, "PROJECT": project.id, "KEY": project.key}
    programs = _BLOCK.findall(GUIDE.read_text())
    assert len(programs) == 4
    with quiet():
        for program in programs:
            exec(compile(program, GUIDE.name, "exec"), names)
    assert len(names["heard"]) == 2
