"""Deployments from public repositories, which a server on this machine stands in for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.api.functions.deploying import ALL, ended, function
from tests.api.functions.tools import key_with
from tests.client import Api, Sandbox
from tests.unit.compute.archive_tools import entry, link, tar_gz

TOP = "templates-0.3.10"
MAIN = b"def main(context): ..."
REPOSITORY = tar_gz(
    entry(f"{TOP}/README.md", b"all of them"), entry(f"{TOP}/python/starter/main.py", MAIN),
    entry(f"{TOP}/python/starter/lib.py", b"1"), link(f"{TOP}/way", "python/starter"),
)  # fmt: skip
REFERENCES = b"".join(
    b"00%02x%s" % (len(line) + 4, line)
    for line in (
        b"# service=git-upload-pack\n", b"0" * 40 + b" HEAD\0multi_ack\n", b"1" * 40 + b" refs/heads/main\n",
        b"2" * 40 + b" refs/tags/0.2.99\n", b"3" * 40 + b" refs/tags/0.3.9\n", b"4" * 40 + b" refs/tags/0.3.10\n",
        b"4" * 40 + b" refs/tags/0.3.10^{}\n",
    )
)  # fmt: skip


class Git(BaseHTTPRequestHandler):
    """Answers like a server of repositories, and sends on to where archives lie, as GitHub does."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        archives = "/o/templates/archive/"
        if self.path.startswith("/o/templates.git/info/refs?service=git-upload-pack"):
            self._answer(200, REFERENCES)
        elif self.path == f"{archives}refs/tags/0.3.10.tar.gz":
            self.send_response(302)
            self.send_header("location", "/codeload")
            self.end_headers()
        elif self.path in ("/codeload", f"{archives}refs/heads/feature/x.tar.gz", f"{archives}abc123.tar.gz"):
            self._answer(200, REPOSITORY)
        elif self.path == "/o/broken/archive/refs/heads/main.tar.gz":
            self._answer(200, b"no archive")
        else:
            self._answer(404, b"nothing")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def git() -> Iterator[tuple[str, list[str]]]:
    """Its address, and what it is asked for."""
    handler = type("Handler", (Git,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", handler.asked
    server.shutdown()
    server.server_close()


@pytest.fixture
def key(sandbox: Sandbox, served: Callable[..., Api], git: tuple[str, list[str]]) -> Api:
    return served(sandbox.key, templates_url=git[0])


def body(**more: Any) -> dict[str, Any]:
    return {
        "repository": "templates", "owner": "o", "rootDirectory": "./python/starter/", "type": "tag",
        "reference": "0.3.*", "activate": True,
    } | more  # fmt: skip


def test_the_highest_version(sandbox: Sandbox, key: Api, git: tuple[str, list[str]]) -> None:
    function(sandbox)
    made = key.post(f"{ALL}/template", **body()).ok(202)
    assert (made["type"], made["status"], made["sourceSize"], made["activate"]) == ("vcs", "waiting", 0, True)
    assert (made["providerRepositoryName"], made["providerRepositoryOwner"]) == ("templates", "o")
    assert made["providerRepositoryUrl"] == f"{git[0]}/o/templates"
    assert made["providerBranchUrl"] == f"{git[0]}/o/templates/blob/0.3.*"
    assert f"functions.f.deployments.{made['$id']}.create" in sandbox.events()
    built = ended(sandbox, made["$id"])
    assert built["status"] == "ready", built["buildLogs"]
    assert built["sourceSize"] > 50
    assert git[1][-2:] == ["/o/templates/archive/refs/tags/0.3.10.tar.gz", "/codeload"]
    assert sandbox.key.get("/functions/f").ok(200)["deploymentId"] == made["$id"]
    source = sandbox.key.get(f"{ALL}/{made['$id']}/download").content
    import io
    import tarfile

    with tarfile.open(fileobj=io.BytesIO(source)) as archive:
        assert archive.getnames() == ["lib.py", "main.py"]
    asked = len(git[1])
    again = sandbox.key.post(f"{ALL}/duplicate", deploymentId=made["$id"]).ok(202)
    assert again["type"] == "vcs"
    assert ended(sandbox, again["$id"])["status"] == "ready"
    assert len(git[1]) == asked, "its source is kept"


def test_as_older_clients_ask(sandbox: Sandbox, key: Api) -> None:
    function(sandbox)
    asked = {name: value for name, value in body().items() if name not in ("type", "reference")}
    older = key.as_(X_Appwrite_Response_Format="1.8.0")
    made = older.post(f"{ALL}/template", **asked, version="0.3.10").ok(202)
    assert made["providerBranchUrl"].endswith("/blob/0.3.10")


@pytest.mark.parametrize(
    ("kind", "reference", "shown"),
    [("branch", "feature/x", {"providerBranch": "feature/x"}), ("commit", "abc123", {"providerCommitHash": "abc123"})],
)
def test_other_references(sandbox: Sandbox, key: Api, kind: str, reference: str, shown: dict[str, str]) -> None:
    function(sandbox)
    made = key.post(f"{ALL}/template", **body(type=kind, reference=reference, rootDirectory="way")).ok(202)
    assert {name: made[name] for name in shown} == shown
    assert ended(sandbox, made["$id"])["status"] == "ready"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"repository": "nothing"}, "There is nothing at"),
        ({"type": "branch", "reference": "gone"}, "There is nothing at"),
        ({"reference": "9.*"}, "has no tag 9.*"),
        ({"rootDirectory": "no/such"}, "has no folder no/such"),
        ({"rootDirectory": "README.md"}, "has no folder README.md"),
        ({"repository": "broken", "type": "branch", "reference": "main"}, "not a gzip file"),
    ],
    ids=range(6),
)
def test_what_cannot_be_fetched(sandbox: Sandbox, key: Api, changes: dict[str, str], why: str) -> None:
    function(sandbox)
    made = key.post(f"{ALL}/template", **body(**changes)).ok(202)
    built = ended(sandbox, made["$id"])
    assert built["status"] == "failed"
    assert why in built["buildLogs"]
    assert built["sourceSize"] == 0


