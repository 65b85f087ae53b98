"""On which channels events are told, and which ones a socket hears."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appwrite_py.events import grammar
from appwrite_py.events.channels import ACTIONS, asked, channels_of, console_channels_of
from tests.conformance import contract

ROW = (
    "documents", "databases.d.collections.c.documents", "databases.d.collections.c.documents.r", "rows",
    "databases.d.tables.c.rows", "databases.d.tables.c.rows.r",
    "tablesdb.d.tables.c.rows", "tablesdb.d.tables.c.rows.r",
)  # fmt: skip
Shape = tuple[grammar.Path, grammar.Path]
SHAPES = sorted((kinds, action) for kinds, actions in grammar.ALL.items() for action in actions)
PLACES = {
    "userId": "u", "databaseId": "d", "collectionId": "c", "tableId": "c", "documentId": "r", "rowId": "r",
    "bucketId": "b",
    "fileId": "f", "teamId": "t", "membershipId": "m", "functionId": "f", "executionId": "e", "presenceId": "p",
    "reportId": "r", "insightId": "i",
}  # fmt: skip
TOLD = (
    "users.u.create", "databases.d.tables.c.rows.r.create", "documentsdb.d.collections.c.documents.r.create",
    "vectorsdb.d.collections.c.documents.r.create", "buckets.b.files.f.create", "teams.t.create",
    "teams.t.memberships.m.create", "functions.f.executions.e.create", "presences.p.upsert", "reports.r.create",
    "reports.r.insights.i.create",
)  # fmt: skip


def with_action(plain: tuple[str, ...], action: str) -> tuple[str, ...]:
    return (*plain, *(f"{channel}.{action}" for channel in plain))


@pytest.mark.parametrize(
    ("event", "channels"),
    [
        ("users.u.create", with_action(("account", "account.u"), "create")),
        ("users.u.update.email", with_action(("account", "account.u"), "update")),
        ("users.u.update.mfa.recovery-codes", with_action(("account", "account.u"), "update")),
        ("users.u.sessions.s.create", ("account", "account.u")),
        ("users.u.challenges.c.create", ("account", "account.u")),
        ("users.u.sessions.delete", ("account", "account.u")),
        ("users.u.delete.mfa", ("account", "account.u")),
        ("users.u.create.mfa.recovery-codes", ("account", "account.u")),
        ("databases.d.collections.c.documents.r.create", with_action(ROW, "create")),
        ("databases.d.tables.c.rows.r.upsert", with_action(ROW, "upsert")),
        ("tablesdb.d.tables.c.rows.r.delete", with_action(ROW, "delete")),
        *(
            (
                f"{flavour}.d.collections.c.documents.r.update",
                with_action(
                    ("documents", f"{flavour}.d.collections.c.documents", f"{flavour}.d.collections.c.documents.r"),
                    "update",
                ),
            )
            for flavour in ("documentsdb", "vectorsdb")
        ),
        ("buckets.b.files.f.create", with_action(("files", "buckets.b.files", "buckets.b.files.f"), "create")),
        ("teams.t.update.prefs", with_action(("teams", "teams.t"), "update")),
        ("teams.t.memberships.m.update.status", with_action(("memberships", "memberships.m"), "update")),
        ("functions.f.executions.e.create", with_action(("executions", "executions.e", "functions.f"), "create")),
        ("presences.p.upsert", with_action(("presences", "presences.p"), "upsert")),
        ("reports.r.update", ("reports", "reports.r")),
        ("reports.r.insights.i.create", ("reports", "reports.r", "reports.r.insights", "reports.r.insights.i")),
    ],
)
def test_channels(event: str, channels: tuple[str, ...]) -> None:
    assert channels_of(event) == channels


@pytest.mark.parametrize(
    "event",
    [
        "databases.d.create", "databases.d.collections.c.update", "databases.d.collections.c.attributes.a.create",
        "buckets.b.create", "functions.f.update", "functions.f.deployments.d.create", "messages.m.create",
        "topics.t.subscribers.s.create", "tokens.t.create", "keys.k.create", "webhooks.w.update", "variables.v.delete",
        "rules.r.create", "migrations.m.retry", "unknown.x.create", "users..create", "",
    ],
)  # fmt: skip
def test_nobody_is_told(event: str) -> None:
    assert channels_of(event) == ()


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ("databases.d.collections.c.attributes.a.create", True), ("databases.d.tables.c.columns.a.update", True),
        ("vectorsdb.d.collections.c.indexes.i.delete", True), ("functions.f.deployments.d.update", True),
        ("functions.f.executions.e.create", True), ("sites.s.deployments.d.create", True), ("rules.r.update", True),
        ("migrations.m.create", True), ("projects.p.ping", True), ("projects.p.policies.x.update", True),
        ("databases.d.collections.c.documents.r.create", False), ("databases.d.create", False),
        ("users.u.create", False), ("sites.s.create", False), ("unknown.x.create", False),
    ],
)  # fmt: skip
def test_the_console(event: str, told: bool) -> None:
    assert console_channels_of(event, "p") == (("console", "projects.p") if told else ())


@contract.NEEDED
def test_the_contract_s_channels_are_those_there_are() -> None:
    wanted = {
        re.sub(r"\{(\w+)}", lambda found: PLACES[found[1]], entry["channel"])
        for entry in contract.load("realtime")["channels"]
        if entry.get("project") != "console"
    }
    ours = {channel for event in TOLD for channel in channels_of(event)}
    assert {channel for channel in ours if channel.rpartition(".")[2] not in ACTIONS} == wanted


@contract.NEEDED
def test_actions_stand_behind_the_channels_that_the_contract_names() -> None:
    rule = contract.load("realtime")["actionSuffix"]
    assert tuple(rule["actions"]) == ACTIONS
    bases = set(rule["whenLastOrParentSegmentIn"])
    for event in TOLD:
        channels, action = channels_of(event), event.rpartition(".")[2]
        plain = [channel for channel in channels if channel.rpartition(".")[2] not in ACTIONS]
        twins = [f"{channel}.{action}" for channel in plain if bases.intersection(channel.split(".")[-2:])]
        assert list(channels) == plain + twins


def test_the_payload_tells_ids_with_dots() -> None:
    event = "databases.d.collections.c.documents.x.documents.y.create"
    assert "databases.d.tables.c.rows.x.documents.y" in channels_of(event)
    payload = {"$id": "y", "$databaseId": "d", "$collectionId": "c.documents.x"}
    assert "databases.d.tables.c.documents.x.rows.y" in channels_of(event, payload)
    assert channels_of("users.a.b.update") == with_action(("account", "account.a.b"), "update")


def test_ids_that_are_actions() -> None:
    assert channels_of("users.update.update") == (
        "account", "account.update", "account.update", "account.update.update",
    )  # fmt: skip


@given(st.sampled_from(SHAPES), st.lists(st.text("abc.", min_size=1, max_size=6), min_size=3, max_size=3))
def test_channels_end_in_the_action_or_are_there_without(shape: Shape, ids: list[str]) -> None:
    kinds, action = shape
    event = ".".join((*(f"{kind}.{id_}" for kind, id_ in zip(kinds, ids, strict=False)), *action))
    channels = channels_of(event)
    half = len(channels) // 2
    if channels and channels[-1].rpartition(".")[2] == action[0] and kinds[0] != "reports":
        assert channels[half:] == tuple(f"{channel}.{action[0]}" for channel in channels[:half])


# --- what is asked for --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("channels", "user", "heard"),
    [
        (["account"], "u", ["account", "account.u"]),
        (["account"], None, ["account"]),
        (["account", "files", "account"], "u", ["account", "files", "account.u"]),
        (["account.update", "rows"], "u", ["account.u.update", "rows"]),
        (["account.update", "account.x"], None, ["account.update"]),
        (["account.v", "account.u", "account.v.update", "account."], "u", []),
        (["account.create", "account", "account.upsert", "account.delete"], "u",
         ["account.u.create", "account", "account.u.upsert", "account.u.delete", "account.u"]),
        (["accounts", "Account.update", "", " x "], "u", ["accounts", "Account.update", "", " x "]),
        (["documents", "documents.create", "documents"], None, ["documents", "documents.create"]),
        (["account.update"], "", ["account.update"]),
        (["account.update"], "update", ["account.update.update"]),
        ([], "u", []),
    ],
)  # fmt: skip
def test_asked(channels: list[str], user: str | None, heard: list[str]) -> None:
    assert asked(channels, user) == heard


@given(st.lists(st.sampled_from(["account", "account.update", "account.u", "account.v", "files", "rows.create"])))
def test_nobody_hears_of_another_account(channels: list[str]) -> None:
    heard = asked(channels, "u")
    assert len(heard) == len(set(heard))
    assert not [channel for channel in heard if channel.startswith("account.") and channel.split(".")[1] != "u"]
