"""What functions written in Python are given, and what becomes of what they return, log and raise."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.compute.runner import Runner

ECHO = """
def main(context):
    req = context.req
    return context.res.json({name: getattr(req, name) for name in
        ("url", "path", "query_string", "query", "scheme", "host", "port", "method")})
"""


def returning(expression: str) -> str:
    """A function that logs a line and returns this."""
    return f"import asyncio\ndef main(context):\n    context.log('before')\n    return {expression}\n"


# --- loading ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("files", "entrypoint"),
    [
        ({"main.py": "def main(context): return context.res.text('hello')"}, "main.py"),
        ({"main.py": "async def main(context): return context.res.text('hello')"}, "main.py"),
        ({"src/main.py": "from .words import hello\ndef main(context): return context.res.text(hello)",
          "src/words.py": "hello = 'hello'"}, "src/main.py"),
        ({"src/main.py": "import function.src.words as words\nfrom src.words import hello\n"
                         "def main(context): return context.res.text(words.hello and hello)",
          "src/words.py": "hello = 'hello'"}, "src/main.py"),
        ({"src/my-entry.py": "from ..words import hello\ndef main(context): return context.res.text(hello)",
          "words.py": "hello = 'hello'"}, "src/my-entry.py"),
        ({"__init__.py": "hello = 'hello'", "main.py": "from . import hello\n"
          "def main(context): return context.res.text(hello)"}, "main.py"),
        ({"main.py": "class Main:\n  async def __call__(self, c): return c.res.text('hello')\nmain = Main()"},
         "main.py"),
        ({"main.py": "import functools, asyncio\nasync def work(c): return c.res.text('hello')\n"
                     "main = functools.partial(work)"}, "main.py"),
        ({"main.py": "def main(context):\n    try: exit(1)\n    except SystemExit: return context.res.text('hello')"},
         "main.py"),
        ({"main.py": "from greet import hello\ndef main(context): return context.res.text(hello)",
          "runtime-env/lib/python{version}/site-packages/greet.py": "hello = 'hello'"}, "main.py"),
    ],
)  # fmt: skip
def test_modules_of_all_forms_are_loaded(runner: Runner, files: dict[str, str], entrypoint: str) -> None:
    version = next(each.version for each in runner.runtimes.values() if each.language == "python")
    placed = {name.format(version=version): text for name, text in files.items()}
    outcome = runner.run(runner.unit("python", placed, entrypoint))
    assert (outcome.status, outcome.body, outcome.errors) == (200, b"hello", "")


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"other.py": ""}, "Failed to load entrypoint, file main.py does not exist."),
        ({"main.py": "main = 1"}, "Function signature invalid. Did you forget to export a 'main' function?"),
        ({"main.py": "x = 1\ndef main(context:\n  pass"}, "Syntax error in main.py:2: "),
        ({"main.py": "def other(context): pass"}, "module 'function.main' has no attribute 'main'"),
        ({"main.py": "import nowhere"}, "Module not found: nowhere"),
        ({"main.py": "1 / 0"}, "Failed to load module: Traceback"),
        ({"main.py": "import sys; sys.exit(3)"}, "Failed to load module: Traceback"),
        ({"__init__.py": "1 / 0", "main.py": "def main(context): pass"}, "Failed to load module: Traceback"),
    ],
)
def test_what_cannot_be_loaded_says_why(runner: Runner, files: dict[str, str], error: str) -> None:
    outcome = runner.run(runner.unit("python", files, "main.py"))
    assert (outcome.status, outcome.body) == (503, b"")
    assert outcome.errors.startswith(error), outcome.errors
    assert "server.py" not in outcome.errors


def test_the_servers_own_packages_are_out_of_sight(runner: Runner) -> None:
    outcome = runner.run(runner.python("import asyncpg\ndef main(context): return context.res.empty()"))
    assert outcome.errors.startswith("Module not found: asyncpg")


def test_state_of_the_module_survives_and_the_folder_is_where_it_is_in_containers(runner: Runner) -> None:
    code = """
