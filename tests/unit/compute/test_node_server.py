"""What functions written for Node.js are given, and what becomes of what they return, log and throw."""

from __future__ import annotations

import pytest

from tests.unit.compute.runner import Runner

ECHO = "module.exports = async ({ req, res }) => res.json(req);"


# --- loading ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("files", "entrypoint"),
    [
        ({"main.js": "module.exports = ({ res }) => res.text('hello');"}, "main.js"),
        ({"main.js": "exports.default = ({ res }) => res.text('hello');"}, "main.js"),
        ({"main.cjs": "module.exports = async ({ res }) => res.text('hello');"}, "main.cjs"),
        ({"main.mjs": "export default async ({ res }) => res.text('hello');"}, "main.mjs"),
        ({"src/main.js": "import { text } from './text.js'; await 0; export default ({ res }) => res.text(text);",
          "src/text.js": "export const text = 'hello';", "package.json": '{"type": "module"}'}, "src/main.js"),
        ({"main.js": "module.exports = ({ res }) => res.text(require('greet'));",
          "node_modules/greet/index.js": "module.exports = 'hello';"}, "main.js"),
    ],
)  # fmt: skip
def test_modules_of_all_forms_are_loaded(runner: Runner, files: dict[str, str], entrypoint: str) -> None:
    outcome = runner.run(runner.unit("node", files, entrypoint))
    assert (outcome.status, outcome.body, outcome.errors) == (200, b"hello", "")


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"other.js": ""}, "Failed to load entrypoint, file main.js does not exist."),
        (
            {"main.js": "module.exports = {};"},
            "Function signature invalid. Did you forget to export a 'main' function?",
        ),
        ({"main.js": "module.exports = ("}, "Syntax error in main.js: "),
        ({"main.js": "null.x"}, "Cannot read properties of null"),
        ({"main.js": "require('nowhere')"}, "Failed to load module: Cannot find module 'nowhere'"),
        ({"main.js": "throw null"}, "Failed to load module: null"),
    ],
)
def test_what_cannot_be_loaded_says_why(runner: Runner, files: dict[str, str], error: str) -> None:
    outcome = runner.run(runner.unit("node", files, "main.js"))
    assert (outcome.status, outcome.body) == (503, b"")
    assert outcome.errors.startswith(error)


def test_an_entrypoint_outside_of_the_folder_does_not_exist(runner: Runner) -> None:
    outcome = runner.run(runner.unit("node", {"a.js": ""}, "../../../../../etc/hosts"))
    assert outcome.status == 503
    assert "does not exist" in outcome.errors


def test_state_of_the_module_survives(runner: Runner) -> None:
    unit = runner.node("let count = 0; module.exports = ({ res }) => res.text(String(++count));")
    assert [runner.run(unit).body for _ in range(3)] == [b"1", b"2", b"3"]


def test_the_folder_is_where_it_is_in_containers(runner: Runner) -> None:
    code = """
        const fs = require('fs');
        module.exports = ({ res }) => res.json([process.cwd(), __dirname, fs.readFileSync('a.txt', 'utf8'),
            fs.readFileSync('/usr/local/server/src/function/a.txt', 'utf8')]);
    """
    place = "/usr/local/server/src/function"
    unit = runner.unit("node", {"main.js": code, "a.txt": "text"}, "main.js")
    assert runner.json(unit) == [place, place, "text", "text"]


# --- requests ---------------------------------------------------------------------------------------------
def test_the_parts_of_the_url(runner: Runner) -> None:
    unit = runner.node(ECHO.replace("json(req)", "json({ ...req, bodyBinary: 0, body: 0, bodyJson: 0 })").replace(
        "...req", "url: req.url, path: req.path, queryString: req.queryString, query: req.query, scheme: req.scheme, "
        "host: req.host, port: req.port, method: req.method"))  # fmt: skip
    found = runner.json(unit, method="PATCH", path="/a%20b/?a=1&a=2&b&c==d&=e", headers={"Host": "my.host:8080"})
    assert found | {"body": 0} == {
        "url": "http://my.host:8080/a%20b/?a=1&a=2&b&c==d&=e", "path": "/a%20b/", "queryString": "a=1&a=2&b&c==d&=e",
        "query": {"a": "2", "b": "", "c": "=d"}, "scheme": "http", "host": "my.host", "port": 8080, "method": "PATCH",
        "bodyBinary": 0, "body": 0, "bodyJson": 0,
    }  # fmt: skip
    found = runner.json(unit, path="/", headers={"host": "a.b", "X-Forwarded-Proto": "https"})
    assert (found["url"], found["port"], found["queryString"], found["query"]) == ("https://a.b/", 443, "", {})


