"""The change feed: what has happened since a number, for whoever may know of it, with what they have to forget."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from appwrite_py.services.realtime import feed as module
from tests.api.databases.tools import DOCUMENTS, NOTES, make_notes, q
from tests.api.documentsdb import tools as schemaless
from tests.client import Answer, Api, Sandbox

EVENTS = "/realtime/events"
TEXT = [{"key": "t", "type": "string", "size": 20}, {"key": "n", "type": "integer", "default": 0}]
ROWS = "/tablesdb/main/tables/notes/rows"


def ask(caller: Api, *channels: str, queries: list[str] | None = None, **params: Any) -> Answer:
    query: list[tuple[str, Any]] = [("channels[]", channel) for channel in channels or ("documents",)]
    query += [("queries[]", text) for text in queries or ()]
    query += params.items()
    return caller.send("GET", EVENTS, params=query)


def now(caller: Api) -> int:
    """Where to go on from."""
    return int(ask(caller).ok()["since"])


def told(caller: Api, since: int, *channels: str, **more: Any) -> list[tuple[str, Any]]:
    """What a reader is told: the id and verb of each event, and what it has of the text `t`, or that it is gone."""
    body = ask(caller, *channels, since=since, **more).ok()
    return [
        (".".join(one["events"][0].split(".")[-2:]), "gone" if one["tombstone"] else one["payload"].get("t"))
        for one in body["events"]
    ]


def reads(*roles: str) -> list[str]:
    return [f'read("{role}")' for role in roles]


@pytest.fixture
def notes(sandbox: Sandbox) -> Sandbox:
    make_notes(sandbox, attributes=TEXT, documentSecurity=True, permissions=['read("team:staff")'])
    return sandbox


def put(sandbox: Sandbox, id_: str, *roles: str, **data: Any) -> dict[str, Any]:
    made: dict[str, Any] = sandbox.key.post(DOCUMENTS, documentId=id_, data=data, permissions=reads(*roles)).ok(201)
    return made


# --- what is told -------------------------------------------------------------------------------------------------
def test_an_event(notes: Sandbox) -> None:
    first = ask(notes.guest).ok()
    assert first == {"events": [], "since": first["since"], "more": False}
    made = put(notes, "a", "any", t="x")
    body = ask(notes.guest, "rows", since=first["since"]).ok()
    (event,) = body["events"]
    (row,) = notes.guest.sql("SELECT * FROM outbox WHERE number = $1", event["number"])
    name = "databases.main.collections.notes.documents.a"
    assert row["event"] == f"{name}.create" == event["events"][0]
    assert "tablesdb.*.tables.*.rows.*.create" in event["events"]
    assert event["channels"][:3] == ["documents", "databases.main.collections.notes.documents", name]
    assert (event["payload"], event["tombstone"]) == (made, False)
    assert event["timestamp"].endswith("+00:00")
    assert (body["since"] >= event["number"], body["more"]) == (True, False)
    assert ask(notes.guest, "rows", since=body["since"]).ok()["events"] == []


def test_channels(notes: Sandbox) -> None:
    since = now(notes.guest)
    put(notes, "a", "any", t="x")
    notes.key.patch(f"{DOCUMENTS}/a", data={"t": "y"}).ok()
    notes.key.patch(f"{ROWS}/a", data={"t": "z"}).ok()
    everything = [("a.create", "x"), ("a.update", "y"), ("a.update", "z")]
    of_notes = "databases.main.collections.notes.documents"
    for channel in ("documents", "rows", of_notes, f"{of_notes}.a", "tablesdb.main.tables.notes.rows"):
        assert told(notes.guest, since, channel) == everything, channel
    assert told(notes.guest, since, "documents.update", f"{of_notes}.b") == everything[1:]
    assert told(notes.guest, since, f"{of_notes}.a.create", "documents", "rows") == everything
    for channel in ("files", "account", "documents.delete", "nonsense", "databases.other.collections.notes.documents"):
        assert told(notes.guest, since, channel) == [], channel
    tables = ask(notes.guest, since=since).ok()["events"][2]["payload"]
    assert (tables["$tableId"], "$collectionId" in tables) == ("notes", False)


def test_roles(notes: Sandbox) -> None:
    ada, bob, since = notes.user(), notes.user(), now(notes.guest)
    put(notes, "ada", f"user:{ada.id}", t="1")
    put(notes, "both", "users", t="2")
    put(notes, "none", t="3")
    everything = [("ada.create", "1"), ("both.create", "2"), ("none.create", "3")]
    assert told(ada, since) == everything[:2]
    assert told(bob, since) == everything[1:2]
    assert told(notes.guest, since) == []
    assert told(notes.key, since) == told(notes.admin, since) == everything
    jwt = ada.post("/account/jwts").ok(201)["jwt"]
    assert told(notes.guest.as_(X_Appwrite_JWT=jwt), since) == everything[:2]
    team = notes.key.post("/teams", teamId="staff", name="Staff").ok(201)["$id"]
    notes.key.post(f"/teams/{team}/memberships", roles=["x"], userId=bob.id).ok(201)
    assert told(bob, since) == everything  # under the roles that the caller has now


def test_keys_and_admins_are_told_what_their_scopes_allow(notes: Sandbox) -> None:
    def key(*scopes: str) -> Api:
        body = {"keyId": "unique()", "name": "K", "scopes": list(scopes)}
        return notes.guest.as_(X_Appwrite_Key=notes.admin.post("/project/keys", **body).ok(201)["secret"])

    since, user = now(notes.key), notes.user()
    put(notes, "a", t="x")
    user.patch("/account/prefs", prefs={"a": 1}).ok()
    channels = ("documents", f"account.{user.id}")
    ask(key("buckets.read", "users.write"), *channels).fails(401, "general_unauthorized_scope")
    assert told(key("files.read"), since, *channels) == []
    assert told(key("rows.read"), since, *channels) == [("a.create", "x")]
    names = [name for name, _ in told(key("users.read", "teams.read"), since, *channels)]
    assert names == [f"{user.id}.create", *names[1:-1], f"{user.id}.update"]
    assert len(told(notes.key, since, *channels)) == len(names) + 1
    assert told(notes.key, since, "account")[0] == told(notes.key, since, *channels)[0]


def test_accounts(notes: Sandbox) -> None:
    since = now(notes.guest)
    ada, bob = notes.user(), notes.user()
    ada.patch("/account/name", name="Ada").ok()
    for channel in ("account", f"account.{ada.id}", "account.update"):
        body = ask(ada, channel, since=since).ok()
        named = [one for one in body["events"] if f"users.{ada.id}.update.name" in one["events"]]
        assert [one["payload"]["name"] for one in named] == ([] if channel == f"account.{ada.id}" else ["Ada"])
        assert all(one["payload"].get("userId", ada.id) == ada.id for one in body["events"])
    names = [one["events"][0] for one in ask(bob, "account", since=since).ok()["events"]]
    assert names
    assert all(name.startswith(f"users.{bob.id}.") for name in names)
    assert told(bob, since, f"account.{ada.id}") == told(notes.guest, since, "account", f"account.{ada.id}") == []


def test_secrets_are_not_told(sandbox: Sandbox) -> None:
    since, user = now(sandbox.key), sandbox.user()
    user.post("/account/mfa/recovery-codes").ok(201)
    sandbox.key.post(f"/users/{user.id}/tokens").ok(201)
    sandbox.key.post(f"/users/{user.id}/sessions").ok(201)
    sandbox.key.patch(f"/users/{user.id}/email", email="new@example.com").ok()
    hashed = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
    sandbox.key.post("/users/sha", userId="imported", email="i@example.com", password=hashed,
                     passwordVersion="sha256").ok(201)  # fmt: skip
    for caller, channel, least in ((user, "account", 5), (sandbox.key, "account", 6)):
        events = ask(caller, channel, since=since, limit=1000).ok()["events"]
        assert len(events) >= least
        for event in events:
            shown = event["payload"]
            assert not any(shown.get(name) for name in ("secret", "password", "hash", "hashOptions", "recoveryCodes"))


def test_members_are_shown_as_the_policy_says(sandbox: Sandbox) -> None:
    ada, bob = sandbox.user("Ada"), sandbox.user("Bob")
    team = ada.post("/teams", teamId="unique()", name="T").ok(201)["$id"]
    since = now(ada)
    sandbox.key.post(f"/teams/{team}/memberships", roles=["x"], userId=bob.id).ok(201)

    def member(caller: Api, **more: Any) -> Any:
        (event,) = ask(caller, "memberships", since=since, **more).ok()["events"]
        return event["payload"]

    hidden = {"userId": "", "userName": "", "userEmail": "", "userPhone": "", "userAccessedAt": "", "mfa": False}
    assert member(ada).items() >= hidden.items()
    assert member(bob).items() >= (hidden | {"userId": bob.id}).items()
    assert member(sandbox.key).items() >= {"userId": bob.id, "userName": "Bob", "userEmail": bob.email}.items()
    probing = ask(ada, "memberships", since=since, queries=[q("equal", "userEmail", bob.email)]).ok()
    assert probing["events"] == []
    sandbox.admin.patch("/project/policies/membership-privacy", userId=True, userName=True).ok()
    assert member(ada).items() >= (hidden | {"userId": bob.id, "userName": "Bob"}).items()
    assert told(sandbox.user(), since, "memberships") == told(sandbox.guest, since, "memberships") == []


def test_files(sandbox: Sandbox) -> None:
    sandbox.key.post("/storage/buckets", bucketId="b", name="B", fileSecurity=True, permissions=[]).ok(201)
    since, where = now(sandbox.guest), "/storage/buckets/b/files"
    form = {"fileId": "f", "permissions[]": reads("any")}
    sandbox.key.send("POST", where, data=form, files={"file": ("a.txt", b"a", "text/plain")}).ok(201)
    sandbox.key.put(f"{where}/f", name="b.txt").ok()
    sandbox.key.put(f"{where}/f", permissions=reads("users")).ok()
    sandbox.key.put(f"{where}/f", name="c.txt").ok()
    events = ask(sandbox.guest, "buckets.b.files", since=since).ok()["events"]
    assert [(one["payload"].get("name"), one["tombstone"]) for one in events] == [
        ("a.txt", False), ("b.txt", False), (None, True),
    ]  # fmt: skip
    assert events[2]["payload"] == {"$id": "f", "bucketId": "b"}
    assert [one["tombstone"] for one in ask(sandbox.user(), "files", since=since).ok()["events"]] == [False] * 4


def test_other_projects_are_another_matter(notes: Sandbox) -> None:
    since, other = now(notes.key), Sandbox.create(notes.console)
    put(notes, "a", "any", t="x")
    assert told(other.key, since) == told(other.guest, since) == []
    console = notes.console.caller
    ask(console).fails(401, "general_access_forbidden")


# --- tombstones ---------------------------------------------------------------------------------------------------
def test_what_was_deleted(notes: Sandbox) -> None:
    since = now(notes.guest)
    put(notes, "a", "any", t="x")
    put(notes, "hidden", "users", t="x")
    notes.key.delete(f"{DOCUMENTS}/a").ok(204)
    notes.key.delete(f"{DOCUMENTS}/hidden").ok(204)
    events = ask(notes.guest, since=since).ok()["events"]
    assert [one["tombstone"] for one in events] == [False, True]
    assert events[1]["payload"] == {"$id": "a", "$databaseId": "main", "$collectionId": "notes"}
    assert events[1]["events"][0] == "databases.main.collections.notes.documents.a.delete"
    put(notes, "a", "any", t="again")
    notes.key.delete(ROWS).ok(200)
    events = ask(notes.guest, since=events[1]["number"]).ok()["events"]
    assert [one["payload"] for one in events if one["tombstone"]] == [
        {"$id": "a", "$databaseId": "main", "$tableId": "notes"}
    ]


def test_what_has_left_the_callers_sight(notes: Sandbox) -> None:
    ada, since = notes.user(), now(notes.guest)
    put(notes, "a", f"user:{ada.id}", t="1")
    for roles, text in (((f"user:{ada.id}", "users"), "2"), (("users",), "3"), (("team:x",), "4"), (("any",), "5")):
        notes.key.patch(f"{DOCUMENTS}/a", data={"t": text}, permissions=reads(*roles)).ok()
    notes.key.put(f"{DOCUMENTS}/a", data={"t": "6"}, permissions=[]).ok(201)
    assert told(ada, since) == [
        ("a.create", "1"), ("a.update", "2"), ("a.update", "3"), ("a.update", "gone"), ("a.update", "5"),
        ("a.upsert", "gone"),
    ]  # fmt: skip
    assert told(notes.guest, since) == [("a.update", "5"), ("a.upsert", "gone")]
    assert [text for _, text in told(notes.key, since)] == ["1", "2", "3", "4", "5", "6"]
    gone = ask(ada, since=since).ok()["events"][3]
    assert gone["payload"] == {"$id": "a", "$databaseId": "main", "$collectionId": "notes"}


def test_what_does_not_match_the_queries(notes: Sandbox) -> None:
    since = now(notes.guest)
    put(notes, "a", "any", t="yes")
    put(notes, "b", "any", t="no")
    for text in ("no", "yes", "no"):
        notes.key.patch(f"{DOCUMENTS}/a", data={"t": text}).ok()
    notes.key.delete(f"{DOCUMENTS}/a").ok(204)
    found = told(notes.guest, since, queries=[q("equal", "t", "yes")])
    assert found == [
        ("a.create", "yes"), ("a.update", "gone"), ("a.update", "yes"), ("a.update", "gone"), ("a.delete", "gone"),
    ]  # fmt: skip
    everything = [("a.create", "yes"), ("b.create", "no"), ("a.update", "no"), ("a.update", "yes")]
    assert told(notes.guest, since, queries=[q("select", "", "*")] * 2, limit=4) == everything
    assert told(notes.guest, since, queries=[q("equal", "t", "no"), q("equal", "$id", "b")])[:1] == [("b.create", "no")]


def test_queries_do_not_tell_of_what_is_hidden(notes: Sandbox) -> None:
    """One who has lost sight of a document hears that, whatever the queries, and nothing of what it has become."""
    since = now(notes.guest)
    put(notes, "a", "any", t="x")
    notes.key.patch(f"{DOCUMENTS}/a", data={"t": "secret"}, permissions=[]).ok()
    notes.key.patch(f"{DOCUMENTS}/a", data={"t": "later"}).ok()
    for text in ("secret", "other"):
        assert told(notes.guest, since, queries=[q("equal", "t", text)]) == [("a.update", "gone")]


# --- going on -----------------------------------------------------------------------------------------------------
def test_a_reader_that_goes_on_and_on_has_all(notes: Sandbox) -> None:
    since = now(notes.guest)
    documents = [{"$id": f"d{n}", "t": str(n), "$permissions": reads("any")} for n in range(25)]
    notes.key.post(DOCUMENTS, documents=documents).ok(201)
    found: list[str] = []
    for _ in range(3):
        body = ask(notes.guest, since=since, limit=10).ok()
        found += [one["payload"]["$id"] for one in body["events"]]
        since = body["since"]
        assert body["more"] is (len(found) < 25)
    assert found == [one["$id"] for one in documents]
    assert ask(notes.guest, since=since).ok()["events"] == []


def test_a_copy_becomes_what_there_is(notes: Sandbox) -> None:
    """Many change documents at once; who starts in the midst of it and follows the feed has the same in the end."""
    for n in range(10):
        put(notes, f"d{n}", "any", t="0")

    def change(n: int) -> None:
        where = f"{DOCUMENTS}/d{n % 10}"
        if n % 7 == 0:
            notes.key.delete(where)
        elif n % 5 == 0:
            notes.key.patch(where, permissions=reads("any" if n % 2 else "users"))
        else:
            notes.key.put(where, data={"t": str(n)}, permissions=reads("any"))

    with ThreadPoolExecutor(4) as threads:
        changes = [threads.submit(change, n) for n in range(60)]
        since = now(notes.guest)
        copy = {one["$id"]: one for one in notes.guest.get(DOCUMENTS, [q("limit", "", 100)]).ok()["documents"]}
        while not all(each.done() for each in changes):
            since = _follow(notes.guest, since, copy)
    _follow(notes.guest, _follow(notes.guest, since, copy), copy)
    there = notes.guest.get(DOCUMENTS, [q("limit", "", 100)]).ok()["documents"]
    assert copy == {one["$id"]: one for one in there}


def _follow(caller: Api, since: int, copy: dict[str, Any]) -> int:
    body = ask(caller, since=since).ok()
    for event in body["events"]:
        copy.pop(event["payload"]["$id"], None)
        if not event["tombstone"]:
            copy[event["payload"]["$id"]] = event["payload"]
    return int(body["since"])


def test_documents_of_collections_without_a_schema(sandbox: Sandbox) -> None:
    schemaless.make_notes(sandbox, permissions=reads("any"))
    since = now(sandbox.guest)
    made = schemaless.create(sandbox.key, "a", t="x", deep={"f": 1.0}).ok(201)
    sandbox.key.delete(f"{schemaless.DOCUMENTS}/a").ok(204)
    events = ask(sandbox.guest, "documentsdb.main.collections.notes.documents", since=since).ok()["events"]
    assert events[0]["payload"] == made
    assert events[1]["payload"] == {"$id": "a", "$databaseId": "main", "$collectionId": "notes"}


def test_work_is_bounded(notes: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where much has happened that the caller is not told of, an answer goes only so far, and says so."""
    since = now(notes.guest)
    monkeypatch.setattr(module, "_PAGES", 2)
    documents = [{"$id": f"d{n}", "t": "x", "$permissions": reads("any")} for n in range(100)]
    for _ in range(3):
        notes.key.put(DOCUMENTS, documents=documents).ok(201)
    put(notes, "wanted", "any", t="x")
    body, answers = ask(notes.guest, f"{NOTES[1:].replace('/', '.')}.documents.wanted", since=since, limit=1).ok(), 1
    while body["more"] and not body["events"]:
        channel = "databases.main.collections.notes.documents.wanted"
        body, answers = ask(notes.guest, channel, since=body["since"], limit=1).ok(), answers + 1
    assert answers == 2
    assert [one["payload"]["$id"] for one in body["events"]] == ["wanted"]