def test_a_server_that_is_away(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    function(sandbox)
    key = served(sandbox.key, templates_url="http://127.0.0.1:9")
    built = ended(sandbox, key.post(f"{ALL}/template", **body()).ok(202)["$id"])
    assert "cannot be reached" in built["buildLogs"]


@pytest.mark.parametrize(
    "changes",
    [
        {"owner": ""}, {"repository": ""}, {"repository": ".."}, {"owner": "a/b"}, {"owner": "a?b"},
        {"reference": ""}, {"reference": "../../x"}, {"reference": "a b"}, {"rootDirectory": "../up"},
    ],
    ids=range(9),
)  # fmt: skip
def test_what_can_be_no_repository(sandbox: Sandbox, changes: dict[str, str]) -> None:
    function(sandbox)
    sandbox.key.post(f"{ALL}/template", **body(**changes)).fails(404, "provider_repository_not_found")
    assert sandbox.key.get(ALL).ok(200)["total"] == 0


def test_refused(sandbox: Sandbox) -> None:
    function(sandbox)
    sandbox.key.post("/functions/nope/deployments/template", **body()).fails(404, "function_not_found")
    sandbox.key.post(f"{ALL}/template", **body(type="other")).fails(400, "general_argument_invalid")
    key_with(sandbox, "functions.read").post(f"{ALL}/template", **body()).fails(401, "general_unauthorized_scope")
    function(sandbox, "bare", entrypoint="")
    sandbox.key.post("/functions/bare/deployments/template", **body()).fails(404, "function_entrypoint_missing")


def test_a_function_is_connected_with_no_repository(sandbox: Sandbox) -> None:
    function(sandbox)
    named = {"type": "branch", "reference": "main"}
    sandbox.key.post(f"{ALL}/vcs", **named).fails(404, "installation_not_found")
    sandbox.key.post("/functions/nope/deployments/vcs", **named).fails(404, "function_not_found")
    sandbox.key.post(f"{ALL}/vcs", **(named | {"type": "tag"})).fails(400, "general_argument_invalid")