def test_a_query_cannot_reach_the_prototype(runner: Runner) -> None:
    unit = runner.node("module.exports = ({ req, res }) => res.json([req.query, {}.x === undefined]);")
    assert runner.json(unit, path="/?__proto__=x&toString=1") == [{"__proto__": "x", "toString": "1"}, True]


def test_headers_are_lower_case_and_joined(runner: Runner) -> None:
    unit = runner.node("module.exports = ({ req, res }) => res.json(req.headers);",
                       environment={"OPEN_RUNTIMES_HEADERS": '{"X-Forced": 1, "x-b": "forced"}'})  # fmt: skip
    headers = {"X-A": "1", "x-a": "2", "X-B": "own", "X-Open-Runtimes-Secret": "s", "Authorization": "mine"}
    found = runner.json(unit, headers=headers)
    assert found == {"x-a": "1, 2", "x-b": "forced", "x-forced": "1", "authorization": "mine"}


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("application/json", b'{"a": [1]}', {"a": [1]}),
        ("application/json; charset=utf-8", b"", {}),
        ("text/plain", b'{"a": 1}', '{"a": 1}'),
        ("text/plain", "täxt".encode(), "täxt"),
        ("text/plain", b"\xff", "�"),
    ],
)
def test_the_body_is_what_its_type_says(runner: Runner, kind: str, body: bytes, expected: object) -> None:
    unit = runner.node("module.exports = ({ req, res }) => res.json({ body: req.body });", key="project/bodies/node")
    assert runner.json(unit, headers={"content-type": kind}, body=body) == {"body": expected}


def test_bad_json_is_an_error_of_the_handler_that_looks_at_it(runner: Runner) -> None:
    code = """module.exports = ({ req, res }) => {
        try { return res.json(req.bodyJson) } catch { return res.text(req.bodyRaw) } };"""
    outcome = runner.run(runner.node(code), body=b"{", headers={"content-type": "application/json"})
    assert (outcome.status, outcome.body) == (200, b"{")


def test_large_bodies_go_both_ways_unchanged(runner: Runner) -> None:
    body = bytes(range(256)) * 40_000
    outcome = runner.run(runner.node("module.exports = ({ req, res }) => res.binary(req.bodyBinary);"), body=body)
    assert outcome.body == body
    assert ("content-length", str(len(body))) in outcome.headers


# --- responses --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("expression", "status", "body", "kind"),
    [
        ("res.text('hi')", 200, b"hi", "text/plain; charset=utf-8"),
        ("res.text('hi', 404, {'Content-Type': 'TEXT/HTML'})", 404, b"hi", "text/html; charset=utf-8"),
        ("res.text('hi', 200, {'content-type': 'text/html; charset=iso-8859-1'})", 200, b"hi",
         "text/html; charset=iso-8859-1"),
        ("res.text('', 200, {'content-type': 'multipart/form-data; boundary=aBc'})", 200, b"",
         "multipart/form-data; boundary=aBc"),
        ("res.json({a: [1, 'ü']})", 200, '{"a":[1,"ü"]}'.encode(), "application/json; charset=utf-8"),
        ("res.binary(Buffer.from([0, 10, 255]))", 200, b"\0\n\xff", "text/plain; charset=utf-8"),
        ("res.binary(new Uint8Array([0, 10, 255]))", 200, b"\0\n\xff", "text/plain; charset=utf-8"),
        ("res.empty()", 204, b"", "text/plain; charset=utf-8"),
        ("res.redirect('https://a.b')", 301, b"", "text/plain; charset=utf-8"),
        ("res.send('old')", 200, b"old", "text/plain; charset=utf-8"),
        ("res.send({a: 1})", 200, b'{"a":1}', "text/plain; charset=utf-8"),
        ("{body: 'x'}", 200, b"x", "text/plain; charset=utf-8"),
        ("{}", 200, b"", "text/plain; charset=utf-8"),
        ("{body: require('stream').Readable.from(['a', 'b'])}", 200, b"ab", "text/plain; charset=utf-8"),
    ],
)  # fmt: skip
def test_answers(runner: Runner, expression: str, status: int, body: bytes, kind: str) -> None:
    outcome = runner.run(runner.node(f"module.exports = ({{ res }}) => ({expression});"))
    assert (outcome.status, outcome.body, dict(outcome.headers)["content-type"]) == (status, body, kind), outcome
    assert outcome.errors == ""


