"""The programs of docs/functions.md, one after the other against a started server: handlers, Python and curl."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from appwrite.enums.runtime import Runtime
from appwrite.input_file import InputFile
from appwrite.query import Query
from appwrite.services.functions import Functions

from tests.sdk.conftest import Project
from tests.sdk.python import server

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("quietly")]
GUIDE = Path(__file__).parents[2] / "docs" / "functions.md"
_BLOCK = re.compile(r"^```(python|js|sh)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_PYTHON = f"PYTHON_{sys.version_info.major}_{sys.version_info.minor}"


def test_the_guide(data_project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = data_project
    monkeypatch.chdir(tmp_path)
    given = {"ENDPOINT": project.endpoint, "PROJECT": project.id, "KEY": project.key}
    environment = {"APPWRITE_FUNCTION_API_ENDPOINT": project.endpoint, "APPWRITE_FUNCTION_PROJECT_ID": project.id}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    request = SimpleNamespace(headers={"x-appwrite-key": project.key})
    names: dict[str, Any] = {**given, "os": os, "context": SimpleNamespace(req=request)}
    for language, program in _BLOCK.findall(GUIDE.read_text()):
        if language == "js":
            in_node(Functions(server(project)), program)
        elif language == "sh":
            shell(program, given)
        elif program.startswith("def main("):
            Path("hello/src").mkdir(parents=True)
            Path("hello/src/main.py").write_text(program)
            Path("hello/requirements.txt").write_text("")
        else:
            runs_here = program.replace("PYTHON_3_11", _PYTHON)
            exec(compile(runs_here, GUIDE.name, "exec"), names)
    assert json.loads(names["called"].responsebody) == {"hello": "Ada"}
    functions = Functions(names["client"].set_key(project.key))
    executions = functions.list_executions("hello", [Query.equal("requestMethod", "GET")]).executions
    assert [each.responsestatuscode for each in executions] == [200, 200]
    assert functions.list_deployments("hello").total == 2
    functions.delete("hello")


def shell(program: str, given: dict[str, str]) -> None:
    done = subprocess.run(
        ["sh", "-euc", program], env=os.environ | given, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, program + done.stderr + done.stdout
    assert '"type":"general_' not in done.stdout, done.stdout


def in_node(functions: Functions, program: str) -> None:
    """Deploy and call the handler for Node, where there is a Node that runs functions."""
    offered = [each.id for each in functions.list_runtimes().runtimes if each.key == "node"]
    if not offered:
        return
    functions.create("in-node", "In Node", Runtime(offered[0]), entrypoint="main.mjs")
    Path("main.mjs").write_text(program)
    with tarfile.open("node.tar.gz", "w:gz") as archive:
        archive.add("main.mjs")
    made = functions.create_deployment("in-node", InputFile.from_path("node.tar.gz"), activate=True)
    while (built := functions.get_deployment("in-node", made.id)).status.value not in ("ready", "failed"):
        time.sleep(0.1)
    assert built.status.value == "ready", built.buildlogs
    called = functions.create_execution("in-node", path="/?name=Eve")
    assert (called.responsebody, called.logs) == ('{"hello":"Eve"}', "Called by http\n")
