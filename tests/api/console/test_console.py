"""What a console asks of the server: its settings, lists for forms, names that are free."""

from __future__ import annotations

import pytest

from appwrite_py.auth.scopes import ORGANIZATION_SCOPES, PROJECT_SCOPES
from appwrite_py.platform.domains import may_be_claimed
from appwrite_py.services.console.variables import domains_enabled
from tests.client import Console, Sandbox
from tests.conftest import settings_for_tests


def test_variables(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    found = console.caller.get("/console/variables").ok(200)
    assert (found["_APP_DOMAIN_TARGET_CNAME"], found["_APP_DOMAIN_TARGET_A"]) == ("localhost", "127.0.0.1")
    assert (found["_APP_STORAGE_LIMIT"], found["_APP_USAGE_STATS"]) == (30_000_000, "enabled")
    assert found["_APP_DB_ADAPTER"] == "postgresql"
    assert all(found[f"supportFor{ability}"] for ability in ("Relationships", "Operators", "Spatials", "Schemas"))
    assert found["_APP_DOMAIN_TARGET_CAA"] == ""
    settings = console.api.resources.settings
    for name, value in {
        "domain_target_a": "1.2.3.4, 5.6.7.8", "domain_target_caa": "letsencrypt.org", "force_https": "enabled",
        "storage_limit_bytes": 5, "domain_sites": "sites.example.org",
    }.items():  # fmt: skip
        monkeypatch.setattr(settings, name, value)
    found = console.organization.get("/console/variables").ok(200)
    assert found["_APP_DOMAIN_TARGET_A"] == "1.2.3.4"
    assert found["_APP_DOMAIN_TARGET_CAA"] == '0 issue "letsencrypt.org"'
    assert (found["_APP_OPTIONS_FORCE_HTTPS"], found["_APP_STORAGE_LIMIT"]) == ("enabled", 5)
    assert found["_APP_DOMAIN_SITES"] == "sites.example.org"


def test_variables_are_for_users_of_the_console(console: Console, sandbox: Sandbox) -> None:
    console.api.get("/console/variables").fails(401, "general_unauthorized_scope")
    sandbox.key.get("/console/variables").fails(401, "general_unauthorized_scope")
    sandbox.user().get("/console/variables").fails(401, "general_access_forbidden")


@pytest.mark.parametrize(
    ("changes", "enabled"),
    [({}, True), ({"domain_target_cname": "api.example.org"}, True),
     ({"domain_target_a": "", "domain_target_aaaa": ""}, False),
     ({"domain_target_a": "name", "domain_target_aaaa": "name"}, False),
     ({"domain_target_a": "", "domain_target_aaaa": "", "domain_target_cname": "db.local"}, False),
     ({"domain_target_a": "", "domain_target_aaaa": "", "domain_target_cname": "api.example.org"}, True)],
)  # fmt: skip
def test_custom_domains_need_a_target(changes: dict[str, str], enabled: bool) -> None:
    assert domains_enabled(settings_for_tests(**changes)) is enabled


def test_scopes(sandbox: Sandbox, console: Console) -> None:
    found = sandbox.guest.get("/console/scopes/project").ok(200)
    assert [scope["$id"] for scope in found["scopes"]] == [scope.name for scope in PROJECT_SCOPES]
    assert found["total"] == len(PROJECT_SCOPES)
    by_id = {scope["$id"]: scope for scope in found["scopes"]}
    assert by_id["users.write"]["category"] == "Auth"
    assert by_id["documents.read"]["deprecated"] is True
    assert by_id["rows.read"]["deprecated"] is False
    assert all(scope["description"].endswith(".") for scope in found["scopes"])
    found = console.caller.get("/console/scopes/organization").ok(200)
    assert [scope["$id"] for scope in found["scopes"]] == [scope.name for scope in ORGANIZATION_SCOPES]


def test_oauth2_providers(sandbox: Sandbox) -> None:
    found = sandbox.guest.get("/console/oauth2-providers").ok(200)
    providers = {item["$id"]: [part["$id"] for part in item["parameters"]] for item in found["oAuth2Providers"]}
    assert found["total"] == len(providers) == 44
    assert providers["github"] == ["clientId", "clientSecret"]
    assert providers["apple"] == ["serviceId", "keyId", "teamId", "p8File"]
    assert providers["gitlab"] == ["applicationId", "secret", "endpoint"]
    assert not {"mock", "mock-unverified", "yammer"} & providers.keys()
    assert all(part["name"] and part["example"] for item in found["oAuth2Providers"] for part in item["parameters"])


@pytest.mark.parametrize(
    "domain", ["shop.example.org", "Shop.Example.ORG", "one.sites.localhost", "f.functions.localhost"]
)
def test_domains_that_are_free(console: Console, domain: str) -> None:
    assert console.caller.get("/console/resources", value=domain, type="rules").ok(204) is None


@pytest.mark.parametrize(
    "domain",
    ["https://example.org", "a b", "-a.org", "localhost", "sites.localhost", "example.com", "APP.example.com", "a/b",
     "commit-1.sites.localhost", "branch-x.sites.localhost", "two.levels.sites.localhost", "a.b.functions.localhost"],
)  # fmt: skip
def test_domains_that_nobody_may_claim(console: Console, domain: str) -> None:
    console.caller.get("/console/resources", value=domain, type="Rules").fails(400, "general_argument_invalid")


def test_names_of_the_server_are_its_own() -> None:
    settings = settings_for_tests(domain="api.example.org", console_hostnames="c.example.org", domain_sites="")
    assert not may_be_claimed("api.example.org", settings)
    assert not may_be_claimed("c.example.org", settings)
    assert may_be_claimed("b.example.org", settings)


def test_resources_are_asked_for_rightly(console: Console, sandbox: Sandbox) -> None:
    path = "/console/resources"
    console.caller.get(path, value="a.example.org").fails(400, "general_argument_invalid")
    console.caller.get(path, value="a.example.org", type="buckets").fails(400, "general_argument_invalid")
    console.caller.get(path, type="rules").fails(400, "general_argument_invalid")
    console.caller.get(path, value="x" * 257, type="rules").fails(400, "general_argument_invalid")
    console.api.get(path, value="a.example.org", type="rules").fails(401, "general_unauthorized_scope")
    sandbox.user().get(path, value="a.example.org", type="rules").fails(401, "general_access_forbidden")


def test_templates_are_the_servers_own(console: Console, sandbox: Sandbox) -> None:
    """In the language that is asked for, and whatever a project has written; a guest can look at them, too."""
    path = "/console/templates/email"
    english = console.caller.get(f"{path}/verification").ok(200)
    assert (english["templateId"], english["locale"]) == ("verification", "en")
    assert "{{redirect}}" in english["message"]
    german = console.api.get(f"{path}/verification", locale="de").ok(200)
    assert german["locale"] == "de"
    assert german["subject"] != english["subject"]
    assert german == sandbox.key.get("/project/templates/email/verification", locale="de").ok(200)
    console.api.get(f"{path}/nothing").fails(400, "general_argument_invalid")
    console.api.get(f"{path}/recovery", locale="xx").fails(400, "general_argument_invalid")
