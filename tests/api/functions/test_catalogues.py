"""What functions can be made of: runtimes, sizes, templates; and the report of builds that nobody makes."""

from __future__ import annotations

from collections.abc import Callable

from appwrite.models.runtime_list import RuntimeList
from appwrite.models.specification_list import SpecificationList

from appwrite_py.auth.scopes import PROJECT_SCOPES
from appwrite_py.http.rules import Cron
from appwrite_py.platform.switches import SERVICES
from appwrite_py.services.functions.catalogue import USE_CASES
from tests.api.functions.tools import key_with, offered
from tests.client import Api, Sandbox

_SCOPES = {scope.name for scope in PROJECT_SCOPES}


def test_runtimes(sandbox: Sandbox) -> None:
    found = sandbox.key.get("/functions/runtimes").ok(200)
    assert found["total"] == len(found["runtimes"]) >= 1
    one = next(each for each in found["runtimes"] if each["$id"] == offered(sandbox))
    version = one["$id"].removeprefix("python-")
    assert (one["key"], one["name"], one["version"]) == ("python", "Python", version)
    assert one["image"] == f"openruntimes/python:v5-{version}"
    assert one["logo"] == "python.png"
    assert one["supports"]
    assert RuntimeList.model_validate(found).total == found["total"]


def test_everybody_may_see_runtimes(sandbox: Sandbox) -> None:
    assert "functions" in SERVICES
    sandbox.admin.patch("/project/services/functions", enabled=False).ok(200)
    for caller in (sandbox.guest, sandbox.user(), sandbox.admin, sandbox.key, sandbox.console.api):
        caller.get("/functions/runtimes").ok(200)
        caller.get("/functions/templates").ok(200)
    sandbox.guest.get("/functions/templates/starter").fails(403, "general_service_disabled")


def test_only_allowed_runtimes(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    only = served(sandbox.guest, functions_runtimes=f"{offered(sandbox)},node-99")
    assert [each["$id"] for each in only.get("/functions/runtimes").ok()["runtimes"]] == [offered(sandbox)]
    names = {each["name"] for one in only.get("/functions/templates").ok()["templates"] for each in one["runtimes"]}
    assert names == {offered(sandbox)}


def test_containers_have_all(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    docker = served(sandbox.guest, functions_executor="docker")
    assert docker.get("/functions/runtimes").ok()["total"] > 90
    [starter] = [one for one in docker.get("/functions/templates").ok()["templates"] if one["id"] == "starter"]
    assert {"node-22", "php-8.3", "go-1.23", "bun-1.1"} <= {each["name"] for each in starter["runtimes"]}


def test_specifications(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    found = sandbox.key.get("/functions/specifications").ok(200)
    assert found["total"] == 9
    assert found["specifications"][0] == {"memory": 512, "cpus": 0.5, "enabled": True, "slug": "s-0.5vcpu-512mb"}
    assert sandbox.key.get("/functions/specifications", type="BUILDS").ok() == found
    sandbox.key.get("/functions/specifications", type="sites").fails(400, "general_argument_invalid")
    assert SpecificationList.model_validate(found).total == 9
    small = served(sandbox.key, compute_cpus=1, compute_memory_mb=512).get("/functions/specifications").ok()
    assert [each["slug"] for each in small["specifications"]] == ["s-0.5vcpu-512mb", "s-1vcpu-512mb"]
    for caller in (sandbox.guest, sandbox.user(), key_with(sandbox, "functions.write")):
        caller.get("/functions/specifications").fails(401, "general_unauthorized_scope")


def test_templates(sandbox: Sandbox) -> None:
    found = sandbox.admin.get("/functions/templates").ok(200)
    assert found["total"] == len(found["templates"]) >= 4
    runtimes = sandbox.guest.resources.runtimes.offered
    for one in found["templates"]:
        assert one["runtimes"], one["id"]
        assert {each["name"] for each in one["runtimes"]} <= runtimes.keys()
        assert set(one["useCases"]) <= set(USE_CASES)
        assert set(one["scopes"]) <= _SCOPES
        assert Cron().check(one["cron"]) == one["cron"]
        assert (one["vcsProvider"], one["providerOwner"], one["providerRepositoryId"]) == (
            "github", "appwrite", "templates",
        )  # fmt: skip
        assert sandbox.admin.get(f"/functions/templates/{one['id']}").ok(200) == one
    starter = found["templates"][0]
    assert starter["id"] == "starter"
    python = next(each for each in starter["runtimes"] if each["name"] == offered(sandbox))
    assert (python["entrypoint"], python["providerRootDirectory"]) == ("src/main.py", "python/starter")
    sandbox.admin.get("/functions/templates/none").fails(404, "function_template_not_found")


def test_templates_are_chosen(sandbox: Sandbox) -> None:
    def ids(**params: object) -> list[str]:
        found = sandbox.guest.send("GET", "/functions/templates", params=params).ok(200)
        return [one["id"] for one in found["templates"]]

    everything = ids()
    assert ids(**{"useCases[]": ["AI", "starter"]}) == ["starter", "prompt-chatgpt"]
    assert ids(**{"runtimes[]": ["swift-6.2"]}) == []
    assert ids(**{"runtimes[]": ["swift-6.2", offered(sandbox)]})[0] == "starter"
    assert ids(limit=2, offset=1) == everything[1:3]
    page = sandbox.guest.get("/functions/templates", limit=1).ok()
    assert (page["total"], len(page["templates"])) == (len(everything), 1)
    assert sandbox.guest.get("/functions/templates", total=False).ok()["total"] == 0
    for bad in ({"limit": 0}, {"offset": 5001}, {"runtimes[]": ["none"]}, {"useCases[]": ["none"]}):
        answer = sandbox.guest.send("GET", "/functions/templates", params=bad)
        answer.fails(400, "general_argument_invalid")


def test_nobody_reports_builds(sandbox: Sandbox) -> None:
    for caller in (sandbox.guest, sandbox.admin, sandbox.user()):
        caller.as_(X_Signature_256="sha256=00").post("/jobs/event", event="build").fails(401, "user_unauthorized")
    sandbox.key.post("/jobs/event", event="build").fails(401, "general_unauthorized_scope")
    assert not [name for name in sandbox.events() if "functions" in name]
