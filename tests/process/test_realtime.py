"""Realtime with servers that are really started: what happens in one process is heard in all others."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from appwrite_py.kit import ids
from tests.conftest import TEMPLATE
from tests.process.conftest import Serve, new_database
from tests.process.running import Served, made, until
from tests.realtime_client import Client, dialled

pytestmark = pytest.mark.process
QUIET_SECONDS = 0.5
"""For how long nothing more may come before it is taken for all."""


class Shop:
    """What all servers of this module share: the database, the data folder, a project with its key."""

    def __init__(self, folder: Path, dsn: str) -> None:
        self.env = {"DATABASE_URL": dsn, "APPWRITE_PY_DATA": str(folder / "data")}
        self.key = made(folder, "project", "create", "--id", "shop", "--key", **self.env)["key"]

    def send(self, server: Served, path: str, **body: Any) -> None:
        """Create something."""
        status, answer = server.send("POST", path, body, key=self.key, project="shop")
        assert status == 201, answer


class Notes:
    """A collection that everybody may read, the servers it is reached through, and the sockets that listen to it."""

    def __init__(self, shop: Shop, serve: Serve, folder: Path, sockets: ExitStack) -> None:
        self._shop, self._serve, self._folder, self._sockets = shop, serve, folder, sockets
        self._path = f"/v1/databases/{ids.unique()}"

    def serve(self, *flags: str, count: int = 1, **env: str) -> list[Served]:
        """Start servers; the first one makes the collection."""
        folders = [self._folder / str(number) for number in range(count)]
        for folder in folders:
            folder.mkdir()
        servers = [self._serve(*flags, folder=folder, **self._shop.env, **env) for folder in folders]
        for server in servers:
            server.ready()
        self._make(servers[0])
        return servers

    def _make(self, server: Served) -> None:
        path, text = f"{self._path}/collections", {"key": "text", "type": "string", "size": 100_000, "required": True}
        notes = {"collectionId": "notes", "name": "Notes", "permissions": ['read("any")'], "attributes": [text]}
        self._shop.send(server, "/v1/databases", databaseId=self._path.rpartition("/")[2], name="Notes")
        self._shop.send(server, path, **notes)

    @property
    def channel(self) -> str:
        """Where the notes are told."""
        return f"{self._path.removeprefix('/v1/').replace('/', '.')}.collections.notes.documents"

    def create(self, server: Served, id_: str, text: str = "x") -> None:
        """Create a note."""
        self._shop.send(server, f"{self._path}/collections/notes/documents", documentId=id_, data={"text": text})

    def listen(self, server: Served, count: int) -> list[Client]:
        """So many sockets that listen to the notes."""
        dial = self._sockets.enter_context
        clients = [dial(dialled(f"127.0.0.1:{server.port}", "shop")) for _ in range(count)]
        for client in clients:
            client.subscribe(self.channel)
        return clients


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with new_database(f'TEMPLATE "{TEMPLATE}"') as dsn:
        yield Shop(tmp_path_factory.mktemp("shop"), dsn)


@pytest.fixture
def notes(shop: Shop, serve: Serve, tmp_path: Path) -> Iterator[Notes]:
    with ExitStack() as sockets:
        yield Notes(shop, serve, tmp_path, sockets)


def heard(client: Client, count: int) -> list[str]:
    """The ids that so many events are about, and no more events."""
    found = [client.event()["payload"]["$id"] for _ in range(count)]
    assert client.silent(0)
    return found


# --- several processes --------------------------------------------------------------------------------


@pytest.mark.parametrize("processes", ["two servers", "two workers"])
def test_all_hear_all_of_it_once_and_in_order(notes: Notes, processes: str) -> None:
    servers = notes.serve("--workers", "2") if processes == "two workers" else notes.serve(count=2)
    clients = [client for server in servers for client in notes.listen(server, 40 // len(servers))]
    names = [f"n{number}" for number in range(200)]
    for number, name in enumerate(names):
        notes.create(servers[number % len(servers)], name)
    for client in clients:
        assert heard(client, len(names)) == names
    written_at_once(notes, servers, clients)


def written_at_once(notes: Notes, servers: Sequence[Served], clients: Sequence[Client]) -> None:
    """Several write at a time: all is told once, and what one has written in the order in which it was."""
    threads = [threading.Thread(target=write, args=(notes, servers[at % len(servers)], at, 20)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        found = heard(client, 80)
        for at in range(4):
            assert [name for name in found if name.startswith(f"w{at}-")] == [f"w{at}-{number}" for number in range(20)]


def write(notes: Notes, server: Served, at: int, count: int, answered: list[str] | None = None) -> None:
    """Create so many notes; note which ones were answered, where that is not sure."""
    for number in range(count):
        try:
            notes.create(server, f"w{at}-{number}")
        except (OSError, http.client.HTTPException):
            if answered is None:
                raise
            return
        if answered is not None:
            answered.append(f"w{at}-{number}")


def test_what_a_killed_server_has_answered_is_told(notes: Notes) -> None:
    server, victim = notes.serve(count=2)
    clients = notes.listen(server, 5)
    answered: list[str] = []
    threads = [threading.Thread(target=write, args=(notes, victim, at, 10_000, answered)) for at in range(4)]
    for thread in threads:
        thread.start()
    until(lambda: len(answered) > 100)
    victim.kill()
    for thread in threads:
        thread.join()
    notes.create(server, "last")
    told = [until_told(client, "last") for client in clients]
    time.sleep(QUIET_SECONDS)
    for client, found in zip(clients, told, strict=True):
        assert set(found) >= set(answered)
        while (event := client.soon("event", 0)) is not None:  # done, and not answered any more
            found.append(event["payload"]["$id"])
        assert len(found) == len(set(found))


def until_told(client: Client, id_: str) -> list[str]:
    """The ids that events are about, up to this one."""
    found: list[str] = []
    while id_ not in found:
        found.append(client.event()["payload"]["$id"])
    return found


# --- the end of a server ------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [(), ("--workers", "2")], ids=["alone", "workers"])
def test_a_stop_with_open_sockets(notes: Notes, flags: tuple[str, ...]) -> None:
    (server,) = notes.serve(*flags)
    clients = notes.listen(server, 10)
    notes.create(server, "n1")
    assert clients[0].event()["payload"]["$id"] == "n1"
    assert server.stop() < 4
    assert clients[0].end() == 1012
    for client in clients[1:]:
        assert client.event()["payload"]["$id"] == "n1"
        assert client.end() == 1012
    assert "Traceback" not in server.output


# --- sockets that do not behave -----------------------------------------------------------------------


@contextmanager
def raw(server: Served, *, path: str = "/v1/realtime?project=shop", **more: Any) -> Iterator[ClientConnection]:
    """A connection that reads only when it is told to."""
    url = f"ws://127.0.0.1:{server.port}{path}"
    with connect(
        url, compression=None, proxy=None, max_queue=1, max_size=None, close_timeout=0.1, **more
    ) as connection:
        yield connection


@contextmanager
def slow_reader(server: Served, channel: str) -> Iterator[ClientConnection]:
    """A socket that listens and takes nothing of what it is told; its kernel buffers next to nothing."""
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.connect(("127.0.0.1", server.port))
    with raw(server, sock=narrow) as connection:
        connection.recv()
        connection.send(json.dumps({"type": "subscribe", "data": [{"channels": [channel]}]}))
        connection.recv()
        yield connection


def got_until_the_end(connection: ClientConnection) -> int:
    """How many frames there are before the connection is cut."""
    got = 0
    try:
        while True:
            connection.recv(timeout=5)
            got += 1
    except ConnectionClosed:
        return got


def test_a_slow_reader_is_cut_off_and_its_neighbour_is_not(notes: Notes) -> None:
    (server,) = notes.serve(APPWRITE_PY_REALTIME_BACKLOG_BYTES="64000")
    (neighbour,) = notes.listen(server, 1)
    names = [f"n{number}" for number in range(60)]
    with slow_reader(server, notes.channel) as slow:
        for name in names:
            notes.create(server, name, "x" * 100_000)
        assert heard(neighbour, len(names)) == names
        until(lambda: "slow sockets were cut off" in server.output, 5)
        assert got_until_the_end(slow) < len(names)
    notes.create(server, "after")
    assert heard(neighbour, 1) == ["after"]


def test_a_stop_does_not_wait_for_a_slow_reader(notes: Notes) -> None:
    (server,) = notes.serve()
    with slow_reader(server, notes.channel):
        for number in range(40):
            notes.create(server, f"n{number}", "x" * 100_000)
        assert server.stop() < 6


def test_messages_that_are_too_large(notes: Notes) -> None:
    (server,) = notes.serve()
    with raw(server) as connection:
        connection.recv()
        connection.send("x" * 64_000)
        assert '"code":1003' in str(connection.recv())
        connection.send("x" * 64_001)
        with pytest.raises(ConnectionClosed, match="1009"):
            connection.recv(timeout=5)
    not_upgraded(server)


def not_upgraded(server: Served) -> None:
    """There is one path for sockets, and it is for nothing else."""
    for path in ("/v1/realtime/", "/v1/account", "/", "/v1/realtime/events?project=shop"):
        with pytest.raises(InvalidStatus) as refused, raw(server, path=path):
            pass
        assert refused.value.response.status_code in (403, 404)
    status, answer = server.send("GET", "/v1/realtime?project=shop")
    assert (status, answer["type"]) == (404, "general_route_not_found")
    assert "Traceback" not in server.output
