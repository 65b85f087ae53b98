"""Who listens may change while a socket is open: by signing in on it, by losing roles, by the end of a session."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api.databases.tools import DOCUMENTS, make_notes
from tests.api.teams.tools import owner_of
from tests.client import Api, Sandbox, User
from tests.mailbox import Mailbox
from tests.realtime_client import Client, opened

TEXT: list[dict[str, Any]] = [{"key": "text", "type": "string", "size": 50}]


def session_of(user: Api) -> str:
    """The session's value, as SDKs keep it."""
    return user.headers["Cookie"].partition("=")[2]


def add_member(sandbox: Sandbox, user: User, team_id: str = "crew", roles: tuple[str, ...] = ("sailor",)) -> str:
    """A confirmed membership; its id."""
    made = sandbox.key.post(f"/teams/{team_id}/memberships", userId=user.id, roles=list(roles)).ok(201)
    return str(made["$id"])


def team_notes(sandbox: Sandbox) -> None:
    make_notes(sandbox, permissions=['read("team:crew")'], attributes=TEXT)


def note(sandbox: Sandbox, document_id: str) -> None:
    sandbox.key.post(DOCUMENTS, documentId=document_id, data={"text": "x"}).ok(201)


def hears(client: Client, sandbox: Sandbox, document_id: str) -> bool:
    """Whether a new document is told; the event of a user's own account marks the end."""
    note(sandbox, document_id)
    try:
        return bool(client.next("event", patience=1.0)["payload"]["$id"] == document_id)
    except Exception:
        return False


def test_signing_in_on_an_open_socket(sandbox: Sandbox) -> None:
    user = sandbox.user()
    with opened(sandbox.guest, sandbox.id) as client:
        client.subscribe("account", "account.update", id_="own")
        user.patch("/account/name", name="Before").ok()
        assert client.silent()
        answer = client.send("authentication", {"session": session_of(user)})
        assert (answer["to"], answer["success"], answer["user"]["$id"]) == ("authentication", True, user.id)
        user.patch("/account/name", name="After").ok()
        event = client.event()
        assert event["payload"]["name"] == "After"
        assert event["channels"] == ["account", f"account.{user.id}", "account.update", f"account.{user.id}.update"]
        assert event["subscriptions"] == ["own"]


def test_the_account_that_opens_a_socket_is_told(sandbox: Sandbox) -> None:
    user, other = sandbox.user("Ann"), sandbox.user("Bob")
    with opened(user, sandbox.id, **{"channels[]": ["account", f"account.{other.id}", "teams"]}) as client:
        assert client.hello["user"]["$id"] == user.id
        assert client.hello["user"]["name"] == "Ann"
        assert client.hello["channels"] == ["account", "teams", f"account.{user.id}"]
        other.patch("/account/name", name="Eve").ok()
        assert client.silent()


def test_another_user_on_the_same_socket(sandbox: Sandbox) -> None:
    first, second = sandbox.user(), sandbox.user()
    with opened(first, sandbox.id) as client:
        client.subscribe("account")
        client.send("authentication", {"session": session_of(second)})
        first.patch("/account/name", name="First").ok()
        second.patch("/account/name", name="Second").ok()
        assert client.event()["payload"]["$id"] == second.id
        assert client.silent()


def test_a_wrong_session_changes_nothing(sandbox: Sandbox) -> None:
    user = sandbox.user()
    wrong = base64.b64encode(json.dumps({"id": user.id, "secret": "wrong"}).encode()).decode()
    with opened(user, sandbox.id) as client:
        client.subscribe("account")
        assert client.send("authentication", {"session": wrong}) == {"code": 1003, "message": "Session is not valid."}
        user.patch("/account/name", name="Same").ok()
        assert client.event()["payload"]["name"] == "Same"


