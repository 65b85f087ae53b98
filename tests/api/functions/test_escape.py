"""Code of a function that tries to get at what is not its own: the server's secrets, other functions, the network."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from appwrite_py.compute.sandbox import OwnUser
from tests.api.functions.calling import call, change, function
from tests.api.functions.deploying import deploy
from tests.api.functions.tools import make
from tests.client import Api, Console, Sandbox
from tests.conftest import DATA_DIR
from tests.unit.compute.archive_tools import package

SECRET = "what-nobody-else-may-know"
PYTHON = r"""
import os, socket, stat, subprocess
found = {}
def read(path):
    with open(path, "rb") as file:
        return file.read(1 << 20)
def connect(kind, address):
    with socket.socket(kind) as made:
        made.settimeout(1)
        made.connect(address)
def attempt(name, work, *args):
    try:
        found[name] = repr(work(*args))
    except BaseException as error:
        found[name] = "refused: " + type(error).__name__
def seek(secret, tops):
    def look(path):
        try:
            if secret in (os.readlink(path).encode() if os.path.islink(path) else read(path)):
                hits.append(path)
        except OSError:
            pass
    hits = []
    for top in tops:
        look(top)
        for place, folders, names in os.walk(top):
            for name in names:
                path = os.path.join(place, name)
                if not os.path.exists(path) or stat.S_ISREG(os.stat(path).st_mode):
                    look(path)
    for number in filter(str.isdigit, os.listdir("/proc")):
        for name in ("environ", "cmdline", "maps", "cwd", "root"):
            look(f"/proc/{number}/{name}")
    return hits
def main(context):
    asked = context.req.body_json
    found["seek"] = repr(seek(asked["secret"].encode(), asked["tops"]))
    for path in asked["paths"]:
        attempt("read " + path, lambda: read(path) if os.path.isfile(path) else os.listdir(path))
        attempt("write " + path, lambda: open(path + "/new" if os.path.isdir(path) else path, "ab").write(b"x"))
        attempt("link " + path, lambda: read(os.symlink(path, "/tmp/link") or "/tmp/link"))
        attempt("hard link " + path, lambda: read(os.link(path, "/tmp/hard") or "/tmp/hard"))
    for number in asked["processes"]:
        attempt(f"root of {number}", lambda: os.listdir(f"/proc/{number}/root"))
        attempt(f"memory of {number}", lambda: read(f"/proc/{number}/mem"))
        attempt(f"environment of {number}", lambda: read(f"/proc/{number}/environ"))
        attempt(f"end {number}", lambda: os.kill(number, 0))
    for host, port in asked["addresses"]:
        attempt(f"connect to {host}:{port}", connect, socket.AF_INET, (host, port))
    for name in asked["sockets"]:
        attempt(f"connect to {name}", connect, socket.AF_UNIX, name.replace("@", "\0"))
    attempt("setuid", lambda: os.setuid(0))
    attempt("su", lambda: subprocess.run(["su", "-c", "id"], check=True, stdin=subprocess.DEVNULL, timeout=5))
    attempt("mount", lambda: subprocess.run(["mount", "-t", "tmpfs", "x", "/tmp"], check=True, timeout=5))
    attempt("namespaces", lambda: subprocess.run(["unshare", "-Ur", "cat", "/etc/shadow"], check=True, timeout=5))
    return context.res.json(found)
