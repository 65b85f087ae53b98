"""Presences with the SDKs for Python and the web, unchanged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from appwrite.id import ID
from appwrite.permission import Permission
from appwrite.query import Query
from appwrite.role import Role
from appwrite.services.presences import Presences
from appwrite.services.users import Users

from tests.sdk.conftest import Project
from tests.sdk.python import guest, refused, server

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("quietly")]


def test_a_server_speaks_for_users(project: Project, email: str) -> None:
    person = Users(server(project)).create(ID.unique(), email)
    presences = Presences(server(project))
    until = (datetime.now(UTC) + timedelta(days=2)).isoformat(timespec="milliseconds")
    made = presences.upsert(ID.unique(), person.id, "online", [Permission.read(Role.users())], until, {"page": 1})
    assert (made.userid, made.status, made.source) == (person.id, "online", "rest")
    assert (made.expiresat, made.metadata) == (until, {"page": 1})
    assert presences.get(made.id).model_dump() == made.model_dump()
    assert presences.upsert(ID.unique(), person.id, "away").id == made.id
    changed = presences.update(made.id, person.id, metadata={"page": 2})
    assert (changed.status, changed.metadata) == ("away", {"page": 2})
    assert [one.id for one in presences.list([Query.equal("userId", person.id)], ttl=60).presences] == [made.id]
    refused(404, "user_not_found", presences.upsert, ID.unique(), "nobody", "online")
    presences.delete(made.id)
    refused(404, "presence_not_found", presences.get, made.id)


def test_a_user_with_a_jwt(project: Project, email: str) -> None:
    """The SDK insists on the user's ID, which is one's own."""
    me = Users(server(project)).create(ID.unique(), email)
    presences = Presences(guest(project).set_jwt(Users(server(project)).create_jwt(me.id).jwt))
    made = presences.upsert(ID.unique(), me.id, "online")
    assert presences.update(made.id, me.id, "away").status == "away"
    refused(401, "general_unauthorized_scope", presences.upsert, ID.unique(), "somebody", "online")
    presences.delete(made.id)


@pytest.mark.usefixtures("node")
def test_in_pages(new_project: Project) -> None:
    not_found, refusal = [404, "presence_not_found"], [401, "user_unauthorized"]
    assert new_project.node("web-presences.mjs", "together", {"origin": "http://localhost:3000"}) == {
        "made": [True, "online", "rest", {"page": 1}],
        "byEve": {"seen": ["ada", "eve"], "ada": {"page": 1}},
        "byAda": ["ada"],
        "refused": [refusal, refusal],
        "again": ["ada", "typing", {}],
        "changed": ["typing", {"page": 2}],
        "gone": not_found,
        "guest": [401, "general_unauthorized_scope"],
    }
