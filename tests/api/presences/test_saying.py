"""Saying that somebody is there: by users for themselves, by servers for others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.account.flows import limited_key
from tests.api.presences.tools import FIELDS, expire, happened, in_, own, rows, said, say, seconds_left, told
from tests.api.realtime.tools import recorded
from tests.client import Api, Sandbox
from tests.realtime_client import opened


def test_a_user(sandbox: Sandbox) -> None:
    user = sandbox.user()
    made = said(user, metadata={"page": "/inbox", "at": [1, None]})
    assert list(made) == FIELDS
    assert (made["$id"], made["userId"], made["status"], made["source"]) == ("here", user.id, "online", "rest")
    assert (made["$permissions"], made["metadata"]) == (own(user.id), {"page": "/inbox", "at": [1, None]})
    assert 890 < seconds_left(made) <= 900
    assert user.get("/presences/here").ok(200) == made
    assert told(sandbox) == [("presences.here.upsert", [f"user:{user.id}"], made)]
    assert sandbox.audits()[-1] == ("presence.upsert", "presence/here")


def test_all_of_it_is_replaced(sandbox: Sandbox) -> None:
    user = sandbox.user()
    first = said(
        user, metadata={"a": 1}, expiresAt=in_(days=2), permissions=['read("any")', f'write("user:{user.id}")']
    )
    assert first["$permissions"] == ['read("any")', *own(user.id)[1:]]
    assert 2 * 86_300 < seconds_left(first) <= 2 * 86_400
    second = said(user, "there", status="away")
    assert (second["$id"], second["$createdAt"], second["status"]) == ("here", first["$createdAt"], "away")
    assert (second["metadata"], second["$permissions"]) == ({}, own(user.id))
    assert seconds_left(second) < 901
    user.get("/presences/there").fails(404, "presence_not_found")
    assert happened(sandbox) == ["here.upsert", "here.upsert"]
    assert sandbox.audits()[-1] == ("presence.upsert", "presence/here")


def test_even_without_any_permission_it_is_the_users_own_to_say(sandbox: Sandbox) -> None:
    user = sandbox.user()
    assert said(user, permissions=[])["$permissions"] == []
    user.get("/presences/here").fails(404, "presence_not_found")
    assert told(sandbox)[0][1] == []
    assert said(user, "other", status="back")["$id"] == "here"
    assert user.get("/presences/here").ok(200)["status"] == "back"


def test_a_server_speaks_for_users(sandbox: Sandbox) -> None:
    ada, eve = sandbox.user(), sandbox.user()
    for caller in (sandbox.key, sandbox.admin):
        made = said(caller, userId=ada.id, permissions=['read("team:any/pilot")'])
        assert (made["userId"], made["$permissions"]) == (ada.id, ['read("team:any/pilot")'])
    assert said(sandbox.key, "other", userId=ada.id)["$permissions"] == own(ada.id)
    assert ada.get("/presences/here").ok(200)["userId"] == ada.id
    say(sandbox.key, userId=eve.id).fails(409, "presence_already_exists")
    say(sandbox.key, "new", userId="nobody").fails(404, "user_not_found")
    say(sandbox.key, "new").fails(400, "general_bad_request")
    assert rows(sandbox).keys() == {"here"}
    assert happened(sandbox) == ["here.upsert"] * 3


def test_an_admin_is_there_personally(sandbox: Sandbox) -> None:
    """As in Appwrite's console, whose SDK has no `userId`."""
    made = said(sandbox.admin)
    owner = sandbox.console.user["$id"]
    assert (made["userId"], made["$permissions"]) == (owner, own(owner))
    assert said(sandbox.admin, "other")["$id"] == "here"
    other = Sandbox.create(sandbox.console)
    assert said(other.admin, "other")["$id"] == "other"
    sandbox.user().get("/presences/here").fails(404, "presence_not_found")
    assert sandbox.key.get("/presences").ok(200)["total"] == 1


