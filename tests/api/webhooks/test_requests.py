"""What webhooks are told, as receivers see it: headers, signature, body, and which events come at all."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from appwrite_py import __version__
from tests.api.webhooks.tools import SECRET, happen, hook, quiet, settled, signed, until
from tests.client import Sandbox
from tests.receiver import Receiver


def test_a_request(sandbox: Sandbox, receiver: Receiver) -> None:
    url = receiver.url + "/in?x=1"
    made = hook(sandbox, url, ["teams.*.create"])
    team = happen(sandbox)
    (post,) = receiver.wait()
    assert post.path == "/in?x=1"
    assert signed(post, url)
    assert not signed(post, url, "another secret")
    assert post.headers["content-type"] == "application/json"
    assert post.headers["content-length"] == str(len(post.body))
    assert post.headers["user-agent"].startswith(f"Appwrite-Server v{__version__}. Please report abuse at ")
    assert "authorization" not in post.headers
    assert (post["Id"], post["Name"], post["Project-Id"], post["User-Id"]) == ("hook", "Hook", sandbox.id, "")
    assert set(post.events) == {f"teams.{team}.create", "teams.*.create", f"teams.{team}", "teams.*"}
    assert (post.json["$id"], post.json["name"]) == (team, "Team")
    (delivery,) = settled(sandbox)
    assert (delivery["$id"], delivery["event"]) == (post["Delivery-Id"], f"teams.{team}.create")
    assert made["secret"] == SECRET
    quiet(receiver, 1)


def test_whose_doing_it_was(sandbox: Sandbox, receiver: Receiver) -> None:
    hook(sandbox, receiver.url, ["users.*.update.name"])
    user = sandbox.user()
    user.patch("/account/name", name="Ünï 😀").ok(200)
    (post,) = receiver.wait()
    assert post["User-Id"] == user.id
    assert post.json["name"] == "Ünï 😀"
    assert signed(post, receiver.url)


def test_names_that_are_no_headers(sandbox: Sandbox, receiver: Receiver) -> None:
    hook(sandbox, receiver.url, ["teams.*.create"], name="a\r\nX-Evil: 1\x1f\u2028ü")
    happen(sandbox)
    (post,) = receiver.wait()
    assert "x-evil" not in post.headers
    assert post["Name"].encode("latin-1").decode() == "a  X-Evil: 1  ü"


def test_the_signature_of_an_escaped_url(sandbox: Sandbox, receiver: Receiver) -> None:
    """It is made with the URL's escapes decoded; the request goes to the URL as it stands."""
    hook(sandbox, receiver.url + "/a%20b%2Fc?q=1+2", ["teams.*.create"], secret="12345678")
    happen(sandbox)
    (post,) = receiver.wait()
    assert post.path == "/a%20b%2Fc?q=1+2"
    assert signed(post, receiver.url + "/a b/c?q=1+2", "12345678")


def test_basic_auth_needs_both(sandbox: Sandbox, receiver: Receiver) -> None:
    hook(sandbox, receiver.url + "/both", ["teams.*.create"], "both", authUsername="mé", authPassword="pass:word")
    hook(sandbox, receiver.url + "/user", ["teams.*.create"], "user", authUsername="me")
    hook(sandbox, receiver.url + "/password", ["teams.*.create"], "password", authPassword="password")
    in_url = receiver.url.replace("//", "//a:b@")
    hook(sandbox, in_url + "/url", ["teams.*.create"], "url", authUsername="me", authPassword="p")
    happen(sandbox)
    sent = {post.path: post.headers.get("authorization") for post in receiver.wait(4)}
    basic = {name: f"Basic {base64.b64encode(text.encode()).decode()}" for name, text in
             (("/both", "mé:pass:word"), ("/url", "me:p"))}  # fmt: skip
    assert sent == {"/user": None, "/password": None} | basic


@pytest.mark.parametrize("checked", [False, True])
def test_certificates(sandbox: Sandbox, checked: bool) -> None:
    with Receiver(tls=True) as receiver:
        hook(sandbox, receiver.url, ["teams.*.create"], tls=checked)
        happen(sandbox)
        if not checked:
            assert signed(receiver.wait()[0], receiver.url)
            return
        until(lambda: sandbox.key.get("/webhooks/hook").ok(200)["attempts"])
        assert "certificate" in sandbox.key.get("/webhooks/hook").ok(200)["logs"].lower()
        assert receiver.posts == []


def test_a_secret_that_was_rotated(sandbox: Sandbox, receiver: Receiver) -> None:
    hook(sandbox, receiver.url, ["teams.*.create"])
    fresh = sandbox.key.patch("/webhooks/hook/secret").ok(200)["secret"]
    happen(sandbox)
    (post,) = receiver.wait()
    assert signed(post, receiver.url, fresh)
    assert not signed(post, receiver.url)


# --- which events ---------------------------------------------------------------------------------------------
def test_once_for_each_webhook_however_many_names_match(sandbox: Sandbox, receiver: Receiver) -> None:
    hook(sandbox, receiver.url + "/a", ["teams.*.create", "teams.*", "teams.t1", "teams.t1.create"], "a")
    hook(sandbox, receiver.url + "/b", ["teams.t1.create"], "b")
    hook(sandbox, receiver.url + "/c", ["teams.t2.create", "users.*.create", "teams.*.delete"], "c")
    hook(sandbox, receiver.url + "/none", [], "none")
    happen(sandbox, "t1")
    happen(sandbox, "t3")
    assert sorted((post.path, post.json["$id"]) for post in receiver.wait(3)) == [
        ("/a", "t1"),
        ("/a", "t3"),
        ("/b", "t1"),
    ]
    quiet(receiver, 3)