def test_a_jwt_in_the_url(sandbox: Sandbox) -> None:
    user = sandbox.user()
    jwt = user.post("/account/jwts").ok(201)["jwt"]
    with opened(sandbox.guest, sandbox.id, jwt=jwt) as client:
        assert client.hello["user"]["$id"] == user.id


def test_a_lost_role_stops_the_events_at_once(sandbox: Sandbox) -> None:
    owner_of(sandbox)
    user = sandbox.user()
    team_notes(sandbox)
    membership = add_member(sandbox, user)
    with opened(user, sandbox.id) as client:
        client.subscribe("documents")
        assert hears(client, sandbox, "n1")
        sandbox.key.delete(f"/teams/crew/memberships/{membership}").ok(204)
        assert not hears(client, sandbox, "n2")
        add_member(sandbox, user)
        assert hears(client, sandbox, "n3")
        sandbox.key.delete("/teams/crew").ok(204)
        assert not hears(client, sandbox, "n4")


def test_a_member_hears_of_the_own_coming_and_going(sandbox: Sandbox) -> None:
    owner_of(sandbox)
    user = sandbox.user()
    with opened(user, sandbox.id) as client:
        client.subscribe("memberships")
        membership = add_member(sandbox, user)
        assert client.event()["payload"]["$id"] == membership
        sandbox.key.delete(f"/teams/crew/memberships/{membership}").ok(204)
        assert client.event()["events"][0] == f"teams.crew.memberships.{membership}.delete"


def test_who_makes_a_team_hears_of_it(sandbox: Sandbox) -> None:
    user = sandbox.user()
    with opened(user, sandbox.id) as client:
        client.subscribe("teams")
        user.post("/teams", teamId="crew", name="Crew").ok(201)
        assert client.event()["payload"]["$id"] == "crew"
        user.put("/teams/crew", name="Gang").ok()
        assert client.event()["payload"]["name"] == "Gang"


def test_labels_and_verification_count_at_once(sandbox: Sandbox) -> None:
    make_notes(sandbox, permissions=['read("label:vip")'], attributes=TEXT)
    user = sandbox.user()
    with opened(user, sandbox.id) as client:
        client.subscribe("documents")
        assert not hears(client, sandbox, "n1")
        sandbox.key.put(f"/users/{user.id}/labels", labels=["vip"]).ok()
        assert hears(client, sandbox, "n2")
        sandbox.key.put(f"/users/{user.id}/labels", labels=[]).ok()
        assert not hears(client, sandbox, "n3")


def test_who_signs_out_is_a_guest(sandbox: Sandbox) -> None:
    make_notes(sandbox, permissions=['read("users")'], attributes=TEXT)
    user = sandbox.user()
    with opened(user, sandbox.id) as client:
        client.subscribe("documents")
        assert hears(client, sandbox, "n1")
        user.delete("/account/sessions/current").ok(204)
        assert not hears(client, sandbox, "n2")


def test_blocked_and_deleted_users_hear_nothing(sandbox: Sandbox) -> None:
    make_notes(sandbox, permissions=['read("users")'], attributes=TEXT)
    for change in ("block", "delete"):
        user = sandbox.user()
        with opened(user, sandbox.id) as client:
            client.subscribe("documents")
            assert hears(client, sandbox, f"{change}-1")
            if change == "block":
                sandbox.key.patch(f"/users/{user.id}/status", status=False).ok()
            else:
                sandbox.key.delete(f"/users/{user.id}").ok(204)
            assert not hears(client, sandbox, f"{change}-2")
        if change == "block":
            with opened(user, sandbox.id) as client:
                assert client.hello["user"] is None


def test_a_session_that_ends_by_itself(sandbox: Sandbox) -> None:
    make_notes(sandbox, permissions=['read("users")'], attributes=TEXT)
    user = sandbox.user()
    ends = datetime.now(UTC) + timedelta(seconds=1.5)
    user.sql("UPDATE sessions SET expire = $1 WHERE project_id = $2 AND user_id = $3", ends, sandbox.id, user.id)
    with opened(user, sandbox.id) as client:
        client.subscribe("documents")
        assert hears(client, sandbox, "n1")
        time.sleep(2.6)
        assert not hears(client, sandbox, "n2")


