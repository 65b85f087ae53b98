"""Under which names events are known, and which ones one can wait for."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from appwrite_py.events import grammar
from appwrite_py.events.names import is_pattern, matches, names_of
from tests.conformance import contract

LETTERS = "abcxyzABC012_-"
IDS = st.text(LETTERS, min_size=1, max_size=12)
WORDS = st.sampled_from(["create", "update", "delete", "documents", "collections", "sessions", "users", "a", "b"])
DOTTED = st.lists(st.one_of(IDS, WORDS), min_size=1, max_size=4).map(".".join)
Shape = tuple[grammar.Path, grammar.Path]
SHAPES = sorted((kinds, action) for kinds, actions in grammar.ALL.items() for action in actions)


def spell(kinds: grammar.Path, ids: Sequence[str], action: grammar.Path) -> str:
    return ".".join((*(f"{kind}.{id_}" for kind, id_ in zip(kinds, ids, strict=False)), *action))


def public() -> list[str]:
    return list(contract.load("events")["public"])


def internal() -> list[str]:
    return list(contract.load("events")["internal"])


def filled(pattern: str) -> tuple[str, list[str]]:
    """A pattern of the contract with an id for each placeholder, and these ids."""
    ids = [f"{name}-1" for name in re.findall(r"\[(\w+)]", pattern)]
    return re.sub(r"\[(\w+)]", r"\1-1", pattern), ids


def of(prefix: str, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if re.match(prefix + r"\b", name)]


# --- the list -----------------------------------------------------------------------------------------------
def test_a_user() -> None:
    assert names_of("users.u.create") == ("users.u.create", "users.*.create", "users.u", "users.*")


def test_the_attribute_of_a_user_comes_behind_the_action() -> None:
    assert names_of("users.u1.update.email") == (
        "users.u1.update", "users.*.update", "users.u1.update.email", "users.*.update.email", "users.u1", "users.*",
    )  # fmt: skip


def test_two_ids() -> None:
    assert names_of("users.u1.sessions.s1.create") == (
        "users.u1.sessions.s1.create", "users.*.sessions.*.create", "users.u1.sessions.*.create",
        "users.*.sessions.s1.create", "users.u1.sessions.s1", "users.*.sessions.*", "users.u1.sessions.*",
        "users.*.sessions.s1", "users.u1", "users.*",
    )  # fmt: skip


def test_two_ids_and_an_attribute() -> None:
    names = names_of("teams.t.memberships.m.update.status")
    assert len(names) == 16
    assert names[0] == "teams.t.memberships.m.update.status"
    assert names[4] == "teams.t.memberships.m.update"
    assert names[12:] == ("teams.t.update.status", "teams.*.update.status", "teams.t", "teams.*")


def test_three_ids_in_the_order_of_one_vocabulary() -> None:
    d = "databases"
    assert of(f"{d}\\.[^.]+\\.collections", names_of("databases.d.collections.c.documents.r.update")) == [
        *(
            f"{d}.{at[0]}.collections.{at[1]}.documents.{at[2]}{action}"
            for action in (".update", "")
            for at in ("dcr", "***", "d*r", "**r", "*cr", "dc*", "*c*", "d**")
        ),
        *(f"{d}.{at[0]}.collections.{at[1]}" for at in ("dc", "**", "d*", "*c")),
    ]


@pytest.mark.parametrize(
    ("event", "first"),
    [
        (
            "databases.d.collections.c.documents.r.create",
            ("databases.d.collections.c.documents.r", "databases.d.tables.c.rows.r", "tablesdb.d.tables.c.rows.r"),
        ),
        (
            "databases.d.tables.c.rows.r.create",
            ("databases.d.tables.c.rows.r", "databases.d.collections.c.documents.r", "tablesdb.d.tables.c.rows.r"),
        ),
        (
            "tablesdb.d.tables.c.rows.r.create",
            ("tablesdb.d.tables.c.rows.r", "databases.d.collections.c.documents.r", "databases.d.tables.c.rows.r"),
        ),
    ],
)
def test_both_vocabularies(event: str, first: tuple[str, ...]) -> None:
    names = names_of(event)
    assert names[:3] == tuple(f"{name}.create" for name in first)
    assert len(names) == 64
    assert set(names) == set(names_of("databases.d.collections.c.documents.r.create"))
    assert {name for name in names if name.count(".") == 1} == {
        "databases.d", "databases.*", "tablesdb.d", "tablesdb.*",
    }  # fmt: skip


def test_parts_of_tables_are_mirrored() -> None:
    names = names_of("databases.d.collections.c.attributes.a.create")
    assert names[1:3] == ("databases.d.tables.c.columns.a.create", "tablesdb.d.tables.c.columns.a.create")
    assert "tablesdb.d.tables.c.indexes.i.update" in names_of("databases.d.tables.c.indexes.i.update")
    assert names_of("databases.d.create")[:2] == ("databases.d.create", "tablesdb.d.create")


@pytest.mark.parametrize("flavour", ["documentsdb", "vectorsdb"])
def test_the_other_flavours_stay_by_themselves(flavour: str) -> None:
    names = names_of(f"{flavour}.d.collections.c.documents.r.upsert")
    assert len(names) == 22
    assert all(name.startswith(f"{flavour}.") and ".tables" not in name for name in names)


def test_ids_that_are_words_are_not_translated() -> None:
    names = names_of("databases.tables.collections.rows.documents.documents.create")
    assert names[:3] == (
        "databases.tables.collections.rows.documents.documents.create",
        "databases.tables.tables.rows.rows.documents.create", "tablesdb.tables.tables.rows.rows.documents.create",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("event", "names"),
    [
        ("users.u.delete.mfa", ("users.u.delete.mfa", "users.*.delete.mfa", "users.u", "users.*")),
        (
            "users.u.create.mfa.recovery-codes",
            ("users.u.create.mfa.recovery-codes", "users.*.create.mfa.recovery-codes", "users.u", "users.*"),
        ),
        (
            "users.u.update.mfa.recovery-codes",
            (
                "users.u.update", "users.*.update", "users.u.update.mfa.recovery-codes",
                "users.*.update.mfa.recovery-codes", "users.u", "users.*",
            ),
        ),
        (
            "users.u.sessions.delete",
            (
                "users.u.sessions", "users.*.sessions", "users.u.sessions.delete", "users.*.sessions.delete", "users.u",
                "users.*",
            ),
        ),
    ],
)  # fmt: skip
def test_factors_and_all_sessions(event: str, names: tuple[str, ...]) -> None:
    assert names_of(event) == names
    assert not matches("users.*.delete", event)
    assert not matches("users.*.create", event)


@pytest.mark.parametrize("event", ["", "users", "users.", "users..create", "nothing.n.create", ".users.u.create"])
def test_what_cannot_be_read_is_itself(event: str) -> None:
    assert names_of(event) == (event,)


# --- ids with dots ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("event", "ids", "action"),
    [
        ("users.a.b.create", ("a.b",), "create"),
        ("users.create.create", ("create",), "create"),
        ("users.update.update.email", ("update",), "update.email"),
        ("users.a.update.update.email", ("a.update",), "update.email"),
        ("users.a.update.email", ("a",), "update.email"),
        ("users.a..b.create", ("a..b",), "create"),
        ("users.a.sessions.b.create", ("a", "b"), "create"),
        ("users.a.b.sessions.c.d.delete", ("a.b", "c.d"), "delete"),
        ("users.a.sessions.delete", ("a",), "sessions.delete"),
        ("users.a.sessions.create", ("a.sessions",), "create"),
        ("databases.m.a.collections.n.b.documents.d.c.update", ("m.a", "n.b", "d.c"), "update"),
        ("databases.m.collections.documents.documents.create.update", ("m", "documents", "create"), "update"),
        ("databases.m.collections.c.documents.a.create.update", ("m", "c", "a.create"), "update"),
        ("databases.m.collections.c.documents.a.documents.b.update", ("m", "c", "a.documents.b"), "update"),
        ("presences.a.b.upsert", ("a.b",), "upsert"), ("tokens.t.update", ("t",), "update"),
        ("webhooks.w.w.delete", ("w.w",), "delete"), ("projects.p.policies.x.update", ("p", "x"), "update"),
        ("mock-phones.+4915112345678.create", ("+4915112345678",), "create"),
    ],
)  # fmt: skip
def test_reading(event: str, ids: tuple[str, ...], action: str) -> None:
    found = grammar.read(event)
    assert found is not None
    assert (found.ids, ".".join(found.action)) == (ids, action)


@pytest.mark.parametrize(
    ("event", "payload", "ids"),
    [
        ("users.a.sessions.b.delete", {"$id": "b", "userId": "a"}, ("a", "b")),
        ("users.a.sessions.b.delete", {"$id": "a.sessions.b"}, ("a.sessions.b",)),
        ("users.a.sessions.delete", {"$id": "a.sessions"}, ("a.sessions",)),
        ("buckets.a.files.b.create", {"$id": "a.files.b"}, ("a.files.b",)),
        (
            "databases.m.collections.c.documents.x.documents.y.create",
            {"$id": "y", "$collectionId": "c.documents.x", "$databaseId": "m"}, ("m", "c.documents.x", "y"),
        ),
        ("users.a.update.prefs", {"$id": "a.update.prefs", "userId": "x"}, ("a",)),
        ("users.a.create", [], ("a",)),
    ],
)  # fmt: skip
def test_the_payload_decides(event: str, payload: object, ids: tuple[str, ...]) -> None:
    found = grammar.read(event, payload)
    assert found is not None
    assert found.ids == ids


@given(st.sampled_from(SHAPES), st.lists(DOTTED, min_size=3, max_size=3))
def test_every_event_is_known_as_itself_and_with_stars(shape: Shape, ids: list[str]) -> None:
    kinds, action = shape
    event = spell(kinds, ids, action)
    names = names_of(event)
    assert event in names
    assert len(set(names)) == len(names)
    assert all(matches(name, event) for name in names)
    found = grammar.read(event)
    assert found is not None
    assert spell(found.kinds, found.ids, found.action) == event
    assert spell(found.kinds, "***", found.action) in names
    assert f"{kinds[0]}.*" in names


@given(st.sampled_from(SHAPES), st.lists(IDS, min_size=3, max_size=3))
def test_ids_without_dots_are_found_exactly(shape: Shape, ids: list[str]) -> None:
    kinds, action = shape
    assert grammar.read(spell(kinds, ids, action)) == (kinds, tuple(ids[: len(kinds)]), action)


@given(st.sampled_from(SHAPES), st.lists(st.lists(IDS, min_size=1, max_size=3).map(".".join), min_size=3, max_size=3))
def test_ids_with_dots_are_found_where_they_hold_no_words(shape: Shape, ids: list[str]) -> None:
    kinds, action = shape
    words = {word for path in (*grammar.ALL, *(action for _, action in SHAPES)) for word in path}
    assume(words.isdisjoint(".".join(ids).split(".")))
    assert grammar.read(spell(kinds, ids, action)) == (kinds, tuple(ids[: len(kinds)]), action)


@given(st.text(max_size=60))
def test_any_text_can_be_asked_for(text: str) -> None:
    assert names_of(text)[0] == text or text in names_of(text)
    assert is_pattern(text) in (True, False)


# --- what one can wait for ----------------------------------------------------------------------------------
@contract.NEEDED
def test_the_grammar_is_that_of_the_contract() -> None:
    ours = {spell(kinds, ["[]"] * 3, action) for kinds, actions in grammar.PUBLIC.items() for action in (*actions, ())}
    assert ours == {re.sub(r"\[\w+]", "[]", pattern) for pattern in public()}
    every = {spell(kinds, ["[]"] * 3, action) for kinds, actions in grammar.ALL.items() for action in (*actions, ())}
    assert {re.sub(r"\[\w+]", "[]", pattern) for pattern in internal()} <= every


@contract.NEEDED
def test_every_public_event_is_read_and_can_be_waited_for() -> None:
    for pattern in public():
        event, ids = filled(pattern)
        found = grammar.read(event)
        assert found is not None, event
        assert list(found.ids) == ids
        assert event in names_of(event)
        stars = re.sub(r"\[\w+]", "*", pattern)
        assert matches(stars, event), event
        assert is_pattern(event), event
        assert is_pattern(stars), event


@contract.NEEDED
def test_every_public_name_of_an_event_can_be_waited_for() -> None:
    for pattern in public():
        event, _ = filled(pattern)
        odd = {"teams.teamId-1.update.status", "teams.*.update.status"}
        assert [name for name in names_of(event) if not is_pattern(name) and name not in odd] == []


@contract.NEEDED
def test_internal_events_are_known_but_cannot_be_waited_for() -> None:
    for pattern in internal():
        event, ids = filled(pattern)
        found = grammar.read(event)
        assert found is not None, event
        assert list(found.ids) == ids
        assert not is_pattern(event), event
        assert not is_pattern(re.sub(r"\[\w+]", "*", pattern)), event


@pytest.mark.parametrize(
    "text",
    [
        "", "*", "users", "users.", "users..create", ".users.u", "users.*.unknown", "users.*.create.email",
        "nobody.*.create",
        "users.*.sessions", "users.*.sessions.*.update", "databases.*.documents.*.create", "tablesdb.*.collections.*",
        "databases.*.collections.*.rows.*.create", "documentsdb.*.tables.*", "*.*.create", "users.*.*",
        "databases.*.collections.*.documents.*.create.x", "users.a.b.create", "Users.*.create", " users.*.create",
        "webhooks.*.create", "presences.*.upsert", "users.*.delete.mfa",
    ],
)  # fmt: skip
def test_what_cannot_be_waited_for(text: str) -> None:
    assert not is_pattern(text)


@pytest.mark.parametrize(
    ("pattern", "event", "hit"),
    [
        ("users.*.create", "users.u.create", True), ("users.u.create", "users.u.create", True),
        ("users.v.create", "users.u.create", False), ("users.*", "users.u.sessions.s.create", True),
        ("users.*.create", "users.u.sessions.s.create", False), ("users.*.update", "users.u.update.email", True),
        ("users.*.update.name", "users.u.update.email", False),
        ("databases.*.tables.*.rows.*.create", "databases.d.collections.c.documents.r.create", True),
        ("tablesdb.d.tables.*.rows.*", "databases.d.tables.c.rows.r.delete", True),
        ("databases.*.collections.*.documents.*.create", "documentsdb.d.collections.c.documents.r.create", False),
        ("buckets.b.files.*.create", "buckets.b.files.f.x.create", True),
        ("functions.f.executions.*.create", "functions.f.executions.e.create", True),
    ],
)  # fmt: skip
def test_waiting(pattern: str, event: str, hit: bool) -> None:
    assert matches(pattern, event) is hit
