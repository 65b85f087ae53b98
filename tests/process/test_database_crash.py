"""PostgreSQL is killed and comes back a while later, while sockets listen and webhooks wait."""

from __future__ import annotations

import http.client
import os
import signal
import time
from contextlib import closing
from pathlib import Path

import pytest

from appwrite_py.data.embedded import EmbeddedPostgres
from tests.process.conftest import Serve
from tests.process.running import made, until
from tests.realtime_client import dialled
from tests.receiver import Receiver

pytestmark = pytest.mark.process
AWAY_SECONDS = 4


def test_everything_comes_back_by_itself(serve: Serve, tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(tmp_path / "postgres")
    env = {"DATABASE_URL": postgres.start(), "APPWRITE_PY_PRIVATE_NETWORKS": "enabled"}
    with closing(_Ending(postgres)), Receiver() as receiver:
        key = made(tmp_path, "project", "create", "--id", "shop", "--key", **env)["key"]
        server = serve(**env).ready()

        def create(path: str, **body: object) -> int:
            try:
                return server.send("POST", path, body, key=key, project="shop")[0]
            except (OSError, http.client.HTTPException):
                return 0

        hook = {"webhookId": "hook", "name": "Hook", "url": receiver.url, "events": ["teams.*.create"]}
        assert create("/v1/webhooks", **hook) == 201
        number_ = {"key": "number", "type": "integer"}
        notes = {"collectionId": "notes", "name": "Notes", "permissions": ['read("any")'], "attributes": [number_]}
        assert create("/v1/databases", databaseId="main", name="Main") == 201
        assert create("/v1/databases/main/collections", **notes) == 201
        with dialled(f"127.0.0.1:{server.port}", "shop") as client:
            client.subscribe("documents")
            answered = []
            for number in range(60):
                if number == 20:
                    assert postgres.pid is not None
                    os.kill(postgres.pid, signal.SIGKILL)
                if number == 40:
                    time.sleep(AWAY_SECONDS)
                    assert postgres.start() == env["DATABASE_URL"]
                body = {"documentId": f"n{number}", "data": {"number": number}}
                done = create("/v1/databases/main/collections/notes/documents", **body)
                if done == 201 and create("/v1/teams", teamId=f"n{number}", name="Team") == 201:
                    answered.append(f"n{number}")
            assert len(answered) >= 30
            told: list[str] = []
            until(lambda: told.append(client.event()["payload"]["$id"]) or set(answered) <= set(told), 30)
            assert len(told) == len(set(told))
        until(lambda: set(answered) <= {post.json["$id"] for post in receiver.posts}, 60)
        assert "never retrieved" not in server.output
        assert receiver.url not in server.output  # URLs of webhooks may hold secrets


class _Ending:
    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self.close = postgres.stop
