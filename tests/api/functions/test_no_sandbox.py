"""A server on a machine where nothing can hold functions: it says so, and runs none of their code."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from appwrite_py.compute.sandbox import choice
from tests.api.functions.calling import call, function
from tests.api.functions.deploying import deploy
from tests.client import Api, Sandbox


def test_builds_and_executions_say_what_is_missing(
    sandbox: Sandbox, served: Callable[..., Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "_why_not", lambda tried: "no rights")
    function(sandbox, "def main(context): return context.res.text(open('/etc/passwd').read())")
    other = served(sandbox.key, functions_sandbox="auto", jobs="disabled", functions_processes=11)
    execution = call(other).ok(201)
    assert (execution["status"], execution["responseStatusCode"], execution["responseBody"]) == ("failed", 503, "")
    assert (
        "There is no sandbox for functions on this server (bubblewrap: no rights; user: no rights)"
        in (execution["errors"])
    )
    assert "Install bubblewrap" in execution["errors"]
    builds = sandbox.guest.resources.builds
    monkeypatch.setattr(builds, "_make", choice.Choice(sandbox.guest.resources.settings))
    monkeypatch.delitem(builds.__dict__, "_sandbox", raising=False)  # what it has made before
    deployment = deploy(sandbox)
    assert deployment["status"] == "failed"
    assert "There is no sandbox for functions on this server" in deployment["buildLogs"]
    assert other.get("/functions").ok(200)["total"] == 1
    monkeypatch.undo()
    assert deploy(sandbox)["status"] == "ready"