import os
count = 0
def main(context):
    global count
    count += 1
    return context.res.json([count, os.getcwd(), __file__, open("a.txt").read()])
"""
    unit = runner.unit("python", {"main.py": code, "a.txt": "text"}, "main.py")
    place = "/usr/local/server/src/function"
    assert [runner.json(unit) for _ in range(2)] == [[n, place, f"{place}/main.py", "text"] for n in (1, 2)]


# --- requests ---------------------------------------------------------------------------------------------
def test_the_parts_of_the_url(runner: Runner) -> None:
    unit = runner.python(ECHO)
    found = runner.json(unit, method="PATCH", path="/a%20b/?a=1&a=2&b&c==d&=e&f=%C3%BC+%26", headers={"Host": "h:8080"})
    assert found == {
        "url": "http://h:8080/a%20b/?a=1&a=2&b&c==d&=e&f=%C3%BC+%26", "path": "/a b/",
        "query_string": "a=1&a=2&b&c==d&=e&f=ü %26", "query": {"a": "2", "b": "", "c": "=d", "f": "ü %26"},
        "scheme": "http", "host": "h", "port": 8080, "method": "PATCH",
    }  # fmt: skip
    found = runner.json(unit, path="/", headers={"host": "a.b", "X-Forwarded-Proto": "https"})
    assert (found["url"], found["port"], found["query_string"], found["query"]) == ("https://a.b/", 443, "", {})


def test_headers_are_lower_case_and_joined(runner: Runner) -> None:
    unit = runner.python("def main(context): return context.res.json(context.req.headers)",
                         environment={"OPEN_RUNTIMES_HEADERS": '{"X-Forced": 1, "x-b": "forced"}'})  # fmt: skip
    headers = {"X-A": "1", "x-a": "2", "X-B": "own", "X-Open-Runtimes-Secret": "s", "Authorization": "mine"}
    assert runner.json(unit, headers=headers) == {
        "x-a": "1, 2", "x-b": "forced", "x-forced": "1", "authorization": "mine",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("application/json", b'{"a": [1]}', {"a": [1]}),
        ("application/json; charset=utf-8", b"", {}),
        ("text/plain", b'{"a": 1}', '{"a": 1}'),
        ("text/plain", "täxt".encode(), "täxt"),
    ],
)
def test_the_body_is_what_its_type_says(runner: Runner, kind: str, body: bytes, expected: object) -> None:
    code = "def main(context): return context.res.json({'body': context.req.body})"
    unit = runner.python(code, key="project/bodies/python")
    assert runner.json(unit, headers={"content-type": kind}, body=body) == {"body": expected}


def test_a_bad_body_is_an_error_of_the_handler_that_looks_at_it(runner: Runner) -> None:
    unit = runner.python("def main(context): return context.res.json(context.req.body_json)")
    outcome = runner.run(unit, body=b"{", headers={"content-type": "application/json"})
    assert outcome.status == 500
    assert "JSONDecodeError" in outcome.errors
    unit = runner.python("def main(context): return context.res.text(context.req.body_raw)")
    assert "UnicodeDecodeError" in runner.run(unit, body=b"\xff").errors


def test_large_bodies_go_both_ways_unchanged(runner: Runner) -> None:
    body = bytes(range(256)) * 40_000
    outcome = runner.run(
        runner.python("def main(context): return context.res.binary(context.req.body_binary)"), body=body
    )
    assert outcome.body == body


# --- responses --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("expression", "status", "body", "kind"),
    [
        ("res.text('hi')", 200, b"hi", "text/plain; charset=utf-8"),
        ("res.text('hi', 404, {'Content-Type': 'TEXT/HTML'})", 404, b"hi", "text/html; charset=utf-8"),
        ("res.text('hi', statusCode=201)", 201, b"hi", "text/plain; charset=utf-8"),
        ("res.text('', 200, {'content-type': 'multipart/form-data; boundary=aBc'})", 200, b"",
         "multipart/form-data; boundary=aBc"),
        ("res.json({'a': [1, 'ü', None]})", 200, b'{"a":[1,"\\u00fc",null]}', "application/json; charset=utf-8"),
        ("res.binary(bytes([0, 10, 255]))", 200, b"\0\n\xff", "text/plain; charset=utf-8"),
        ("res.binary(bytearray([0, 10, 255]))", 200, b"\0\n\xff", "text/plain; charset=utf-8"),
        ("res.empty()", 204, b"", "text/plain; charset=utf-8"),
        ("res.redirect('https://a.b')", 301, b"", "text/plain; charset=utf-8"),
        ("res.send('old')", 200, b"old", "text/plain; charset=utf-8"),
        ("{'body': 'x'}", 200, b"x", "text/plain; charset=utf-8"),
        ("{}", 200, b"", "text/plain; charset=utf-8"),
    ],
)  # fmt: skip
def test_answers(runner: Runner, expression: str, status: int, body: bytes, kind: str) -> None:
    outcome = runner.run(runner.python(returning(expression.replace("res.", "context.res."))))
    assert (outcome.status, outcome.body, dict(outcome.headers)["content-type"]) == (status, body, kind), outcome
    assert outcome.errors == ""


def test_headers_of_answers(runner: Runner) -> None:
    code = returning("""context.res.redirect('/x', 302,
        {'Set-Cookie': ['a=1', 'b=2'], 'X-Number': 7, 'X-Open-Runtimes-Log-Id': 'no', 'x-none': None})""")
    assert runner.run(runner.python(code)).headers == [
        ("set-cookie", "a=1"), ("set-cookie", "b=2"), ("x-number", "7"), ("location", "/x"),
        ("content-type", "text/plain; charset=utf-8"), ("content-length", "0"),
    ]  # fmt: skip


def test_answers_share_no_headers(runner: Runner) -> None:
    unit = runner.python(returning("context.res.json({}) if context.req.path == '/j' else context.res.text('t')"))
    kinds = [dict(runner.run(unit, path=path).headers)["content-type"] for path in ("/j", "/t", "/j")]
    assert [kind.split(";")[0] for kind in kinds] == ["application/json", "text/plain", "application/json"]


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("None", "Return statement missing. return context.res.empty() if no response is expected."),
        ("'text'", "The function returned a value that is no response."),
        ("[1]", "The function returned a value that is no response."),
        ("context.res.text('x', 999)", "The response's status is no number between 200 and 599: 999"),
        ("context.res.text('x', 'abc')", "The response's status is no number between 200 and 599: abc"),
        ("context.res.text('x', 200, {'a b': '1'})", "The response's header 'a b' is not valid."),
        ("context.res.text('x', 200, {'a': '1\\r\\nset-cookie: x'})", "The response's header 'a' is not valid."),
        ("context.res.binary(bytes(21 * 1024 * 1024))", "The response's body is larger than 20971520 bytes."),
        ("{'headers': 5}", "The response's headers are no dictionary."),
        ("{'body': {'a': object}}", "The response's body cannot be sent: "),
        ("1 / 0", "Traceback"),
        ("exec('raise SystemExit(3)')", "Traceback"),
        ("exec('raise KeyboardInterrupt')", "Traceback"),
        ("exec('raise StopIteration')", "Traceback"),
    ],
)
@pytest.mark.parametrize("form", ["def", "async def"])
def test_answers_that_are_none_are_errors(runner: Runner, expression: str, error: str, form: str) -> None:
    unit = runner.python(returning(expression).replace("def", form, 1))
    outcome = runner.run(unit)
    assert (outcome.status, outcome.body, outcome.logs) == (500, b"", "before\n")
    assert outcome.errors.startswith(error), outcome.errors
    assert "server.py" not in outcome.errors


# --- logs -------------------------------------------------------------------------------------------------
def test_logs_of_all_kinds_of_values(runner: Runner) -> None:
    code = """
