"""Several documents in one request: all or none, for servers only."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.api.databases.tools import DOCUMENTS, NOTES, ROWS, create, find, ids, make_notes, q, recorded
from tests.client import Sandbox


@pytest.fixture
def notes(sandbox: Sandbox) -> Sandbox:
    make_notes(sandbox)
    for n in range(5):
        create(sandbox.key, f"n{n}", whole=n, text="a").ok(201)
    return sandbox


def whole(notes: Sandbox) -> dict[str, Any]:
    return {one["$id"]: one["whole"] for one in notes.key.get(DOCUMENTS).ok()["documents"]}


def test_update(notes: Sandbox) -> None:
    before = recorded(notes)
    found = notes.key.patch(DOCUMENTS, data={"text": "b", "whole": 9}, queries=[q("greaterThan", "whole", 2)]).ok(200)
    assert (found["total"], sorted(ids_of(found))) == (2, ["n3", "n4"])
    assert [one["text"] for one in found["documents"]] == ["b", "b"]
    assert whole(notes) == {"n0": 0, "n1": 1, "n2": 2, "n3": 9, "n4": 9}
    events = notes.events()[-2:]
    assert sorted(events) == [f"databases.main.collections.notes.documents.{n}.update" for n in ("n3", "n4")]
    assert notes.audits()[-1] == ("documents.update", "database/main/collection/notes")
    assert recorded(notes) == before + 3  # two events, one audit
    rows = notes.key.patch(ROWS, data={"text": "c"}).ok()
    assert (rows["total"], rows["rows"][0]["$tableId"]) == (5, "notes")
    assert notes.audits()[-1] == ("rows.update", "database/main/table/notes")


def ids_of(answer: dict[str, Any]) -> list[str]:
    return [one["$id"] for one in answer["documents"]]


def test_update_of_some_in_an_order(notes: Sandbox) -> None:
    queries = [q("orderDesc", "whole"), q("limit", "", 2), q("offset", "", 1)]
    found = notes.key.patch(DOCUMENTS, data={"whole": 50}, queries=queries).ok()
    assert sorted(ids_of(found)) == ["n2", "n3"]
    gone = notes.key.delete(DOCUMENTS, queries=[q("orderAsc", "whole"), q("limit", "", 1)]).ok(200)
    assert ids_of(gone) == ["n0"]


def test_update_of_permissions(notes: Sandbox) -> None:
    notes.key.put(NOTES, documentSecurity=True).ok()
    user = notes.user()
    notes.key.patch(DOCUMENTS, data={"$permissions": ['read("users")']}, queries=[q("equal", "whole", 1)]).ok()
    assert find(user) == ["n1"]
    notes.key.patch(DOCUMENTS, data={"$permissions": ["read"]}).fails(400, "general_bad_request")


def test_upsert(notes: Sandbox) -> None:
    body = [{"$id": "n1", "whole": 7}, {"$id": "new", "text": "new", "$permissions": ['read("any")']}, {"text": "x"}]
    found = notes.key.put(DOCUMENTS, documents=body).ok(201)
    assert found["total"] == 3
    assert [one["text"] for one in found["documents"]] == ["a", "new", "x"]
    assert found["documents"][1]["$permissions"] == ['read("any")']
    assert whole(notes)["n1"] == 7
    verbs = sorted(event.rpartition(".")[2] for event in notes.events()[-3:])
    assert verbs == ["upsert"] * 3
    assert notes.key.put(DOCUMENTS, documents=[]).ok(201) == {"total": 0, "documents": []}


def test_upserts_of_the_same_documents_at_the_same_time(notes: Sandbox) -> None:
    """Whoever is later changes what the other one has created."""

    async def race() -> list[int]:
        server = httpx.ASGITransport(app=notes.key.http.app)
        async with httpx.AsyncClient(transport=server, base_url="http://testserver", headers=notes.key.headers) as http:
            bodies = [
                {"documents": [{"$id": f"r{n}{one}", "text": who} for one in "abc"]} for n in range(8) for who in "xy"
            ]
            answers = await asyncio.gather(*(http.put(f"/v1{DOCUMENTS}", json=body) for body in bodies))
            return [answer.status_code for answer in answers]

    assert notes.key.http.portal is not None
    assert set(notes.key.http.portal.call(race)) == {201}
    twice = [{"$id": "same", "text": "x"}, {"$id": "same", "text": "y"}]
    notes.key.put(DOCUMENTS, documents=twice).fails(409, "document_already_exists")


def test_delete(notes: Sandbox) -> None:
    found = notes.key.delete(DOCUMENTS, queries=[q("lessThan", "whole", 2)]).ok(200)
    assert sorted(ids_of(found)) == ["n0", "n1"]
    assert sorted(notes.events()[-2:]) == [
        f"databases.main.collections.notes.documents.{n}.delete" for n in ("n0", "n1")
    ]  # fmt: skip
    assert notes.audits()[-1] == ("documents.delete", "database/main/collection/notes")
    assert notes.key.delete(DOCUMENTS).ok(200)["total"] == 3
    assert notes.key.delete(DOCUMENTS).ok(200) == {"total": 0, "documents": []}


def test_more_than_the_answer_shows(notes: Sandbox) -> None:
    for part in range(2):
        notes.key.post(DOCUMENTS, documents=[{"whole": 1} for _ in range(100)]).ok(201)
        assert recorded(notes) == 7 + 100 * (part + 1)
    found = notes.key.patch(DOCUMENTS, data={"whole": 2}).ok()
    assert (found["total"], len(found["documents"])) == (205, 100)
    gone = notes.key.delete(DOCUMENTS).ok(200)
    assert (gone["total"], len(gone["documents"])) == (205, 100)


@pytest.mark.parametrize(
    ("verb", "body", "error"),
    [
        ("PATCH", {}, "document_missing_payload"),
        ("PATCH", {"data": {"whole": "x"}}, "document_invalid_structure"),
        ("PATCH", {"data": {"nothing": 1}}, "document_invalid_structure"),
        ("PATCH", {"data": {"whole": 1}, "queries": [q("equal", "nothing", 1)]}, "general_query_invalid"),
        ("PATCH", {"data": {"whole": 1}, "queries": [q("cursorAfter", "", "n1")]}, "general_query_invalid"),
        ("PATCH", {"data": {"whole": 1}, "queries": [q("select", "", "whole")]}, "general_query_invalid"),
        ("PUT", {}, "general_argument_invalid"),
        ("PUT", {"documents": [{}] * 101}, "general_argument_invalid"),
        ("PUT", {"documents": [{"$id": "n1", "whole": 8}, {"whole": "x"}]}, "document_invalid_structure"),
        ("PUT", {"documents": [{"$id": "n1", "whole": 8}, {"$id": "bad id"}]}, "general_bad_request"),
        ("PUT", {"documents": [{"$id": "n1", "whole": 8, "$permissions": ["x"]}]}, "general_bad_request"),
        ("DELETE", {"queries": ["x"]}, "general_query_invalid"),
        ("DELETE", {"queries": [q("equal", "nothing", 1)]}, "general_query_invalid"),
    ],
)
def test_bad_requests_write_nothing(notes: Sandbox, verb: str, body: dict[str, Any], error: str) -> None:
    before, count = whole(notes), recorded(notes)
    notes.key.send(verb, DOCUMENTS, json=body).fails(400, error)
    assert (whole(notes), recorded(notes)) == (before, count)


def test_one_that_does_not_fit_keeps_all_from_being_written(notes: Sandbox) -> None:
    notes.key.post(f"{NOTES}/indexes", key="unique", type="unique", attributes=["whole"]).ok(202)
    before, count = whole(notes), recorded(notes)
    notes.key.patch(DOCUMENTS, data={"whole": 1}).fails(409, "document_unique_constraint_violation")
    notes.key.put(DOCUMENTS, documents=[{"$id": "n0", "whole": 40}, {"$id": "x", "whole": 1}]).fails(
        409, "document_unique_constraint_violation"
    )
    notes.key.put(DOCUMENTS, documents=[{"$id": "x"}, {"$id": "x"}]).fails(409, "document_already_exists")
    assert (whole(notes), recorded(notes)) == (before, count)


def test_users_may_not(notes: Sandbox) -> None:
    notes.key.put(NOTES, permissions=['read("any")', 'create("any")', 'update("any")', 'delete("any")']).ok()
    for caller in (notes.user(), notes.guest):
        for verb, body in (("PATCH", {"data": {"whole": 1}}), ("PUT", {"documents": [{}]}), ("DELETE", {})):
            caller.send(verb, DOCUMENTS, json=body).fails(401, "general_unauthorized_scope")
    assert ids(notes.key.get(DOCUMENTS)) == [f"n{n}" for n in range(5)]
