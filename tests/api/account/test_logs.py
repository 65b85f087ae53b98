"""The log of the account: what its owner and others did with it, without telling who the others are."""

from __future__ import annotations

import json

import pytest

from tests.api.account.test_sessions import SAFARI
from tests.client import PASSWORD, Api, Sandbox


def logs(caller: Api, *queries: object) -> list[dict[str, object]]:
    found = caller.get("/account/logs", [json.dumps(query) for query in queries]).ok()
    return list(found["logs"])


def test_what_the_owner_did(sandbox: Sandbox) -> None:
    user = sandbox.user("Ada")
    user.as_(User_Agent=SAFARI).patch("/account/name", name="Ada L.").ok()
    newest, login, sign_up = logs(user)
    assert [log["event"] for log in (newest, login, sign_up)] == ["user.update", "session.create", "user.create"]
    assert (newest["userId"], newest["userEmail"], newest["userName"]) == (user.id, user.email, "Ada L.")
    assert (newest["mode"], newest["userType"], newest["clientName"]) == ("default", "user", "Mobile Safari")
    assert (newest["osName"], newest["deviceModel"]) == ("iOS", "iPhone")
    assert (newest["ip"], newest["countryCode"], newest["countryName"]) == ("testclient", "--", "Unknown")
    assert (login["userType"], login["userId"]) == ("user", user.id)  # who signs in has shown who it is
    assert (sign_up["userType"], sign_up["userId"]) == ("guest", "")


def test_others_are_not_named(sandbox: Sandbox) -> None:
    user = sandbox.user()
    sandbox.key.patch(f"/users/{user.id}/name", name="By a server").ok()
    sandbox.admin.as_(User_Agent=SAFARI).patch(f"/users/{user.id}/name", name="By an admin").ok()
    admin, server, *_ = logs(user)
    assert (admin["userType"], admin["mode"], server["userType"]) == ("admin", "admin", "keyProject")
    for log in (admin, server):
        assert log["event"] == "user.update"
        assert (log["userId"], log["userEmail"], log["userName"], log["ip"]) == ("", "", "", "")
        assert (log["clientName"], log["countryCode"]) == ("", "--")
    listed = sandbox.key.get(f"/users/{user.id}/logs").ok()["logs"]  # servers see them
    assert (listed[0]["userEmail"], listed[0]["clientName"]) == (sandbox.console.user["email"], "Mobile Safari")


def test_pages(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.patch("/account/name", name="A").ok()
    total = user.get("/account/logs").ok()["total"]
    assert total == 3
    limit, offset = {"method": "limit", "values": [1]}, {"method": "offset", "values": [1]}
    assert [log["event"] for log in logs(user, limit)] == ["user.update"]
    assert [log["event"] for log in logs(user, limit, offset)] == ["session.create"]
    assert user.get("/account/logs", [json.dumps(limit)]).ok()["total"] == 3


def test_own_ones_only(sandbox: Sandbox) -> None:
    user, other = sandbox.user(), sandbox.user()
    other.patch("/account/name", name="Other").ok()
    assert [log["event"] for log in logs(user)] == ["session.create", "user.create"]


def test_sign_ins_of_others_are_seen(sandbox: Sandbox) -> None:
    user = sandbox.user()
    sandbox.guest.as_(User_Agent=SAFARI).post("/account/sessions/email", email=user.email, password=PASSWORD).ok(201)
    assert (logs(user)[0]["event"], logs(user)[0]["clientName"]) == ("session.create", "Mobile Safari")


@pytest.mark.parametrize("query", ["nonsense", '{"method":"equal","attribute":"event","values":["x"]}'])
def test_bad_queries(sandbox: Sandbox, query: str) -> None:
    sandbox.user().get("/account/logs", [query]).fails(400, "general_argument_invalid")


def test_guests_and_keys_have_none(sandbox: Sandbox) -> None:
    for caller in (sandbox.guest, sandbox.key):
        caller.get("/account/logs").fails(401, "general_unauthorized_scope")