def main(context):
    ring = {"a": 1}
    ring["ring"] = ring
    context.log("a", 1, True, None, 2.5)
    context.log({"b": [1, (2,)], "c": object}, ring)
    context.error(ValueError("bad"))
    context.log("täxt")
    context.log()
    return context.res.empty()
"""
    outcome = runner.run(runner.python(code))
    ring = "{'a': 1, 'ring': {...}}"
    assert outcome.logs == f'a 1 True None 2.5\n{{"b":[1,[2]],"c":"<class \'object\'>"}} {ring}\ntäxt\n\n'
    assert outcome.errors == "ValueError: bad\n"


def test_what_is_printed_is_part_of_the_logs(runner: Runner) -> None:
    code = """
import logging, sys, threading
def main(context):
    print("a", 1, end="")
    print("b")
    print({"c": 1}, file=sys.stderr)
    logging.warning("careful")
    thread = threading.Thread(target=print, args=("thread",)); thread.start(); thread.join()
    print("open end", end="")
    return context.res.empty()
"""
    outcome = runner.run(runner.python(code))
    notice = "Native logs detected. Use context.log() or context.error() for better experience."
    assert outcome.logs == f"{notice}\na 1b\n{{'c': 1}}\nWARNING:root:careful\nthread\nopen end\n"
    assert outcome.errors == ""


@pytest.mark.parametrize(
    "code",
    [
        "import time\ndef main(c):\n  for _ in range(5):\n    c.log(c.req.path); print(c.req.path); time.sleep(.01)\n"
        "  return c.res.empty()",
        "import asyncio\nasync def main(c):\n  for _ in range(5):\n    c.log(c.req.path); print(c.req.path)\n"
        "    await asyncio.sleep(.01)\n  return c.res.empty()",
    ],
)
def test_logs_of_calls_at_the_same_time_stay_apart(runner: Runner, code: str) -> None:
    unit = runner.python(code)
    calls = {path: runner.begin(unit, path=path) for path in map("/{}".format, range(8))}
    for path, call in calls.items():
        lines = call.result(20).logs.splitlines()
        assert [line for line in lines if not line.startswith("Native")] == [path] * 10


def test_long_lines_and_long_logs_are_cut(runner: Runner) -> None:
    code = """