def test_in_the_console(sandbox: Sandbox) -> None:
    console = sandbox.console
    presence_id = "c" + sandbox.id[:20]
    made = console.caller.put(f"/presences/{presence_id}", status="online").ok(200)
    assert made["userId"] == console.user["$id"]
    assert console.caller.get("/presences").ok(200)["presences"] == [made]
    console.caller.delete(f"/presences/{made['$id']}").ok(204)
    console.caller.put(f"/presences/{presence_id}", status="x", userId="u").fails(401, "general_unauthorized_scope")


def test_users_speak_for_themselves_only(sandbox: Sandbox) -> None:
    ada, eve = sandbox.user(), sandbox.user()
    for named in (ada.id, eve.id, "nobody"):
        say(ada, userId=named).fails(401, "general_unauthorized_scope")
    say(ada, permissions=[f'read("user:{eve.id}")']).fails(401, "user_unauthorized")
    say(ada, permissions=['read("any")', 'write("team:crew")']).fails(401, "user_unauthorized")
    said(ada)
    say(eve).fails(409, "presence_already_exists")
    assert happened(sandbox) == ["here.upsert"]
    assert [row["user_id"] for row in rows(sandbox).values()] == [ada.id]


def test_a_jwt_is_its_user(sandbox: Sandbox) -> None:
    """The SDKs of servers insist on `userId`, also of users."""
    ada, eve = sandbox.user(), sandbox.user()
    token = sandbox.guest.as_(X_Appwrite_JWT=ada.post("/account/jwts").ok(201)["jwt"])
    assert said(token)["userId"] == ada.id
    assert said(token, userId=ada.id, status="away")["status"] == "away"
    assert token.patch("/presences/here", userId=ada.id, status="back").ok(200)["$permissions"] == own(ada.id)
    for answer in (say(token, userId=eve.id), token.patch("/presences/here", userId=eve.id)):
        answer.fails(401, "general_unauthorized_scope")
    assert happened(sandbox) == ["here.upsert", "here.upsert", "here.update"]


def test_who_may_not(sandbox: Sandbox) -> None:
    user = sandbox.user()
    reading, writing = limited_key(sandbox, "presences.read"), limited_key(sandbox, "presences.write")
    said(writing, userId=user.id)
    for caller in (sandbox.guest, reading):
        say(caller, userId=user.id).fails(401, "general_unauthorized_scope")
        caller.patch("/presences/here", status="x").fails(401, "general_unauthorized_scope")
        caller.delete("/presences/here").fails(401, "general_unauthorized_scope")
    for caller in (sandbox.guest, writing):
        caller.get("/presences").fails(401, "general_unauthorized_scope")
        caller.get("/presences/here").fails(401, "general_unauthorized_scope")
    assert reading.get("/presences").ok(200)["total"] == 1
    sandbox.admin.patch(f"/users/{user.id}/status", status=False).ok(200)
    say(user).fails(403, "user_blocked")
    assert happened(sandbox) == ["here.upsert"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": ""}, {"status": None}, {"status": "x" * 256}, {"status": 5}, {"userId": "not valid!"},
        {"permissions": ['create("any")']}, {"permissions": ["read(any)"]}, {"permissions": ['read("any")'] * 101},
        {"expiresAt": "2001-01-01T00:00:00.000+00:00"}, {"expiresAt": in_(days=31)}, {"expiresAt": "soon"},
        {"metadata": "text"}, {"metadata": [1]},
    ],
)  # fmt: skip
def test_bad_input(sandbox: Sandbox, wrong: dict[str, object]) -> None:
    user = sandbox.user()
    say(user, **wrong).fails(400, "general_argument_invalid")
    say(user, "_" + "x" * 5).fails(400, "general_argument_invalid")
    said(user)
    if wrong != {"status": None}:
        user.patch("/presences/here", **wrong).fails(400, "general_argument_invalid")
    assert happened(sandbox) == ["here.upsert"]


def test_what_cannot_be_kept(sandbox: Sandbox) -> None:
    user = sandbox.user()
    say(user, metadata={"large": "x" * 65_536}).fails(400, "document_invalid_structure")
    assert len(said(user, metadata={"large": "x" * 65_000})["metadata"]["large"]) == 65_000
    user.patch("/presences/here", metadata={"large": "x" * 65_536}).fails(400, "document_invalid_structure")
    for wrong in ({"status": "a\0b"}, {"metadata": {"a": "a\0b"}}):
        say(user, **wrong).fails(400, "general_bad_request")
        user.patch("/presences/here", **wrong).fails(400, "general_bad_request")
    assert happened(sandbox) == ["here.upsert"]