"""
NODE = r"""
const fs = require("fs"), net = require("net"), { execFileSync } = require("child_process");
const connect = (to) => new Promise((done, fail) => {
  const made = net.connect(to, () => done(made.destroy() && "connected"));
  made.setTimeout(1000, () => fail(new Error("late")));
  made.on("error", fail);
});
module.exports = async ({ req, res }) => {
  const found = {}, asked = req.bodyJson;
  const attempt = async (name, work) => {
    try { found[name] = String(await work()); } catch (error) { found[name] = "refused: " + error.code; }
  };
  const hits = [];
  for (const number of fs.readdirSync("/proc").filter(Number)) {
    for (const name of ["environ", "cmdline", "maps"]) {
      try { if (fs.readFileSync(`/proc/${number}/${name}`).includes(asked.secret)) hits.push(number + name); } catch {}
    }
  }
  found.seek = JSON.stringify(hits);
  for (const path of asked.paths) {
    await attempt("read " + path, () => fs.statSync(path).isFile() ? fs.readFileSync(path) : fs.readdirSync(path));
    await attempt("write " + path, () => fs.appendFileSync(path, "x"));
  }
  for (const number of asked.processes) {
    await attempt("environment of " + number, () => fs.readFileSync(`/proc/${number}/environ`));
    await attempt("end " + number, () => process.kill(number, 0));
  }
  for (const [host, port] of asked.addresses) await attempt(`connect to ${port}`, () => connect({ host, port }));
  for (const path of asked.sockets) await attempt("connect to " + path, () => connect({ path: `\0${path.slice(1)}` }));
  await attempt("setuid", () => process.setuid(0));
  await attempt("su", () => execFileSync("su", ["-c", "id"], { stdio: "ignore", timeout: 5000 }));
  return res.json(found);
};
"""
KINDS = [
    pytest.param(
        {"functions_sandbox": "bubblewrap", "functions_network": "disabled"},
        marks=pytest.mark.skipif(not shutil.which("bwrap"), reason="needs bubblewrap"), id="bubblewrap",
    ),
    pytest.param(
        {"functions_sandbox": "user"},
        marks=pytest.mark.skipif(os.geteuid() != 0, reason="needs root"), id="user",
    ),
]  # fmt: skip


@dataclass
class Prison:
    """A server whose functions are held in a sandbox, beside secrets of its own and of others."""

    caller: Callable[[Api], Api]
    asked: dict[str, Any]
    network: bool

    def tries(self, sandbox: Sandbox, language: str) -> dict[str, str]:
        """What code has come to that tries everything."""
        runtime = runtime_of(self.caller(sandbox.key), language)
        name = "main.py" if language == "python" else "main.js"
        make(sandbox, runtime=runtime, entrypoint=name, timeout=25)
        code = {name.replace(".", "__"): PYTHON if language == "python" else NODE}
        assert deploy(sandbox, package(**code), activate="true")["status"] == "ready"
        made = call(self.caller(sandbox.key), body=json.dumps(self.asked), headers={"content-type": "application/json"})
        answer = made.ok(201)
        assert answer["responseStatusCode"] == 200, answer["errors"]
        return dict(json.loads(answer["responseBody"]))


def runtime_of(caller: Api, language: str) -> str:
    """One of these."""
    return next(key for key in caller.resources.runtimes.offered if key.startswith(language))


def for_everybody(caller: Api) -> Api:
    """Have Python run by a program that every user of the machine may run."""
    runtimes, program = caller.resources.runtimes, Path("/usr/bin/python3")
    if not program.exists():
        pytest.skip("there is no Python for every user of this machine")
    changed = {key: replace(each, program=program, places=()) for key, each in runtimes.offered.items()}
    runtimes.__dict__["_offered"] = changed
    return caller


@pytest.fixture(scope="module", params=KINDS)
def prison(
    request: pytest.FixtureRequest, console: Console, served: Callable[..., Api], dsn: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Prison]:  # fmt: skip
    """A server of each kind that keeps functions apart, with a function of another project that is running."""
    home = tmp_path_factory.mktemp("server")
    (home / ".env").write_text(f"_APP_OPENSSL_KEY_V1={SECRET}")
    (home / ".env").chmod(0o600)
    data = Path(DATA_DIR)
    (data / "secret-of-a-test").write_text(SECRET)
    before = Path.cwd()
    os.chdir(home)
    os.environ["_APP_OPENSSL_KEY_V1"] = SECRET

    def caller(api: Api) -> Api:
        return served(api, **request.param)

    other = Sandbox.create(console)
    if request.param["functions_sandbox"] == "user":
        for_everybody(caller(other.key))
    code = f"# {SECRET}\nsecret = '{SECRET}'\ndef main(context): return context.res.text('running')"
    function(other, code, runtime=runtime_of(caller(other.key), "python"))
    assert call(caller(other.key)).ok(201)["responseBody"] == "running"
    root = OwnUser().root(data) if request.param["functions_sandbox"] == "user" else data / "functions"
    others = next(root.glob(f"*/code/{other.id}~*"))
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(socket.AF_UNIX) as local:
        local.bind("\0appwrite-py-escape")
        local.listen()
        off = request.param.get("functions_network") == "disabled"
        addresses = [["127.0.0.1", listener.getsockname()[1]], ["169.254.169.254", 80], ["127.0.0.1", _port(dsn)]]
        asked = {
            "secret": SECRET,
            "tops": ["/tmp", "/dev", "/var", "/srv", "/home", str(data)] if off else [str(root), str(data)],
            "paths": [*map(str, (data, data / "secret-of-a-test", home / ".env", others, others / "main.py")),
                      "/etc/shadow"],
            "processes": [os.getpid(), *_workers(other.id, others)],
            "addresses": addresses if off else [],
            "sockets": ["@appwrite-py-escape"] if off else [],
        }  # fmt: skip
        yield Prison(caller, asked, not off)
    (data / "secret-of-a-test").unlink()
    os.chdir(before)
    del os.environ["_APP_OPENSSL_KEY_V1"]


def _port(dsn: str) -> int:
    digits = dsn.rpartition("@")[2].partition("/")[0].rpartition(":")[2]
    return int(digits) if digits.isdigit() else 5432


def _workers(project_id: str, folder: Path) -> list[int]:
    """Processes of the other function."""
    found = []
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{number}/cwd") in (str(folder), "/usr/local/server/src/function"):
                found.append(int(number))
        except OSError:
            continue
    assert found
    return found[-2:]


@pytest.mark.parametrize("language", ["python", "node"])
def test_nothing_is_come_by(prison: Prison, sandbox: Sandbox, language: str) -> None:
    if language == "node" and prison.network:
        pytest.skip("the kind is shown with the other language")
    found = prison.tries(sandbox, language)
    assert found.pop("seek") == "[]"
    assert {name: text[:7] for name, text in found.items()} == dict.fromkeys(found, "refused"), found
    assert len(found) > 15


def test_who_is_not_kept_from_it_is_told(sandbox: Sandbox) -> None:
    """That the attempts are such: with one's own process and folder they succeed."""
    function(sandbox, PYTHON, timeout=25)
    asked = {"secret": "PATH=", "tops": [], "paths": ["/etc/hosts"], "processes": [], "addresses": [], "sockets": []}
    made = call(sandbox.key, body=json.dumps(asked), headers={"content-type": "application/json"}).ok(201)
    found = json.loads(made["responseBody"])
    assert "environ" in found["seek"]
    assert not found["read /etc/hosts"].startswith("refused")
    change(sandbox)
