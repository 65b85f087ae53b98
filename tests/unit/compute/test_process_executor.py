"""Warm processes: how many there are, who waits, when they end; and functions that do what they should not."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appwrite_py.compute.executors.base import Unit, belongs
from appwrite_py.compute.specifications import DEFAULT
from tests.unit.compute.runner import Runner, running

SLEEPS = """module.exports = async ({ req, res }) => {
    await new Promise((done) => setTimeout(done, Number(req.query.ms || 50))); return res.text('slept'); };"""
NODE_BLOCKS = """module.exports = ({ req, res, log }) => {
    log('begun'); while (req.path === '/block'); return res.text('well'); };"""
PYTHON_BLOCKS = (
    "import time\ndef main(c):\n  c.log('begun')\n  while c.req.path == '/block': pass\n  return c.res.text('well')"
)
ASYNC_BLOCKS = PYTHON_BLOCKS.replace("def main", "async def main")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Runner]:
    """Room for two processes, each with two calls at once; one call may wait."""
    with running(
        tmp_path, functions_processes=2, functions_processes_each=1, functions_concurrency=2, functions_queue=1
    ) as made:
        yield made


def processes(runner: Runner) -> int:
    """Processes that the executor has now."""
    return sum(len(pool.workers) for pool in runner.executor._pools.all())


def wait_until(condition: object, seconds: float = 10) -> None:
    """Look again and again."""
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it has not come true"
        time.sleep(0.02)


def named(text: str) -> str:
    """Processes of this machine with this in their command line."""
    return subprocess.run(["pgrep", "-af", text], capture_output=True, text=True, check=False).stdout


# --- keeping warm -----------------------------------------------------------------------------------------
def test_one_process_does_call_after_call_and_the_code_is_fetched_once(runner: Runner) -> None:
    unit = runner.node("const id = Math.random(); module.exports = ({ res }) => res.text(String(id));")
    assert len({runner.run(unit).body for _ in range(5)}) == 1
    assert runner.fetched.count(unit.key) == 1


def test_a_warm_call_is_quick(runner: Runner) -> None:
    for unit in (
        runner.node("module.exports = ({ res }) => res.text('hello');"),
        runner.python("def main(context): return context.res.text('hello')"),
    ):
        runner.run(unit)
        times = []
        for _ in range(50):
            begun = time.monotonic()
            assert runner.run(unit).body == b"hello"
            times.append(time.monotonic() - begun)
        assert sorted(times)[25] < 0.015


def test_other_variables_get_another_process_at_once(runner: Runner) -> None:
    code = "module.exports = ({ res }) => res.text(process.env.X);"
    units = [runner.node(code, key="project/variables/deployment", environment={"X": value}) for value in "ab"]
    assert [runner.run(unit).body for unit in units] == [b"a", b"b"]
    assert runner.fetched.count("project/variables/deployment") == 1


def test_idle_processes_end(tmp_path: Path) -> None:
    with running(tmp_path, compute_idle_seconds=1) as runner:
        unit = runner.node(SLEEPS)
        runner.run(unit)
        assert processes(runner) == 1
        wait_until(lambda: processes(runner) == 0)
        assert runner.run(unit).status == 200
        assert runner.fetched == [unit.key]


def test_stopping_ends_the_processes_and_forgets_the_code(runner: Runner) -> None:
    unit = runner.node(SLEEPS, key="gone/function/deployment")
    other = runner.node(SLEEPS, key="gone2/function/deployment")
    runner.run(unit), runner.run(other)
    waiting = runner.begin(unit, path="/")
    runner.stop("gone")
    outcome = waiting.result(5)
    assert outcome.status == 200 or outcome.errors == "The function was stopped.\n"
    assert not list((runner.data / "functions").glob("*/code/gone~*"))
    assert list((runner.data / "functions").glob("*/code/gone2~*"))
    assert runner.run(unit).status == 200
    assert runner.fetched.count(unit.key) == 2


def test_nothing_is_left_at_the_end(tmp_path: Path) -> None:
    with running(tmp_path) as runner:
        unit = runner.node("require('child_process').spawn('sleep', ['98765'], { detached: true, stdio: 'ignore' });"
                           "module.exports = () => new Promise(() => {});")  # fmt: skip
        call = runner.begin(unit)
        wait_until(lambda: "sleep 98765" in named("sleep 98765"))
    assert call.result(5).errors == "The function was stopped.\n"
    assert named("sleep 98765") == ""
    assert list((tmp_path / "functions").iterdir()) == []


def test_what_a_killed_server_has_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "functions" / "0123"
    left.mkdir(parents=True)
    (left / "lock").touch()
    with running(tmp_path) as runner:
        assert runner.run(runner.node(SLEEPS)).status == 200
        assert not left.exists()


# --- many at once -----------------------------------------------------------------------------------------
def test_calls_share_a_process_up_to_its_concurrency(tmp_path: Path) -> None:
    code = """let now = 0, most = 0; module.exports = async ({ res }) => { most = Math.max(most, ++now);
        await new Promise((done) => setTimeout(done, 100)); now--; return res.text(String(most)); };"""
    with running(tmp_path, functions_concurrency=8, functions_processes_each=2) as runner:
        unit = runner.node(code)
        runner.run(unit)
        begun = time.monotonic()
        outcomes = [call.result(10) for call in [runner.begin(unit) for _ in range(50)]]
        assert time.monotonic() - begun < 2
        assert {outcome.status for outcome in outcomes} == {200}
        assert max(int(outcome.body) for outcome in outcomes) == 8
        assert processes(runner) == 2


def test_the_queue_is_bounded_and_kept_in_order(small: Runner) -> None:
    unit = small.node(SLEEPS)
    small.run(unit)
    calls = [small.begin(unit, path="/?ms=300") for _ in range(4)]
    assert [call.result(10).status for call in calls] == [200, 200, 200, 503]
    assert calls[3].result().errors == "Too many calls of this function wait for a free process.\n"


def test_unused_processes_give_way(small: Runner) -> None:
    units = [small.node(SLEEPS) for _ in range(4)]
    assert [small.run(unit).status for unit in units] == [200] * 4
    assert processes(small) <= 2


def test_a_function_without_a_process_gets_one_from_those_that_are_busy(small: Runner) -> None:
    busy = [small.node(SLEEPS), small.node(SLEEPS)]
    for unit in busy:
        small.run(unit)
    calls = [small.begin(unit) for _ in range(2) for unit in busy]
    begun = time.monotonic()
    assert small.run(small.node("module.exports = ({ res }) => res.text('x');")).body == b"x"
    assert time.monotonic() - begun < 5
    assert {call.result(10).status for call in calls} == {200}


def test_a_caller_that_gives_up_disturbs_nobody(runner: Runner) -> None:
    unit = runner.node(SLEEPS)
    runner.run(unit)
    given_up = runner.begin(unit, path="/?ms=200")
    time.sleep(0.05)
    given_up.cancel()
    assert runner.run(unit).body == b"slept"


def test_a_call_that_is_given_up_while_it_waits_is_not_made(small: Runner) -> None:
    code = """let calls = 0; module.exports = async ({ req, res }) => {
        calls += 1; await new Promise((done) => setTimeout(done, 200)); return res.text(String(calls)); };"""
    unit = small.node(code)
    small.run(unit)
    first = [small.begin(unit) for _ in range(2)]
    time.sleep(0.1)
    waiting = small.begin(unit)
    time.sleep(0.02)
    waiting.cancel()
    assert [call.result(10).status for call in first] == [200, 200]
    assert small.run(unit).body == b"4"


# --- time limits ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("node", "module.exports = async ({ log }) => { log('begun'); await new Promise(() => {}); };"),
        ("node", "module.exports = ({ log }) => { log('begun'); while (true); };"),
        ("python", "import time\ndef main(context):\n    context.log('begun')\n    time.sleep(60)"),
        ("python", "def main(context):\n    context.log('begun')\n    while True: pass"),
        ("python", "import asyncio\nasync def main(context):\n    context.log('begun')\n    await asyncio.sleep(60)"),
        ("python", "import time\nasync def main(context):\n    context.log('begun')\n    time.sleep(60)"),
    ],
)
def test_a_call_that_takes_too_long_is_ended(runner: Runner, language: str, code: str) -> None:
    unit = runner.node(code) if language == "node" else runner.python(code)
    begun = time.monotonic()
    outcome = runner.run(unit, timeout=0.5)
    assert (outcome.status, outcome.body, outcome.logs) == (500, b"", "begun\n")
    assert outcome.errors == "Execution timed out.\n"
    assert 0.4 < outcome.duration < 3
    assert time.monotonic() - begun < 8
    wait_until(lambda: not any(worker.load for pool in runner.executor._pools.all() for worker in pool.workers))


@pytest.mark.parametrize("language", ["node", "python"])
def test_an_endless_loop_at_the_import_is_ended(runner: Runner, language: str) -> None:
    unit = runner.node("while (true);") if language == "node" else runner.python("while True: pass")
    outcome = runner.run(unit, timeout=0.5)
    assert (outcome.status, outcome.errors) == (500, "Execution timed out.\n")


@pytest.mark.parametrize(
    ("language", "code"), [("node", NODE_BLOCKS), ("python", PYTHON_BLOCKS), ("python", ASYNC_BLOCKS)]
)
def test_calls_beside_one_that_blocks_are_done_by_another_process(runner: Runner, language: str, code: str) -> None:
    unit = runner.node(code) if language == "node" else runner.python(code)
    runner.run(unit)
    blocking = runner.begin(unit, path="/block", timeout=1)
    time.sleep(0.3)
    others = [runner.begin(unit, timeout=1) for _ in range(4)]
    assert [other.result(20).body for other in others] == [b"well"] * 4
    assert blocking.result(20).errors == "Execution timed out.\n"
    assert runner.run(unit).body == b"well"


def test_calls_that_a_blocked_process_had_begun_are_told(runner: Runner) -> None:
    unit = runner.node("""module.exports = async ({ req, res }) => {
        if (req.path === '/block') while (true);
        await new Promise((done) => setTimeout(done, 5000)); return res.empty(); };""")
    other = runner.begin(unit, timeout=10)
    time.sleep(0.4)
    assert runner.run(unit, path="/block", timeout=0.5).errors == "Execution timed out.\n"
    outcome = other.result(10)
    assert outcome.status == 500
    assert outcome.errors == ("The process of this call was stopped, because another call in it did not end in time.\n")


# --- crashes ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "code", "error"),
    [
        ("node", "module.exports = () => process.exit(0);", "The function's process ended with exit code 0 before"),
        ("node", "process.exit(3);", "The function's process ended with exit code 3 before"),
        ("node", "module.exports = () => process.kill(process.pid, 'SIGSEGV');",
         "The function's process was ended by SIGSEGV"),
        ("python", "import os\ndef main(c): os._exit(4)", "The function's process ended with exit code 4 before"),
        ("python", "import os, signal\ndef main(c): os.kill(os.getpid(), signal.SIGKILL)",
         "The function's process was ended by SIGKILL"),
        ("python", "import ctypes\ndef main(c): ctypes.string_at(0)", "The function's process was ended by SIGSEGV"),
    ],
)  # fmt: skip
def test_a_crash_is_told_and_the_next_call_works(runner: Runner, language: str, code: str, error: str) -> None:
    unit = runner.unit(language, {"main.js": code, "main.py": code}, f"main.{ {'node': 'js'}.get(language, 'py') }")
    for _ in range(2):
        outcome = runner.run(unit)
        assert (outcome.status, outcome.body) == (500, b"")
        assert outcome.errors.startswith(error), outcome.errors


@pytest.mark.parametrize(
    ("language", "code"),
    [
        (
            "node",
            "module.exports = () => { const all = []; while (true) all.push(new Array(100000).fill(Math.random())); };",
        ),
        ("python", "def main(c):\n    all = []\n    while True: all.append(bytearray(10_000_000))"),
    ],
)
def test_memory_is_bounded(runner: Runner, language: str, code: str) -> None:
    unit = runner.node(code) if language == "node" else runner.python(code)
    outcome = runner.run(unit, timeout=30)
    assert outcome.status == 500
    assert "memory" in outcome.errors.lower(), outcome.errors


def test_buffers_count_as_memory(runner: Runner) -> None:
    code = "module.exports = ({ res }) => res.text(String(Buffer.alloc(4 * 2 ** 30 - 1, 1).length));"
    outcome = runner.run(runner.node(code))
    assert outcome.status == 500
    assert "Array buffer allocation failed" in outcome.errors


@pytest.mark.parametrize("language", ["node", "python"])
def test_a_fork_bomb_is_bounded_and_nothing_of_it_is_left(runner: Runner, language: str) -> None:
    if runner.executor._sandbox and runner.executor._sandbox.kind == "none":
        pytest.skip("this would be a real one")
    bomb = "/bin/sh -c 'bomb() { bomb | bomb & }; bomb; sleep 54321'"
    unit = (
        runner.node(f"module.exports = () => require('child_process').execSync(`{bomb}`);")
        if language == "node"
        else runner.python(f'import os\ndef main(c): os.system("""{bomb}""")')
    )
    outcome = runner.run(unit, timeout=1)
    assert outcome.status == 500
    wait_until(lambda: named("bomb()") == "")
    assert runner.run(runner.node("module.exports = ({ res }) => res.text('healthy');")).body == b"healthy"


def test_a_flood_of_output_does_no_harm(runner: Runner) -> None:
    code = "module.exports = ({ res }) => { while (true) process.stdout.write('x'.repeat(65536)); };"
    assert runner.run(runner.node(code), timeout=0.5).errors == "Execution timed out.\n"
    code = "module.exports = ({ log }) => { while (true) log('x'.repeat(8000)); };"
    outcome = runner.run(runner.node(code), timeout=0.5)
    assert outcome.status == 500
    assert len(outcome.logs) <= 1_000_000


@pytest.mark.parametrize(
    "sent",
    [
        "Buffer.from('garbage that is no frame at all')",
        "Buffer.alloc(8, 255)",
        "frame({is: 'done', id: 1, status: 'x', headers: []})",
        "frame({is: 'done', id: 1, status: 200})",
        "frame([])",
        "frame({is: 'log', id: 1, stream: 7})",
    ],
)
def test_a_function_that_writes_to_the_servers_socket_harms_itself_only(runner: Runner, sent: str) -> None:
    code = f"""
        const fs = require('fs');
        function frame(head) {{
            const text = Buffer.from(JSON.stringify(head)), sizes = Buffer.alloc(8);
            sizes.writeUInt32BE(text.length, 0); return Buffer.concat([sizes, text]);
        }}
        const sockets = fs.readdirSync('/proc/self/fd').filter((n) => {{
            try {{ return fs.readlinkSync('/proc/self/fd/' + n).startsWith('socket:'); }} catch {{ return false; }} }});
        module.exports = async () => {{
            for (const n of sockets) fs.writeSync(Number(n), {sent});
            await new Promise(() => {{}});
        }};
    """
    outcome = runner.run(runner.node(code), timeout=1)
    assert outcome.status == 500
    assert runner.run(runner.node("module.exports = ({ res }) => res.text('healthy');")).body == b"healthy"


def test_an_answer_forged_on_the_socket_cannot_split_headers(runner: Runner) -> None:
    code = """
        const fs = require('fs');
        module.exports = async () => {
            const head = Buffer.from(JSON.stringify({ is: 'done', id: 1, status: 200,
                headers: [['a', '1\\r\\nb: 2'], ['A B', '1'], ['c', '3']] }));
            const sizes = Buffer.alloc(8); sizes.writeUInt32BE(head.length, 0);
            for (const n of fs.readdirSync('/proc/self/fd')) {
                try {
                    const to = fs.readlinkSync('/proc/self/fd/' + n);
                    if (to.startsWith('socket:')) fs.writeSync(Number(n), Buffer.concat([sizes, head]));
                } catch {}
            }
            await new Promise(() => {});
        };"""
    outcome = runner.run(runner.node(code), timeout=3)
    assert (outcome.status, outcome.headers) == (200, [("c", "3"), ("content-length", "0")])


# --- what cannot be started -------------------------------------------------------------------------------
def test_a_bad_archive_is_an_outcome(runner: Runner) -> None:
    async def fetch(path: Path) -> None:
        await asyncio.to_thread(path.write_bytes, b"no archive")

    runtime = next(iter(runner.runtimes.values()))
    outcome = runner.run(Unit("project/bad/archive", runtime, "main.js", DEFAULT, fetch_archive=fetch))
    assert outcome.status == 503
    assert outcome.errors.startswith("The code of the function could not be made ready. The archive is not a gzip file")


def test_an_archive_that_cannot_be_fetched_is_an_outcome_and_tried_again(runner: Runner) -> None:
    good = runner.node("module.exports = ({ res }) => res.text('here');")
    tries = []

    async def fetch(path: Path) -> None:
        tries.append(path)
        if len(tries) == 1:
            raise OSError("secret place")
        assert good.fetch_archive
        await good.fetch_archive(path)

    unit = Unit("project/bad/fetch", good.runtime, "main.js", DEFAULT, fetch_archive=fetch)
    outcome = runner.run(unit)
    assert outcome.status == 503
    assert "secret" not in outcome.errors
    assert runner.run(unit).body == b"here"


def test_a_runtime_that_is_not_here_is_an_outcome(runner: Runner) -> None:
    from appwrite_py.compute.runtimes import KNOWN

    outcome = runner.run(Unit("project/no/runtime", KNOWN["swift-6.2"], "main.swift", DEFAULT))
    assert (outcome.status, outcome.errors) == (503, "The runtime swift-6.2 is not installed on this machine.\n")


def test_a_folder_is_used_as_it_is(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text("module.exports = ({ res }) => res.text('folder');")
    for place in (tmp_path, *tmp_path.parents[:2]):
        place.chmod(0o755)
    runtime = next(each for each in runner.runtimes.values() if each.language == "node")
    assert runner.run(Unit("project/own/folder", runtime, "main.js", DEFAULT, folder=tmp_path)).body == b"folder"


@pytest.mark.parametrize("key", ["", "/a", "a/", "../a", "a//b", "a/../b", "a b"])
def test_keys_are_paths_that_lead_nowhere_else(runner: Runner, key: str) -> None:
    runtime = next(iter(runner.runtimes.values()))
    with pytest.raises(ValueError, match="not a key"):
        Unit(key, runtime, "main.js", DEFAULT)


def test_a_prefix_is_of_whole_parts() -> None:
    assert belongs("a/b", "a/b")
    assert belongs("a/b/c", "a/b")
    assert not belongs("a/bc", "a/b")
