"""Visits to domains: what reaches the function, what comes back, and what the domain keeps away from the API."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect

from appwrite_py.events.wakes import Wakes
from appwrite_py.kit import ids
from tests.api.functions.calling import ALL, ECHO, change, function
from tests.api.functions.tools import make, query
from tests.api.proxy.tools import BELOW, HERE, lead, new_domain, visit
from tests.client import Answer, Api, Console, Sandbox

ANSWERS = """
import time
def main(context):
    res = context.res
    if context.req.path == "/slow":
        time.sleep(5)
    if context.req.path == "/cookies":
        headers = {"set-cookie": ["a=1; Path=/", "b=2; HttpOnly"], "X-Own": "yes", "content-type": "text/html"}
        headers |= {"transfer-encoding": "chunked", "content-length": "3", "x-open-runtimes-secret": "s"}
        headers |= {"x-appwrite-execution-id": "mine", "connection": "close"}
        return res.text("<p>hi</p>", 203, headers)
    if context.req.path == "/redirect":
        return res.redirect("https://example.org/x", 302)
    if context.req.path == "/bytes":
        return res.binary(bytes([255, 0, 254]))
    if context.req.path == "/none":
        return res.empty()
    if context.req.path == "/fault":
        raise ValueError("inside")
    return res.text("body", 404)
