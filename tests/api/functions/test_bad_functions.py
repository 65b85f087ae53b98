"""Functions that do what they should not: each call ends in time, says why, and the server goes on as before."""

from __future__ import annotations

import subprocess
import time
from typing import Any

import pytest

from tests.api.functions.calling import call, function, over, ready
from tests.api.functions.deploying import CODE, deploy
from tests.api.functions.deploying import function as undeployed
from tests.api.functions.tools import make
from tests.client import Sandbox
from tests.unit.compute.archive_tools import entry, link, package, tar_gz

SOCKET = """
import os, stat, struct, json
def frame(head, body=b""):
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack(">II", len(text), len(body)) + text + body
def send(data):
    link = next(n for n in sorted(map(int, os.listdir("/proc/self/fd")), reverse=True) if open_socket(n))
    os.write(link, data)
def open_socket(number):
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return False
def main(context):
    for number in range(1, 4):
        send({expression})
    import time
    time.sleep(30)
"""
"""Writes to the socket that only what runs the function writes to."""


def forging(expression: str) -> str:
    return SOCKET.replace("{expression}", expression)


def main(body: str) -> str:
    return (
        f"import os, sys, time, threading, signal\ndef main(context):\n    {body}\n    return context.res.text('x')\n"
    )


LATE = {
    "loop": main("while True: pass"),
    "async loop": "async def main(context):\n    while True: pass",
    "loop at import": "while True: pass",
    "never answers": main("time.sleep(60)"),
    "stands still": main("os.kill(os.getpid(), signal.SIGSTOP)"),
    "forks": main("while True: os.fork()"),
    "prints for ever": main("while True: os.write(1, b'x' * 65536)"),
    "logs for ever": main("while True: context.log('x' * 99)"),
    "begins again": forging('frame({"is": "begun", "id": number})'),
}
QUICK: list[Any] = [
    # what it does, and what its errors say
    pytest.param(main("a = [bytearray(1 << 24) for _ in range(9999)]"), ("MemoryError", "memory"), id="memory"),
    pytest.param(main("[threading.Thread(target=time.sleep, args=(9,)).start() for _ in range(9999)]"),
                 "can't start new thread", id="threads"),
    pytest.param(main("[open('/tmp/x', 'ab').write(bytes(1 << 24)) for _ in range(999)]"), "OSError", id="disk"),
    pytest.param(main("[os.open('/', 0) for _ in range(99999)]"), "Too many open files", id="open files"),
    pytest.param(main("os._exit(7)"), "ended with exit code 7", id="exits"),
    pytest.param(main("os.kill(os.getpid(), signal.SIGSEGV)"), "ended by SIGSEGV", id="crashes"),
    pytest.param("1 / 0", "ZeroDivisionError", id="crash at import"),
    pytest.param("import os; os._exit(0)", "ended with exit code 0", id="exit at import"),
    pytest.param(main("return context.res.binary(bytes(30_000_000))"), "larger than", id="huge answer"),
    pytest.param(main("return context.res.json(set())"), "not JSON serializable", id="no JSON"),
    pytest.param(main("return 5"), "a value that is no response", id="no answer"),
    pytest.param(main("return context.res.text('x', 99)"), "no number between 200 and 599", id="status 99"),
    pytest.param(main("return context.res.text('x', 101)"), "no number between 200 and 599", id="status 101"),
    pytest.param(main("return context.res.text('x', 200, {'a': 'b\\r\\nc: d'})"), "not valid", id="header"),
    pytest.param(main("return context.res.text('x', 200, {'a': '\\ud800'})"), "not valid", id="half a character"),
    pytest.param(forging("b'garbage' * 99"), "sent something that is no answer", id="garbage"),
    pytest.param(forging("struct.pack('>II', 2**32 - 1, 0)"), "no answer", id="huge frame"),
    pytest.param(forging("frame(b'[' * 99999)"), "no answer", id="deep frame"),
    pytest.param(forging("""frame(b'{"is": "done", "id": %d, "status": 1e999, "headers": []}' % number)"""),
                 "no answer", id="endless status"),
    pytest.param(forging("frame({'is': 'done', 'id': number, 'status': 101, 'headers': []})"), "no answer",
                 id="forged status"),
]  # fmt: skip


