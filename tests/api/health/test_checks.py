"""What the server says of its own health."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from appwrite_py.data.pg import Work
from appwrite_py.services.health import checks, statistics
from tests.clamd import Clamd
from tests.client import Api, Sandbox

PATHS = (
    "/health", "/health/db", "/health/cache", "/health/pubsub", "/health/time", "/health/storage",
    "/health/storage/local", "/health/anti-virus", "/health/geo", "/health/queue/failed/v1-mails",
    "/health/certificate",
)  # fmt: skip


@pytest.fixture(autouse=True)
def data_dir(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(api.resources.settings, "data_dir", tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def no_failed_jobs(api: Api) -> None:
    """None that other tests have left."""
    api.sql("DELETE FROM pgqueuer WHERE status = 'failed' RETURNING id")


@pytest.mark.parametrize("path", PATHS)
def test_only_callers_with_the_scope_learn_of_it(sandbox: Sandbox, path: str) -> None:
    sandbox.guest.get(path).fails(401, "general_unauthorized_scope")
    sandbox.user().get(path).fails(401, "general_unauthorized_scope")


def test_version_is_public(sandbox: Sandbox, api: Api) -> None:
    assert sandbox.guest.get("/health/version").ok(200) == {"version": "1.9.6"}
    assert api.get("/health/version").ok(200) == {"version": "1.9.6"}
    sandbox.key.get("/health/version").fails(401, "general_unauthorized_scope")  # keys do not hold the scope "public"


def test_every_key_and_admin_may_ask(sandbox: Sandbox) -> None:
    assert sandbox.key.get("/health").ok(200)["status"] == "pass"
    assert sandbox.admin.get("/health").ok(200)["name"] == "http"


@pytest.mark.parametrize("part", ["db", "cache", "pubsub"])
def test_what_postgresql_does_is_measured(sandbox: Sandbox, part: str) -> None:
    found = sandbox.key.get(f"/health/{part}").ok(200)
    assert found["total"] == len(found["statuses"]) == 1
    assert found["statuses"][0]["status"] == "pass"
    assert "postgresql" in found["statuses"][0]["name"]
    assert 0 <= found["statuses"][0]["ping"] < 5000


def test_clocks_are_compared(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    found = sandbox.key.get("/health/time").ok(200)
    assert found["diff"] == found["remoteTime"] - found["localTime"]
    assert abs(found["localTime"] - time.time()) < 60
    slow = SimpleNamespace(time=lambda: time.time() - 61, perf_counter=time.perf_counter)
    monkeypatch.setattr(checks, "time", slow)
    sandbox.key.get("/health/time").fails(500, "general_server_error")


def test_storage_is_written_and_read(sandbox: Sandbox, data_dir: Path) -> None:
    assert sandbox.key.get("/health/storage").ok(200)["status"] == "pass"
    assert sandbox.key.get("/health/storage/local").ok(200)["status"] == "pass"
    assert list(data_dir.iterdir()) == []


def test_storage_that_cannot_be_used_is_an_error(sandbox: Sandbox, data_dir: Path) -> None:
    data_dir.write_text("a file where the folder should be")
    sandbox.key.get("/health/storage").fails(500, "general_server_error")
    sandbox.key.get("/health/storage/local").fails(500, "general_server_error")


def test_no_scanner_is_attached(sandbox: Sandbox) -> None:
    assert sandbox.key.get("/health/anti-virus").ok(200) == {"version": "", "status": "disabled"}


def test_a_scanner_is_asked(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    with Clamd() as clamd:
        at = {"storage_antivirus_host": clamd.place.host, "storage_antivirus_port": clamd.place.port}
        scanned = served(sandbox.key, storage_antivirus="enabled", **at)
        found = scanned.get("/health/anti-virus").ok(200)
        assert found == {"version": "ClamAV 1.4.3/27811/Thu Nov  6 09:44:03 2025", "status": "online"}
        clamd.manner = "hang up at once"
        assert scanned.get("/health/anti-virus").ok(200) == {"version": "", "status": "offline"}
        clamd.manner, clamd.pong = "scan", b"NO\0"
        assert scanned.get("/health/anti-virus").ok(200)["status"] == "offline"
    assert scanned.get("/health/anti-virus").ok(200) == {"version": "", "status": "offline"}
    scanned.get("/health").ok(200)


def test_countries_are_looked_up(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sandbox.key.get("/health/geo").ok(200)["name"] == "geo"
    monkeypatch.setattr(checks.geo, "country_of", lambda ip: "--")
    sandbox.key.get("/health/geo").fails(500, "general_server_error")


@pytest.mark.usefixtures("no_failed_jobs")
@pytest.mark.parametrize("queue", checks.QUEUES)
def test_queues_have_no_failed_jobs(sandbox: Sandbox, queue: str) -> None:
    assert sandbox.key.get(f"/health/queue/failed/{queue}").ok(200) == {"size": 0}


@pytest.mark.usefixtures("no_failed_jobs")
def test_threshold_of_a_queue(sandbox: Sandbox) -> None:
    assert sandbox.key.get("/health/queue/failed/V1-Mails", threshold=1).ok(200) == {"size": 0}
    sandbox.key.get("/health/queue/failed/v1-mails", threshold=0).fails(503, "health_queue_size_exceeded")
    sandbox.key.get("/health/queue/failed/v1-mails", threshold="many").fails(400, "general_argument_invalid")
    sandbox.key.get("/health/queue/failed/v1-nothing").fails(400, "general_argument_invalid")


@pytest.mark.usefixtures("no_failed_jobs")
def test_held_jobs_are_counted(sandbox: Sandbox) -> None:
    insert = "INSERT INTO pgqueuer (priority, status, entrypoint) VALUES (0, $1, $2), (0, $1, $2) RETURNING id"
    made = [
        row["id"] for row in sandbox.guest.sql(insert, "failed", "mail") + sandbox.guest.sql(insert, "failed", "sms")
    ]
    try:
        assert sandbox.key.get("/health/queue/failed/v1-mails").ok(200) == {"size": 2}
        assert sandbox.key.get("/health/queue/failed/V1-MESSAGING").ok(200) == {"size": 2}
        assert sandbox.key.get("/health/queue/failed/v1-deletes").ok(200) == {"size": 0}
        sandbox.key.get("/health/queue/failed/v1-mails", threshold=2).fails(503, "health_queue_size_exceeded")
        sandbox.key.get("/health/queue/failed/v1-mails", threshold=3).ok(200)
    finally:
        sandbox.guest.sql("DELETE FROM pgqueuer WHERE id = ANY($1) RETURNING id", made)


def test_statistics_are_nobodys(sandbox: Sandbox) -> None:
    for caller in (sandbox.guest, sandbox.key, sandbox.admin):
        caller.get("/health/stats").fails(401, "general_unauthorized_scope")


def test_statistics_are_true(api: Api, data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "file").write_bytes(b"x" * 1500)
    assert statistics.storage_figures(data_dir)["used"] == "1.5kB"
    assert api.http.portal is not None
    cache = api.http.portal.call(statistics.cache_figures, Work(api.resources.pool))
    assert cache["clients"] >= 1
    assert cache["memory_used"] > 1_000_000
    assert statistics.human(999) == "999B"
    assert statistics.human(2.5e15) == "2.5PB"