"""


class Home:
    """A project with functions that have domains."""

    def __init__(self, console: Console) -> None:
        self.sandbox = Sandbox.create(console)
        self.api = Api(console.api.http)
        function(self.sandbox, ECHO, "echo", execute=["any"])
        function(self.sandbox, ANSWERS, "answers", execute=["guests"], logging=True)
        self.echo = lead(self.sandbox, "echo")["domain"]
        self.answers = lead(self.sandbox, "answers")["domain"]

    def seen(self, path: str = "/", method: str = "POST", **more: Any) -> dict[str, Any]:
        """What the function has seen of a visit."""
        answer = visit(self.api, self.echo, path, method, **more)
        assert answer.status == 200, answer
        found: dict[str, Any] = answer.json
        return found

    def last(self, function_id: str) -> dict[str, Any]:
        """The newest execution."""
        newest = [query("orderDesc", "$createdAt"), query("limit", "", 1)]
        listed = self.sandbox.key.get(f"/functions/{function_id}/executions", newest).ok(200)
        execution: dict[str, Any] = listed["executions"][0]
        return execution


@pytest.fixture(scope="module")
def home(console: Console) -> Home:
    return Home(console)


# --- what reaches the function --------------------------------------------------------------------------------------
def test_all_of_a_request_reaches_the_function(home: Home) -> None:
    seen = home.seen("/a%2Fb/c?x=1&x=2&y=%20", content=b"\xff\x00body", headers={
        "Content-Type": "application/octet-stream", "Authorization": "Bearer t", "Cookie": "a=1", "X-Mine": "z",
        "User-Agent": "Visitor",
    })  # fmt: skip
    headers = seen["headers"]
    assert (seen["method"], seen["path"], seen["body"]) == ("POST", "/a/b/c", "\xff\x00body")
    assert home.last("echo")["requestPath"] == "/a%2Fb/c?x=1&x=2&y=%20"
    assert seen["query"]["y"] in (" ", "%20")
    assert headers["host"] == home.echo
    assert (headers["authorization"], headers["cookie"], headers["x-mine"]) == ("Bearer t", "a=1", "z")
    assert (headers["user-agent"], headers["content-type"]) == ("Visitor", "application/octet-stream")
    assert (headers["x-appwrite-trigger"], headers["x-appwrite-user-id"]) == ("http", "")
    assert headers["x-appwrite-execution-id"] == home.last("echo")["$id"]
    assert headers["x-appwrite-key"]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"])
@pytest.mark.parametrize("path", ["/", "/v1/ping"])
def test_all_methods_and_paths_reach_the_function(home: Home, method: str, path: str) -> None:
    assert home.seen(path, method, headers={"Origin": "https://a.example.org"})["method"] == method


def test_paths_of_pages_and_sockets_reach_it_too(home: Home) -> None:
    for path in ("/v1/openapi.json", "/docs", "/v1/realtime", "/v1"):
        assert home.seen(path, "GET")["path"] == path


def test_headers_of_the_server_cannot_be_brought_along(home: Home) -> None:
    brought = ("key", "user-id", "trigger", "event", "execution-id", "client-ip", "country-code")
    headers = {f"X-Appwrite-{name}": "forged" for name in brought}
    headers |= {"X-Open-Runtimes-Secret": "forged", "Connection": "X-Hop", "X-Hop": "1", "TE": "trailers"}
    seen = home.seen(headers=headers)["headers"]
    assert "forged" not in seen.values()
    assert not {"x-hop", "te", "connection", "x-open-runtimes-secret"} & seen.keys()


def test_the_jwt_of_a_visitor_is_handed_on(home: Home) -> None:
    """The function may act as the user with it, as far as the API believes it; nobody is identified by it here."""
    user = home.sandbox.user()
    jwt = user.post("/account/jwts").ok(201)["jwt"]
    seen = home.seen(headers={"X-Appwrite-User-JWT": jwt, "X-Appwrite-JWT": jwt})["headers"]
    assert (seen["x-appwrite-user-jwt"], seen["x-appwrite-user-id"]) == (jwt, "")


def test_headers_that_come_twice_are_joined(home: Home) -> None:
    lines = [("Host", home.echo), ("X-Mine", "1"), ("X-Mine", "2"), ("Cookie", "a=1"), ("Cookie", "b=2")]
    seen = home.api.http.get("/", headers=lines).json()["headers"]
    assert (seen["x-mine"], seen["cookie"]) == ("1, 2", "a=1; b=2")


def test_ports_case_and_the_final_dot_do_not_matter(home: Home) -> None:
    for host in (f"{home.echo}:8080", home.echo.upper(), f"{home.echo}.", f"{home.echo}.:443"):
        assert visit(home.api, host).status == 200


def test_bodies_have_a_limit(home: Home, served: Callable[..., Api]) -> None:
    small = served(home.api, body_limit_bytes=2048)
    assert visit(small, home.echo, method="POST", content=b"x" * 2048).status == 200
    visit(small, home.echo, method="POST", content=b"x" * 2049).fails(400, "general_bad_request")
    visit(small, home.echo, method="POST", content=iter([b"x" * 2000] * 2)).fails(400, "general_bad_request")


# --- what comes back ------------------------------------------------------------------------------------------------
def test_the_answer_is_passed_on_as_it_is(home: Home) -> None:
    answer = visit(home.api, home.answers, "/cookies", headers={"Origin": "https://a.example.org"})
    assert (answer.status, answer.content) == (203, b"<p>hi</p>")
    assert answer.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2; HttpOnly"]
    assert (answer.headers["x-own"], answer.headers["content-type"]) == ("yes", "text/html; charset=utf-8")
    assert answer.headers.get_list("content-length") == ["9"]
    assert answer.headers.get_list("x-appwrite-execution-id") == [home.last("answers")["$id"]]
    for name in ("transfer-encoding", "connection", "x-open-runtimes-secret", "access-control-allow-origin"):
        assert name not in answer.headers


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [("/x", 404, b"body"), ("/bytes", 200, b"\xff\x00\xfe"), ("/none", 204, b""), ("/fault", 500, b"")],
)
def test_statuses_and_bodies(home: Home, path: str, status: int, body: bytes) -> None:
    answer = visit(home.api, home.answers, path)
    assert (answer.status, answer.content) == (status, body)
    row = home.last("answers")
    assert (row["responseStatusCode"], row["status"]) == (status, "failed" if status == 500 else "completed")
    assert ("ValueError" in row["errors"]) == (status == 500)


def test_redirections_are_the_visitors(home: Home) -> None:
    answer = visit(home.api, home.answers, "/redirect")
    assert (answer.status, answer.headers["location"]) == (302, "https://example.org/x")


def test_head_has_no_body(home: Home) -> None:
    answer = visit(home.api, home.answers, "/x", "HEAD")
    assert (answer.status, answer.content, answer.headers["content-length"]) == (404, b"", "4")


def test_a_visit_is_an_execution(home: Home) -> None:
    sandbox = home.sandbox
    known = len(sandbox.events())
    visit(home.api, home.answers, "/p?q=1", "PUT", content=b"{}", headers={"Content-Type": "application/json"})
    row = home.last("answers")
    assert (row["trigger"], row["requestMethod"], row["requestPath"]) == ("http", "PUT", "/p?q=1")
    assert row["$permissions"] == []
    assert {line["name"] for line in row["requestHeaders"]} <= {
        "host", "content-type", "content-length", "x-appwrite-client-ip",
    }  # fmt: skip
    assert sandbox.events()[known:] == [f"functions.answers.executions.{row['$id']}.create"]


def test_a_visit_that_takes_too_long(home: Home, served: Callable[..., Api]) -> None:
    hasty = served(home.api, functions_sync_seconds=0.5)
    began = time.monotonic()
    visit(hasty, home.answers, "/slow").fails(408, "function_synchronous_timeout")
    assert time.monotonic() - began < 4
    assert (home.last("answers")["status"], home.last("answers")["responseStatusCode"]) == ("failed", 500)


# --- who may, and what else keeps a visitor away --------------------------------------------------------------------
def test_visitors_are_guests(sandbox: Sandbox) -> None:
    function(sandbox, execute=["users"])
    domain, user = lead(sandbox)["domain"], sandbox.user()
    for headers in ({}, {"Cookie": user.headers["Cookie"]}, sandbox.key.headers, sandbox.admin.headers):
        visit(sandbox.guest, domain, headers=headers).fails(401, "function_execute_permission_missing")
    assert sandbox.key.get(ALL).ok(200)["total"] == 0
    change(sandbox, execute=["guests"])
    assert visit(sandbox.guest, domain).content == b"hello"
    change(sandbox, execute=["any"], enabled=False)
    visit(sandbox.guest, domain).fails(404, "function_not_found")


def test_nothing_to_run(sandbox: Sandbox) -> None:
    make(sandbox, execute=["any"])
    visit(sandbox.guest, lead(sandbox)["domain"]).fails(404, "deployment_not_found")


def test_switched_off_services(sandbox: Sandbox) -> None:
    function(sandbox, execute=["any"])
    domain = lead(sandbox)["domain"]
    for service in ("proxy", "functions"):
        sandbox.admin.patch(f"/project/services/{service}", enabled=False).ok(200)
        visit(sandbox.guest, domain).fails(403, "general_service_disabled")
        sandbox.admin.patch(f"/project/services/{service}", enabled=True).ok(200)
    assert visit(sandbox.guest, domain).status == 200


def test_domains_below_ours_that_lead_nowhere(api: Api) -> None:
    caller = Api(api.http)
    visit(caller, new_domain()).fails(404, "rule_not_found")
    visit(caller, new_domain("sites.localhost"), "/v1/ping").fails(404, "rule_not_found")
    visit(caller, BELOW).fails(401, "general_access_forbidden")
    page = visit(caller, new_domain(), headers={"Accept": "text/html,*/*"})
    assert (page.status, page.headers["content-type"]) == (404, "text/html; charset=UTF-8")
    assert b"rule_not_found" in page.content
    assert visit(caller, new_domain(), method="HEAD").content == b""


def test_other_hosts_are_the_apis(api: Api) -> None:
    for host in (
        "localhost",
        "localhost:8080",
        "127.0.0.1:8080",
        "[::1]:8080",
        "unknown.example.org",
        "a_b",
        "-",
        "a b",
    ):
        answer = visit(Api(api.http), host, "/v1/health/version")
        assert answer.status == 200, (host, answer)
    preflight = visit(
        Api(api.http), "unknown.example.org", "/v1/account", "OPTIONS", headers={"Origin": "https://x.org"}
    )
    assert preflight.status == 204


def test_challenges_for_certificates_do_not_reach_functions(home: Home) -> None:
    answer = visit(home.api, home.echo, "/.well-known/acme-challenge/token")
    assert answer.status == 404
    assert b"headers" not in answer.content


def test_a_domain_of_a_function_has_no_sockets(home: Home) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        home.api.http.websocket_connect(
            f"ws://{home.echo}/v1/realtime?project={home.sandbox.id}", headers={"Host": home.echo}
        ),
    ):
        pass


# --- other rules ----------------------------------------------------------------------------------------------------
def test_redirects(sandbox: Sandbox) -> None:
    make(sandbox)
    body = {"domain": new_domain(), "url": "https://example.org/there?x=1", "resourceId": "f", "statusCode": 307}
    made = sandbox.key.post("/proxy/rules/redirect", **body, resourceType="function").ok(201)
    answer = visit(sandbox.guest, body["domain"], "/v1/ping?y=2", "POST")
    assert (answer.status, answer.headers["location"]) == (307, body["url"])
    sandbox.key.delete(f"/proxy/rules/{made['$id']}").ok(204)
    visit(sandbox.guest, str(body["domain"])).fails(404, "rule_not_found")


def test_a_domain_of_the_api(sandbox: Sandbox, records: dict[str, list[str]]) -> None:
    domain = new_domain("example.org")
    records[domain] = [HERE]
    assert sandbox.key.post("/proxy/rules/api", domain=domain).ok(201)["status"] == "verified"
    sandbox.guest.as_(Host=domain).get("/ping").ok(200)


# --- in all processes -----------------------------------------------------------------------------------------------
def soon(look: Callable[[], Answer], status: int) -> None:
    give_up_at = time.monotonic() + 10
    while (answer := look()).status != status:
        assert time.monotonic() < give_up_at, answer
        time.sleep(0.02)


def test_other_processes_follow(sandbox: Sandbox, served: Callable[..., Api], records: dict[str, list[str]]) -> None:
    """Names are forgotten for the API's when they get a rule, and ends of rules count at once."""
    function(sandbox, execute=["any"])
    other = served(Api(sandbox.guest.http), locale="de")
    domain = new_domain("example.org")
    soon(lambda: asked_as_api(other, domain), 200)
    made = lead(sandbox, domain=domain)  # which leads nowhere yet
    assert domain.encode() in other.resources.hosts.of_api
    records[domain] = [HERE]
    sandbox.key.patch(f"/proxy/rules/{made['$id']}/status").ok(200)
    soon(lambda: visit(other, domain, "/nothing"), 200)
    sandbox.key.delete(f"/proxy/rules/{made['$id']}").ok(204)
    assert visit(other, domain, "/nothing").status == 404
    made = lead(sandbox, domain=domain)
    soon(lambda: visit(other, domain, "/nothing"), 200)


