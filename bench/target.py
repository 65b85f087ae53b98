"""The two servers that are measured, and the documents they serve: the product, and the bare application."""

from __future__ import annotations

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
_WORDS = [
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
        "title": f"Document {n:06d} {' '.join(chance.choices(_WORDS, k=4))}",
        "body": " ".join(chance.choices(_WORDS, k=32)), "category": f"category-{n % CATEGORIES:02d}",
        "views": chance.randrange(1_000_000), "score": chance.random() * 1000, "published": bool(n % 2),
        "published_at": f"2026-{chance.randrange(1, 13):02d}-11T12:00:00.000+00:00", "tags": chance.sample(_WORDS, 3),
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

    def __init__(self, dsn: str, folder: Path) -> None:
        environment = {"DATABASE_URL": dsn, "APPWRITE_PY_DATA": str(folder / "data"), "_APP_OPTIONS_ABUSE": "disabled"}
        command = [sys.executable, "-m", "appwrite_py"]
        made = subprocess.run(
            [*command, "project", "create", "--id", "bench", "--key", "--json"], cwd=_ROOT, check=True,
            env=os.environ | environment, capture_output=True, text=True,
        )  # fmt: skip
        self.key = json.loads(made.stdout.strip().splitlines()[-1])["key"]
        self.process = Process([*command, "serve", "--port", "{port}"], environment, folder / "server.log")
        self.process.wait("/v1/health/version")
        self._tokens: list[str] = []
        self.ids: list[str] = []

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, *, key: bool = True) -> dict[str, Any]:
        """A call of the set-up."""
        headers = {"X-Appwrite-Project": "bench", "Content-Type": "application/json"}
        if key:
            headers["X-Appwrite-Key"] = self.key
        url = f"http://127.0.0.1:{self.process.port}/v1{path}"
        made = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), headers, method=method)
        with urllib.request.urlopen(made, timeout=60) as answer:
            return dict(json.load(answer))

    def prepare(self, documents: int) -> None:
        """Users, collections, documents."""
        for n in range(USERS):
            login = {"email": f"user{n}@example.com", "password": PASSWORD}
            self.call("POST", "/account", {"userId": f"user{n}", **login}, key=False)
            self._tokens.append(self.call("POST", "/account/sessions/email", login)["secret"])
        self.call("POST", "/databases", {"databaseId": "main", "name": "Bench"})
        for collection in ("articles", "sink"):
            base = f"/databases/main/collections/{collection}"
            permissions = [f'{action}("users")' for action in ("read", "create", "update", "delete")]
            body = {"collectionId": collection, "name": collection, "permissions": permissions}
            self.call("POST", "/databases/main/collections", body)
            for kind, options in _ATTRIBUTES:
                self.call("POST", f"{base}/attributes/{kind}", {"required": False, **options})
            index = {
                "key": "by_category",
                "type": "key",
                "attributes": ["category", "views"],
                "orders": ["ASC", "DESC"],
            }
            self.call("POST", f"{base}/indexes", index)
        for start in range(0, documents, 100):
            several = [{"$id": "unique()", **document(n)} for n in range(start, min(start + 100, documents))]
            made = self.call("POST", "/databases/main/collections/articles/documents", {"documents": several})
            self.ids.extend(one["$id"] for one in made["documents"])

    def requests(self, kind: str, n: int) -> tuple[str, str, dict[str, str], bytes]:
        """Request number n of a kind, as a signed-in user."""
        headers = {"X-Appwrite-Project": "bench", "X-Appwrite-Session": self._tokens[n % USERS]}
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
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "--factory",
            "bench.bare:app",
            "--port",
            "{port}",
            "--no-access-log",
        ]
        self.process = Process(
            [*command, "--log-level", "warning", "--loop", "uvloop"], environment, folder / "bare.log"
        )
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
