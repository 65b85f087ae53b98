"""Functions in containers of a real engine: warm ones, what they may take, when they end, and what is left of them."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appwrite_py.compute.docker.engine import Engine
from appwrite_py.compute.executors.base import Unit
from appwrite_py.compute.executors.docker import DockerExecutor
from appwrite_py.compute.runtimes import KNOWN, Runtimes
from appwrite_py.compute.specifications import Specification
from appwrite_py.settings import Settings
from tests.docker.engine import containers, docker, needed
from tests.docker.image import ACCOUNT
from tests.unit.compute.runner import Runner, packed, running

ECHO = """
import os, time
def main(context):
    req = context.req
    context.log("called", req.method)
    context.error("a complaint")
    return context.json({"method": req.method, "path": req.path, "headers": req.headers, "body": req.body.decode(),
                         "environment": dict(os.environ)})
"""
SLEEPS = """
import time
def main(context):
    context.log("begun")
    time.sleep(float(context.req.body or 0))
    return context.text("slept")
"""


def executor(settings: Settings) -> DockerExecutor:
    return DockerExecutor(settings, Engine(settings))


def in_containers(folder: Path, **settings: Any) -> Any:
    return running(folder, executor, functions_executor="docker", functions_images=ACCOUNT, **settings)


@pytest.fixture(scope="module")
def docks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Functions in containers."""
    needed()
    with in_containers(tmp_path_factory.mktemp("docker")) as made:
        yield made


def function(runner: Runner, code: str, *, key: str = "", memory: int = 128, runtime: str = "python-3.11",
             **environment: str) -> Unit:  # fmt: skip
    runner._count += 1
    name = key or f"p/f{runner._count}/d"

    async def fetch(path: Path) -> None:
        runner.fetched.append(name)
        await asyncio.to_thread(path.write_bytes, packed({"main.py": code}))

    return Unit(name, KNOWN[runtime], "main.py", Specification("test", 8, memory), environment, fetch)


