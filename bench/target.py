"""The two servers that are measured, and the documents they serve: the product, and the bare application."""

from __future__ import annotations

import atexit
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

CATEGORIES = 50
USERS = 20
PASSWORD = "correct horse battery staple"
_ROOT = Path(__file__).parent.parent
_COMMAND = [sys.executable, "-m", "appwrite_py"]
WORDS = [
    "amber",
    "basin",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "haven",
    "inlet",
    "jetty",
    "knoll",
    "lagoon",
    "meadow",
    "north",
    "orchard",
    "prairie",
]
_ATTRIBUTES: list[tuple[str, dict[str, Any]]] = [
    ("string", {"key": "title", "size": 256}), ("string", {"key": "body", "size": 10000}),
    ("string", {"key": "category", "size": 64}), ("integer", {"key": "views"}), ("float", {"key": "score"}),
    ("boolean", {"key": "published"}), ("datetime", {"key": "published_at"}),
    ("string", {"key": "tags", "size": 64, "array": True}),
]  # fmt: skip


def document(n: int) -> dict[str, Any]:
    """Document number n, the same each time: text, number, fraction, switch, time and list; about 500 bytes."""
    chance = random.Random(n)
    return {
        "title": f"Document {n:06d} {' '.join(chance.choices(WORDS, k=4))}",
        "body": " ".join(chance.choices(WORDS, k=32)), "category": f"category-{n % CATEGORIES:02d}",
        "views": chance.randrange(1_000_000), "score": chance.random() * 1000, "published": bool(n % 2),
        "published_at": f"2026-{chance.randrange(1, 13):02d}-11T12:00:00.000+00:00", "tags": chance.sample(WORDS, 3),
    }  # fmt: skip


def free_port() -> int:
    """A loopback port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """A started server."""

    def __init__(self, arguments: list[str], environment: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self._log = log.open("ab")
        filled = [argument.format(port=self.port) for argument in arguments]
        self._process = subprocess.Popen(
            filled, cwd=_ROOT, env=os.environ | environment, stdout=self._log, stderr=self._log
        )
        self.pid = self._process.pid
        atexit.register(self._process.kill)  # for when the measurement fails

    def wait(self, path: str) -> None:
        """Until it answers."""
        for _ in range(400):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5):
                    return
            except urllib.error.HTTPError:
                return
            except OSError:
                if self._process.poll() is not None:
                    raise RuntimeError(f"the server has ended; see {self._log.name}") from None
                time.sleep(0.05)
        raise RuntimeError(f"the server does not answer; see {self._log.name}")

    def stop(self) -> None:
        """Let it end."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(20)
        self._log.close()


class Product:
    """This server, with rate limits off, as users of one project see it."""

    def __init__(self, dsn: str, folder: Path, settings: dict[str, str] | None = None) -> None:
        environment = {"DATABASE_URL": dsn, "APPWRITE_PY_DATA": str(folder / "data"), "_APP_OPTIONS_ABUSE": "disabled"}
        self._environment, self._log = environment | (settings or {}), folder / "server.log"
        made = subprocess.run(
            [*_COMMAND, "project", "create", "--id", "bench", "--key", "--json"], cwd=_ROOT, check=True,
            env=os.environ | self._environment, capture_output=True, text=True,
        )  # fmt: skip
        self.key = json.loads(made.stdout.strip().splitlines()[-1])["key"]
        self._tokens: list[str] = []
        self.ids: list[str] = []
        self._start()

    def _start(self, module: str = "appwrite_py") -> None:
        command = [sys.executable, "-m", module, "serve", "--port", "{port}"]
        self.process = Process(command, self._environment, self._log)
        self.process.wait("/v1/health/version")

    def restart(self, module: str = "appwrite_py") -> None:
        """Serve with a process that has done nothing yet; of another module, one that serves as this one does."""
        self.process.stop()
        self._start(module)

    def change(self, settings: dict[str, str]) -> None:
        """The same with these settings besides."""
        self._environment |= settings
        self.restart()

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, *, key: bool = True) -> dict[str, Any]:
        """A call of the set-up."""
        headers = {"X-Appwrite-Project": "bench", "Content-Type": "application/json"}
        if key:
            headers["X-Appwrite-Key"] = self.key
        url = f"http://127.0.0.1:{self.process.port}/v1{path}"
        made = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), headers, method=method)
        with urllib.request.urlopen(made, timeout=60) as answer:
            return dict(json.loads(answer.read() or b"{}"))

    def sign_up(self, people: int = USERS) -> None:
        """Users, signed in."""
        for n in range(people):
            login = {"email": f"user{n}@example.com", "password": PASSWORD}
            self.call("POST", "/account", {"userId": f"user{n}", **login}, key=False)
            self._tokens.append(self.call("POST", "/account/sessions/email", login)["secret"])

    def headers_of(self, n: int) -> dict[str, str]:
        """What one of the users sends with each request."""
        return {"X-Appwrite-Project": "bench", "X-Appwrite-Session": self._tokens[n % len(self._tokens)]}

    def upload(self, bucket: str, file_id: str, content: bytes, name: str = "file.bin") -> str:
        """A file of the set-up; its id."""
        kind, body = multipart(file_id, name, content)
        headers = {"X-Appwrite-Project": "bench", "X-Appwrite-Key": self.key, "Content-Type": kind}
        url = f"http://127.0.0.1:{self.process.port}/v1/storage/buckets/{bucket}/files"
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as answer:
            return str(json.load(answer)["$id"])

    def prepare(self, documents: int) -> None:
        """Users, collections, documents."""
        self.sign_up()
        self.call("POST", "/databases", {"databaseId": "main", "name": "Bench"})
        for collection in ("articles", "sink"):
            self.collection(collection)
        for start in range(0, documents, 100):
            several = [{"$id": "unique()", **document(n)} for n in range(start, min(start + 100, documents))]
            made = self.call("POST", "/databases/main/collections/articles/documents", {"documents": several})
            self.ids.extend(one["$id"] for one in made["documents"])

    def collection(self, collection: str) -> None:
        """A collection for documents, in the database `main`."""
        base = f"/databases/main/collections/{collection}"
        permissions = [f'{action}("users")' for action in ("read", "create", "update", "delete")]
        body = {"collectionId": collection, "name": collection, "permissions": permissions}
        self.call("POST", "/databases/main/collections", body)
        for kind, options in _ATTRIBUTES:
            self.call("POST", f"{base}/attributes/{kind}", {"required": False, **options})
        index = {"key": "by_category", "type": "key", "attributes": ["category", "views"], "orders": ["ASC", "DESC"]}
        self.call("POST", f"{base}/indexes", index)

    def requests(self, kind: str, n: int) -> tuple[str, str, dict[str, str], bytes]:
        """Request number n of a kind, as a signed-in user."""
        headers = self.headers_of(n)
        base = "/v1/databases/main/collections/articles/documents"
        one = f"{base}/{self.ids[random.Random(n).randrange(len(self.ids))]}"
        if kind == "get":
            return "GET", one, headers, b""
        if kind == "list":
            queries = [
                {"method": "equal", "attribute": "category", "values": [f"category-{n % CATEGORIES:02d}"]},
                {"method": "orderDesc", "attribute": "views"}, {"method": "limit", "values": [25]},
            ]  # fmt: skip
            text = "&".join("queries[]=" + urllib.request.quote(json.dumps(query)) for query in queries)  # type: ignore[attr-defined]
            return "GET", f"{base}?{text}&total=false", headers, b""
        headers["Content-Type"] = "application/json"
        if kind == "create":
            body = {"documentId": "unique()", "data": document(100_000 + n)}
            return "POST", "/v1/databases/main/collections/sink/documents", headers, json.dumps(body).encode()
        return "PATCH", one, headers, json.dumps({"data": {"score": n / 7}}).encode()