def test_rows_under_all_their_names(sandbox: Sandbox, receiver: Receiver) -> None:
    key = sandbox.key
    key.post("/tablesdb", databaseId="main", name="Main").ok(201)
    key.post("/tablesdb/main/tables", tableId="notes", name="Notes").ok(201)
    key.post("/tablesdb/main/tables/notes/columns/string", key="text", size=20, required=False).ok(202)
    hook(sandbox, receiver.url + "/documents", ["databases.main.collections.notes.documents.*.create"], "documents")
    hook(sandbox, receiver.url + "/rows", ["databases.*.tables.notes.rows.*.create"], "rows")
    hook(sandbox, receiver.url + "/tablesdb", ["tablesdb.main.tables.notes.rows.r1"], "tablesdb")
    row = key.post("/tablesdb/main/tables/notes/rows", rowId="r1", data={"text": "hello"}).ok(201)
    posts = {post.path: post for post in receiver.wait(3)}
    assert set(posts) == {"/documents", "/rows", "/tablesdb"}
    for post in posts.values():
        assert (post.json["$id"], post.json["text"], post.json["$databaseId"]) == ("r1", "hello", "main")
        assert {name: post.json[name] for name in ("$createdAt", "$updatedAt", "$permissions", "$sequence")} == {
            name: row[name] for name in ("$createdAt", "$updatedAt", "$permissions", "$sequence")
        }
        assert "tablesdb.main.tables.notes.rows.r1.create" in post.events
        assert "databases.*.collections.*.documents.*.create" in post.events
    key.patch("/tablesdb/main/tables/notes/rows/r1", data={"text": "changed"}).ok(200)
    changed = receiver.wait(4)[3]
    assert (changed.path, changed.json["text"]) == ("/tablesdb", "changed")


def test_what_did_not_happen_is_not_told(sandbox: Sandbox, receiver: Receiver) -> None:
    hook(sandbox, receiver.url, ["teams.*", "teams.*.create", "teams.*.delete"])
    sandbox.key.post("/teams", teamId="!", name="Team").fails(400, "general_argument_invalid")
    sandbox.key.delete("/teams/none").fails(404, "team_not_found")
    happen(sandbox, "t")
    sandbox.key.post("/teams", teamId="t", name="Team").fails(409, "team_already_exists")
    assert [post.json["$id"] for post in receiver.wait()] == ["t"]
    quiet(receiver, 1)


def test_projects_hear_of_themselves_only(sandbox: Sandbox, receiver: Receiver) -> None:
    other = Sandbox.create(sandbox.console)
    hook(sandbox, receiver.url + "/one", ["teams.*.create"])
    hook(other, receiver.url + "/other", ["teams.*.create"])
    happen(other, "theirs")
    happen(sandbox, "ours")
    told = {(post.path, post.json["$id"], post["Project-Id"]) for post in receiver.wait(2)}
    assert told == {("/one", "ours", sandbox.id), ("/other", "theirs", other.id)}
    quiet(receiver, 2)


def test_nothing_of_the_console(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.guest.sql(
        "INSERT INTO webhooks (project_id, id, url, events, secret_sealed) VALUES ('console', $1, $2, $3, '')",
        sandbox.id, receiver.url, ["teams.*.create"],
    )  # fmt: skip
    try:
        team = sandbox.console.caller.post("/teams", teamId="unique()", name="Another").ok(201)["$id"]
        hook(sandbox, receiver.url, ["teams.*.create"])
        happen(sandbox)
        assert receiver.wait()[0]["Project-Id"] == sandbox.id
        sandbox.console.caller.delete(f"/teams/{team}").ok(204)
        quiet(receiver, 1)
    finally:
        sandbox.guest.sql("DELETE FROM webhooks WHERE project_id = 'console'")


def test_switched_off(sandbox: Sandbox, receiver: Receiver) -> None:
    body: dict[str, Any] = {"name": "Hook", "url": receiver.url, "events": ["teams.*.create"]}
    hook(sandbox, receiver.url, ["teams.*.create"], enabled=False)
    hook(sandbox, receiver.url + "/other", ["teams.*.create"], "other")
    happen(sandbox, "missed")
    receiver.wait(1)
    sandbox.key.put("/webhooks/hook", enabled=True, **body).ok(200)
    happen(sandbox, "heard")
    assert sorted((post["Id"], post.json["$id"]) for post in receiver.wait(3)) == [
        ("hook", "heard"), ("other", "heard"), ("other", "missed"),
    ]  # fmt: skip
    quiet(receiver, 3)


def test_what_was_before_it_is_not_told(sandbox: Sandbox, receiver: Receiver) -> None:
    """Also where the outbox is read long after: events are compared with the time at which the webhook was made."""
    hook(sandbox, receiver.url, ["teams.*.create"])
    hook(sandbox, receiver.url, ["teams.*.create"], "other")
    later = "UPDATE webhooks SET created_at = now() + interval '1 hour' WHERE project_id = $1 AND id = 'hook'"
    sandbox.guest.sql(later, sandbox.id)
    happen(sandbox)
    assert receiver.wait()[0]["Id"] == "other"
    quiet(receiver, 1)
