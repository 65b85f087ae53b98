"""Attempts of functions to get out of their sandbox: at the server's files and secrets, others' code, the network."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appwrite_py.compute import specifications
from appwrite_py.compute.cgroups import find_groups
from appwrite_py.compute.executors.process import ProcessExecutor
from appwrite_py.compute.sandbox import (
    Bubblewrap,
    Limits,
    Mount,
    NoSandbox,
    OwnUser,
    Sandbox,
    choice,
    make_sandbox,
    open_place,
)  # fmt: skip
from appwrite_py.settings import Settings
from tests.unit.compute.runner import Runner, running

with_bubblewrap = pytest.mark.skipif(not shutil.which("bwrap"), reason="needs bubblewrap")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
KINDS = [pytest.param("bubblewrap", marks=with_bubblewrap), pytest.param("user", marks=as_root)]

TRY = """
import os, subprocess
def main(context):
    found = {}
    for name, code in context.req.body_json.items():
        try:
            found[name] = repr(eval(code))
        except BaseException as error:
            found[name] = "refused: " + type(error).__name__
    return context.res.json(found)
"""


@pytest.fixture(scope="module", params=KINDS)
def confined(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Functions in a sandbox of each kind that keeps files apart, beside a server's data."""
    data = tmp_path_factory.mktemp("data")
    data.chmod(0o700)
    (data / "secrets.json").write_text("the server's secret")
    os.environ["_APP_OPENSSL_KEY_V1"] = "the server's key"
    network = "disabled" if request.param == "bubblewrap" else "enabled"
    program = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else ""
    settings = {"functions_sandbox": request.param, "functions_network": network, "functions_programs": program}
    with running(data, **settings) as made:
        yield made
    del os.environ["_APP_OPENSSL_KEY_V1"]


def attempts(runner: Runner, **codes: str) -> dict[str, str]:
    """What came of each."""
    import json

    runtime = _system_python(runner)
    unit = runner.python(TRY)
    object.__setattr__(unit, "runtime", runtime)
    return dict(runner.json(unit, body=json.dumps(codes).encode(), headers={"content-type": "application/json"}))


def _system_python(runner: Runner) -> Any:
    """A Python that every user of the machine may run."""
    from dataclasses import replace

    found = next(each for each in runner.runtimes.values() if each.language == "python")
    path = Path("/usr/bin/python3")
    return replace(found, program=path, places=()) if path.exists() else found


def test_the_servers_files_are_out_of_reach(confined: Runner) -> None:
    data = confined.data
    found = attempts(
        confined,
        secrets=f"open({str(data / 'secrets.json')!r}).read()",
        listing=f"os.listdir({str(data)!r})",
        environ="open('/proc/1/environ').read().index('_APP')",
        server=f"open('/proc/{os.getpid()}/environ').read()",
        memory=f"open('/proc/{os.getpid()}/mem', 'rb').read(1)",
        shadow="open('/etc/shadow').read()",
        root="os.listdir('/root')",
        devices="open('/dev/vda', 'rb').read(1) or open('/dev/sda', 'rb').read(1)",
    )
    assert {name: text[:7] for name, text in found.items()} == dict.fromkeys(found, "refused"), found


def test_nothing_of_the_servers_environment_is_given(confined: Runner) -> None:
    found = attempts(confined, own="sorted(os.environ)", file="open('/proc/self/environ').read()")
    assert "the server's key" not in str(found)
    assert "_APP" not in str(found)


def test_other_functions_are_out_of_reach(confined: Runner) -> None:
    other = confined.node("module.exports = ({ res }) => res.text('x'); // of another")
    confined.run(other)
    root = confined.executor._sandbox.root(confined.data)
    place = next(root.glob("*/code/" + other.key.replace("/", "~") + "/main.js"))
    found = attempts(confined, code=f"open({str(place)!r}).read()", list=f"os.listdir({str(place.parent)!r})",
                     processes="[open(f'/proc/{n}/environ').read() for n in os.listdir('/proc') if n.isdigit() "
                               "and b'server.mjs' in open(f'/proc/{n}/cmdline','rb').read()][0]",
                     kill="[os.kill(int(n), 9) for n in os.listdir('/proc') if n.isdigit() "
                          "and b'server.mjs' in open(f'/proc/{n}/cmdline','rb').read()][0]")  # fmt: skip
    assert {name: text[:7] for name, text in found.items()} == dict.fromkeys(found, "refused"), found