class BareApplication:
    """The bare application over the product's own tables."""

    def __init__(self, dsn: str, folder: Path, ids: list[str]) -> None:
        environment = {
            "BENCH_DSN": dsn,
            "BENCH_ARTICLES": '"bench_main"."articles"',
            "BENCH_SINK": '"bench_main"."sink"',
        }
        self.process = Process(_bare_command("bench.bare:app"), environment, folder / "bare.log")
        self.ids = ids
        self.process.wait(f"/get/{ids[0]}")

    def requests(self, kind: str, n: int) -> tuple[str, str, dict[str, str], bytes]:
        """Request number n of a kind."""
        one = self.ids[random.Random(n).randrange(len(self.ids))]
        if kind == "get":
            return "GET", f"/get/{one}", {}, b""
        if kind == "list":
            return "GET", f"/list?category=category-{n % CATEGORIES:02d}", {}, b""
        if kind == "create":
            return "POST", "/create", {}, json.dumps(document(100_000 + n)).encode()
        return "POST", f"/update/{one}", {}, json.dumps({"score": n / 7}).encode()


class BareFiles:
    """The bare application for files; what lies in `static` it serves."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self.static, uploads = folder / "static", folder / "uploads"
        self.static.mkdir()
        uploads.mkdir()
        environment = {"BENCH_DSN": dsn, "BENCH_STATIC": str(self.static), "BENCH_UPLOADS": str(uploads)}
        self.process = Process(_bare_command("bench.bare_files:app"), environment, folder / "bare_files.log")
        self.process.wait("/static/none")


class BareFunctions:
    """The bare application for functions."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self.process = Process(
            _bare_command("bench.bare_functions:app"), {"BENCH_DSN": dsn}, folder / "bare_functions.log"
        )  # fmt: skip
        self.process.wait("/")


def multipart(
    value: str, name: str, content: bytes, *, field: str = "fileId", file_field: str = "file"
) -> tuple[str, bytes]:
    """The content type and the body of an upload: a field and a file."""
    mark = "----bench-2c9f1d60"
    lines = (
        f'--{mark}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        f'--{mark}\r\nContent-Disposition: form-data; name="{file_field}"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return f"multipart/form-data; boundary={mark}", lines.encode() + content + f"\r\n--{mark}--\r\n".encode()


def _bare_command(factory: str) -> list[str]:
    """uvicorn as the product runs it."""
    options = ["--no-access-log", "--no-server-header", "--no-proxy-headers", "--log-level", "warning"]
    command = [sys.executable, "-m", "uvicorn", "--factory", factory, "--port", "{port}"]
    return [*command, *options, "--loop", "uvloop", "--http", "httptools"]
