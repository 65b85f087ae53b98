"""Domains of others are used when their DNS records lead here, and not before."""

from __future__ import annotations

from appwrite_py.kit import ids
from tests.api.functions.calling import function
from tests.api.functions.tools import make
from tests.api.proxy.tools import HERE, lead, new_domain, rules_of, visit
from tests.client import Sandbox

ELSEWHERE = "203.0.113.9"


def test_a_domain_that_leads_elsewhere_waits(sandbox: Sandbox, records: dict[str, list[str]]) -> None:
    function(sandbox, execute=["any"])
    domain = new_domain("example.org")
    made = lead(sandbox, domain=domain)
    assert made["status"] == "unverified"
    assert domain in made["logs"]
    assert "A 127.0.0.1" in made["logs"]
    assert "CNAME localhost" in made["logs"]
    assert "own machine only: _APP_DOMAIN_TARGET_CNAME" in made["logs"]
    path = f"/proxy/rules/{made['$id']}"
    before = sandbox.events()
    refused = sandbox.key.patch(f"{path}/status").fails(400, "rule_verification_failed")
    assert "no DNS server" in refused.json["message"]
    records[domain] = [ELSEWHERE]
    refused = sandbox.key.patch(f"{path}/verification").fails(400, "rule_verification_failed")
    assert ELSEWHERE in refused.json["message"]
    assert sandbox.events() == before
    assert sandbox.key.get(path).ok(200) == made
    assert b"hello" not in visit(sandbox.guest, domain).content

    records[domain] = [ELSEWHERE, HERE]
    verified = sandbox.key.patch(f"{path}/status").ok(200)
    assert verified == made | {"status": "verified", "logs": "", "$updatedAt": verified["$updatedAt"]}
    assert visit(sandbox.guest, domain).content == b"hello"
    records.clear()  # once is enough
    assert sandbox.key.patch(f"{path}/status").ok(200) == verified
    assert visit(sandbox.guest, domain).content == b"hello"
    assert sandbox.events().count(f"rules.{made['$id']}.update") == 1
    assert sandbox.audits().count(("rule.update", f"rule/{made['$id']}")) == 1


def test_a_domain_that_leads_here_is_used_at_once(sandbox: Sandbox, records: dict[str, list[str]]) -> None:
    make(sandbox)
    domain = new_domain("example.org")
    records[domain] = [HERE]
    assert lead(sandbox, domain=domain)["status"] == "verified"
    made = sandbox.key.post("/proxy/rules/api", domain=new_domain("example.org")).ok(201)
    assert (made["type"], made["deploymentResourceType"], made["status"]) == ("api", None, "unverified")


def test_who_waits_holds_the_name(sandbox: Sandbox, records: dict[str, list[str]]) -> None:
    make(sandbox)
    domain = new_domain("example.org")
    lead(sandbox, domain=domain)
    records[domain] = [HERE]
    sandbox.key.post("/proxy/rules/function", domain=domain, functionId="f").fails(409, "rule_already_exists")
    assert len(rules_of(sandbox)) == 1


def test_a_name_that_was_the_apis_until_now(sandbox: Sandbox, records: dict[str, list[str]]) -> None:
    """It has been seen before it got a rule."""
    function(sandbox, execute=["any"])
    domain = f"n{ids.unique()}.example.org"
    as_api = sandbox.guest.as_(Host=f"{domain}:8080")
    as_api.get("/ping").ok(200)
    as_api.get("/ping").ok(200)
    records[domain] = [HERE]
    lead(sandbox, domain=domain)
    assert visit(sandbox.guest, f"{domain}:8080", "/v1/ping").content == b"hello"
