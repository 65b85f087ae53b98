"""OAuth2 providers of a project: setting them up, enabling them, and secrets that are never shown again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey

from appwrite_py.auth.oauth.catalogue import OFFERED, Provider
from tests.api.project.tools import key_with, last, query
from tests.client import Sandbox

P8 = ECKey.generate_key("P-256").as_pem(private=True).decode()
VALUES: dict[str, Any] = {
    "key file": P8, "url": "https://id.example.com/x", "domain": "id.example.com", "prompt": ["consent"], "seconds": 5,
}  # fmt: skip


def complete(provider: Provider) -> dict[str, Any]:
    return {part.id: VALUES.get(part.kind, f"{part.id}-value.example") for part in provider.parameters}


@pytest.mark.parametrize("provider", OFFERED, ids=lambda provider: provider.id)
def test_every_provider(sandbox: Sandbox, provider: Provider) -> None:
    path = f"/project/oauth2/{provider.id}"
    empty = sandbox.key.get(path).ok(200)
    assert (empty["$id"], empty["enabled"]) == (provider.id, False)
    assert {part.id: empty[part.id] for part in provider.parameters} == {
        part.id: part.default for part in provider.parameters
    }
    sandbox.key.patch(path, enabled=True).fails(400, "general_argument_invalid")
    assert sandbox.events() == []
    given = complete(provider)
    made = sandbox.key.patch(path, **given, enabled=True).ok(200)
    assert made == {"$id": provider.id, "enabled": True} | {
        part.id: "" if part.secret else given[part.id] for part in provider.parameters
    }
    assert sandbox.admin.get(path).ok(200) == made
    assert sandbox.events() == [f"oauth2.{provider.id}.update"]
    assert sandbox.audits() == [(f"project.oauth2.{provider.id}.update", f"project.oauth2/{provider.id}")]
    kept = sandbox.guest.sql("SELECT * FROM oauth_clients WHERE project_id = $1", sandbox.id)[0]
    secret = given[provider.secret.id]
    assert secret.encode() not in kept["secrets_sealed"]
    assert secret not in f"{kept['parameters']} {last(sandbox)['payload']}"
    changed = sandbox.key.patch(path, **{provider.parameters[0].id: "another.example"}).ok(200)
    assert changed == made | {provider.parameters[0].id: "another.example"}  # the secret is still there
    assert sandbox.key.patch(path, enabled=False).ok(200)["enabled"] is False
    assert sandbox.key.patch(path, enabled=True).ok(200)["enabled"] is True
    sandbox.key.patch(path, **{provider.secret.id: ""}).ok(200)
    assert sandbox.key.get(path).ok(200)["enabled"] is False  # nobody could sign in


def test_the_list(sandbox: Sandbox) -> None:
    sandbox.key.patch("/project/oauth2/github", clientId="id", clientSecret="secret").ok(200)
    found = sandbox.key.get("/project/oauth2").ok(200)
    assert (found["total"], len(found["providers"])) == (44, 44)
    by_id = {provider["$id"]: provider for provider in found["providers"]}
    assert by_id["github"] == {"$id": "github", "enabled": True, "clientId": "id", "clientSecret": ""}
    assert not {"mock", "mock-unverified", "yammer"} & by_id.keys()
    page = sandbox.key.get("/project/oauth2", [query("limit", "", 2), query("offset", "", 1)], total=False).ok(200)
    assert (page["total"], [provider["$id"] for provider in page["providers"]]) == (0, ["apple", "appwrite"])
    assert sandbox.key.get("/project/oauth2", [query("offset", "", 44)]).ok()["providers"] == []
    sandbox.key.get("/project/oauth2", [query("equal", "$id", "x")]).fails(400, "general_argument_invalid")


def test_the_first_complete_set_up_enables(sandbox: Sandbox) -> None:
    path = "/project/oauth2/github"
    assert sandbox.key.patch(path, clientId="id").ok(200)["enabled"] is False
    assert sandbox.key.patch(path, clientSecret="secret").ok(200)["enabled"] is True
    assert sandbox.key.patch(path, enabled=False).ok(200)["enabled"] is False
    assert sandbox.key.patch(path, clientSecret="new").ok(200)["enabled"] is False  # stays off
    other = "/project/oauth2/discord"
    assert sandbox.key.patch(other, clientId="id", clientSecret="s", enabled=False).ok(200)["enabled"] is False


def test_oidc_needs_discovery_or_all_addresses(sandbox: Sandbox) -> None:
    path = "/project/oauth2/oidc"
    login = {"clientId": "id", "clientSecret": "secret", "enabled": True}
    sandbox.key.patch(path, **login).fails(400, "general_argument_invalid")
    some = {"authorizationURL": "https://a.example/x", "tokenUrl": "https://a.example/t"}
    sandbox.key.patch(path, **login, **some).fails(400, "general_argument_invalid")
    made = sandbox.key.patch(path, **login, **some, userInfoUrl="https://a.example/u").ok(200)
    assert (made["tokenURL"], made["userInfoURL"]) == ("https://a.example/t", "https://a.example/u")
    sandbox.key.patch(path, userInfoURL="", enabled=True).fails(400, "general_argument_invalid")
    made = sandbox.key.patch(path, userInfoURL="", wellKnownURL="https://a.example/.well-known/x").ok(200)
    assert (made["enabled"], made["userInfoURL"], made["maxAge"], made["prompt"]) == (True, "", None, [])
    sandbox.key.patch(path, maxAge=0, prompt=["login"]).ok(200)
    assert sandbox.key.get(path).ok(200)["maxAge"] == 0


@pytest.mark.parametrize(
    ("provider", "body"),
    [
        ("github", {"clientId": "x" * 257}),
        ("github", {"clientSecret": "x" * 513}),
        ("github", {"clientId": 5}),
        ("github", {"enabled": "yes"}),
        ("google", {"prompt": ["none", "consent"]}),
        ("google", {"prompt": ["login"]}),
        ("google", {"prompt": "consent"}),
        ("oidc", {"prompt": ["none", "login"]}),
        ("oidc", {"maxAge": -1}),
        ("oidc", {"maxAge": "x"}),
        ("oidc", {"wellKnownURL": "no url"}),
        ("gitlab", {"endpoint": "no url"}),
        ("okta", {"domain": "https://a.okta.com"}),
        ("apple", {"p8File": "x" * 4097}),
        ("apple", {"serviceId": "a", "keyId": "b", "teamId": "c", "p8File": "no key", "enabled": True}),
        ("auth0", {"clientId": "a", "clientSecret": "b", "endpoint": "no host", "enabled": True}),
    ],
)
def test_bad_input(sandbox: Sandbox, provider: str, body: dict[str, Any]) -> None:
    sandbox.key.send("PATCH", f"/project/oauth2/{provider}", json=body).fails(400, "general_argument_invalid")
    assert sandbox.events() == []
    assert sandbox.guest.sql("SELECT 1 FROM oauth_clients WHERE project_id = $1", sandbox.id) == []


def test_providers_that_are_not_there(sandbox: Sandbox) -> None:
    sandbox.key.get("/project/oauth2/yammer").fails(400, "project_provider_unsupported")
    sandbox.key.get("/project/oauth2/mock").fails(400, "project_provider_unsupported")
    sandbox.key.get("/project/oauth2/none").fails(400, "general_argument_invalid")
    sandbox.key.patch("/project/oauth2/yammer", clientId="x").fails(404, "general_route_not_found")


@pytest.mark.parametrize("caller", ["guest", "user", "key"])
def test_the_scope_is_needed(sandbox: Sandbox, caller: str) -> None:
    callers = {"guest": lambda: sandbox.guest, "user": sandbox.user, "key": lambda: key_with(sandbox, "keys.read")}
    asking = callers[caller]()
    for path in ("/project/oauth2", "/project/oauth2/github"):
        asking.get(path).fails(401, "general_unauthorized_scope")
    asking.patch("/project/oauth2/github", clientId="x").fails(401, "general_unauthorized_scope")
    reader = key_with(sandbox, "project.oauth2.read")
    reader.get("/project/oauth2").ok(200)
    reader.patch("/project/oauth2/github", clientId="x").fails(401, "general_unauthorized_scope")


def test_older_clients(sandbox: Sandbox) -> None:
    caller = sandbox.console.caller.as_(X_Appwrite_Project="console")
    path = f"/projects/{sandbox.id}/oauth2"
    caller.patch(path, provider="github", appId="id", secret="secret", enabled=True).ok(200)
    assert sandbox.key.get("/project/oauth2/github").ok(200)["clientId"] == "id"
    secret = json.dumps({"p8": P8, "keyID": "k", "teamID": "t"})
    caller.patch(path, provider="apple", appId="service", secret="x" * 513).fails(400, "general_argument_invalid")
    caller.patch(path, provider="apple", appId="service", secret=secret, enabled=True).ok(200)
    made = sandbox.key.get("/project/oauth2/apple").ok(200)
    assert (made["serviceId"], made["keyId"], made["teamId"], made["enabled"]) == ("service", "k", "t", True)
    secret = '{"clientSecret": "s", "oktaDomain": "a.okta.com", "other": "x"}'
    caller.patch(path, provider="okta", appId="id", secret=secret, enabled=True).ok(200)
    assert sandbox.key.get("/project/oauth2/okta").ok(200)["domain"] == "a.okta.com"
    caller.patch(path, provider="yammer", appId="id", secret="s", enabled=True).ok(200)
    caller.patch(path, provider="discord", enabled=True).fails(400, "general_argument_invalid")
    organization = caller.as_(X_Appwrite_Organization=sandbox.console.team_id)
    organization.patch("/projects/none/oauth2", provider="github").fails(404, "project_not_found")
    sandbox.guest.as_(X_Appwrite_Project="console").patch(path, provider="github").fails(
        401, "general_unauthorized_scope"
    )


def test_projects_are_apart(sandbox: Sandbox) -> None:
    sandbox.key.patch("/project/oauth2/github", clientId="id", clientSecret="secret").ok(200)
    other = Sandbox.create(sandbox.console)
    assert other.key.get("/project/oauth2/github").ok(200)["enabled"] is False
    other.guest.get("/account/sessions/oauth2/github").fails(412, "project_provider_disabled")
