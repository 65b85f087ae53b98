"""The Appwrite CLI, unchanged: functions are pushed from a folder, called, and pulled into another one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from appwrite.services.functions import Functions

from appwrite_py.kit import ids
from tests.sdk.conftest import NODE, PASSWORD, Project, Server
from tests.sdk.python import server as server_of
from tests.sdk.test_python_functions import RUNTIME

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("node", "quietly")]
_PROGRAM = NODE / "node_modules" / "appwrite-cli" / "index.js"
FILES = {
    "src/main.py": "from . import words\ndef main(context):\n"
    "    context.log(context.req.path)\n    return context.res.json({'said': words.WORDS + context.req.body_text})\n",
    "src/words.py": "WORDS = 'Grüße, '\n",
    "empty.txt": "",
}


class Cli:
    """The CLI in a folder, with what it remembers of who has signed in in a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._home = folder / "work", folder / "home"
        for path in (self.folder, self._home):
            path.mkdir()

    def __call__(self, *arguments: str, within: Path | None = None) -> str:
        """Run it; all that it says."""
        return ended(self.started(*arguments, within=within))

    def started(
        self, *arguments: str, within: Path | None = None, terminal: int | None = None
    ) -> subprocess.Popen[str]:
        """Begin to run it, by nobody or by who sits at a terminal."""
        return subprocess.Popen(
            ["node", str(_PROGRAM), *arguments], cwd=within or self.folder, env=os.environ | {"HOME": str(self._home)},
            stdin=terminal or subprocess.DEVNULL, stdout=terminal or subprocess.PIPE,
            stderr=terminal or subprocess.STDOUT, text=True,
        )  # fmt: skip

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "--json"))

    def configure(self, project: Project, function_id: str, **more: Any) -> None:
        """Write `appwrite.config.json` with a function, whose files are in the folder of its id."""
        function = {
            "$id": function_id, "name": function_id.capitalize(), "runtime": RUNTIME.value, "execute": ["any"],
            "events": [], "schedule": "", "timeout": 15, "enabled": True, "logging": True, "scopes": ["rows.read"],
            "specification": "s-1vcpu-512mb", "entrypoint": "src/main.py", "commands": "echo building",
            "path": function_id,
        }  # fmt: skip
        config = {"projectId": project.id, "endpoint": project.endpoint, "functions": [function | more]}
        (self.folder / "appwrite.config.json").write_text(json.dumps(config))
        for name, text in FILES.items():
            path = self.folder / function_id / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def ended(process: subprocess.Popen[str]) -> str:
    """What it says until it has ended well."""
    with process:
        try:
            said, _ = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0, said
    return said


def configured(folder: Path) -> Any:
    """The functions of the folder's configuration."""
    return json.loads((folder / "appwrite.config.json").read_text())["functions"]


def ready(functions: Functions, function_id: str) -> Any:
    """The newest deployment of a function, once it is active."""
    give_up_at = time.monotonic() + 30
    while not (function := functions.get(function_id)).deploymentid == function.latestdeploymentid != "":
        assert time.monotonic() < give_up_at, function
        time.sleep(0.05)
    return functions.get_deployment(function_id, function.deploymentid)


@pytest.fixture(scope="module")
def pushing(
    project: Project, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Cli, subprocess.Popen[str]]]:
    """A member of the organization who pushes a new function: the CLI looks every three seconds what came of it."""
    cli, email = Cli(tmp_path_factory.mktemp("member")), f"{ids.unique()}@example.com"
    server.command("console-user", "create", "--email", email, "--password-stdin", stdin=PASSWORD)
    assert email in cli("login", "--endpoint", project.endpoint, "--email", email, "--password", PASSWORD)
    cli.configure(project, "fresh")
    (cli.folder / "fresh" / ".env").write_text('COLOR=red\nWORDS="two words"\n')
    process = cli.started("push", "functions", "--all", "--force", "--with-variables", "--verbose")
    yield cli, process
    process.kill()


@pytest.mark.usefixtures("pushing")
def test_with_a_key(tmp_path: Path, project: Project) -> None:
    """A function that is there gets new settings and code, is called, and comes back as it was pushed."""
    cli = Cli(tmp_path)
    cli("client", "--endpoint", project.endpoint, "--project-id", project.id, "--key", project.key)
    made = cli.json(
        "functions", "create", "--function-id", "hello", "--name", "Old", "--runtime", RUNTIME.value,
        "--specification", "s-0.5vcpu-512mb",
    )  # fmt: skip
    assert (made["name"], made["specification"]) == ("Old", "s-0.5vcpu-512mb")
    assert "buildSpecification" not in made
    cli.configure(project, "hello")
    assert "Successfully pushed 1 functions" in cli("push", "functions", "--all", "--force", "--async")
    functions = Functions(server_of(project))
    pushed = ready(functions, "hello")
    assert (pushed.type, "building" in pushed.buildlogs) == ("cli", True)
    function = functions.get("hello")
    assert (function.name, function.execute, function.scopes) == ("Hello", ["any"], ["rows.read"])
    assert function.buildspecification == function.runtimespecification == "s-1vcpu-512mb"

    at = ("--function-id", "hello")
    done = cli.json("functions", "create-execution", *at, "--body", "Ada", "--xpath", "/x?y=1", "--method", "PUT")
    assert json.loads(done["responseBody"]) == {"said": "Grüße, Ada"}
    assert (done["functionId"], done["responseStatusCode"], done["logs"]) == ("hello", 200, "/x\n")
    listed = cli.json("functions", "list-executions", *at, "--queries", '{"method":"limit","values":[1]}')
    assert (listed["total"], listed["executions"][0]["requestMethod"]) == (1, "PUT")
    assert cli.json("functions", "get-execution", *at, "--execution-id", done["$id"])["logs"] == "/x\n"

    elsewhere = cli.folder.with_name("elsewhere")
    elsewhere.mkdir()
    (elsewhere / "appwrite.config.json").write_text(json.dumps({"projectId": project.id}))
    assert "Successfully pulled" in cli("pull", "functions", "--all", "--force", within=elsewhere)
    pulled = elsewhere / "functions" / "Hello"
    found = {str(path.relative_to(pulled)): path.read_text() for path in pulled.rglob("*") if path.is_file()}
    assert found == FILES
    (config,) = [each for each in configured(elsewhere) if each["$id"] == "hello"]
    assert config | {"path": "hello"} == configured(cli.folder)[0]


def test_as_a_member_of_the_organization(
    pushing: tuple[Cli, subprocess.Popen[str]], project: Project, server: Server
) -> None:
    """A function that is not there is created, with variables and a domain."""
    cli, process = pushing
    told = ended(process)
    assert "Successfully pushed 1 functions" in told
    assert "Error" not in told
    functions = Functions(server_of(project))
    variables = {each.key: each.value for each in functions.list_variables("fresh").variables}
    assert variables == {"COLOR": "red", "WORDS": "two words"}

    (rule,) = cli.json("proxy", "list-rules", "--search", "functions.localhost")["rules"]
    assert (rule["deploymentResourceId"], rule["status"]) == ("fresh", "verified")
    assert re.search(rf"Deployed .* {re.escape(rule['domain'])}", told)
    asked = requests.post(f"{server.url}/any", data="Eve", headers={"Host": rule["domain"]}, timeout=20)
    assert (asked.status_code, asked.json()) == (200, {"said": "Grüße, Eve"})
