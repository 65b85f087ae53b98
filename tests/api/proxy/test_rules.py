"""Rules: who may make them, for which domains, how they are listed, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from appwrite_py.platform import domains
from tests.api.functions.calling import ready
from tests.api.functions.tools import key_with, make, query
from tests.api.proxy.tools import BELOW, lead, new_domain, rules_of
from tests.client import Api, Console, Sandbox
from tests.conftest import settings_for_tests

CREATE = "/proxy/rules/function"


def test_a_rule_is_made_shown_and_deleted(sandbox: Sandbox) -> None:
    make(sandbox)
    domain = new_domain()
    made = sandbox.key.post(CREATE, domain=domain.upper(), functionId="f", branch="main").ok(201)
    assert made == {
        "$id": made["$id"], "$createdAt": made["$createdAt"], "$updatedAt": made["$createdAt"], "domain": domain,
        "type": "deployment", "trigger": "manual", "redirectUrl": "", "redirectStatusCode": 301, "deploymentId": "",
        "deploymentResourceType": "function", "deploymentResourceId": "f", "deploymentVcsProviderBranch": "main",
        "status": "verified", "logs": "", "renewAt": "",
    }  # fmt: skip
    path = f"/proxy/rules/{made['$id']}"
    assert sandbox.key.get(path).ok(200) == made
    deployment_id = ready(sandbox)
    assert sandbox.admin.get(path).ok(200)["deploymentId"] == deployment_id
    sandbox.key.delete(path).ok(204)
    sandbox.key.get(path).fails(404, "rule_not_found")
    sandbox.key.delete(path).fails(404, "rule_not_found")
    sandbox.key.patch(f"{path}/status").fails(404, "rule_not_found")
    told = [event for event in sandbox.events() if event.startswith("rules.")]
    assert told == [f"rules.{made['$id']}.create", f"rules.{made['$id']}.delete"]
    assert [audit for audit in sandbox.audits() if "rule" in audit[0]] == [
        ("rule.create", f"rule/{made['$id']}"), ("rules.delete", f"rule/{made['$id']}"),
    ]  # fmt: skip


def test_only_servers_with_the_scope_see_rules(sandbox: Sandbox) -> None:
    make(sandbox)
    made = lead(sandbox)
    reader = key_with(sandbox, "rules.read")
    reader.get(f"/proxy/rules/{made['$id']}").ok(200)
    for caller in (sandbox.guest, sandbox.user(), key_with(sandbox, "functions.read", "functions.write"), reader):
        caller.post(CREATE, domain=new_domain(), functionId="f").fails(401, "general_unauthorized_scope")
        caller.delete(f"/proxy/rules/{made['$id']}").fails(401, "general_unauthorized_scope")
    sandbox.guest.get("/proxy/rules").fails(401, "general_unauthorized_scope")
    assert len(rules_of(sandbox)) == 1


def test_a_rule_is_of_one_project(sandbox: Sandbox, console: Console) -> None:
    make(sandbox)
    made = lead(sandbox)
    other = Sandbox.create(console)
    make(other)
    other.key.get(f"/proxy/rules/{made['$id']}").fails(404, "rule_not_found")
    other.key.patch(f"/proxy/rules/{made['$id']}/status").fails(404, "rule_not_found")
    other.key.delete(f"/proxy/rules/{made['$id']}").fails(404, "rule_not_found")
    other.key.post(CREATE, domain=made["domain"], functionId="f").fails(409, "rule_already_exists")
    other.key.post("/proxy/rules/redirect", domain=made["domain"], url="https://example.org", statusCode=301,
                   resourceId="f", resourceType="function").fails(409, "rule_already_exists")  # fmt: skip
    assert rules_of(other) == []
    assert not [event for event in other.events() if event.startswith("rules.")]
    console.caller.get("/console/resources", type="rules", value=made["domain"]).fails(409, "resource_already_exists")


@pytest.mark.parametrize(
    "domain",
    [
        "", "localhost", "LOCALHOST", "127.0.0.1", "::1", BELOW, f"a.b.{BELOW}", "sites.localhost",
        "commit-a.sites.localhost", "example.com", "https://a.example.org", "a.example.org:80", "a.example.org/x",
        "-a.example.org", "a..example.org", "a b.example.org", "a" * 64 + ".example.org", "x." * 130 + "org",
    ],
)  # fmt: skip
def test_domains_that_nobody_may_claim(sandbox: Sandbox, domain: str) -> None:
    sandbox.key.post(CREATE, domain=domain, functionId="f").fails(400, "general_argument_invalid")
    sandbox.key.post("/proxy/rules/api", domain=domain).fails(400, "general_argument_invalid")
    sandbox.key.post("/proxy/rules/site", domain=domain, siteId="s").fails(400, "general_argument_invalid")
    assert rules_of(sandbox) == []


def test_the_names_of_the_api_cannot_be_claimed(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    make(sandbox)
    key = served(
        sandbox.key, domain="api.example.org", console_hostnames="Console.example.org, c.example.org",
        domain_target_cname="target.example.org", functions_endpoint="http://inside.example.org:8080/v1",
    )  # fmt: skip
    names = ("api", "console", "c", "target", "inside")
    for domain in ("localhost", "127.0.0.1", *(f"{name}.example.org" for name in names)):
        key.post(CREATE, domain=domain, functionId="f").fails(400, "general_argument_invalid")
    assert rules_of(sandbox) == []


def test_the_name_that_containers_are_told_cannot_be_claimed() -> None:
    name = "host.docker.internal"
    assert domains.may_be_claimed(name, settings_for_tests())
    assert not domains.may_be_claimed(name, settings_for_tests(functions_executor="docker"))


def test_what_a_rule_leads_to_has_to_be_there(sandbox: Sandbox) -> None:
    missing = "rule_resource_not_found"
    sandbox.key.post(CREATE, domain=new_domain(), functionId="none").fails(404, missing)
    redirect = {"url": "https://example.org", "statusCode": "301"}
    for kind, id_ in (("function", "none"), ("site", "s"), ("Site", "s")):
        body = redirect | {"resourceType": kind, "resourceId": id_}
        sandbox.key.post("/proxy/rules/redirect", domain=new_domain(), **body).fails(404, missing)
    sandbox.key.post("/proxy/rules/site", domain=new_domain("sites.localhost"), siteId="s").fails(404, missing)
    sandbox.key.post("/proxy/rules/api", domain=new_domain()).fails(400, "general_argument_invalid")
    assert rules_of(sandbox) == []
    assert not [event for event in sandbox.events() if event.startswith("rules.")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "nothing"}, {"url": ""}, {"statusCode": "200"}, {"statusCode": 303}, {"statusCode": True},
        {"statusCode": None}, {"resourceType": "bucket"}, {"resourceId": "!"}, {"domain": None},
    ],
)  # fmt: skip
def test_redirects_that_make_no_sense(sandbox: Sandbox, wrong: dict[str, Any]) -> None:
    make(sandbox)
    body = {"domain": new_domain(), "url": "https://example.org/x", "statusCode": "308", "resourceId": "f",
            "resourceType": "function"}  # fmt: skip
    sandbox.key.post("/proxy/rules/redirect", **(body | wrong)).fails(400, "general_argument_invalid")
    assert rules_of(sandbox) == []


def test_rules_are_listed_by_what_they_are(sandbox: Sandbox) -> None:
    make(sandbox)
    make(sandbox, "g")
    deployment_id = ready(sandbox)
    first, second = lead(sandbox), lead(sandbox, "g", branch="dev")
    third = sandbox.key.post("/proxy/rules/redirect", domain=new_domain(), url="https://example.org", statusCode="302",
                             resourceId="f", resourceType="function").ok(201)  # fmt: skip
    assert (third["type"], third["redirectUrl"]) == ("redirect", "https://example.org")
    assert third["redirectStatusCode"] == 302
    assert (third["deploymentResourceType"], third["deploymentResourceId"]) == ("function", "f")
    assert third["deploymentId"] == ""

    def ids_of(*queries: str, **more: Any) -> list[str]:
        return [found["$id"] for found in sandbox.key.get("/proxy/rules", list(queries), **more).ok(200)["rules"]]

    one, two, three = first["$id"], second["$id"], third["$id"]
    assert ids_of() == [one, two, three]
    assert ids_of(query("equal", "domain", first["domain"])) == [one]
    assert ids_of(query("equal", "type", "deployment"), query("orderDesc", "$createdAt")) == [two, one]
    assert ids_of(query("equal", "deploymentId", deployment_id)) == [one]
    assert ids_of(query("equal", "deploymentResourceId", "f")) == [one, three]
    assert ids_of(query("equal", "deploymentResourceType", "function"), query("equal", "trigger", "manual"),
                  query("limit", "", 1)) == [one]  # fmt: skip
    assert ids_of(query("equal", "deploymentVcsProviderBranch", "dev")) == [two]
    assert ids_of(query("cursorAfter", "", one), query("limit", "", 1)) == [two]
    assert ids_of(search=third["domain"][:12]) == [three]
    assert sandbox.key.get("/proxy/rules", total=False).ok(200)["total"] == 0
    sandbox.key.get("/proxy/rules", [query("equal", "status", "verified")]).fails(400, "general_argument_invalid")
    sandbox.key.get("/proxy/rules", [query("cursorAfter", "", "none")]).fails(400, "general_cursor_not_found")


def test_rules_go_with_their_function(sandbox: Sandbox) -> None:
    make(sandbox)
    make(sandbox, "g")
    gone, stays = lead(sandbox), lead(sandbox, "g")
    sandbox.key.delete("/functions/f").ok(204)
    assert [rule["$id"] for rule in rules_of(sandbox)] == [stays["$id"]]
    make(sandbox)
    again = lead(sandbox, domain=gone["domain"])
    assert again["$id"] != gone["$id"]


def test_rules_are_counted_where_callers_are_not_trusted(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    """Keys and members are, so they make as many as they like."""
    make(sandbox)
    key = served(sandbox.key, options_abuse="enabled")
    for _ in range(12):
        key.post(CREATE, domain=new_domain(), functionId="f").ok(201)


def test_the_service_can_be_switched_off(sandbox: Sandbox) -> None:
    make(sandbox)
    rule = lead(sandbox)
    sandbox.admin.patch("/project/services/proxy", enabled=False).ok(200)
    sandbox.key.get(f"/proxy/rules/{rule['$id']}").ok(200)
    sandbox.guest.get("/proxy/rules").fails(403, "general_service_disabled")
