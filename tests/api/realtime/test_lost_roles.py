"""Roles that are lost in ways that an event does not name, or in the very moment in which somebody signs in."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from tests.api.account.test_sessions import again, set_policy
from tests.api.account.test_verification import by_link, use
from tests.api.databases.tools import make_notes
from tests.api.realtime.test_roles import TEXT, add_member, hears, session_of, team_notes
from tests.api.teams.tools import owner_of
from tests.client import Sandbox
from tests.mailbox import Mailbox
from tests.realtime_client import opened


def hub_of(sandbox: Sandbox) -> Any:
    """The sockets of the application under test."""
    return sandbox.guest.http.app.sockets["/v1/realtime"].__self__.hub  # type: ignore[attr-defined]


def test_who_verifies_an_address_hears_more(sandbox: Sandbox, mailbox: Mailbox) -> None:
    make_notes(sandbox, permissions=['read("users/verified")'], attributes=TEXT)
    user = sandbox.user()
    with opened(user, sandbox.id) as client:
        client.subscribe("documents")
        assert not hears(client, sandbox, "n1")
        use(sandbox.guest, user.id, by_link(user, mailbox)).ok()
        assert hears(client, sandbox, "n2")


def test_a_session_that_gives_way_to_a_newer_one(sandbox: Sandbox) -> None:
    make_notes(sandbox, permissions=['read("users")'], attributes=TEXT)
    set_policy(sandbox, '{"session-limit": {"total": 1}}')
    user = sandbox.user()
    with opened(user, sandbox.id) as client:
        client.subscribe("documents")
        assert hears(client, sandbox, "n1")
        again(user)
        assert not hears(client, sandbox, "n2")


@pytest.mark.parametrize("change", ["removed", "changed"])
def test_a_member_of_whom_others_do_not_see_who_it_is(sandbox: Sandbox, change: str) -> None:
    """The owner's answer does not name the member; the event does, for webhooks and for ourselves, not for members."""
    owner, member = owner_of(sandbox), sandbox.user()
    sandbox.key.patch("/project/policies/membership-privacy", userId=False).ok()
    make_notes(sandbox, permissions=['read("team:crew/sailor")'], attributes=TEXT)
    path = f"/teams/crew/memberships/{add_member(sandbox, member)}"
    with opened(member, sandbox.id) as client, opened(owner, sandbox.id) as other:
        client.subscribe("documents")
        other.subscribe("memberships")
        assert hears(client, sandbox, "n1")
        if change == "removed":
            owner.delete(path).ok(204)
        else:
            assert owner.patch(path, roles=["cook"]).ok()["userId"] == ""
        assert not hears(client, sandbox, "n2")
        assert other.event()["payload"]["userId"] == ""


def test_a_member_who_is_removed_while_the_socket_opens(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    team_notes(sandbox)
    owner_of(sandbox)
    member = sandbox.user()
    membership = add_member(sandbox, member)
    hub, app = hub_of(sandbox), sandbox.guest.resources
    authorise = hub.authorise

    async def meanwhile(*args: Any) -> None:
        await app.pool.fetch("DELETE FROM memberships WHERE project_id = $1 AND id = $2", sandbox.id, membership)
        await authorise(*args)

    monkeypatch.setattr(hub, "authorise", meanwhile)
    with opened(member, sandbox.id, **{"channels[]": "documents"}) as client:
        assert not hears(client, sandbox, "n1")


def test_another_user_signs_in_while_it_is_looked_who_listens(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is found out about the former user must not bring the former user back."""
    first, second = sandbox.user(), sandbox.user()
    make_notes(sandbox, permissions=[f'read("user:{first.id}")'], attributes=TEXT)
    gate, looking = sandbox.guest.resources.gate, threading.Event()
    again_ = gate.again

    async def slow(shown: Any, caller: Any) -> Any:
        found = await again_(shown, caller)
        if caller.user.id == first.id:
            looking.set()
            await asyncio.sleep(0.3)
        return found

    with opened(first, sandbox.id) as client:
        client.subscribe("documents")
        monkeypatch.setattr(gate, "again", slow)
        sandbox.key.put(f"/users/{first.id}/labels", labels=["x"]).ok()
        assert looking.wait(5)
        assert client.send("authentication", {"session": session_of(second)})["user"]["$id"] == second.id
        assert not hears(client, sandbox, "n1")


def test_who_cannot_be_looked_up_is_a_guest(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    user = sandbox.user()
    make_notes(sandbox, permissions=['read("users")'], attributes=TEXT)

    async def fail(*_: Any) -> Any:
        raise KeyError("nobody has reckoned with this")

    with opened(user, sandbox.id) as client:
        client.subscribe("documents")
        monkeypatch.setattr(sandbox.guest.resources.gate, "again", fail)
        sandbox.key.put(f"/users/{user.id}/labels", labels=["x"]).ok()
        assert not hears(client, sandbox, "n1")


def test_a_session_that_is_made_longer(sandbox: Sandbox) -> None:
    user = sandbox.user()
    with opened(user, sandbox.id) as client:
        client.barrier()
        (socket,) = hub_of(sandbox)._by_user[sandbox.id, user.id]
        before = socket.expires_at
        user.sql("UPDATE sessions SET expire = expire + interval '9 days' WHERE user_id = $1", user.id)
        user.patch("/account/name", name="New").ok()
        user.patch("/account/name", name="Newer").ok()
        client.barrier()
        for _ in range(100):
            if socket.expires_at > before:
                return
            client.silent(0.02)
        raise AssertionError("the socket still ends with the session as it was")


def test_a_socket_that_cannot_be_let_in_is_forgotten(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_: Any) -> None:
        raise ConnectionResetError

    hub = hub_of(sandbox)
    with monkeypatch.context() as patched:
        patched.setattr(hub, "look_again", fail)
        with opened(sandbox.guest, sandbox.id, connected=False) as client:
            assert client.end() == 1011
    assert sandbox.id not in hub.counts()
