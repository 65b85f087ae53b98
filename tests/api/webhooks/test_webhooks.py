"""Webhooks of a project: making, changing and listing them, and what is kept of their secrets."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest

from appwrite_py.platform import webhooks
from tests.api.project.tools import key_with, last, query
from tests.client import Api, Sandbox

URL = "https://hooks.example.org/in"


def add(sandbox: Sandbox, webhook_id: str = "hook", **changes: Any) -> dict[str, Any]:
    body = {"webhookId": webhook_id, "name": "Hook", "url": URL, "events": ["users.*.create"]} | changes
    made: dict[str, Any] = sandbox.key.post("/webhooks", **body).ok(201)
    return made


def row_of(sandbox: Sandbox, webhook_id: str = "hook") -> Any:
    sql = "SELECT * FROM webhooks WHERE project_id = $1 AND id = $2"
    return sandbox.guest.sql(sql, sandbox.id, webhook_id)[0]


def fail(sandbox: Sandbox, webhook_id: str = "hook") -> None:
    """Leave the webhook as ten failures do."""
    sandbox.guest.sql(
        "UPDATE webhooks SET enabled = false, paused_at = now(), attempts = 10, logs = 'Status code: 500' "
        "WHERE project_id = $1 AND id = $2",
        sandbox.id, webhook_id,
    )  # fmt: skip


# --- create ---------------------------------------------------------------------------------------------------
def test_create(sandbox: Sandbox) -> None:
    made = add(sandbox)
    assert (made["$id"], made["name"], made["url"], made["events"]) == ("hook", "Hook", URL, ["users.*.create"])
    assert (made["enabled"], made["tls"], made["authUsername"], made["authPassword"]) == (True, False, "", "")
    assert (made["attempts"], made["logs"]) == (0, "")
    assert len(made["secret"]) == 128
    assert int(made["secret"], 16)
    assert sandbox.events() == ["webhooks.hook.create"]
    assert sandbox.audits() == [("webhook.create", "webhook/hook")]


def test_all_of_it_can_be_given(sandbox: Sandbox) -> None:
    made = add(
        sandbox, "unique()", events=["users.*.create", "users.*.create", "teams.t.memberships.*"], enabled=False,
        tls=True, authUsername="me", authPassword="password", secret="12345678",
    )  # fmt: skip
    assert len(made["$id"]) == 20
    assert made["events"] == ["users.*.create", "users.*.create", "teams.t.memberships.*"]
    assert (made["enabled"], made["tls"], made["secret"]) == (False, True, "12345678")
    assert (made["authUsername"], made["authPassword"]) == ("me", "password")
    assert add(sandbox, "none", events=[], secret=None)["events"] == []


def test_secrets_are_shown_once_and_kept_encrypted(sandbox: Sandbox) -> None:
    add(sandbox, secret="the secret", authUsername="me", authPassword="the password")
    row, vault = row_of(sandbox), sandbox.guest.resources.vault
    stored = b"".join(bytes(row[name]) for name in ("secret_sealed", "auth_password_sealed"))
    assert b"the secret" not in stored
    assert b"the password" not in stored
    assert (webhooks.secret_of(row, vault), webhooks.password_of(row, vault)) == ("the secret", "the password")
    told = last(sandbox)["payload"]
    assert (told["$id"], told["secret"], told["authPassword"]) == ("hook", "", "")
    shown = sandbox.key.get("/webhooks/hook").ok(200)
    assert (shown["secret"], shown["authPassword"]) == ("", "the password")
    assert sandbox.key.get("/webhooks").ok(200)["webhooks"] == [shown]


def test_a_sealed_value_is_of_one_webhook_only(sandbox: Sandbox) -> None:
    add(sandbox, "a", authPassword="password")
    add(sandbox, "b")
    sandbox.guest.sql(
        "UPDATE webhooks b SET secret_sealed = a.secret_sealed, auth_password_sealed = a.secret_sealed FROM webhooks a "
        "WHERE a.project_id = $1 AND b.project_id = $1 AND a.id = 'a' AND b.id = 'b'",
        sandbox.id,
    )
    for read in (webhooks.secret_of, webhooks.password_of):
        with pytest.raises(ValueError, match="sealed"):
            read(row_of(sandbox, "b"), sandbox.guest.resources.vault)


def test_an_id_is_taken_once_in_a_project(sandbox: Sandbox) -> None:
    add(sandbox)
    again = {"webhookId": "hook", "name": "Other", "url": URL, "events": []}
    sandbox.key.post("/webhooks", **again).fails(409, "webhook_already_exists")
    assert len(sandbox.events()) == 1
    other = Sandbox.create(sandbox.console)
    other.key.get("/webhooks/hook").fails(404, "webhook_not_found")
    assert add(other)["$id"] == "hook"


@pytest.mark.parametrize(
    ("name", "value"),
    [("webhookId", "!"), ("name", ""), ("name", "n" * 129), ("url", "ftp://example.org"), ("url", "example.org"),
     ("url", "https://"), ("url", "https://example.org/" + "x" * 2048), ("url", 5), ("url", None),
     ("events", "users.*.create"), ("events", ["nonsense"]), ("events", ["users.*.explode"]), ("events", [""]),
     ("events", ["webhooks.*.create"]), ("events", [5]), ("events", ["users.*.create"] * 101), ("events", None),
     ("enabled", "perhaps"), ("tls", 5), ("authUsername", ""), ("authUsername", "u" * 257), ("authPassword", ""),
     ("secret", "1234567"), ("secret", "s" * 257)],
)  # fmt: skip
def test_bad_input(sandbox: Sandbox, name: str, value: Any) -> None:
    good = {"webhookId": "hook", "name": "Hook", "url": URL, "events": ["users.*.create"]}
    sandbox.key.post("/webhooks", **(good | {name: value})).fails(400, "general_argument_invalid")
    assert sandbox.key.get("/webhooks").ok(200)["total"] == 0
    assert sandbox.events() == []


def test_hosts_are_public(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    production = served(sandbox.key, env="production")
    closed = served(sandbox.key, env="production", private_networks="enabled")
    body: dict[str, Any] = {"webhookId": "unique()", "name": "Hook", "events": []}
    hosts = ("localhost", "localhost:8080", "127.0.0.1", "8.8.8.8", "[::1]", "server", "db.internal", "a.local")
    for host in hosts:
        production.post("/webhooks", url=f"http://{host}/in", **body).fails(400, "general_argument_invalid")
        closed.post("/webhooks", url=f"http://{host}/in", **body).ok(201)
        sandbox.key.post("/webhooks", url=f"http://{host}/in", **body).ok(201)
    made = production.post("/webhooks", url="http://hooks.example.org:8080/in?x=1", **body).ok(201)
    path = f"/webhooks/{made['$id']}"
    production.put(path, name="H", url="http://10.0.0.1", events=[]).fails(400, "general_argument_invalid")
    assert sandbox.key.get(path).ok(200)["url"] == "http://hooks.example.org:8080/in?x=1"


# --- change ---------------------------------------------------------------------------------------------------
def test_update_replaces_all_but_the_secret(sandbox: Sandbox) -> None:
    made = add(sandbox, tls=True, enabled=False, authUsername="me", authPassword="password", secret="the secret")
    changed = sandbox.key.put("/webhooks/hook", name="New", url=URL + "2", events=["teams.*"]).ok(200)
    assert (changed["name"], changed["url"], changed["events"]) == ("New", URL + "2", ["teams.*"])
    assert (changed["tls"], changed["enabled"], changed["secret"]) == (False, True, "")
    assert (changed["authUsername"], changed["authPassword"]) == ("", "")
    assert changed["$createdAt"] == made["$createdAt"]
    assert changed["$updatedAt"] > made["$updatedAt"]
    row = row_of(sandbox)
    assert webhooks.secret_of(row, sandbox.guest.resources.vault) == "the secret"
    assert row["auth_password_sealed"] is None
    assert sandbox.events()[1:] == ["webhooks.hook.update"]
    assert sandbox.audits()[-1] == ("webhooks.update", "webhook/hook")


def test_enabling_starts_anew(sandbox: Sandbox) -> None:
    add(sandbox)
    fail(sandbox)
    body = {"name": "Hook", "url": URL, "events": ["users.*.create"]}
    off = sandbox.key.put("/webhooks/hook", enabled=False, **body).ok(200)
    assert (off["enabled"], off["attempts"]) == (False, 10)
    on = sandbox.key.put("/webhooks/hook", enabled=True, **body).ok(200)
    assert (on["enabled"], on["attempts"], on["logs"]) == (True, 0, "Status code: 500")
    assert row_of(sandbox)["paused_at"] is None


def test_a_bad_update_changes_nothing(sandbox: Sandbox) -> None:
    add(sandbox, secret="the secret")
    before = sandbox.key.get("/webhooks/hook").ok(200)
    for body in ({}, {"name": "New", "url": URL}, {"name": "New", "url": URL, "events": ["nonsense"]}):
        sandbox.key.put("/webhooks/hook", **body).fails(400, "general_argument_invalid")
    sandbox.key.patch("/webhooks/hook/secret", secret="short").fails(400, "general_argument_invalid")
    assert sandbox.key.get("/webhooks/hook").ok(200) == before
    assert webhooks.secret_of(row_of(sandbox), sandbox.guest.resources.vault) == "the secret"
    assert len(sandbox.events()) == 1


def test_secrets_are_rotated(sandbox: Sandbox) -> None:
    made = add(sandbox, authPassword="password")
    fail(sandbox)
    fresh = sandbox.key.patch("/webhooks/hook/secret").ok(200)
    assert len(fresh["secret"]) == 128
    assert fresh["secret"] != made["secret"]
    assert (fresh["attempts"], fresh["enabled"]) == (10, False)
    given = sandbox.key.patch("/webhooks/hook/secret", secret="given secret").ok(200)
    assert (given["secret"], given["authPassword"]) == ("given secret", "password")
    assert webhooks.secret_of(row_of(sandbox), sandbox.guest.resources.vault) == "given secret"
    assert sandbox.events()[1:] == ["webhooks.hook.update"] * 2
    told = last(sandbox)
    assert (told["payload"]["secret"], told["payload"]["authPassword"]) == ("", "")
    assert (told["audit"], told["resource"]) == ("webhooks.update", "webhook/hook")


def test_delete(sandbox: Sandbox) -> None:
    add(sandbox)
    sandbox.guest.sql(
        "INSERT INTO webhook_deliveries (project_id, webhook_id, id, event, number) VALUES ($1, 'hook', 'd', 'e', 1)",
        sandbox.id,
    )
    sandbox.key.delete("/webhooks/hook").ok(204)
    assert sandbox.guest.sql("SELECT 1 FROM webhook_deliveries WHERE project_id = $1", sandbox.id) == []
    assert sandbox.events()[-1] == "webhooks.hook.delete"
    assert sandbox.audits()[-1] == ("webhook.delete", "webhook/hook")
    told = len(sandbox.events())
    body = {"name": "Hook", "url": URL, "events": []}
    for answer in (
        sandbox.key.delete("/webhooks/hook"), sandbox.key.get("/webhooks/hook"),
        sandbox.key.put("/webhooks/hook", **body), sandbox.key.patch("/webhooks/hook/secret"),
    ):  # fmt: skip
        answer.fails(404, "webhook_not_found")
    assert len(sandbox.events()) == told


# --- list -----------------------------------------------------------------------------------------------------
def test_list(sandbox: Sandbox) -> None:
    add(sandbox, "a", name="A", tls=True, authUsername="me")
    add(sandbox, "b", name="B", events=["teams.*"])
    add(sandbox, "c", name="C", enabled=False)
    fail(sandbox, "c")

    def ids(*queries: str) -> list[str]:
        return [item["$id"] for item in sandbox.key.get("/webhooks", list(queries)).ok(200)["webhooks"]]

    assert ids() == ["a", "b", "c"]
    assert ids(query("orderDesc", "name"), query("limit", "", 2)) == ["c", "b"]
    assert ids(query("cursorAfter", "", "a")) == ["b", "c"]
    assert ids(query("equal", "security", True)) == ["a"]
    assert ids(query("equal", "httpUser", "me")) == ["a"]
    assert ids(query("contains", "events", "teams.*")) == ["b"]
    assert ids(query("greaterThan", "attempts", 5)) == ids(query("equal", "enabled", False)) == ["c"]
    assert ids(query("startsWith", "logs", "Status")) == ["c"]
    assert ids(query("equal", "url", URL), query("offset", "", 2)) == ["c"]
    assert sandbox.key.get("/webhooks", [query("limit", "", 1)]).ok(200)["total"] == 3
    assert sandbox.key.get("/webhooks", total=False).ok(200)["total"] == 0


@pytest.mark.parametrize("attribute", ["secret", "signatureKey", "httpPass", "secret_sealed", "authPassword"])
def test_secrets_cannot_be_guessed_by_queries(sandbox: Sandbox, attribute: str) -> None:
    bad = sandbox.key.get("/webhooks", [query("startsWith", attribute, "a")])
    bad.fails(400, "general_argument_invalid")


# --- callers --------------------------------------------------------------------------------------------------
def test_callers(sandbox: Sandbox) -> None:
    add(sandbox)
    body = {"name": "Hook", "url": URL, "events": []}
    assert sandbox.admin.get("/webhooks/hook").ok(200)["name"] == "Hook"
    sandbox.admin.post("/webhooks", webhookId="admins", **body).ok(201)
    reader = key_with(sandbox, "webhooks.read")
    assert reader.get("/webhooks").ok(200)["total"] == 2
    told = sandbox.events()
    for caller in (sandbox.guest, sandbox.user(), key_with(sandbox, "users.read"), reader):
        caller.post("/webhooks", webhookId="x", **body).fails(401, "general_unauthorized_scope")
        caller.put("/webhooks/hook", **body).fails(401, "general_unauthorized_scope")
        caller.patch("/webhooks/hook/secret").fails(401, "general_unauthorized_scope")
        caller.delete("/webhooks/hook").fails(401, "general_unauthorized_scope")
        if caller is not reader:
            caller.get("/webhooks").fails(401, "general_unauthorized_scope")
            caller.get("/webhooks/hook").fails(401, "general_unauthorized_scope")
    assert [name for name in sandbox.events() if name.startswith("webhooks.")] == [
        name for name in told if name.startswith("webhooks.")
    ]


def test_older_clients(sandbox: Sandbox) -> None:
    old = sandbox.console.caller.as_(X_Appwrite_Response_Format="1.8.0")
    path = f"/projects/{sandbox.id}/webhooks"
    body = {"name": "Old", "url": URL, "events": ["users.*.create"]}
    made = old.post(path, security=True, httpUser="me", httpPass="password", enabled=True, **body).ok(201)
    assert (made["security"], made["httpUser"], made["httpPass"]) == (True, "me", "password")
    one = f"{path}/{made['$id']}"
    assert old.get(path).ok(200)["total"] == 1
    assert old.put(one, security=False, **body).ok(200)["security"] is False
    assert len(old.patch(f"{one}/signature").ok(200)["signatureKey"]) == 128
    assert old.get(one).ok(200)["httpUser"] == ""
    old.delete(one).ok(204)
    sandbox.key.post("/webhooks", **body).fails(400, "general_argument_invalid")  # today an id is required


# --- signature ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("url", "signed"),
    [
        (URL, URL),
        ("https://a.org/x%20y%2Fz?q=1+2", "https://a.org/x y/z?q=1+2"),
        ("https://a.org/%25", "https://a.org/%"),
    ],
)
def test_signature(url: str, signed: str) -> None:
    body = '{"name":"Zoë"}'.encode()
    expected = base64.b64encode(hmac.new(b"the secret", signed.encode() + body, hashlib.sha1).digest()).decode()
    assert webhooks.signature("the secret", url, body) == expected
    assert webhooks.signature("other", url, body) != expected
    assert webhooks.signature("the secret", url, body + b" ") != expected
