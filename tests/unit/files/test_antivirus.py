"""Files are clean when clamd says so and at no other time: asked of clamd itself, where there is one, and of a server
that speaks its protocol and can be told to misbehave."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import uvloop

from appwrite_py.files.antivirus import Scanner, ScannerUnavailable, make_scanner
from tests.clamd import EICAR, PROGRAM, STREAM_MAX_LENGTH, VIRUS, Clamd, Manner, Place, real_clamd
from tests.conftest import settings_for_tests

Run = Callable[[Coroutine[Any, Any, Any]], Any]
KINDS = ("server of the tests", *(("clamd",) if PROGRAM else ()))
LONG = [b"x" * 65_536] * (2 * STREAM_MAX_LENGTH // 65_536)
SHORT_SECONDS = 0.3


@pytest.fixture(scope="module", params=KINDS)
def places(request: pytest.FixtureRequest) -> Iterator[tuple[Place, Place]]:
    """A scanner of each kind that can be had: its port, and its socket."""
    with ExitStack() as stack:
        if request.param == "clamd":
            yield stack.enter_context(real_clamd())
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            at_port, at_socket = (stack.enter_context(Clamd(path)) for path in (None, Path(folder) / "s"))
            yield at_port.place, at_socket.place


@pytest.fixture(params=["port", "socket"])
def scanner(places: tuple[Place, Place], request: pytest.FixtureRequest) -> Scanner:
    return Scanner(*places[request.param == "socket"])


@pytest.fixture
def clamd() -> Iterator[Clamd]:
    with Clamd() as server:
        yield server


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """Runs coroutines on each kind of loop that servers have."""
    with asyncio.Runner(loop_factory=request.param) as runner:
        yield runner.run


async def pieces_of(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def impatient(place: Place) -> Scanner:
    return Scanner(*place, connect_seconds=SHORT_SECONDS, stall_seconds=SHORT_SECONDS, answer_seconds=SHORT_SECONDS)


def refusal(run: Run, scanner: Scanner, *pieces: bytes) -> str:
    """Why there is no verdict."""
    with pytest.raises(ScannerUnavailable) as caught:
        run(scanner.scan(pieces_of(*pieces)))
    return str(caught.value)


# --- verdicts -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("pieces", [
    (), (b"",), (b"nothing to see here",), (EICAR[:-1],), (bytes(range(256)) * 64,) * 10,
], ids=["no piece", "an empty piece", "text", "nearly a virus", "many pieces"])  # fmt: skip
def test_clean(scanner: Scanner, run: Run, pieces: tuple[bytes, ...]) -> None:
    assert run(scanner.scan(pieces_of(*pieces))) is None


@pytest.mark.parametrize("pieces", [
    (EICAR,), (b"before ", EICAR, b" after"), (b"x" * 700_000 + EICAR,), tuple(bytes([byte]) for byte in EICAR),
    (EICAR[:30], b"", EICAR[30:]),
], ids=["alone", "inside", "at the end of a large piece", "byte by byte", "around an empty piece"])  # fmt: skip
def test_infected(scanner: Scanner, run: Run, pieces: tuple[bytes, ...]) -> None:
    found = run(scanner.scan(pieces_of(*pieces)))
    assert found is not None
    assert found.removesuffix(".UNOFFICIAL") == VIRUS  # clamd's mark of signatures that are not ClamAV's


def test_as_long_as_may_be(scanner: Scanner, run: Run) -> None:
    assert run(scanner.scan(pieces_of(*[b"x" * 65_536] * (STREAM_MAX_LENGTH // 65_536)))) is None


@pytest.mark.parametrize("pieces", [(b"x" * (STREAM_MAX_LENGTH + 1),), LONG, [b"x" * (4 << 20)] * 3],
                         ids=["a byte too long", "many pieces", "large pieces"])  # fmt: skip
def test_too_long(scanner: Scanner, run: Run, pieces: tuple[bytes, ...]) -> None:
    assert "raise StreamMaxLength" in refusal(run, scanner, *pieces)
    assert run(scanner.scan(pieces_of(b"the next one"))) is None


def test_many_at_once(scanner: Scanner, run: Run) -> None:
    async def all_of_them() -> list[str | None]:
        files = [EICAR if number % 3 == 0 else b"x" * 50_000 for number in range(40)]
        return await asyncio.gather(*(scanner.scan(pieces_of(content)) for content in files))

    assert [found is not None for found in run(all_of_them())] == [number % 3 == 0 for number in range(40)]


def test_not_too_many_at_once(run: Run) -> None:
    async def test() -> None:
        now, most = 0, 0

        async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal now, most
            now += 1
            most = max(most, now)
            await reader.readuntil(bytes(4))
            await asyncio.sleep(0.02)
            now -= 1
            writer.write(b"stream: OK\0")
            writer.close()

        async with await asyncio.start_server(slow, "127.0.0.1", 0) as server:
            scanner = Scanner(*server.sockets[0].getsockname(), at_once=3)
            assert await asyncio.gather(*(scanner.scan(pieces_of(b"x")) for _ in range(10))) == [None] * 10
        assert most == 3

    run(test())


def test_who_is_there(scanner: Scanner, run: Run) -> None:
    assert run(scanner.ping()) is True
    assert run(scanner.version()).startswith("ClamAV 1.")


# --- the protocol ---------------------------------------------------------------------------------------
def test_a_chunk_for_each_piece(clamd: Clamd, run: Run) -> None:
    assert run(Scanner(*clamd.place).scan(pieces_of(b"a" * 10, b"", b"b" * 70_000, b"c"))) is None
    assert clamd.chunks == [10, 70_000, 1, 0]


@pytest.mark.parametrize(("says", "name"), [
    (b"stream: Win.Test.EICAR_HDB-1 FOUND\0", "Win.Test.EICAR_HDB-1"),
    (b"stream: Name of several words FOUND\0", "Name of several words"),
    (b"stream: Eicar(44d88612fea8a8f36de82e1278abb02f:68) FOUND\0", "Eicar(44d88612fea8a8f36de82e1278abb02f:68)"),
    (b"stream: OK FOUND\0", "OK"),
])  # fmt: skip
def test_names_of_viruses(clamd: Clamd, run: Run, says: bytes, name: str) -> None:
    clamd.says = says
    assert run(Scanner(*clamd.place).scan(pieces_of(b"x"))) == name


@pytest.mark.parametrize(("says", "problem"), [
    (b"INSTREAM: Can't write to temporary file. ERROR\0", "Can't write to temporary file. ERROR"),
    (b"stream: Can't allocate memory ERROR\0", "Can't allocate memory ERROR"),
    (b"COMMAND READ TIMED OUT\0", "COMMAND READ TIMED OUT"),
    (b"UNKNOWN COMMAND\0", "UNKNOWN COMMAND"),
    (b"OK\0", "answered 'OK'"),
    (b"stream: OKAY\0", "OKAY"),
    (b"stream: not OK\0", "not OK"),
    (b"stream: A FOUND\nstream: OK\0", "answered"),
    (b"\0", "answered ''"),
    (b"\xff\xfe\0", "answered"),
    (b"e" * 1000 + b"\0", "answered 'eee"),
    (b"", "hung up"),
    (b"stream: OK", "hung up"),
    (b"stream: OK" + b" " * 100_000, "said too much"),
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "hung up"),
])  # fmt: skip
def test_answers_that_are_no_verdict(clamd: Clamd, run: Run, says: bytes, problem: str) -> None:
    clamd.says = says
    message = refusal(run, Scanner(*clamd.place), b"x")
    assert problem in message
    assert message.startswith(f"clamd at 127.0.0.1, port {clamd.place.port} ")
    assert len(message) < 400


# --- a scanner that does not work -------------------------------------------------------------------------
def test_down(run: Run, tmp_path: Path) -> None:
    with Clamd() as gone:
        place = gone.place
    for nowhere in (place, Place(str(tmp_path / "none")), Place("/" + "too-long" * 30)):
        assert "takes no connection: " in refusal(run, Scanner(*nowhere), b"x")
        assert run(Scanner(*nowhere).ping()) is False
        with pytest.raises(ScannerUnavailable):
            run(Scanner(*nowhere).version())


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".invalid", "no host"])
def test_unknown_host(run: Run, host: str) -> None:
    assert "the host is not known" in refusal(run, Scanner(host, 3310), b"x")
    assert run(Scanner(host, 3310).ping()) is False


def test_any_address_of_the_host(clamd: Clamd, run: Run) -> None:
    assert run(Scanner("localhost", clamd.place.port).scan(pieces_of(EICAR))) == VIRUS  # often ::1 comes first


def test_no_connection_in_time(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as waiting:
        for _ in range(3):  # more than its queue holds
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        place = Place("127.0.0.1", full.getsockname()[1])
        assert "takes no connection within 0.3 seconds" in refusal(run, impatient(place), b"x")


def test_a_socket_that_is_busy_for_a_while(run: Run, tmp_path: Path) -> None:
    """What is at a unix socket does not queue more than it says it does: a client has to come back."""
    with socket.socket(socket.AF_UNIX) as busy, ExitStack() as waiting:
        busy.bind(str(tmp_path / "s"))
        busy.listen(0)
        for _ in range(3):
            one = waiting.enter_context(socket.socket(socket.AF_UNIX))
            one.setblocking(False)
            one.connect_ex(str(tmp_path / "s"))
        assert "takes no connection within 0.3 seconds" in refusal(run, impatient(Place(str(tmp_path / "s"))), b"x")

    async def later() -> str | None:
        path = tmp_path / "later"
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(path))
            listening.listen(0)
            queued = [asyncio.create_task(Scanner(str(path), 0).scan(pieces_of(EICAR))) for _ in range(5)]
            await asyncio.sleep(0.1)

            async def verdict(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await reader.readuntil(bytes(4))
                writer.write(b"stream: Found FOUND\0")
                writer.close()

            listening.setblocking(False)
            async with await asyncio.start_unix_server(verdict, sock=listening):
                return set(await asyncio.gather(*queued)).pop()

    assert run(later()) == "Found"


def test_hanging(clamd: Clamd, run: Run) -> None:
    clamd.manner = "hang"
    began = time.monotonic()
    assert "does not answer within 0.3 seconds" in refusal(run, impatient(clamd.place), b"x")
    assert run(impatient(clamd.place).ping()) is False
    with pytest.raises(ScannerUnavailable, match="does not answer"):
        run(impatient(clamd.place).version())
    assert time.monotonic() - began < 5


def test_no_more_is_read_than_the_scanner_takes(clamd: Clamd, run: Run) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 65_536
            yield b"x" * 65_536

    clamd.manner = "ignore"
    with pytest.raises(ScannerUnavailable, match=r"takes no more data for 0\.3 seconds"):
        run(impatient(clamd.place).scan(endless()))
    assert taken < 32 << 20  # what the system's buffers hold


@pytest.mark.parametrize("manner", ["hang up at once", "hang up midway"])
@pytest.mark.parametrize("pieces", [[b"x"], LONG], ids=["short", "long"])
def test_hanging_up(clamd: Clamd, run: Run, manner: Manner, pieces: list[bytes]) -> None:
    clamd.manner = manner
    message = refusal(run, Scanner(*clamd.place), *pieces)
    assert "hung up" in message or "broke the connection: " in message
    assert run(Scanner(*clamd.place).ping()) is (manner == "hang up midway")


def test_a_verdict_before_the_end_is_none(run: Run) -> None:
    """Clean is what clamd has seen the whole of."""

    async def test() -> None:
        async def hasty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(100)
            writer.write(b"stream: OK\0")
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(hasty, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(ScannerUnavailable, match=r"hung up and answered 'stream: OK'|broke the connection"):
                await Scanner("127.0.0.1", port).scan(pieces_of(*LONG * 10))

    run(test())


# --- the other side -------------------------------------------------------------------------------------
@pytest.mark.parametrize("error", [OSError(5, "the disk is broken"), TimeoutError("slow"), KeyError("missing")])
def test_a_file_that_cannot_be_read_is_not_the_scanners_fault(scanner: Scanner, run: Run, error: Exception) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"the beginning"
        raise error

    with pytest.raises(type(error)) as caught:
        run(scanner.scan(broken()))
    assert caught.value is error
    assert run(scanner.scan(pieces_of(b"the next one"))) is None


def test_time_to_read_the_file_does_not_count(clamd: Clamd, run: Run) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield EICAR[:20]
        await asyncio.sleep(2 * SHORT_SECONDS)
        yield EICAR[20:]

    assert run(impatient(clamd.place).scan(slow())) == VIRUS


def test_giving_up_ends_the_connection(run: Run) -> None:
    async def test() -> None:
        ended = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.read(100):
                pass
            ended.set()
            writer.close()

        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            asking = asyncio.create_task(Scanner(*server.sockets[0].getsockname()).scan(pieces_of(b"x")))
            await asyncio.sleep(0.05)
            assert not ended.is_set()
            asking.cancel()
            await asyncio.wait_for(ended.wait(), 5)

    run(test())


# --- settings -------------------------------------------------------------------------------------------
def test_off_unless_switched_on(places: tuple[Place, Place], run: Run) -> None:
    settings = settings_for_tests()
    assert (settings.storage_antivirus_host, settings.storage_antivirus_port) == ("clamav", 3310)
    assert make_scanner(settings) is None
    for host, port in places:
        made = make_scanner(
            settings_for_tests(storage_antivirus="enabled", storage_antivirus_host=host, storage_antivirus_port=port)
        )
        assert made is not None
        assert run(made.ping()) is True