def test_headers_of_answers(runner: Runner) -> None:
    code = """module.exports = ({ res }) => res.redirect('/x', 302,
        {'Set-Cookie': ['a=1', 'b=2'], 'X-Number': 7, 'X-Open-Runtimes-Log-Id': 'no', 'x-null': null});"""
    assert runner.run(runner.node(code)).headers == [
        ("set-cookie", "a=1"), ("set-cookie", "b=2"), ("x-number", "7"), ("location", "/x"),
        ("content-type", "text/plain; charset=utf-8"), ("content-length", "0"),
    ]  # fmt: skip


def test_methods_of_the_response_work_on_their_own_and_share_nothing(runner: Runner) -> None:
    code = "module.exports = ({ req, res: { json, text } }) => req.path === '/j' ? json({}) : text('t');"
    unit = runner.node(code)
    kinds = [dict(runner.run(unit, path=path).headers)["content-type"] for path in ("/j", "/t", "/j")]
    assert [kind.split(";")[0] for kind in kinds] == ["application/json", "text/plain", "application/json"]


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("undefined", "Return statement missing. return context.res.empty() if no response is expected."),
        ("null", "Return statement missing."),
        ("'text'", "The function returned a value that is no response."),
        ("[1]", "The function returned a value that is no response."),
        ("res.text('x', 999)", "The response's status is no number between 200 and 599: 999"),
        ("res.text('x', 'abc')", "The response's status is no number between 200 and 599: abc"),
        ("res.text('x', 200, {'a b': '1'})", "The response's header a b is not valid."),
        ("res.text('x', 200, {'a': '1\\r\\nset-cookie: x'})", "The response's header a is not valid."),
        ("res.binary(Buffer.alloc(21 * 1024 * 1024))", "The response's body is larger than 20971520 bytes."),
        ("{ headers: 'x' }", "The response's headers are no object."),
        ("{ body: { a: 1n } }", "Do not know how to serialize a BigInt"),
        ("(() => { throw new RangeError('too far') })()", "RangeError: too far"),
        ("(() => { throw null })()", "null"),
        ("Promise.reject('reason')", "reason"),
    ],
)
def test_answers_that_are_none_are_errors(runner: Runner, expression: str, error: str) -> None:
    outcome = runner.run(
        runner.node(f"module.exports = ({{ res, log }}) => {{ log('before'); return {expression}; }};")
    )
    assert (outcome.status, outcome.body, outcome.logs) == (500, b"", "before\n")
    assert outcome.errors.startswith(error)


# --- logs -------------------------------------------------------------------------------------------------
def test_logs_of_all_kinds_of_values(runner: Runner) -> None:
    code = """module.exports = ({ res, log, error }) => {
        const ring = { a: 1 }; ring.ring = ring;
        log('a', 1, true, null, undefined, 10n); log({ b: [1, { c: new Map([['k', 1]]) }], s: new Set([1]) });
        log(ring); log([1n]); error(new TypeError('bad')); log('täxt'); log();
        return res.empty();
    };"""
    outcome = runner.run(runner.node(code))
    assert outcome.logs == (
        'a 1 true null undefined 10\n{"b":[1,{"c":{"k":1}}],"s":[1]}\n{"a":1,"ring":"[Circular]"}\n["1"]\ntäxt\n\n'
    )
    assert outcome.errors.startswith("TypeError: bad\n    at ")
    assert "calls.mjs" not in outcome.errors


