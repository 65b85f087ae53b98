"""Signing in at the mock OAuth2 provider: a project that lets its users, and a browser that goes there and back."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import requests

from appwrite_py.kit import ids
from tests.sdk.conftest import PASSWORD, Project, Server

BACK, AWAY = "http://localhost:3000/in", "http://localhost:3000/out"
_BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}


def let_in_by_mock(server: Server, project: Project) -> None:
    """Set the provider up, as someone of the console does: there is no SDK method for the mock one."""
    email = f"{ids.unique()}@example.com"
    server.command("console-user", "create", "--email", email, "--password-stdin", stdin=PASSWORD)
    with requests.Session() as console:
        console.headers["X-Appwrite-Project"] = "console"
        login = {"email": email, "password": PASSWORD}
        answer = console.post(f"{server.endpoint}/account/sessions/email", json=login, timeout=10)
        answer.raise_for_status()
        console.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
        body = {"provider": "mock", "appId": "1", "secret": "123456", "enabled": True}
        console.patch(f"{server.endpoint}/projects/{project.id}/oauth2", json=body, timeout=10).raise_for_status()


def there_and_back(url: str) -> dict[str, str]:
    """Follow the way to the provider and back in a new browser: what the app gets along with its own page."""
    with requests.Session() as browser:
        while urlsplit(url)[:2] != urlsplit(BACK)[:2]:
            answer = browser.get(url, headers=_BROWSER, allow_redirects=False, timeout=10)
            assert answer.is_redirect, answer.text
            url = answer.headers["location"]
    assert url.startswith(f"{BACK}?"), url
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
