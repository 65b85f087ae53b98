"""`serve`: the first start and later ones, an orderly end, a disorderly one, and what keeps it from starting."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import stat
import tempfile
import threading
import time
from pathlib import Path

import pytest

from tests.process.conftest import NewFolder, Serve
from tests.process.running import Served, command, gone, made, until

pytestmark = pytest.mark.process
DOCUMENTS = "/v1/databases/db/collections/notes/documents"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def kilobytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


# --- start and stop ---------------------------------------------------------------------------------


def test_first_start_later_start_and_stop(serve: Serve, tmp_path: Path) -> None:
    server = serve(first=True).ready()
    assert server.send("GET", "/v1/ping") == (200, "Pong!")
    assert server.seconds < 20
    assert kilobytes(server.process.pid) < 150 * 1024
    data = tmp_path / "appwrite-data"
    assert (mode(data), mode(data / "secrets.json")) == (0o700, 0o600)
    key = (data / "secrets.json").read_text()
    database = server.database
    assert database.running()
    assert server.stop() < 5
    assert not database.running()
    assert not (data / "postgres" / "data" / "postmaster.pid").exists()

    again = serve().ready()
    assert again.seconds < 10
    assert "Creating" not in again.output
    assert "Migrating" not in again.output
    assert (data / "secrets.json").read_text() == key
    assert again.stop(signal.SIGINT) < 5


def test_stop_while_starting(serve: Serve) -> None:
    server = serve(first=True)
    until(lambda: "Creating the database" in server.output)
    assert server.stop() < 10
    assert not server.database.running()
    assert serve().ready().send("GET", "/v1/ping")[0] == 200


def half_sent(server: Served) -> tuple[socket.socket, bytes]:
    """A request whose body has not arrived whole, and the rest of it."""
    body = json.dumps({"userId": "unique()", "email": "ada@example.com", "password": "correct horse"}).encode()
    head = (
        "POST /v1/account HTTP/1.1\r\nHost: localhost\r\nX-Appwrite-Project: console\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    connection.sendall(head.encode() + body[:20])
    time.sleep(0.2)
    return connection, body[20:]


@pytest.mark.parametrize("flags", [(), ("--workers", "2")], ids=["alone", "workers"])
def test_request_in_flight_is_finished(serve: Serve, flags: tuple[str, ...]) -> None:
    server = serve(*flags).ready()
    connection, rest = half_sent(server)
    idle = socket.create_connection(("127.0.0.1", server.port))
    started = time.perf_counter()
    server.process.terminate()
    time.sleep(0.5)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port))
    assert server.process.poll() is None
    connection.sendall(rest)
    assert connection.recv(1000).startswith(b"HTTP/1.1 201")
    assert server.process.wait(20) == 0
    assert time.perf_counter() - started < 5
    idle.close()


def test_request_that_does_not_end_is_ended(serve: Serve) -> None:
    server = serve().ready()
    connection, _ = half_sent(server)
    seconds = server.stop()
    assert 3 < seconds < 7
    assert not server.database.running()
    connection.close()


def test_second_interrupt_stops_at_once(serve: Serve) -> None:
    server = serve().ready()
    connection, _ = half_sent(server)
    server.process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert server.stop(signal.SIGINT) < 3
    assert not server.database.running()
    connection.close()


# --- kill -9 ----------------------------------------------------------------------------------------


def create_documents(server: Served, key: str, made_ids: list[str], stop: threading.Event, name: int) -> None:
    """Create one document after the other; note the ids that the server has answered for."""
    number = 0
    while not stop.is_set():
        number += 1
        document = {"documentId": f"w{name}-{number}", "data": {"text": f"note {number}"}}
        try:
            status, body = server.send("POST", DOCUMENTS, document, key=key, project="shop")
        except (OSError, http.client.HTTPException):
            return  # killed
        if status != 201:
            return  # its database was killed
        made_ids.append(body["$id"])


@pytest.mark.parametrize("victims", ["server", "server and database", "one of two workers"])
def test_nothing_that_was_answered_is_lost(serve: Serve, new_folder: NewFolder, victims: str) -> None:
    folder = new_folder()
    key = made(folder, "project", "create", "--id", "shop", "--key")["key"]
    workers = ("--workers", "2") if "workers" in victims else ()
    server = serve(*workers, folder=folder).ready()
    for path, body in (
        ("/v1/databases", {"databaseId": "db", "name": "db"}),
        ("/v1/databases/db/collections", {"collectionId": "notes", "name": "notes"}),
        ("/v1/databases/db/collections/notes/attributes/string", {"key": "text", "size": 100, "required": True}),
    ):
        assert server.send("POST", path, body, key=key, project="shop")[0] in (201, 202)
    answered: list[str] = []
    stop = threading.Event()
    threads = [threading.Thread(target=create_documents, args=(server, key, answered, stop, n)) for n in range(4)]
    for thread in threads:
        thread.start()
    until(lambda: len(answered) > 100)
    if "database" in victims:
        pid = int((server.database.folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
    if workers:
        os.kill(server.workers()[0], signal.SIGKILL)
        time.sleep(0.5)
    stop.set()
    left = server.workers()
    server.kill()
    for thread in threads:
        thread.join()
    until(lambda: all(map(gone, left)))  # a worker that is just starting notices a moment later

    again = serve(port=server.port, folder=folder).ready()
    query = f'?queries[]={{"method":"limit","values":[{len(answered) + 1000}]}}'.replace('"', "%22")
    status, found = again.send("GET", DOCUMENTS + query, key=key, project="shop")
    assert status == 200, found
    assert {document["$id"] for document in found["documents"]} >= set(answered)
    assert (
        again.send("POST", DOCUMENTS, {"documentId": "new", "data": {"text": "x"}}, key=key, project="shop")[0] == 201
    )
    again.stop()


def test_requests_whose_head_does_not_end(serve: Serve) -> None:
    server = serve().ready()
    begun = kilobytes(server.process.pid)
    for endless in (b"x: " + b"x" * 1000 + b"\r\n", b"x" * 1000):  # many headers, and one
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(b"GET /v1/ping HTTP/1.1\r\nHost: localhost\r\nx: ")
            with pytest.raises(OSError, match=r"reset|Broken pipe"):
                connection.sendall(endless * 100_000)
    assert kilobytes(server.process.pid) < begun + 8 * 1024
    long = {f"x-{number}": "x" * 1000 for number in range(50)}
    assert server.send("GET", "/v1/ping", **long) == (200, "Pong!")


def test_database_that_dies_is_started_again(serve: Serve) -> None:
    server = serve().ready()
    os.kill(int((server.database.folder / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    until(lambda: "started again" in server.output)
    until(lambda: server.send("GET", "/v1/ping")[0] == 200)
    assert server.stop() < 5
    assert not server.database.running()


# --- workers ----------------------------------------------------------------------------------------


def test_worker_that_dies_is_replaced(serve: Serve) -> None:
    server = serve("--workers", "2").ready()
    first = server.workers()
    assert len(first) == 2
    os.kill(first[0], signal.SIGKILL)
    until(lambda: len(set(server.workers()) - {first[0]}) == 2)  # one look: the killed one may end between two
    assert {server.send("GET", "/v1/ping")[0] for _ in range(20)} == {200}
    workers = server.workers()
    assert server.stop() < 5
    assert all(map(gone, workers))
    assert "worker ended" in server.output


def test_workers_end_with_their_parent(serve: Serve) -> None:
    server = serve("--workers", "2").ready()
    workers = server.workers()
    server.kill()
    until(lambda: all(map(gone, workers)))
    assert serve("--workers", "2", port=server.port).ready().send("GET", "/v1/ping")[0] == 200


def test_reload(serve: Serve, tmp_path: Path) -> None:
    copy, source = tmp_path / "copy", Path(__file__).parents[2]
    for part in ("appwrite_py", "migrations"):
        shutil.copytree(source / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    server = serve("--reload", PYTHONPATH=str(copy)).ready()
    before = server.workers()
    with open(copy / "appwrite_py" / "services" / "ping" / "service.py", "a") as file:
        file.write("\n# changed\n")
    until(lambda: "reloading" in server.output)
    until(lambda: (now := server.workers()) and before[0] not in now)
    assert server.send("GET", "/v1/ping") == (200, "Pong!")
    server.stop()


# --- what keeps it from starting ----------------------------------------------------------------------


def test_folder_is_served_once(serve: Serve, tmp_path: Path) -> None:
    server = serve().ready()
    second = command(tmp_path, "serve", "--port", "0")
    assert second.returncode == 1
    assert f"in use by the process {server.process.pid}" in second.stderr
    assert "Traceback" not in second.stderr
    assert server.send("GET", "/v1/ping")[0] == 200


def test_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = command(tmp_path, "serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "taken by another program" in done.stderr
    assert not (tmp_path / "appwrite-data").exists()


def test_settings_that_are_wrong(tmp_path: Path) -> None:
    done = command(tmp_path, "serve", _APP_OPTIONS_ABUSE="maybe", APPWRITE_PY_PORT="many")
    assert done.returncode == 1
    assert "_APP_OPTIONS_ABUSE = 'maybe'" in done.stderr
    assert "APPWRITE_PY_PORT = 'many'" in done.stderr
    assert "Traceback" not in done.stderr


def test_key_that_others_can_read(serve: Serve, tmp_path: Path) -> None:
    serve().ready().stop()
    (tmp_path / "appwrite-data" / "secrets.json").chmod(0o644)
    done = command(tmp_path, "serve", "--port", "0")
    assert done.returncode == 1
    assert "chmod 600" in done.stderr


# --- users and logs -----------------------------------------------------------------------------------


# Another user who may read what lies below /root, where Python and this project may be, and nothing more
AS_NOBODY = (
    "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search",
)  # fmt: skip


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root to become another user")
def test_normal_user(serve: Serve) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o777)
        server = serve("--workers", "2", folder=folder, first=True, prefix=AS_NOBODY, HOME="/nonexistent").ready()
        assert server.send("GET", "/v1/ping")[0] == 200
        assert (folder / "appwrite-data" / "secrets.json").stat().st_uid == 65534
        assert server.stop() < 5
        again = serve(folder=folder).ready()
        assert again.send("GET", "/v1/ping")[0] == 200, "root takes it over"
        again.stop()


def test_lines_for_machines(serve: Serve) -> None:
    server = serve(_APP_LOGGING_FORMAT="json", APPWRITE_PY_ACCESS_LOG="enabled")
    until(lambda: '"event":"ready"' in server.output)
    lines = [json.loads(line) for line in server.output.splitlines()]
    server.port = int(lines[-1]["url"].rpartition(":")[2])
    server.send("GET", "/v1/ping")
    server.stop()
    lines = [json.loads(line) for line in server.output.splitlines()]
    assert {"level", "event", "logger", "timestamp"} <= lines[0].keys()
    request = next(line for line in lines if line["event"] == "request")
    assert (request["path"], request["status"], len(request["request_id"])) == ("/v1/ping", 200, 20)