def test_invitations_are_told_without_their_secrets(sandbox: Sandbox, mailbox: Mailbox) -> None:
    owner = owner_of(sandbox)
    with opened(owner, sandbox.id) as client:
        client.subscribe("memberships", "teams")
        email = "new-member@example.com"
        owner.post("/teams/crew/memberships", email=email, roles=["sailor"], url="http://localhost/join").ok(201)
        mailbox.wait(email)
        assert "secret" not in json.dumps(client.event()["payload"]).replace('"secret": ""', "")


def test_a_key_is_a_guest_here(sandbox: Sandbox) -> None:
    make_notes(sandbox, permissions=[], attributes=TEXT)
    with opened(sandbox.key, sandbox.id) as client:
        assert client.hello["user"] is None
        client.subscribe("documents")
        assert not hears(client, sandbox, "n1")


def test_the_console_hears_of_tables_that_change(sandbox: Sandbox) -> None:
    caller = sandbox.console.caller
    with opened(caller, "console") as client:
        client.subscribe("console", f"projects.{sandbox.id}")
        make_notes(sandbox, attributes=[])
        sandbox.key.post("/databases/main/collections/notes/attributes/boolean", key="flag", required=False).ok(202)
        event = client.event()
        assert event["payload"]["key"] == "flag"
        assert event["channels"] == ["console", f"projects.{sandbox.id}"]
    with opened(sandbox.user(), "console") as client:
        client.subscribe("console", f"projects.{sandbox.id}")
        sandbox.key.post("/databases/main/collections/notes/attributes/boolean", key="other", required=False).ok(202)
        assert client.silent()


def test_who_acts_as_another_hears_what_that_one_hears(sandbox: Sandbox) -> None:
    helper, target = sandbox.user("Helper"), sandbox.user("Target")
    sandbox.key.patch(f"/users/{helper.id}/impersonator", impersonator=True).ok()
    with opened(helper, sandbox.id, impersonateuserid=target.id) as client:
        assert client.hello["user"]["$id"] == target.id
        assert client.hello["user"]["impersonatorUserId"] == helper.id
        client.subscribe("account")
        target.patch("/account/name", name="New").ok()
        assert client.event()["payload"]["name"] == "New"
        refused = client.send("authentication", {"session": session_of(helper)})
        assert refused == {"code": 1003, "message": "Cannot re-authenticate on an impersonated connection."}
        sandbox.key.patch(f"/users/{helper.id}/impersonator", impersonator=False).ok()
        target.patch("/account/name", name="Newer").ok()
        assert client.silent(0.4)


def test_members_are_told_what_the_project_shows_of_members(sandbox: Sandbox) -> None:
    owner_of(sandbox)
    member, other = sandbox.user("Member"), sandbox.user("Other")
    add_member(sandbox, member)
    with opened(member, sandbox.id) as client:
        client.subscribe("memberships")
        add_member(sandbox, other)
        payload = client.event()["payload"]
        assert (payload["userEmail"], payload["userName"]) == ("", "")
        sandbox.key.patch("/project/policies/membership-privacy", userEmail=True, userName=True).ok()
        sandbox.key.delete(f"/teams/crew/memberships/{payload['$id']}").ok(204)
        assert client.event()["payload"]["$id"] == payload["$id"]


def test_events_that_a_key_causes_show_no_passwords(sandbox: Sandbox) -> None:
    user = sandbox.user()
    with opened(user, sandbox.id) as client:
        client.subscribe("account")
        assert sandbox.key.patch(f"/users/{user.id}/name", name="Ada").ok()["password"]
        payload = client.event()["payload"]
        assert (payload["name"], payload["password"], payload["hash"]) == ("Ada", None, None)