def test_what_is_shared_is_not_circular(runner: Runner) -> None:
    code = "module.exports = ({ res, log }) => { const s = {x: 1}; log({ a: s, b: [s, s] }); return res.empty(); };"
    assert runner.run(runner.node(code)).logs == '{"a":{"x":1},"b":[{"x":1},{"x":1}]}\n'


def test_the_console_is_part_of_the_logs(runner: Runner) -> None:
    code = """module.exports = ({ res }) => { console.log('a %d', 1); console.error({ b: 1 }); console.warn('w');
        console.info('i'); console.debug('d'); return res.empty(); };"""
    outcome = runner.run(runner.node(code))
    notice = "Native logs detected. Use context.log() or context.error() for better experience."
    assert outcome.logs == f"{notice}\na 1\n{{ b: 1 }}\nw\ni\nd\n"
    assert outcome.errors == ""


def test_logs_of_calls_at_the_same_time_stay_apart(runner: Runner) -> None:
    code = """module.exports = async ({ req, res, log }) => {
        for (let step = 0; step < 5; step++) {
            log(req.path); console.log(req.path); await new Promise((done) => setTimeout(done, 10));
        }
        return res.empty();
    };"""
    unit = runner.node(code)
    calls = {path: runner.begin(unit, path=path) for path in map("/{}".format, range(8))}
    for path, call in calls.items():
        lines = call.result(20).logs.splitlines()
        assert [line for line in lines if not line.startswith("Native")] == [path] * 10


def test_long_lines_and_long_logs_are_cut(runner: Runner) -> None:
    code = """module.exports = ({ res, log }) => { log('x'.repeat(9000));
        for (let line = 0; line < 600; line++) log(line + ' ' + 'y'.repeat(4000)); return res.empty(); };"""
    logs = runner.run(runner.node(code)).logs
    assert len(logs) == 1_000_000
    assert logs.startswith("[WARNING] Logs truncated.")
    assert logs.splitlines()[-1].startswith("599 y")
    short = runner.run(
        runner.node("module.exports = ({ res, log }) => { log('x'.repeat(9000)); return res.empty(); };")
    )
    assert short.logs == "x" * 8000 + "... Log truncated due to size limit (8000 characters)\n"


def test_without_logging_nothing_is_kept(runner: Runner) -> None:
    code = "module.exports = ({ log, error }) => { log('a'); error('b'); console.log('c'); throw new Error('d'); };"
    outcome = runner.run(runner.node(code), logging=False)
    assert (outcome.status, outcome.logs, outcome.errors) == (500, "", "")


# --- time and faults --------------------------------------------------------------------------------------
def test_an_error_outside_of_the_handler_ends_its_call_and_no_other(runner: Runner) -> None:
    code = """module.exports = ({ req, res, log }) => new Promise((done) => {
        if (req.path === '/bad') setTimeout(() => { throw new Error('in a timer'); }, 20);
        else setTimeout(() => done(res.text('well')), 100);
    });"""
    unit = runner.node(code)
    well, bad = runner.begin(unit, path="/"), runner.begin(unit, path="/bad")
    assert bad.result(20).status == 500
    assert bad.result().errors.startswith("Error: in a timer\n")
    assert (well.result(20).status, well.result().body) == (200, b"well")
    assert runner.run(unit).body == b"well"


def test_a_rejection_that_nobody_waits_for_is_logged(runner: Runner) -> None:
    code = """module.exports = async ({ res }) => { Promise.reject(new Error('lost'));
        await new Promise((done) => setTimeout(done, 20)); return res.text('done'); };"""
    outcome = runner.run(runner.node(code))
    assert (outcome.status, outcome.body) == (200, b"done")
    assert outcome.errors.startswith("Error: lost\n")


def test_variables_are_part_of_the_environment(runner: Runner) -> None:
    code = """module.exports = ({ res }) =>
        res.json([process.env.MINE, process.env['odd-name.x'], Object.keys(process.env)]);"""
    mine, odd, names = runner.json(runner.node(code, environment={"MINE": "a 'b'\n$c", "odd-name.x": "1"}))
    assert (mine, odd) == ("a 'b'\n$c", "1")
    assert not [name for name in names if name.startswith(("_APP", "DATABASE", "APPWRITE_PY"))]