def test_nothing_can_be_written_outside(confined: Runner) -> None:
    found = attempts(
        confined,
        own="open('main.py', 'a').write('x')",
        new="open('new.py', 'w').write('x')",
        usr="open('/usr/bin/new', 'w').write('x')",
        etc="open('/etc/new', 'w').write('x')",
        top="open('/new', 'w').write('x')",
        server="open('/usr/local/server/new', 'w').write('x')",
        core="open('/proc/sys/kernel/core_pattern', 'w').write('x')",
        trigger="open('/proc/sysrq-trigger', 'w').write('h')",
    )
    assert {name: text[:7] for name, text in found.items()} == dict.fromkeys(found, "refused"), found


def test_rights_cannot_be_won(confined: Runner) -> None:
    found = attempts(
        confined,
        user="os.setuid(0)",
        group="os.setgroups([0])",
        limits="__import__('resource').setrlimit(__import__('resource').RLIMIT_NPROC, (99999, 99999))",
        root="os.chroot('.')",
    )
    assert {name: text[:7] for name, text in found.items()} == dict.fromkeys(found, "refused"), found
    text = attempts(confined, status="open('/proc/self/status').read()")["status"]
    assert "CapEff:\\t0000000000000000" in text
    assert "NoNewPrivs:\\t1" in text


@with_bubblewrap
def test_bubblewrap_hides_processes_and_the_system_calls_of_attackers(tmp_path: Path) -> None:
    with running(tmp_path, functions_sandbox="bubblewrap") as runner:
        found = attempts(
            runner,
            processes="len([n for n in os.listdir('/proc') if n.isdigit()]) < 10 or 1 / 0",
            commands="[open(f'/proc/{n}/cmdline').read() for n in os.listdir('/proc') if n.isdigit()]",
            tmp="os.listdir('/tmp')",
            top="sorted(os.listdir('/'))",
            namespace="__import__('ctypes').CDLL(None).unshare(0x10000000)",
            packets="__import__('socket').socket(17, 3)",
            crypto="__import__('socket').socket(38, 5)",
            plain="__import__('socket').socket(2, 1).fileno() > 0",
            keys="__import__('ctypes').CDLL(None).syscall(250 if os.uname().machine == 'x86_64' else 219, 0, -3, 0)",
            thread="(lambda t: (t.start(), t.join()))(__import__('threading').Thread(target=int))",
        )
    assert found["processes"] == "True"
    assert found["tmp"] == "[]"
    assert not {"root", "home", "var", "work", "srv", "mnt", "run"} & set(eval(found["top"]))
    assert found["namespace"] == found["keys"] == "-1"
    assert found["packets"] == found["crypto"] == "refused: PermissionError"
    assert found["plain"] == "True"
    assert found["thread"] == "(None, None)"
    assert str(tmp_path) not in found["commands"]