def main(context):
    context.log("x" * 9000)
    for line in range(600):
        context.log(f"{line} " + "y" * 4000)
    return context.res.empty()
"""
    logs = runner.run(runner.python(code)).logs
    assert len(logs) == 1_000_000
    assert logs.startswith("[WARNING] Logs truncated.")
    assert logs.splitlines()[-1].startswith("599 y")
    short = runner.run(runner.python("def main(c): c.log('x' * 9000); return c.res.empty()"))
    assert short.logs == "x" * 8000 + "... Log truncated due to size limit (8000 characters)\n"


def test_without_logging_nothing_is_kept(runner: Runner) -> None:
    code = "def main(context):\n    context.log('a'); context.error('b'); print('c')\n    raise ValueError"
    outcome = runner.run(runner.python(code), logging=False)
    assert (outcome.status, outcome.logs, outcome.errors) == (500, "", "")


def test_variables_are_part_of_the_environment(runner: Runner) -> None:
    code = """
import os, time
def main(context):
    return context.res.json([os.environ["MINE"], os.environ["odd-name.x"], sorted(os.environ), time.tzname[0]])
"""
    environment = {"MINE": "a 'b'\n$c", "odd-name.x": "1", "TZ": "CET-1"}
    found: Any = runner.json(runner.python(code, environment=environment))
    assert [found[0], found[1], found[3]] == ["a 'b'\n$c", "1", "CET"]
    assert not [name for name in found[2] if name.startswith(("_APP", "DATABASE", "APPWRITE_PY"))]


def test_a_plain_handler_that_waits_holds_up_nobody(runner: Runner) -> None:
    code = (
        "import time\ndef main(c):\n  time.sleep(.5 if c.req.path == '/slow' else 0)\n  return c.res.text(c.req.path)"
    )
    unit = runner.python(code)
    runner.run(unit)
    slow = runner.begin(unit, path="/slow")
    assert [runner.run(unit, path="/quick").duration < 0.3 for _ in range(3)] == [True] * 3
    assert not slow.done()
    assert slow.result(10).body == b"/slow"