def until(holds: Callable[[], Any], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it has not come true"
        time.sleep(0.05)


def test_all_runtimes_of_the_contract_are_offered() -> None:
    assert Runtimes(Settings(functions_executor="docker")).offered == KNOWN
    assert Engine(Settings()).image_of(KNOWN["node-22"]) == "openruntimes/node:v5-22"
    account = Settings(functions_images="registry.example.com/mine")
    assert Engine(account).image_of(KNOWN["node-22"]) == "registry.example.com/mine/node:v5-22"


def test_a_call_and_the_next(docks: Runner) -> None:
    unit = function(docks, ECHO, GREETING="it's\n$(id)")
    headers = {"X-One": "1", "authorization": "Bearer mine", "bad name": "x", "a": "b\r\nc: d"}
    headers["x-open-runtimes-secret"] = "a guess"
    outcome = docks.run(unit, method="PUT", path="/a b?c=d&e=%20ä", headers=headers, body=b"content")
    assert outcome.status == 200, outcome
    told = json.loads(outcome.body)
    assert (told["method"], told["path"], told["body"]) == ("PUT", "/a%20b?c=d&e=%20%C3%A4", "content")
    sent = dict(told["headers"])
    assert (sent["x-one"], sent["authorization"], sent["host"]) == ("1", "Bearer mine", "localhost")
    assert not {"bad name", "a", "c"} & set(sent)
    assert told["environment"]["GREETING"] == "it's\n$(id)"
    assert (outcome.logs, outcome.errors) == ("called PUT\n", "a complaint\n")
    given = dict(outcome.headers)
    assert given["content-type"] == "application/json"
    assert given["content-length"] == str(len(outcome.body))
    assert not [name for name in given if name.startswith("x-open-runtimes") or name == "connection"]
    assert 0 < outcome.duration < 5
    again = docks.json(unit)
    assert again["environment"]["HOSTNAME"] == told["environment"]["HOSTNAME"], "in the same container"
    assert docks.fetched.count(unit.key) == 1
    assert docks.run(unit, logging=False).logs == ""
    assert docks.run(unit, method="HEAD").status == 200
    begun = time.monotonic()
    assert [docks.run(unit).logs for _ in range(10)] == ["called POST\n"] * 10
    assert time.monotonic() - begun < 2


def test_nothing_of_the_server_is_inside(docks: Runner) -> None:
    told = docks.json(function(docks, ECHO))
    theirs = set(told["environment"]) - {"PATH", "HOME", "HOSTNAME", "PWD", "SHLVL", "_", "OLDPWD", "LC_CTYPE"}
    assert {name for name in theirs if not name.startswith("OPEN_RUNTIMES_")} == set()
    found = json.loads(docker("inspect", told["environment"]["HOSTNAME"]))[0]
    host = found["HostConfig"]
    assert not found["Mounts"]
    assert not host["Privileged"]
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["PidsLimit"] == 512
    assert host["Memory"] == host["MemorySwap"] == 128 << 20
    assert host["NanoCpus"] == min(8, os.cpu_count() or 8) * 10**9, "never more than there are"
    assert list(found["NetworkSettings"]["Networks"]) == ["appwrite-py-functions"]
    assert host["PortBindings"]["3000/tcp"][0]["HostIp"] == "127.0.0.1"


def test_calls_that_fail(docks: Runner) -> None:
    unit = function(docks, "def main(context):\n  context.log('before')\n  1 / 0")
    outcome = docks.run(unit)
    assert (outcome.status, outcome.logs, outcome.body) == (500, "before\n", b"")
    assert "ZeroDivisionError" in outcome.errors
    outcome = docks.run(function(docks, "import os\ndef main(context):\n  context.log('last words')\n  os._exit(3)"))
    assert (outcome.status, outcome.logs) == (500, "last words\n")
    assert "ended with exit code 3" in outcome.errors
    assert "HTTP server successfully started" in outcome.errors, "what it has printed"


def test_headers_come_back_as_they_are(docks: Runner) -> None:
    code = "def main(c): return c.text('x', 418, {'set-cookie': ['a=1', 'b=2'], 'location': 'http://elsewhere/'})"
    outcome = docks.run(function(docks, code), method="GET")
    assert outcome.status == 418
    assert [value for name, value in outcome.headers if name == "set-cookie"] == ["a=1", "b=2"]
    assert ("location", "http://elsewhere/") in outcome.headers


def test_long_logs_and_large_bodies(docks: Runner) -> None:
    unit = function(docks, "def main(c):\n  c.log('ä' * 3_000_000)\n  return c.text('b' * len(c.req.body))")
    outcome = docks.run(unit, body=b"a" * 8_000_000)
    assert len(outcome.body) == 8_000_000
    assert len(outcome.logs) == 1_000_000
    assert outcome.logs.startswith("[WARNING] Logs truncated.")


def test_timeouts(docks: Runner) -> None:
    told = docks.run(function(docks, SLEEPS), body=b"30", timeout=1)
    assert (told.status, told.logs, told.errors) == (500, "begun\n", "Execution timed out.\n")
    stuck = function(docks, SLEEPS, NEVER_LATE="1")
    other = docks.begin(stuck, body=b"30", timeout=20)
    killed = docks.begin(stuck, body=b"30", timeout=1)
    outcome = killed.result(20)
    assert (outcome.status, outcome.logs, outcome.errors) == (500, "begun\n", "Execution timed out.\n")
    assert 1 <= outcome.duration < 4
    assert "another call in it did not end in time" in other.result(20).errors
    assert docks.run(stuck).body == b"slept"


def test_memory_is_limited(docks: Runner) -> None:
    code = "def main(c):\n  c.log('much')\n  x = bytearray(500 << 20)\n  return c.text(str(len(x)))"
    outcome = docks.run(function(docks, code, memory=64))
    assert outcome.status == 500
    assert "ran out of memory" in outcome.errors
    assert outcome.logs == "much\n"


def test_calls_share_a_container_up_to_its_concurrency(tmp_path: Path) -> None:
    needed()
    with in_containers(tmp_path, functions_processes_each=1, functions_concurrency=2, compute_idle_seconds=1) as runner:
        unit = function(runner, SLEEPS)
        runner.run(unit)
        begun = time.monotonic()
        calls = [runner.begin(unit, body=b"0.5") for _ in range(4)]
        assert {call.result(20).status for call in calls} == {200}
        assert 1 <= time.monotonic() - begun < 2
        mine = containers(f"label=io.appwrite-py.process={runner.executor._engine.owner.process}")
        assert len(mine) == 1
        until(lambda: not set(mine) & set(containers()))  # as it has nothing to do
        assert runner.run(unit).status == 200
        runner.stop("p")
        assert not containers(f"label=io.appwrite-py.process={runner.executor._engine.owner.process}")


def test_without_a_network(tmp_path: Path) -> None:
    needed()
    code = """
import socket
def main(c):
    c.log("tried")
    with open("/proc/net/dev") as file:
        devices = [line.split(":")[0].strip() for line in file.readlines()[2:]]
    return c.json({"devices": devices, "body": len(c.req.body)})
"""
    with in_containers(tmp_path, functions_network="disabled") as runner:
        unit = function(runner, code)
        told = runner.run(unit, body=b"x" * 300_000)
        assert told.logs == "tried\n"
        found = json.loads(told.body)
        assert found["body"] == 300_000
        up = set(found["devices"]) - {"tunl0", "sit0", "ip6tnl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0"}
        assert up == {"lo"}


def test_in_a_network_that_there_is(tmp_path: Path) -> None:
    needed()
    name = f"appwrite-py-test-{os.getpid()}"
    docker("network", "create", name)
    try:
        with in_containers(tmp_path, functions_docker_network=name) as runner:
            unit = function(runner, ECHO)
            found = json.loads(docker("inspect", runner.json(unit)["environment"]["HOSTNAME"]))[0]
            assert list(found["NetworkSettings"]["Networks"]) == [name]
            assert not found["HostConfig"]["PortBindings"]
    finally:
        docker("network", "rm", name)


def test_an_image_that_cannot_be_had(docks: Runner) -> None:
    begun = time.monotonic()
    outcomes = [docks.run(function(docks, ECHO, runtime="rust-1.83")) for _ in range(2)]
    assert {outcome.status for outcome in outcomes} == {503}
    assert f"cannot pull the image {ACCOUNT}/rust:v5-1.83" in outcomes[1].errors
    assert time.monotonic() - begun < 60


def test_a_server_that_does_not_start(docks: Runner) -> None:
    outcome = docks.run(function(docks, ECHO, BROKEN_SERVER="1"))
    assert outcome.status == 503
    assert "exit code 1" in outcome.errors
    assert "it is broken" in outcome.errors


def test_what_is_left_of_a_killed_server_is_removed(docks: Runner, tmp_path: Path) -> None:
    home = docks.data / "docker" / "home"
    left = docker(
        "run", "-d", "--label", f"io.appwrite-py.home={home.read_text()}", "--label", "io.appwrite-py.process=dead",
        "--name", f"appwrite-py-left-{os.getpid()}", f"{ACCOUNT}/python:v5-3.11", "sleep", "60",
    ).strip()  # fmt: skip
    foreign = docker(
        "run", "-d", "--label", "io.appwrite-py.home=another", "--label", "io.appwrite-py.process=dead",
        "--name", f"appwrite-py-foreign-{os.getpid()}", f"{ACCOUNT}/python:v5-3.11", "sleep", "60",
    ).strip()  # fmt: skip
    try:
        unit = function(docks, ECHO)
        mine = docks.json(unit)["environment"]["HOSTNAME"]
        with in_containers(docks.data) as second:
            until(lambda: not containers(f"id={left}"))
            assert containers(f"id={foreign}"), "of another server"
            assert containers(f"id={mine}"), "of a process that lives"
            theirs = second.json(function(second, ECHO, key="p/second/d"))["environment"]["HOSTNAME"]
        assert not containers(f"id={theirs}"), "nothing is left of one that ends"
        assert docks.json(unit)["environment"]["HOSTNAME"] == mine
    finally:
        docker("rm", "-f", foreign)


def test_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with in_containers(tmp_path) as runner:
        outcome = runner.run(function(runner, ECHO))
        assert outcome.status == 503
        assert outcome.errors == "Functions cannot be run on this server now. Its log says why.\n"