@with_bubblewrap
def test_without_the_network_there_is_nobody_to_talk_to(tmp_path: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    threading.Thread(target=lambda: listener.accept(), daemon=True).start()
    codes = {
        "local": f"__import__('socket').create_connection(('127.0.0.1', {port}), 2)",
        "metadata": "__import__('socket').create_connection(('169.254.169.254', 80), 2)",
        "names": "__import__('socket').getaddrinfo('example.com', 80)",
        "own": "(lambda s: __import__('socket').create_connection(s.getsockname(), 2).close())"
        "(__import__('socket').create_server(('127.0.0.1', 0)))",
    }
    with running(tmp_path / "off", functions_sandbox="bubblewrap", functions_network="disabled") as runner:
        found = attempts(runner, **codes)
        assert [found[name][:7] for name in ("local", "metadata", "names")] == ["refused"] * 3, found
        assert found["own"] == "None", found
    with running(tmp_path / "on", functions_sandbox="bubblewrap", functions_network="enabled") as runner:
        assert attempts(runner, local=codes["local"])["local"].startswith("<socket")
    listener.close()


@pytest.mark.parametrize("kind", ["user", "none"])
def test_without_bubblewrap_the_network_cannot_be_off(tmp_path: Path, kind: str) -> None:
    if kind == "user" and os.geteuid() != 0:
        pytest.skip("needs root")
    with running(tmp_path, functions_sandbox=kind, functions_network="disabled") as runner:
        outcome = runner.run(runner.node("module.exports = ({ res }) => res.text('x');"))
    assert outcome.status == 503
    assert "APPWRITE_PY_FUNCTIONS_NETWORK is disabled" in outcome.errors
    assert "Install it, or run functions in Docker" in outcome.errors


def test_files_are_bounded(confined: Runner) -> None:
    found = attempts(
        confined, large="[open('/tmp/large', 'ab').write(bytes(1 << 24)) for _ in range(200)]", many="os.open('/', 0)"
    )
    assert found["large"].startswith("refused"), found


def test_limits_only_runs_too(tmp_path: Path) -> None:
    with running(tmp_path, functions_sandbox="none") as runner:
        unit = runner.node("""require('child_process').spawn('sleep', ['87654'], { detached: true, stdio: 'ignore' });
            module.exports = async ({ req, res }) => req.path === '/wait' ? new Promise(() => {}) : res.text('x');""")
        assert runner.run(unit).body == b"x"
        assert runner.run(unit, path="/wait", timeout=1).errors == "Execution timed out.\n"
    found = subprocess.run(["pgrep", "-af", "sleep 87654"], capture_output=True, text=True, check=False).stdout
    assert found == ""


# --- commands, as builds use them ---------------------------------------------------------------------------
def _sandboxes() -> list[Any]:
    return [
        pytest.param(Bubblewrap(), marks=with_bubblewrap, id="bubblewrap"),
        pytest.param(OwnUser(), marks=as_root, id="user"),
        pytest.param(Sandbox(), id="none"),
    ]


def _run(sandbox: Sandbox, script: str, folder: Path, **more: Any) -> str:
    reading, writing = os.pipe()
    contained = sandbox.command(["/bin/sh", "-c", script], folder, **more).start(stdout=writing, stderr=writing)
    os.close(writing)
    with os.fdopen(reading) as output:
        text = output.read()
    contained.kill(5)
    return text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One that everybody can read, and get to."""
    for place in (tmp_path, *tmp_path.parents[:2]):
        place.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("sandbox", _sandboxes())
def test_variables_arrive_whole_and_have_no_effect_outside(sandbox: Sandbox, folder: Path) -> None:
    value = "a 'b' \"c\"\n$(touch /tmp/x) `d` \\ ü"
    env = {"MINE": value, "LD_PRELOAD": ""}
    text = _run(sandbox, 'printf %s "$MINE"; printf "|%s|" "$LD_PRELOAD"', folder, env=env)
    assert text == f"{value}||"
    if sandbox.kind != "none":
        command = sandbox.command(["/bin/true"], folder, env={"MINE": "hidden", "LD_PRELOAD": "/evil.so"})
        assert "hidden" not in str(command.argv) + str(command.environment)
        assert "LD_PRELOAD" not in command.environment
        command.discard()


@pytest.mark.parametrize("sandbox", _sandboxes())
def test_a_folder_can_be_given_for_writing(sandbox: Sandbox, folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "file").write_text("old")
    user = sandbox.new_user()
    sandbox.give(folder, user, writable=True)
    text = _run(
        sandbox, "echo new > inner/file && echo more > other && cat inner/file", folder, writable=True, user=user
    )
    assert text == "new\n"
    assert (folder / "other").read_text() == "more\n"


@with_bubblewrap
def test_mounts_are_seen_where_they_are_wanted(folder: Path) -> None:
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    (folder / "b" / "text").write_text("b")
    text = _run(Bubblewrap(), "cat /somewhere/else/text; touch /somewhere/else/new; pwd", folder / "a",
                mounts=[Mount(folder / "b", Path("/somewhere/else"))], inside=Path("/usr/local/build"))  # fmt: skip
    assert text.startswith("b")
    assert "Read-only file system" in text
    assert text.endswith("/usr/local/build\n")


@pytest.mark.parametrize("sandbox", _sandboxes())
def test_limits_are_set(sandbox: Sandbox, folder: Path) -> None:
    limits = Limits(memory_mb=100, open_files=50, file_mb=1, processes=20)
    text = _run(sandbox, "ulimit -d; ulimit -n; ulimit -c; cat /proc/self/oom_score_adj", folder, limits=limits)
    assert text.split() == [str(100 * 1024), "50", "0", "1000"]


def test_no_size_is_larger_than_the_machine_can_bear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(specifications, "_machine_memory_mb", lambda: 2048)
    sizes = specifications.SPECIFICATIONS
    assert (sizes["s-8vcpu-8gb"].usable_mb, sizes["s-1vcpu-512mb"].usable_mb) == (1024, 512)


def test_a_kind_that_does_not_work_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NoSandbox, match=r"\(bubblewrap: bwrap is not installed\)"):
        make_sandbox(Settings(functions_sandbox="bubblewrap"))


def test_there_is_always_one_unless_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody has asked for is not done: to run code that can read the server's secrets."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(NoSandbox) as refused:
        make_sandbox(Settings(functions_sandbox="auto"))
    assert "(bubblewrap: bwrap is not installed; user: the server is not root)" in str(refused.value)
    for way in ("Install bubblewrap", "as root", "FUNCTIONS_EXECUTOR=docker", "FUNCTIONS_SANDBOX=none"):
        assert way in str(refused.value)
    assert make_sandbox(Settings(functions_sandbox="none")).kind == "none"


@pytest.mark.parametrize(
    ("first", "second", "kind"), [("", "", "bubblewrap"), ("no rights", "", "user"), ("no rights", "no", "")]
)
def test_the_best_that_works_is_taken(monkeypatch: pytest.MonkeyPatch, first: str, second: str, kind: str) -> None:
    reasons = {"bubblewrap": first, "user": second}
    monkeypatch.setattr(choice, "_why_not", lambda sandbox: reasons[sandbox.kind])
    if kind:
        assert make_sandbox(Settings(functions_sandbox="auto")).kind == kind
        return
    with pytest.raises(NoSandbox, match=r"\(bubblewrap: no rights; user: no\)"):
        make_sandbox(Settings(functions_sandbox="auto"))


def test_why_one_does_not_work_is_told_in_its_own_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, text in (("bwrap", "echo 'bwrap: No permissions.' >&2; exit 1"), ("setpriv", "exit 1"), ("prlimit", "")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(NoSandbox, match=r"\(bubblewrap: bwrap: No permissions\)"):
        make_sandbox(Settings(functions_sandbox="bubblewrap"))


def test_what_does_not_work_is_tried_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    monkeypatch.setattr(choice, "_why_not", lambda sandbox: tried.append(sandbox.kind) or "no rights")
    chosen = choice.Choice(Settings(functions_sandbox="bubblewrap"))
    for _ in range(3):
        with pytest.raises(NoSandbox, match="no rights"):
            chosen()
    assert tried == ["bubblewrap"]
    monkeypatch.setattr(choice, "_TRIED_AGAIN_SECONDS", 0)
    monkeypatch.setattr(chosen, "_again_at", 0)
    with pytest.raises(NoSandbox):
        chosen()
    monkeypatch.setattr(choice, "_why_not", lambda sandbox: tried.append(sandbox.kind) or "")
    assert chosen() is chosen()
    assert tried == ["bubblewrap"] * 3


def test_an_executor_looks_again_for_a_sandbox(tmp_path: Path) -> None:
    """And says meanwhile what is missing."""
    there: list[Sandbox] = []

    def made() -> Sandbox:
        if not there:
            raise NoSandbox("There is none.")
        return there[0]

    with running(tmp_path, lambda settings: ProcessExecutor(settings, made)) as runner:
        unit = runner.python("def main(context): return context.res.text('x')")
        for _ in range(2):
            outcome = runner.run(unit)
            assert (outcome.status, outcome.errors) == (503, "There is none.\n")
        there.append(Sandbox())
        assert runner.run(unit).body == b"x"


def test_groups_bound_all_that_a_program_starts(folder: Path) -> None:
    groups = find_groups()
    if groups is None:
        pytest.skip("control groups cannot be made here")
    hog = "python3 -c 'import time; x = bytearray(60 << 20); time.sleep(.5); print(1)'"
    command = Sandbox(groups).command(["/bin/sh", "-c", f"{hog} & {hog} & {hog} & wait"], folder, limits=Limits(100))
    assert command.group
    contained = command.start(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    contained.kill(20)
    assert contained.ran_out
    assert not any(place.exists() for place in command.group.folders)


def test_groups_of_version_2_are_written_as_the_kernel_wants_them(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids")
    groups = find_groups(tmp_path)
    own = tmp_path / f"appwrite-py-{os.getpid()}"
    assert (own / "cgroup.subtree_control").read_text() == "+memory +pids +cpu"
    assert groups
    group = groups.make(100, 20, 0.5)
    assert group
    (place,) = group.folders
    written = {file.name: file.read_text() for file in place.iterdir()}
    assert written == {"memory.max": str(100 << 20), "pids.max": "20", "cpu.max": "50000 100000"}
    assert not group.ran_out()
    (place / "memory.events").write_text("low 0\noom 1\noom_kill 1\n")
    assert group.ran_out()
    assert group.prefix[-1] == str(place)


def test_without_the_right_to_make_groups_there_are_none(tmp_path: Path) -> None:
    assert find_groups(tmp_path) is None


def test_what_a_killed_server_has_left_in_groups_is_ended(tmp_path: Path) -> None:
    sleeper = subprocess.Popen(["sleep", "60"])
    left = tmp_path / "memory" / "appwrite-py-999999999" / "group"
    left.mkdir(parents=True)
    (left / "cgroup.procs").write_text(f"0\n{sleeper.pid}\n")
    find_groups(tmp_path)
    assert sleeper.wait(5) == -9


# --- what is not to be had ------------------------------------------------------------------------------------
@with_bubblewrap
def test_what_is_hidden_is_empty_wherever_it_lies(folder: Path) -> None:
    place = folder / "runtime"
    (place / "data").mkdir(parents=True)
    (place / "data" / "secret").write_text("secret")
    (place / ".env").write_text("secret")
    (place / "other").write_text("other")
    sandbox = Bubblewrap(None, [place / "data", place / ".env", folder / "nowhere"])
    script = "cat /seen/.env /seen/data/secret; ls -A /seen/data; echo x > /seen/data/new; cat /seen/other"
    text = _run(sandbox, script, folder, mounts=[Mount(place, Path("/seen"))])
    assert "cat: /seen/data/secret: No such file" in text
    assert "Read-only file system" in text
    assert text.endswith("other")


@with_bubblewrap
def test_nothing_can_be_put_where_no_limit_holds(folder: Path) -> None:
    script = "for each in / /dev /etc /usr /usr/local /proc; do echo x 2>&1 > $each/new && echo written; done"
    assert "written" not in _run(Bubblewrap(), script, folder)
    script = "head -c 9000000 /dev/zero > /tmp/x; head -c 9000000 /dev/zero > /dev/shm/x; cat /tmp/x /dev/shm/x | wc -c"
    assert int(_run(Bubblewrap(), script, folder, limits=Limits(temporary_mb=1)).split()[-1]) == 2 << 20


@pytest.mark.parametrize("sandbox", _sandboxes())
def test_nobody_else_can_put_settings_into_its_home(sandbox: Sandbox, folder: Path) -> None:
    found = _run(sandbox, 'echo x > "$HOME/x" && stat -c %a "$HOME" && echo "$HOME" && echo "$TMPDIR"', folder).split()
    assert found[1] == found[2]
    if sandbox.kind == "bubblewrap":
        assert found[1] == "/tmp"
    else:
        assert found[0] == "700"
        assert not Path(found[1]).exists()


@as_root
def test_a_bomb_of_forks_is_ended_with_its_user(folder: Path) -> None:
    bomb = "import os\nos.setsid()\nwhile True:\n  try: os.fork()\n  except OSError: pass"
    command = OwnUser().command(["/usr/bin/env", "python3", "-c", bomb], folder, limits=Limits(processes=100))
    user = next(word for word in command.argv if word.startswith("--reuid="))[8:]
    contained = command.start(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.3)
    contained.kill()
    assert subprocess.run(["pgrep", "-U", user], capture_output=True, check=False).stdout == b""


@as_root
def test_one_process_of_a_function_does_not_end_with_another(tmp_path: Path) -> None:
    settings = {"functions_sandbox": "user", "functions_concurrency": 1, "functions_processes_each": 2}
    code = (
        "import os, time\ndef main(c):\n  if c.req.path == '/exit': os._exit(3)\n  time.sleep(.4)\n"
        "  return c.res.text(str(os.getuid()))"
    )
    with running(tmp_path, **settings) as runner:
        unit = runner.python(code)
        object.__setattr__(unit, "runtime", _system_python(runner))
        users = {runner.begin(unit), runner.begin(unit)}
        assert len({call.result(20).body for call in users}) == 2
        slow = runner.begin(unit)
        assert runner.run(unit, path="/exit").status == 500
        assert slow.result(20).status == 200


def test_a_place_that_others_have_made_is_not_taken(tmp_path: Path) -> None:
    assert open_place(tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o711
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    for name in ("link", "open"):
        with pytest.raises((PermissionError, FileExistsError)):
            open_place(tmp_path / name)
    if os.geteuid() == 0:
        os.chown(tmp_path / "a", 12345, 12345)
        with pytest.raises(PermissionError):
            open_place(tmp_path / "a")


def test_limits_are_set_without_their_program(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    text = _run(Sandbox(), "ulimit -d; ulimit -n; ulimit -c", folder, limits=Limits(memory_mb=100, open_files=50))
    assert text.split() == [str(100 * 1024), "50", "0"]