def check(made: dict[str, Any], *says: str) -> None:
    """An execution that has failed by the fault of its function."""
    assert (made["status"], made["responseStatusCode"] in (500, 503)) == ("failed", True), made
    assert any(word in made["errors"] for word in says), made["errors"]
    assert len(made["logs"]) <= 1_000_000


@pytest.mark.parametrize(("code", "says"), QUICK)
def test_it_fails_and_says_why(sandbox: Sandbox, code: str, says: str | tuple[str, ...]) -> None:
    function(sandbox, code, timeout=10, runtimeSpecification="s-1vcpu-512mb")
    made = call(sandbox.key).ok(201)
    check(made, *([says] if isinstance(says, str) else says))
    assert made["duration"] < 5
    kept = sandbox.key.get(f"/functions/f/executions/{made['$id']}").ok(200)
    assert (kept["status"], kept["errors"]) == ("failed", made["errors"])
    assert sandbox.events()[-1] == f"functions.f.executions.{made['$id']}.create"


def test_what_never_ends_is_ended_while_the_server_goes_on(sandbox: Sandbox) -> None:
    """All at once: they are to harm neither the server nor one another."""
    function(sandbox, main("pass"), "well")
    begun = []
    for number, code in enumerate(LATE.values()):
        function(sandbox, code, f"f{number}", timeout=1, runtimeSpecification="s-1vcpu-512mb")
        begun.append(call(sandbox.key, f"f{number}", **{"async": True}).ok(202))
    took = []
    for _ in range(10):
        since = time.monotonic()
        assert call(sandbox.key, "well").ok(201)["responseBody"] == "x"
        took.append(time.monotonic() - since)
        time.sleep(0.1)
    assert sorted(took)[5] < 0.5, took
    for number, (name, made) in enumerate(zip(LATE, begun, strict=True)):
        ended = over(sandbox, made["$id"], path=f"/functions/f{number}/executions")
        check(ended, "Execution timed out.", *(["BlockingIOError"] if name == "forks" else []))
        assert ended["duration"] < 5, name


def test_after_it_others_go_on_and_so_does_the_function_itself(sandbox: Sandbox) -> None:
    function(sandbox, main("if context.req.path == '/die': os.kill(0, 9)"), timeout=5)
    function(sandbox, main("pass"), function_id="g")
    for _ in range(2):
        assert call(sandbox.key, path="/die").ok(201)["status"] == "failed"
        assert call(sandbox.key).ok(201)["responseBody"] == "x"
        assert call(sandbox.key, "g").ok(201)["responseBody"] == "x"
    ready(sandbox, main("return context.res.text('mended')"))
    assert call(sandbox.key).ok(201)["responseBody"] == "mended"


def test_what_the_database_cannot_hold_is_no_error(sandbox: Sandbox) -> None:
    code = main(
        "context.log('a\\0b'); context.error('c\\0d\\ud800'); print('e\\0f'); "
        "return context.res.text('g\\0h', 200, {'x-a': 'ü€', 'content-type': 'text/\\u20ac'})"
    )
    function(sandbox, code)
    made = call(sandbox.key).ok(201)
    assert made["responseBody"] == "g\0h"
    assert "ab\n" in made["logs"]
    assert made["errors"].startswith("cd")
    headers = {line["name"]: line["value"] for line in made["responseHeaders"]}
    assert headers["x-a"] == "ü€"
    assert sandbox.key.get(f"/functions/f/executions/{made['$id']}").ok(200)["logs"] == made["logs"]