def asked_as_api(other: Api, domain: str) -> Answer:
    """An answer of the API; without a status until the name is kept, which begins when the process hears of others."""
    answer = visit(other, domain, "/v1/health/version")
    if domain.encode() not in other.resources.hosts.of_api:
        answer.status = 0
    return answer


def test_requests_to_the_api_ask_for_no_rules(sandbox: Sandbox) -> None:
    caller = sandbox.key.as_(Host="localhost:8080")
    with sandbox.statements() as seen:
        caller.get("/ping").ok(200)
        caller.get("/ping").ok(200)
    assert not [sql for sql in seen if "rules" in sql]
    asked = sandbox.key.as_(Host=f"{ids.unique()}.example.org")
    asked.get("/ping").ok(200)
    with sandbox.statements() as seen:
        asked.get("/ping").ok(200)
    assert not [sql for sql in seen if "rules" in sql]


def test_random_hosts_do_not_fill_the_memory(api: Api) -> None:
    hosts = api.resources.hosts
    caller = Api(api.http)
    for number in range(3):
        hosts.of_api.update(f"{number}-{count}".encode() for count in range(1024))
        visit(caller, f"{ids.unique()}.example.org", "/v1/health/version")
    assert len(hosts.of_api) < 1024


def test_who_cannot_hear_keeps_no_foreign_names(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts, caller, foreign = api.resources.hosts, Api(api.http), new_domain("example.org")
    hosts.forget("")
    assert hosts.of_api == set()
    monkeypatch.setattr(Wakes, "hears", False)
    for host in ("localhost:8080", foreign):
        visit(caller, host, "/v1/health/version").ok(200)
    assert hosts.of_api == {b"localhost:8080"}
