"""Audit logs: who did what to a database, a collection or a document, and who may read that."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.databases.tools import DOCUMENTS, MAIN, NOTES, ROWS, create, make_database, make_notes, q, recorded
from tests.client import Api, Console, Sandbox

TABLE = "/tablesdb/main/tables/notes"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
TEXT = [{"key": "text", "type": "string", "size": 50}]
OPEN = ['create("any")', 'update("any")', 'read("any")', 'delete("any")']


def logs(caller: Api, path: str, *queries: str) -> list[dict[str, Any]]:
    body = caller.get(f"{path}/logs", list(queries)).ok(200)
    assert body["total"] >= len(body["logs"])
    return list(body["logs"])


def events(caller: Api, path: str, *queries: str) -> list[str]:
    return [one["event"] for one in logs(caller, path, *queries)]


@pytest.fixture
def noted(sandbox: Sandbox) -> Sandbox:
    """A sandbox with open notes, one of which has been changed by a user and by a server."""
    make_notes(sandbox, attributes=TEXT, permissions=OPEN)
    user = sandbox.user("Ada")
    create(user, "one", text="a").ok(201)
    user.as_(User_Agent=FIREFOX).patch(f"{DOCUMENTS}/one", data={"text": "b"}).ok(200)
    sandbox.key.patch(f"{ROWS}/one", data={"text": "c"}).ok(200)
    return sandbox


def test_of_a_database(sandbox: Sandbox) -> None:
    make_database(sandbox)
    sandbox.admin.put(MAIN, name="Other").ok(200)
    sandbox.key.post(f"{MAIN}/collections", collectionId="notes", name="Notes").ok(201)
    assert (
        events(sandbox.key, MAIN) == events(sandbox.admin, "/tablesdb/main") == ["database.update", "database.create"]
    )
    first = logs(sandbox.key, MAIN)[0]
    owner = sandbox.console.user
    assert (first["userId"], first["userName"], first["userEmail"]) == (owner["$id"], "Owner", owner["email"])
    assert (first["userType"], first["mode"]) == ("admin", "admin")


def test_of_a_collection_in_both_vocabularies(noted: Sandbox) -> None:
    noted.key.post(f"{TABLE}/columns/integer", key="whole", required=False).ok(202)
    noted.key.post(f"{TABLE}/indexes", key="by_whole", type="key", columns=["whole"]).ok(202)
    expected = ["index.create", "column.create", "document.create", "collection.create"]
    assert events(noted.key, NOTES) == events(noted.key, TABLE) == expected


def test_of_a_document(noted: Sandbox) -> None:
    found = logs(noted.key, f"{DOCUMENTS}/one")
    assert [one["event"] for one in found] == ["row.update", "document.update"]
    assert found == logs(noted.admin, f"{ROWS}/one")
    by_key, by_user = found
    assert (by_key["userType"], by_key["userName"], by_key["userId"]) == ("keyProject", "All", "")
    assert (by_user["userType"], by_user["userName"], by_user["mode"]) == ("user", "Ada", "default")
    assert by_user["userEmail"].endswith("@example.com")
    assert (by_user["clientName"], by_user["osName"], by_user["deviceName"]) == ("Firefox", "GNU/Linux", "desktop")
    assert by_user["countryCode"] == "--"
    assert by_user["time"] < by_key["time"]


def test_of_a_guest_and_of_somebody_who_has_gone(noted: Sandbox) -> None:
    noted.guest.patch(f"{DOCUMENTS}/one", data={"text": "d"}).ok(200)
    before = logs(noted.key, f"{DOCUMENTS}/one")
    assert (before[0]["userType"], before[0]["userId"], before[0]["userName"]) == ("guest", "", "")
    user_id = before[2]["userId"]
    noted.guest.sql("DELETE FROM users WHERE project_id = $1 AND id = $2 RETURNING 1", noted.id, user_id)
    after = logs(noted.key, f"{DOCUMENTS}/one")[2]
    assert (after["userType"], after["userId"], after["userName"], after["userEmail"]) == ("user", user_id, "", "")


def test_pages(noted: Sandbox) -> None:
    for text in "defg":
        noted.key.patch(f"{DOCUMENTS}/one", data={"text": text}).ok(200)
    whole = logs(noted.key, f"{DOCUMENTS}/one")
    assert len(whole) == 6
    # two pages across what was recorded in the one vocabulary and in the other
    pages = [logs(noted.key, f"{DOCUMENTS}/one", q("limit", "", 3), q("offset", "", n)) for n in (0, 3)]
    assert [*pages[0], *pages[1]] == whole
    assert logs(noted.key, f"{DOCUMENTS}/one", q("limit", "", 5), q("offset", "", 2**62)) == []
    assert noted.key.get(f"{DOCUMENTS}/one/logs", [q("limit", "", 1)]).ok()["total"] == 6


def test_what_is_long_is_read_by_the_index(noted: Sandbox) -> None:
    noted.guest.sql(
        "INSERT INTO outbox (project_id, event, audit, resource, actor_type) SELECT $1, 'e', 'document.create', "
        "'database/main/collection/notes', 'guest' FROM generate_series(1, 6000)",
        noted.id,
    )
    body = noted.key.get(f"{NOTES}/logs", [q("limit", "", 2)]).ok(200)
    assert (body["total"], len(body["logs"])) == (5000, 2)


def test_a_read_is_no_event(noted: Sandbox) -> None:
    before = recorded(noted)
    logs(noted.key, NOTES)
    assert recorded(noted) == before


@pytest.mark.parametrize("path", [MAIN, NOTES, f"{DOCUMENTS}/one", "/tablesdb/main", TABLE, f"{ROWS}/one"])
def test_they_are_for_servers(noted: Sandbox, path: str) -> None:
    type_ = "user_unauthorized" if path.endswith("one") else "general_unauthorized_scope"
    for caller in (noted.guest, noted.user()):
        caller.get(f"{path}/logs").fails(401, type_)
    scopes = noted.admin.post("/project/keys", keyId="unique()", name="Few", scopes=["users.read"]).ok(201)
    noted.guest.as_(X_Appwrite_Key=scopes["secret"]).get(f"{path}/logs").fails(401, "general_unauthorized_scope")


def test_what_is_not_there(noted: Sandbox) -> None:
    noted.key.get("/databases/other/logs").fails(404, "database_not_found")
    noted.key.get(f"{MAIN}/collections/other/logs").fails(404, "collection_not_found")
    noted.key.get("/tablesdb/main/tables/other/logs").fails(404, "table_not_found")
    noted.key.get(f"{DOCUMENTS}/other/logs").fails(404, "document_not_found")
    noted.key.get(f"{ROWS}/other/logs").fails(404, "row_not_found")


@pytest.mark.parametrize("query", [q("equal", "event", "x"), q("orderAsc", "time"), q("limit", "", -1), "limit(1)"])
def test_other_queries_are_refused(noted: Sandbox, query: str) -> None:
    noted.key.get(f"{NOTES}/logs", [query]).fails(400, "general_argument_invalid")


def test_names_are_those_of_the_language_asked_for(noted: Sandbox) -> None:
    noted.guest.sql("UPDATE outbox SET ip = '8.8.8.8' WHERE project_id = $1 RETURNING 1", noted.id)
    found = noted.key.as_(X_Appwrite_Locale="de").get(f"{NOTES}/logs").ok(200)["logs"][0]
    assert (found["countryCode"], found["countryName"]) == ("us", "Vereinigte Staaten")


def test_projects_do_not_share_logs(noted: Sandbox, console: Console) -> None:
    other = Sandbox.create(console)
    make_notes(other, attributes=TEXT)
    assert events(other.key, NOTES) == ["collection.create"]
    assert events(noted.key, NOTES) == ["document.create", "collection.create"]