def test_headers_that_are_written_past_the_server_are_left_out(sandbox: Sandbox) -> None:
    lines = [["a\r\nb", "c"], ["x-a", "b\r\nc: d"], ["content-length", "5"], ["transfer-encoding", "chunked"],
             ["x-b", "é"], ["x-open-runtimes-secret", "1"]]  # fmt: skip
    forged = f"frame({{'is': 'done', 'id': number, 'status': 200, 'headers': {lines!r}}}, b'forged')"
    function(sandbox, forging(forged))
    made = call(sandbox.key).ok(201)
    assert made["responseBody"] == "forged", made["errors"]
    named = {line["name"]: line["value"] for line in made["responseHeaders"]}
    assert named == {"x-b": "é", "content-length": "6", "x-appwrite-execution-id": made["$id"]}


def test_variables_of_any_name_and_value_hurt_nobody(sandbox: Sandbox) -> None:
    function(sandbox, main("return context.res.json({name: value for name, value in os.environ.items()})"))
    evil = {
        "LD_PRELOAD": "/nowhere/evil.so", "LD_LIBRARY_PATH": "/tmp", "PATH": "/tmp", "PYTHONPATH": "/tmp",
        "PYTHONSTARTUP": "/tmp/x", "NODE_OPTIONS": "--require /tmp/x", "BASH_ENV": "/tmp/x", "ENV": "/tmp/x",
        "IFS": "x", "HOME": "/etc", "A=B": "c", "a b": "$(touch /tmp/x)", "APPWRITE_PY_SANDBOX": "x",
        "SHELLOPTS": "xtrace", "quoted": "'\"`\n$(id)",
    }  # fmt: skip
    for key, value in evil.items():
        sandbox.key.post("/functions/f/variables", variableId="unique()", key=key, value=value).ok(201)
    made = call(sandbox.key).ok(201)
    assert made["status"] == "completed", made["errors"]
    assert "'\\\"`\\n$(id)" in made["responseBody"]
    built = deploy(sandbox, CODE)
    assert built["status"] == "ready", built["buildLogs"]


# --- archives and builds ------------------------------------------------------------------------------------
ARCHIVES = [
    pytest.param(tar_gz(entry("../../evil.py", b"x"), entry("main.py", b"x")), "leads out of it", id="traversal"),
    pytest.param(tar_gz(entry("/etc/evil", b"x")), "absolute path", id="absolute"),
    pytest.param(tar_gz(entry("main.py", b"x"), link("a", "/etc/passwd")), "leads out of it", id="link"),
    pytest.param(tar_gz(entry("main.py", b"x"), link("a", "../../../x")), "leads out of it", id="link above"),
    pytest.param(package(other__py="x"), "is not a file of the package", id="no entrypoint"),
    pytest.param(b"\x1f\x8b" + bytes(99), "not a gzip file", id="damaged"),
    pytest.param(tar_gz(), "no source code", id="empty"),
]


@pytest.mark.parametrize(("content", "says"), ARCHIVES)
def test_archives_that_are_not_taken(sandbox: Sandbox, content: bytes, says: str) -> None:
    undeployed(sandbox)
    made = deploy(sandbox, content, activate="true")
    assert made["status"] == "failed"
    assert says in made["buildLogs"]
    assert sandbox.key.get("/functions/f").ok(200)["deploymentId"] == ""


def test_builds_leave_nothing_behind(sandbox: Sandbox) -> None:
    commands = (
        "(setsid sleep 60123 >/dev/null 2>&1 &) ; nohup sleep 60123 & ln -s /etc/passwd secret; mkfifo pipe; true"
    )
    make(sandbox, entrypoint="main.py", commands=commands)
    made = deploy(sandbox, CODE, activate="true")
    assert made["status"] == "ready", made["buildLogs"]
    assert "Left out" in made["buildLogs"]
    assert "secret" in made["buildLogs"]
    assert subprocess.run(["pgrep", "-f", "sleep 60123"], capture_output=True, check=False).stdout == b""
    assert call(sandbox.key).ok(201)["responseBody"] == "hi"
