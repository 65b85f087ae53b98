"""What `doctor` says of functions."""

from __future__ import annotations

import shutil

import pytest

from appwrite_py.compute.sandbox import choice
from appwrite_py.serving import checks
from appwrite_py.serving.checks import _functions
from appwrite_py.serving.findings import Finding
from appwrite_py.settings import Settings


def said(**values: str) -> Finding:
    (finding,) = _functions(Settings(_env_file=None, **values))  # type: ignore[call-arg, arg-type]
    return finding


@pytest.mark.skipif(not shutil.which("bwrap"), reason="needs bubblewrap")
def test_what_holds_them_and_what_runs() -> None:
    finding = said(functions_sandbox="bubblewrap")
    assert finding.level == "good"
    assert "python-3." in finding.text
    assert finding.text.endswith("; held by bubblewrap")


def test_that_nothing_holds_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "_why_not", lambda sandbox: "no rights")
    finding = said()
    assert finding.level == "remark"
    assert finding.text.startswith("They cannot be run here. There is no sandbox")
    assert "no rights" in finding.text
    assert "APPWRITE_PY_FUNCTIONS_EXECUTOR=docker" in finding.text
    assert "docs/functions.md" in finding.advice


def test_that_the_network_cannot_be_kept_from_them() -> None:
    finding = said(functions_sandbox="none", functions_network="disabled")
    assert finding.level == "remark"
    assert "only bubblewrap keeps functions from the network" in finding.text


def test_that_they_can_read_the_servers_secrets() -> None:
    finding = said(functions_sandbox="none")
    assert finding.level == "remark"
    assert "can read all that the server can" in finding.text
    assert "FUNCTIONS_SANDBOX=auto" in finding.advice


def test_that_containers_may_not_find_the_api(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "check_docker", lambda settings: "Docker 28")
    assert said(functions_executor="docker").level == "good"
    finding = said(functions_executor="docker", functions_docker_network="calls")
    assert finding.level == "remark"
    assert "at http://host.docker.internal:8080/v1" in finding.text
    assert "APPWRITE_PY_FUNCTIONS_ENDPOINT" in finding.advice
    for told in ({"functions_endpoint": "http://server:8080/v1"}, {"domain": "api.example.com"}):
        assert said(functions_executor="docker", functions_docker_network="calls", **told).level == "good"


def test_that_there_is_no_runtime() -> None:
    finding = said(functions_sandbox="none", functions_runtimes="php-8.4")
    assert (finding.level, finding.text) == ("remark", "There is no runtime for them")
