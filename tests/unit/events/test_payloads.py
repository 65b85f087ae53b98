"""What of an event's payload those may see who listen: nothing secret, and of members what the policy says."""

from __future__ import annotations

from typing import Any

import pytest

from appwrite_py.events import grammar
from appwrite_py.events.payloads import for_sockets
from appwrite_py.identity import memberships
from appwrite_py.platform.policies import MEMBERSHIP_FIELDS

_SESSION = {"$id": "s", "secret": "x", "providerAccessToken": "x", "providerRefreshToken": "x", "provider": "google"}
_BLANK = {"secret": "", "providerAccessToken": "", "providerRefreshToken": ""}
_USER = {"$id": "u", "name": "N", "password": "x", "hash": "argon2", "hashOptions": {"a": 1}, "prefs": {"secret": "y"}}


def shown(name: str, payload: Any) -> dict[str, Any]:
    event = grammar.read(name, payload)
    assert event is not None
    return for_sockets(event, payload)


@pytest.mark.parametrize(
    ("name", "payload", "expected"),
    [
        ("users.u.create", _USER, _USER | {"password": None, "hash": None, "hashOptions": None}),
        ("users.u.update.email", _USER, _USER | {"password": None, "hash": None, "hashOptions": None}),
        ("users.u.sessions.s.create", _SESSION, _SESSION | _BLANK),
        ("users.u.identities.i.delete", _SESSION, _SESSION | _BLANK),
        ("users.u.tokens.t.create", {"$id": "t", "secret": "123456", "phrase": "p"}, {"$id": "t", "secret": "",
                                                                                       "phrase": "p"}),
        ("users.u.recovery.t.create", {"$id": "t", "secret": "x"}, {"$id": "t", "secret": ""}),
        ("users.u.verification.t.update", {"$id": "t", "secret": "x"}, {"$id": "t", "secret": ""}),
        ("users.u.challenges.c.create", {"$id": "c", "code": "1"}, {"$id": "c"}),
        ("users.u.update.mfa", {"$id": "u", "recoveryCodes": ["a"], "uri": "otpauth:"}, {"$id": "u"}),
        ("users.u.update.prefs", {"secret": "mine", "hash": 1}, {"secret": "mine", "hash": 1}),
        ("teams.t.update.prefs", {"secret": "ours"}, {"secret": "ours"}),
        ("teams.t.memberships.m.create", {"$id": "m", "secret": "x"}, {"$id": "m", "secret": ""}),
        ("tokens.t.create", {"$id": "t", "secret": "x"}, {"$id": "t", "secret": ""}),
        ("webhooks.w.update", {"$id": "w", "secret": "x", "authPassword": "x", "url": "u"},
         {"$id": "w", "secret": "", "authPassword": "", "url": "u"}),
        ("variables.v.create", {"$id": "v", "value": "x", "secret": True}, {"$id": "v", "value": "", "secret": True}),
        ("providers.p.create", {"$id": "p", "credentials": {"key": "x"}}, {"$id": "p", "credentials": {}}),
        ("migrations.m.create", {"$id": "m", "credentials": {"key": "x"}}, {"$id": "m", "credentials": {}}),
        ("databases.d.collections.c.documents.x.create", {"$id": "x", "secret": "s", "password": "p"},
         {"$id": "x", "secret": "s", "password": "p"}),
        ("buckets.b.files.f.create", {"$id": "f", "name": "secret"}, {"$id": "f", "name": "secret"}),
        ("users.u.delete", None, {}),
        ("users.u.delete", [], {}),
        ("users.u.delete", "text", {}),
    ],
)  # fmt: skip
def test_what_is_shown(name: str, payload: Any, expected: dict[str, Any]) -> None:
    before = repr(payload)
    assert shown(name, payload) == expected
    assert repr(payload) == before


def test_members() -> None:
    member = {
        "$id": "m", "userId": "u", "userName": "U", "userEmail": "u@example.com", "userPhone": "+1", "teamId": "t",
        "teamName": "T", "confirm": True, "mfa": True, "userAccessedAt": "2026", "roles": ["owner"],
    }  # fmt: skip
    nothing = member | {"userId": "", "userName": "", "userEmail": "", "userPhone": "", "mfa": False,
                        "userAccessedAt": ""}  # fmt: skip
    assert memberships.as_seen(member, frozenset(MEMBERSHIP_FIELDS)) == member
    assert memberships.as_seen(member, frozenset()) == nothing
    assert memberships.as_seen(member, frozenset({"userMFA"})) == nothing | {"mfa": True}
    assert list(memberships.as_seen(member, frozenset())) == list(member)