def test_the_longest_times(sandbox: Sandbox) -> None:
    user = sandbox.user()
    assert seconds_left(said(user, expiresAt=in_(days=29, hours=23))) > 29 * 86_400
    assert seconds_left(said(user, expiresAt=in_(seconds=30))) < 31


def test_by_graphql(sandbox: Sandbox) -> None:
    assert said(sandbox.user().as_(X_Appwrite_Source="graphql"))["source"] == "graphql"
    assert said(sandbox.user().as_(X_Appwrite_Source="elsewhere"), "two")["source"] == "rest"


def test_an_expired_one_is_in_nobodys_way(sandbox: Sandbox) -> None:
    """Neither with its id, nor as the one that its user has. That it has gone is told."""
    ada, eve = sandbox.user(), sandbox.user()
    said(ada)
    expire(sandbox)
    assert said(ada, "there")["$id"] == "there"
    assert said(eve)["$id"] == "here"
    expire(sandbox)
    expire(sandbox, "there")
    assert said(ada)["userId"] == ada.id
    what = happened(sandbox)
    assert what[:4] == ["here.upsert", "here.delete", "there.upsert", "here.upsert"]
    assert (sorted(what[4:6]), what[6:]) == (["here.delete", "there.delete"], ["here.upsert"])
    assert {event: roles for event, roles, _ in told(sandbox)}["presences.there.delete"] == [f"user:{ada.id}"]
    assert rows(sandbox).keys() == {"here"}


def test_at_once(sandbox: Sandbox) -> None:
    """Several tabs that start together: one presence, and none of them fails; so for another user with the same id."""
    ada, eve = sandbox.user(), sandbox.user()

    def tab(number: int) -> int:
        caller = ada if number % 2 else eve
        return say(Api(caller.http, caller.headers), "same", status=str(number)).status

    with ThreadPoolExecutor(8) as tabs:
        answers = list(tabs.map(tab, range(24)))
    of_ada, of_eve = set(answers[1::2]), set(answers[0::2])
    assert {frozenset(of_ada), frozenset(of_eve)} == {frozenset({200}), frozenset({409})}
    assert rows(sandbox).keys() == {"same"}
    assert happened(sandbox) == ["same.upsert"] * 12


def test_at_once_with_ids_of_their_own(sandbox: Sandbox) -> None:
    user = sandbox.user()
    with ThreadPoolExecutor(8) as tabs:
        answers = list(tabs.map(lambda n: say(Api(user.http, user.headers), f"tab-{n}"), range(16)))
    assert {answer.ok(200)["$id"] for answer in answers} == rows(sandbox).keys()
    assert len(rows(sandbox)) == 1


def test_a_deleted_user_is_no_longer_there(sandbox: Sandbox) -> None:
    ada, eve = sandbox.user(), sandbox.user()
    said(ada, "a", permissions=['read("users")'])
    said(eve, "e")
    sandbox.key.delete(f"/users/{ada.id}").ok(204)
    assert rows(sandbox).keys() == {"e"}
    assert told(sandbox)[-1][:2] == ("presences.a.delete", ["users"])


def test_who_can_no_longer_read_it_is_recorded(sandbox: Sandbox) -> None:
    """For those who keep a copy: the change feed tells them to let go of it."""
    ada = sandbox.user()
    said(ada, permissions=['read("any")', f'read("user:{ada.id}")', 'read("users")'])
    said(ada, permissions=[f'read("user:{ada.id}")'])
    said(ada, permissions=['read("any")'])
    with opened(ada, sandbox.id) as client:
        answer = client.send("presence", {"status": "here", "permissions": ['read("users")']})
        assert answer["presence"]["$permissions"] == ['read("users")']
    left = [row["left_roles"] for row in recorded(sandbox) if row["event"].endswith(".upsert")]
    assert left == [None, ["any", "users"], [f"user:{ada.id}"], ["any"]]
