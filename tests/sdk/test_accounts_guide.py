"""The programs of docs/accounts.md, run one after the other against a started server that sends real mails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.mailbox import Mailbox
from tests.sdk.conftest import Project, quiet

pytestmark = pytest.mark.sdk
GUIDE = Path(__file__).parents[2] / "docs" / "accounts.md"
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture
def programs() -> Iterator[str]:
    return iter(_BLOCK.findall(GUIDE.read_text()))


def test_the_guide(project: Project, mails: Mailbox, programs: Iterator[str]) -> None:
    said: list[str] = []
    names: dict[str, Any] = {
        "ENDPOINT": project.endpoint, "PROJECT": project.id, "KEY": project.key,
        "input": lambda _: mails.wait("ada@example.com").code, "print": lambda *words: said.append(" ".join(words)),
    }  # fmt: skip
    with quiet():
        for program in programs:
            exec(compile(program, GUIDE.name, "exec"), names)
    assert re.fullmatch(r"The mail must say: [A-Z]\w+ \w+", said[0])
    assert len(said) == 1
