"""Presences that go by themselves: when their time is over, and when the process of their socket has died."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appwrite_py.data.pg import Work
from appwrite_py.identity import presences
from appwrite_py.jobs import servers
from appwrite_py.jobs.servers import sweep as sweep_up
from appwrite_py.kit import ids
from tests.api.presences.tools import Socket, expire, happened, inside, rows, said, told
from tests.client import Sandbox, User


@pytest.fixture
def live(sandbox: Sandbox) -> Iterator[str]:
    """The id of a process that lives."""
    server_id = ids.unique()
    sandbox.guest.sql("INSERT INTO servers (id) VALUES ($1)", server_id)
    yield server_id
    sandbox.guest.sql("DELETE FROM servers WHERE id = $1", server_id)


def sweep(sandbox: Sandbox) -> int:
    """Sweep once; how many presences of this project were taken away."""
    before = len(rows(sandbox))
    inside(sandbox.guest, sweep_up, sandbox.guest.resources.pool, [presences.sweep])
    return before - len(rows(sandbox))


def unseen(sandbox: Sandbox, server_id: str, seconds: int) -> None:
    sandbox.guest.sql(
        "UPDATE servers SET seen_at = now() - make_interval(secs => $2) WHERE id = $1", server_id, seconds
    )


def crew(sandbox: Sandbox, count: int) -> list[User]:
    return [sandbox.user() for _ in range(count)]


def test_those_that_have_expired(sandbox: Sandbox, live: str) -> None:
    ada, eve, zoe = crew(sandbox, 3)
    made = said(ada, "a", permissions=['read("users")', 'read("any")'])
    said(eve, "e")
    Socket(zoe, live, "1").say("online", "z")
    sweep(sandbox)
    assert rows(sandbox).keys() == {"a", "e", "z"}
    expire(sandbox, "a")
    expire(sandbox, "z")
    assert sweep(sandbox) == 2
    assert rows(sandbox).keys() == {"e"}
    (gone,) = [event for event in told(sandbox) if event[0] == "presences.a.delete"]
    assert gone[1] == ["users", "any"]
    assert gone[2] | {"expiresAt": made["expiresAt"]} == made
    assert sweep(sandbox) == 0
    assert sorted(happened(sandbox)[3:]) == ["a.delete", "z.delete"]


def test_those_of_dead_processes(sandbox: Sandbox, live: str) -> None:
    ada, eve, zoe = crew(sandbox, 3)
    Socket(ada, live, "1").say("online", "a")
    Socket(eve, ids.unique(), "1").say("online", "e")  # ended without taking it along, or never said that it lives
    said(zoe, "z")
    assert sweep(sandbox) == 1
    assert rows(sandbox).keys() == {"a", "z"}
    unseen(sandbox, live, 20)
    assert sweep(sandbox) == 0
    unseen(sandbox, live, 31)
    assert sweep(sandbox) == 1
    assert rows(sandbox).keys() == {"z"}
    assert happened(sandbox)[3:] == ["e.delete", "a.delete"]
    assert not sandbox.guest.sql("SELECT 1 FROM servers WHERE id = $1", live)


def test_what_another_process_says_again_lives_on(sandbox: Sandbox, live: str) -> None:
    user = sandbox.user()
    Socket(user, ids.unique(), "1").say("online", "here")
    Socket(user, live, "1").say("online", "here")
    assert sweep(sandbox) == 0
    assert rows(sandbox)["here"]["server_id"] == live


def test_in_batches(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_EXPIRED", "_ABANDONED"):
        monkeypatch.setattr(presences, name, getattr(presences, name).replace("LIMIT 500", "LIMIT 2"))
    users = crew(sandbox, 7)
    for number, user in enumerate(users):
        Socket(user, f"dead-{number % 3}", "1").say("online", f"p{number}")
    expire(sandbox, "p0")
    expire(sandbox, "p1")
    expire(sandbox, "p2")
    assert sweep(sandbox) == 7
    assert not rows(sandbox)
    assert sorted(happened(sandbox)[7:]) == [f"p{number}.delete" for number in range(7)]


def test_one_process_at_a_time(sandbox: Sandbox) -> None:
    """And a presence that is just said again is left alone."""
    user = sandbox.user()
    said(user)
    expire(sandbox)
    pool = sandbox.guest.resources.pool

    async def call() -> tuple[int, int]:
        other = Work(pool)
        await other.begin()
        await other.fetchval("SELECT pg_advisory_xact_lock($1)", servers._LOCK)
        locked = await sweep_up(pool, [presences.sweep])
        await other.rollback()
        await other.write("SELECT 1 FROM presences WHERE project_id = $1 FOR UPDATE", sandbox.id)
        busy = await sweep_up(pool, [presences.sweep])
        await other.rollback()
        return locked, busy

    assert inside(sandbox.guest, call) == (0, 0)
    assert happened(sandbox) == ["here.upsert"]
    assert sweep(sandbox) == 1


def test_a_sweep_that_fails_takes_nothing_away(sandbox: Sandbox) -> None:
    user = sandbox.user()
    said(user)
    expire(sandbox)

    async def fails(work: Work, dead_after: float) -> int:
        raise OSError("away")

    pool = sandbox.guest.resources.pool
    with pytest.raises(OSError, match="away"):
        inside(sandbox.guest, sweep_up, pool, [presences.sweep, fails])
    assert rows(sandbox).keys() == {"here"}
    assert happened(sandbox) == ["here.upsert"]
