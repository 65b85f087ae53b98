"""The pages for people: nothing from other hosts, nothing that a policy would not allow, true words about health."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import pytest

from appwrite_py import __version__
from tests.client import Api


def policy(response: Any) -> dict[str, list[str]]:
    parts = [part.split() for part in response.headers["content-security-policy"].split(";")]
    return {name: values for name, *values in parts}


@pytest.mark.parametrize("path", ["/", "/docs", "/auth/magic-url", "/auth/oauth2/success", "/auth/oauth2/failure"])
def test_is_served_with_a_strict_policy(api: Api, path: str) -> None:
    page = api.http.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["x-frame-options"] == "DENY"
    rules = policy(page)
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == ["'none'"]
    assert "'unsafe-inline'" not in rules["script-src"]
    assert "'unsafe-eval'" not in rules["script-src"]
    for text in re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in rules["script-src"]


@pytest.mark.parametrize("path", ["/", "/docs", "/auth/magic-url", "/auth/oauth2/success", "/auth/oauth2/failure"])
def test_loads_nothing_from_other_hosts(api: Api, path: str) -> None:
    page = api.http.get(path).text
    loaded = re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="([^"]+)"', page)
    assert all(address.startswith("/") and not address.startswith("//") for address in loaded)
    for address in loaded:
        assert api.http.get(address).status_code == 200, address
    assert "{{" not in page


def test_start_page_says_what_runs_here(api: Api) -> None:
    page = api.http.get("/").text
    assert __version__ in page
    for address in ('href="/docs"', "/v1/openapi.json", "#quick-start", "/tree/main/docs"):
        assert address in page


def test_files_of_the_reference(api: Api) -> None:
    script = api.http.get("/docs/swagger-ui-bundle.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert len(script.content) > 500_000
    assert api.http.get("/docs/swagger-ui.css").headers["content-type"].startswith("text/css")
    for name in ("core.py", "..%2fcore.py", "%2e%2e/core.py", "redoc.standalone.js"):
        assert api.http.get(f"/docs/{name}").status_code == 404


def test_icon(api: Api) -> None:
    icon = api.http.get("/favicon.ico")
    assert icon.headers["content-type"] == "image/svg+xml"
    assert icon.content.startswith(b"<svg")


def test_status(api: Api) -> None:
    answer = api.http.get("/status")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["status"], body["database"]["status"], body["version"]) == ("pass", "pass", __version__)
    assert body["database"]["ping"] >= 0


def test_status_without_the_database(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lost(*args: Any) -> None:
        raise OSError("connection refused")

    monkeypatch.setattr(api.resources.pool, "fetchval", lost)
    answer = api.http.get("/status")
    assert (answer.status_code, answer.json()["database"]) == (503, {"status": "fail", "ping": None})