# --- what is refused ----------------------------------------------------------------------------------------------
def test_bad_input(notes: Sandbox) -> None:
    since = now(notes.guest)
    notes.guest.get(EVENTS).fails(400, "general_argument_invalid")
    notes.guest.send("GET", f"{EVENTS}?channels=documents").fails(400, "general_argument_invalid")
    ask(notes.guest, *["documents"] * 101).fails(400, "general_argument_invalid")
    ask(notes.guest, "x" * 257).fails(400, "general_argument_invalid")
    for params in ({"since": -1}, {"since": "x"}, {"since": 1.5}, {"since": 2**63}, {"limit": 0}, {"limit": 1001}):
        ask(notes.guest, **params).fails(400, "general_argument_invalid")
    for query in ("{", q("limit", "", 5), q("select", "", "t"), q("search", "t", "x"), q("nonsense", "t", 1)):
        ask(notes.guest, since=since, queries=[query]).fails(400, "general_query_invalid")
    ask(notes.guest.as_(X_Appwrite_Project="nonsense")).fails(404, "project_not_found")
    assert len(ask(notes.guest, *[f"c{n}" for n in range(100)], since=since, limit=1000).ok()) == 3
    assert notes.events() == notes.events(since=0)


def test_numbers_that_are_gone(notes: Sandbox) -> None:
    since = now(notes.guest)
    ask(notes.guest, since=since + 1_000_000).fails(410, "realtime_since_gone")
    before = notes.guest.sql("SELECT position FROM event_readers WHERE name = '(deleted)'")
    notes.guest.sql("INSERT INTO event_readers (name, position) VALUES ('(deleted)', $1) ON CONFLICT (name) "
                    "DO UPDATE SET position = excluded.position RETURNING 1", since)  # fmt: skip
    try:
        ask(notes.guest, since=since - 1).fails(410, "realtime_since_gone")
        assert ask(notes.guest, since=since).ok()["events"] == []
        assert ask(notes.guest).ok()["since"] >= since
    finally:
        notes.guest.sql("DELETE FROM event_readers WHERE name = '(deleted)' RETURNING 1")
        for row in before:
            notes.guest.sql("INSERT INTO event_readers (name, position) VALUES ('(deleted)', $1) RETURNING 1",
                            row["position"])  # fmt: skip


def test_users_who_may_do_nothing_are_told_nothing(notes: Sandbox) -> None:
    user, since = notes.user(), now(notes.guest)
    put(notes, "a", "users", t="x")
    notes.key.patch(f"/users/{user.id}/status", status=False).ok()
    ask(user, since=since).fails(403, "user_blocked")


def test_reading_is_no_event(notes: Sandbox) -> None:
    before, audits = notes.events(), notes.audits()
    ask(notes.guest, since=now(notes.guest)).ok()
    assert (notes.events(), notes.audits()) == (before, audits)
