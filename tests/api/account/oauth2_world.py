"""A browser that goes through sign-ins at a provider, and a project that is set up for them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.api.account.oidc_server import CLIENT_ID, CLIENT_SECRET, OidcServer
from tests.client import Answer, Api, Sandbox

SUCCESS, FAILURE = "https://app.example.com/in?from=login", "https://app.example.com/out"


def set_up(sandbox: Sandbox, provider: OidcServer) -> Sandbox:
    """Let the users of a project sign in at the provider, from app.example.com."""
    sandbox.key.post("/project/platforms/web", platformId="web", name="Web", hostname="app.example.com").ok(201)
    made = sandbox.key.patch(
        "/project/oauth2/oidc", clientId=CLIENT_ID, clientSecret=CLIENT_SECRET,
        wellKnownURL=f"{provider.url}/.well-known/openid-configuration", enabled=True,
    ).ok(200)  # fmt: skip
    assert made["enabled"] is True
    return sandbox


def query_of(url: str) -> dict[str, str]:
    """The parameters of an address, each given once."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query, keep_blank_values=True).items()}


def error_of(url: str) -> dict[str, Any]:
    """What a failure URL says has gone wrong."""
    found: dict[str, Any] = json.loads(query_of(url)["error"])
    return found


@dataclass
class Browser:
    """Keeps cookies and sends the headers that browsers send. `modern`: also those that say it is one."""

    sandbox: Sandbox
    modern: bool = True
    cookies: dict[str, str] = field(default_factory=dict)
    accept: str = "text/html"
    host: str = "localhost"

    def visit(self, path: str, **params: Any) -> Answer:
        """Go to an address of the server."""
        headers = {"Accept": self.accept, "Host": self.host}
        if self.modern:
            headers |= {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        caller = Api(self.sandbox.guest.http)  # pages cannot send headers of ours along
        query = [
            (name, one) for name, value in params.items() for one in (value if isinstance(value, list) else [value])
        ]
        answer = caller.send("GET", path.removeprefix("/v1"), headers=headers, params=query or None)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def start(self, kind: str = "sessions", provider: str = "oidc", **params: Any) -> str:
        """Begin a sign-in: the provider's login page."""
        urls = {"success": SUCCESS, "failure": FAILURE} | params
        answer = self.visit(f"/v1/account/{kind}/oauth2/{provider}", project=self.sandbox.id, **urls)
        assert answer.status == 301, answer
        return str(answer.headers["location"])

    def consent(self, login: str) -> str:
        """Sign in at the provider, which sends the browser back: our callback with the code."""
        back = httpx.get(login, follow_redirects=False)
        assert back.status_code == 302, back.text
        return back.headers["location"]

    def come_back(self, callback: str) -> Answer:
        """Follow the provider's redirect to its end: the answer that leads on to the app, or an error."""
        passed = self.visit(*_split(callback))
        assert passed.status == 301, passed
        return self.visit(*_split(passed.headers["location"]))

    def sign_in(self, kind: str = "sessions", **params: Any) -> str:
        """The whole way: where the app is entered again."""
        answer = self.come_back(self.consent(self.start(kind, **params)))
        assert answer.status == 301, answer
        return str(answer.headers["location"])

    @property
    def user(self) -> Api:
        """Calls with the session of this browser."""
        name = f"a_session_{self.sandbox.id}"
        return self.sandbox.guest.as_(Cookie=f"{name}={self.cookies[name]}")


def _split(url: str) -> tuple[str]:
    parts = urlsplit(url)
    assert parts.hostname in ("localhost", "testserver", "api.example.com"), url
    return (f"{parts.path}?{parts.query}",)
