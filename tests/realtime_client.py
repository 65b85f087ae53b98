"""A client of realtime, as the SDKs are one: it opens a socket, subscribes with messages, and waits for frames."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from queue import Empty, Queue
from threading import Thread
from typing import Any, Protocol
from urllib.parse import urlencode

import orjson
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.client import Api

PATIENCE = 10.0


class Session(Protocol):
    """What carries the frames: a session of a TestClient, or a connection to a server that was really started."""

    def receive_text(self) -> str:
        """Wait for a frame. Raises WebSocketDisconnect."""
        ...

    def send_text(self, data: str) -> None:
        """Send a frame."""
        ...


class Client:
    """One open socket. Frames are read in a thread of their own, so that waiting for one can end."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._frames: Queue[dict[str, Any] | int] = Queue()
        self.closed: int | None = None
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while True:
                self._frames.put(orjson.loads(self._session.receive_text()))
        except WebSocketDisconnect as end:
            self._frames.put(end.code)
        except Exception:  # the test has ended
            self._frames.put(0)

    def next(self, *types: str, patience: float = PATIENCE) -> Any:
        """The data of the next frame of one of these types; of any without."""
        while True:
            frame = self._frames.get(timeout=patience)
            if isinstance(frame, int):
                self.closed = frame
                raise AssertionError(f"the socket was closed with {frame}")
            if not types or frame["type"] in types:
                return frame.get("data")

    def end(self) -> int:
        """The code that the server closes the socket with."""
        while True:
            frame = self._frames.get(timeout=PATIENCE)
            if isinstance(frame, int):
                return frame

    def event(self) -> Any:
        """The next event."""
        return self.next("event")

    def soon(self, type_: str, seconds: float) -> Any:
        """The data of the next frame of this type; None if there is none before so much time has passed."""
        try:
            return self.next(type_, patience=seconds)
        except Empty:
            return None

    def silent(self, seconds: float = 0.2) -> bool:
        """Whether nothing comes for a while."""
        try:
            self._frames.get(timeout=seconds)
        except Empty:
            return True
        return False

    def send(self, type_: str, data: Any = None) -> Any:
        """Send a message and wait for what answers it."""
        self.say(orjson.dumps({"type": type_, "data": data}).decode())
        return self.next("response", "error", "pong")

    def say(self, text: str) -> None:
        """Send text."""
        self._session.send_text(text)

    def subscribe(self, *channels: str, queries: list[str] | None = None, id_: str | None = None) -> str:
        """Subscribe; the id of the subscription."""
        item = {"channels": channels, "queries": queries or []} | ({"subscriptionId": id_} if id_ else {})
        answer = self.send("subscribe", [item])
        assert answer["success"] is True, answer
        return str(answer["subscriptions"][0]["subscriptionId"])

    def barrier(self) -> None:
        """Wait until all that was sent before has been dealt with."""
        self.say('{"type":"ping"}')
        self.next("pong")


@contextmanager
def opened(api: Api, project_id: str, *, connected: bool = True, **query: Any) -> Iterator[Client]:
    """A socket of this caller; `connected` waits for the first frame, which is then `client.hello`."""
    api.http.cookies.clear()
    _let_read(api)
    path = "/v1/realtime?" + urlencode({"project": project_id, **query}, doseq=True)
    with api.http.websocket_connect(path, headers=api.headers) as session:
        client = Client(session)
        if connected:
            client.hello = client.next("connected")  # type: ignore[attr-defined]
        yield client


def _let_read(api: Api) -> None:
    """Wait until the server has read what has happened so far: on a busy machine a new socket would hear of it, too."""
    serve: Any = api.http.app.sockets.get("/v1/realtime")  # type: ignore[attr-defined]
    if serve is None or serve.__self__.hub._reading is None:
        return
    newest = api.sql("SELECT coalesce(max(number), 0) AS number FROM outbox")[0]["number"]
    give_up_at = time.monotonic() + PATIENCE
    while serve.__self__.hub.tail._highest < newest and time.monotonic() < give_up_at:
        time.sleep(0.005)


class Wire:
    """A connection to a server that was really started."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def receive_text(self) -> str:
        """Wait for a frame. Raises WebSocketDisconnect."""
        try:
            return self._connection.recv(decode=True)
        except ConnectionClosed as end:
            raise WebSocketDisconnect(1006 if end.rcvd is None else end.rcvd.code) from end

    def send_text(self, data: str) -> None:
        """Send a frame."""
        self._connection.send(data)


@contextmanager
def dialled(
    server: str, project_id: str, *, headers: Mapping[str, str] | None = None, **query: Any
) -> Iterator[Client]:
    """A socket of a server that was really started; `server` is its address, as `localhost:8080`."""
    url = f"ws://{server}/v1/realtime?" + urlencode({"project": project_id, **query}, doseq=True)
    with connect(url, additional_headers=headers, compression=None, proxy=None, max_size=None) as connection:
        client = Client(Wire(connection))
        client.hello = client.next("connected")  # type: ignore[attr-defined]
        yield client


Opener = Callable[..., Client]
