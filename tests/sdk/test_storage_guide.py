"""The programs of docs/storage.md, in Python and with curl, one after the other against a started server."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from appwrite.services.storage import Storage

from tests.sdk.conftest import Project, quiet
from tests.sdk.python import server

pytestmark = pytest.mark.sdk
GUIDE = Path(__file__).parents[2] / "docs" / "storage.md"
_BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_the_guide(project: Project, tmp_path: Path) -> None:
    given = {"ENDPOINT": project.endpoint, "PROJECT": project.id, "KEY": project.key}
    names: dict[str, Any] = {**given}
    for language, program in _BLOCK.findall(GUIDE.read_text()):
        if language == "python":
            with quiet():
                exec(compile(program, GUIDE.name, "exec"), names)
        else:
            done = subprocess.run(
                ["sh", "-euc", program],
                cwd=tmp_path,
                env=os.environ | given,
                capture_output=True,
                text=True,
                timeout=30,
            )
            assert done.returncode == 0, program + done.stderr + done.stdout
    with quiet():
        files = {file.id: file for file in Storage(server(project)).list_files("letters").files}
    assert files.keys() == {names["note"].id, "answer", "film", "book", "dot"}
    assert all(file.chunksuploaded == file.chunkstotal for file in files.values())
    assert (files["book"].sizeoriginal, files["book"].chunkstotal) == (6_000_000, 2)
