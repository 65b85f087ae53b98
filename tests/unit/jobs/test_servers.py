"""Server processes of a cluster: that they live, how many sockets they have, and what becomes of the dead."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace

import asyncpg
import pytest

from appwrite_py.data.pg import Pool, Work
from appwrite_py.jobs import servers
from appwrite_py.jobs.servers import connections, living, swept

SOON = 0.02


def run(dsn: str, job: Callable[[Pool], Awaitable[None]]) -> None:
    async def started() -> None:
        pool = Pool(dsn, 4)
        await pool.fetch("DELETE FROM servers")
        try:
            await job(pool)
        finally:
            await pool.fetch("DELETE FROM servers")
            await pool.close()

    asyncio.run(started())


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(5):
        while not await true():  # noqa: ASYNC110 - it is the database that is looked at
            await asyncio.sleep(SOON)


async def known(pool: Pool) -> set[str]:
    return {row["id"] for row in await pool.fetch("SELECT id FROM servers")}


async def unseen(pool: Pool, server_id: str, seconds: float) -> None:
    await pool.fetch(
        "UPDATE servers SET seen_at = now() - make_interval(secs => $2::float8) WHERE id = $1", server_id, seconds
    )


def test_sockets_of_all_processes(dsn: str) -> None:
    async def job(pool: Pool) -> None:
        open_, none = {"p": 2, "q": 1}, dict[str, int]()
        async with living(pool, "a", lambda: open_), living(pool, "b", lambda: {"p": 40}), living(pool, "c", none.copy):
            assert await known(pool) == {"a", "b", "c"}
            assert await connections(pool) == {"p": 42, "q": 1}
            await unseen(pool, "b", 16)
            assert await connections(pool) == {"p": 2, "q": 1}
            assert await connections(pool, within=17) == {"p": 42, "q": 1}
        assert await known(pool) == set()
        assert await connections(pool) == {}

    run(dsn, job)


def test_saying_it_again_and_again(dsn: str) -> None:
    async def job(pool: Pool) -> None:
        count = {"p": 1}
        async with living(pool, "a", lambda: count, every=SOON):
            await unseen(pool, "a", 100)
            count["p"] = 5

            async def noticed() -> bool:
                return await connections(pool) == {"p": 5}

            await until(noticed)
            await pool.fetch("DELETE FROM servers")  # taken for dead, as when the machine has slept
            await until(noticed)

    run(dsn, job)


def test_while_the_database_is_away(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def job(pool: Pool) -> None:
        fetch, failed = pool.fetch, 0

        async def fails(*_: object) -> list[object]:
            nonlocal failed
            failed += 1
            raise asyncpg.ConnectionDoesNotExistError("away")

        async def tried() -> bool:
            return failed > 2

        async def back() -> bool:
            return await connections(pool) == {"p": 1}

        async with living(pool, "a", lambda: {"p": 1}, every=SOON):
            await unseen(pool, "a", 100)
            monkeypatch.setattr(pool, "fetch", fails)
            await until(tried)
            monkeypatch.setattr(pool, "fetch", fetch)
            await until(back)
            monkeypatch.setattr(pool, "fetch", fails)
        monkeypatch.setattr(pool, "fetch", fetch)
        assert await known(pool) == {"a"}  # its end could not be noted

    run(dsn, job)


@contextlib.asynccontextmanager
async def sweeping(pool: Pool, seen: list[float], dead_after: float) -> AsyncIterator[None]:
    async def sweep(work: Work, after: float) -> int:
        seen.append(after)
        return 0

    async with swept(pool, [sweep], every=SOON, dead_after=dead_after):
        yield


def test_the_dead_are_forgotten(dsn: str) -> None:
    async def job(pool: Pool) -> None:
        async with living(pool, "a", dict, every=SOON), living(pool, "b", dict):
            await unseen(pool, "b", 5)
            seen: list[float] = []
            async with sweeping(pool, seen, 1):

                async def gone() -> bool:
                    return await known(pool) == {"a"}

                assert not seen
                await until(gone)
            assert set(seen) == {1}

    run(dsn, job)


def test_one_that_does_not_know_does_not_sweep(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failure, and after a pause of the machine, the others have some time to say that they live."""

    async def job(pool: Pool) -> None:
        clock, looks = 1000.0, 0
        rounds: list[int] = []
        fail = False

        def look() -> float:
            nonlocal looks
            looks += 1
            return clock

        async def sweep(work: Work, after: float) -> int:
            rounds.append(looks)
            if fail:
                raise OSError("away")
            return 0

        async def pass_(seconds: float) -> int:
            """How often it was swept by those who have looked at the clock since: who is just at it has not."""
            nonlocal clock
            before = looks
            clock += seconds
            async with asyncio.timeout(20):
                while looks < before + 6:  # noqa: ASYNC110 - it is what the sweeper does that is looked at
                    await asyncio.sleep(SOON)
            return sum(round_ > before for round_ in rounds)

        monkeypatch.setattr(servers, "time", SimpleNamespace(time=look))

        async with swept(pool, [sweep], every=SOON, dead_after=30):
            assert await pass_(0) == 0
            assert await pass_(14) == 0
            assert await pass_(14) == 0
            assert await pass_(14) > 1
            assert await pass_(3600) == 0
            assert await pass_(14) == 0
            assert await pass_(14) == 0
            assert await pass_(14) > 1
            fail = True
            await pass_(1)
            fail = False
            assert await pass_(1) == 0
            assert await pass_(14) == 0
            assert await pass_(14) == 0
            assert await pass_(14) > 1

    run(dsn, job)


def test_what_goes_on_for_ever_survives_what_nobody_has_reckoned_with(dsn: str) -> None:
    async def job(pool: Pool) -> None:
        counted, swept_up = 0, 0

        def counts() -> dict[str, int]:
            nonlocal counted
            counted += 1
            if counted == 2:
                raise KeyError("nobody has reckoned with this")
            return {"p": counted}

        async def fails_once(_: Work, __: float) -> int:
            nonlocal swept_up
            swept_up += 1
            if swept_up == 1:
                raise KeyError("nobody has reckoned with this")
            return 0

        async def both() -> bool:
            return counted > 3 and swept_up > 1

        async with living(pool, "a", counts, every=SOON), swept(pool, [fails_once], every=SOON, dead_after=SOON):
            await until(both)

    run(dsn, job)


def test_sockets_of_other_processes(dsn: str) -> None:
    async def job(pool: Pool) -> None:
        async with living(pool, "a", lambda: {"p": 2}), living(pool, "b", lambda: {"p": 40, "q": 1}):
            assert await connections(pool, beside="a") == {"p": 40, "q": 1}
            assert await connections(pool, beside="b") == {"p": 2}

    run(dsn, job)
