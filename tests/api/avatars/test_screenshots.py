"""Screenshots, with the Chromium of this machine where there is one; and what keeps it from private addresses."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import unquote

import pytest

from appwrite_py.services.avatars.chromium import find_program
from tests.api.avatars.site import PUBLIC, Site
from tests.client import Api, Sandbox
from tests.pictures import is_near, look_at

FAILED = (404, "avatar_remote_url_failed")
needs_browser = pytest.mark.skipif(find_program("") is None, reason="no Chromium on this machine")
PAGE = b"""<!doctype html><title>t</title><style>
body { margin: 0; height: 2000px; background: rgb(0, 0, 255) }
@media (prefers-color-scheme: dark) { body { background: rgb(0, 255, 0) } }
</style><script>alert("wait for me")</script>"""


@pytest.fixture
def sandboxed(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers that allow no user namespaces say so with this variable."""
    if os.environ.get("APPWRITE_PY_BROWSER_SANDBOX") == "disabled":
        monkeypatch.setattr(api.resources.settings, "browser_sandbox", "disabled")


@needs_browser
@pytest.mark.usefixtures("guarded", "sandboxed")
def test_a_page_is_shown(project: Sandbox, site: Site) -> None:
    site.put("/", PAGE, "text/html")
    asked = {"url": site.url("/", PUBLIC), "viewportWidth": 400, "viewportHeight": 300}
    answer = project.guest.get("/avatars/screenshots", **asked)
    assert answer.status == 200, answer
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "private, max-age=2592000"
    image = look_at(answer.content).convert("RGB")
    assert image.size == (400, 300)
    assert image.getpixel((390, 290)) == (0, 0, 255)
    asked_before = len(site.asked)
    again = project.guest.get("/avatars/screenshots", **asked)
    assert again.headers["x-appwrite-cache"] == "hit"
    assert len(site.asked) == asked_before


@needs_browser
@pytest.mark.usefixtures("guarded", "sandboxed")
def test_properties_of_the_browser(project: Sandbox, site: Site) -> None:
    script = b"""<script>fetch("/seen?" + encodeURIComponent(JSON.stringify([
        Intl.DateTimeFormat().resolvedOptions().timeZone, navigator.language, navigator.userAgent,
        navigator.maxTouchPoints > 0, devicePixelRatio])))</script>"""
    site.put("/", PAGE + script, "text/html")
    site.put("/seen", b"", "text/plain")
    answer = project.guest.get(
        "/avatars/screenshots",
        **{
            "url": site.url("/", PUBLIC),
            "viewportWidth": 200,
            "viewportHeight": 100,
            "scale": 2,
            "theme": "dark",
            "userAgent": "Test browser",
            "fullpage": "true",
            "locale": "de-DE",
            "timezone": "europe/berlin",
            "latitude": 52.5,
            "longitude": 13.4,
            "touch": "true",
            "permissions[]": "Geolocation",
            "headers[X-Test]": "yes",
            "sleep": 1,
            "width": 100,
            "height": 0,
            "quality": 60,
            "output": "jpg",
        },
    )
    assert answer.status == 200, answer
    image = look_at(answer.content)
    assert (image.format, image.size) == ("JPEG", (100, 1000))
    assert is_near(image.convert("RGB").getpixel((50, 900)), (0, 255, 0))
    assert site.headers["x-test"] == "yes"
    seen = next(path for path in site.asked if path.startswith("/seen"))
    assert json.loads(unquote(seen.partition("?")[2])) == ["Europe/Berlin", "de-DE", "Test browser", True, 2]


@needs_browser
@pytest.mark.usefixtures("guarded", "sandboxed")
def test_pages_reach_no_private_address(project: Sandbox, site: Site) -> None:
    inside = [site.url("/secret", host) for host in ("127.0.0.1", "localhost", "[::1]")]
    parts = "".join(f'<img src="{url}"><iframe src="{url}"></iframe>' for url in inside)
    script = f"<script>fetch('{inside[0]}', {{mode: 'no-cors'}}); new WebSocket('ws://127.0.0.1:{site.port}/secret')</script>"
    site.put("/secret", b"secret", "text/plain")
    site.put("/", PAGE + parts.encode() + script.encode(), "text/html")
    answer = project.guest.get("/avatars/screenshots", url=site.url("/", PUBLIC), sleep=1)
    assert answer.status == 200, answer
    assert "/" in site.asked
    assert "/secret" not in site.asked


@needs_browser
@pytest.mark.usefixtures("guarded", "sandboxed")
def test_nor_does_a_redirect(project: Sandbox, site: Site) -> None:
    site.put("/secret", b"secret", "text/plain")
    site.redirect("/door", site.url("/secret"))
    project.guest.get("/avatars/screenshots", url=site.url("/door", PUBLIC)).fails(*FAILED)
    assert "/secret" not in site.asked


@needs_browser
@pytest.mark.usefixtures("guarded", "sandboxed")
def test_nothing_is_left_behind(project: Sandbox, site: Site) -> None:
    site.put("/", PAGE, "text/html")
    assert project.guest.get("/avatars/screenshots", url=site.url("/?left", PUBLIC)).status == 200
    assert not list(Path("/tmp").glob("appwrite-py-browser-*"))


@pytest.mark.usefixtures("guarded")
def test_private_urls_are_refused_at_once(project: Sandbox, site: Site) -> None:
    for host in ("127.0.0.1", "localhost", "[::1]", "169.254.169.254", "nowhere.invalid"):
        project.guest.get("/avatars/screenshots", url=site.url("/", host)).fails(*FAILED)
    assert site.asked == []


def test_without_a_browser(project: Sandbox, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.resources.settings, "browser", "none")
    answer = project.guest.get("/avatars/screenshots", url="https://example.com").fails(*FAILED)
    assert "APPWRITE_PY_BROWSER" in answer.json["message"]


def test_with_something_that_is_no_browser(
    project: Sandbox, site: Site, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.resources.settings, "browser", "/bin/true")
    answer = project.guest.get("/avatars/screenshots", url=site.url("/")).fails(*FAILED)
    assert answer.json["message"] == "Screenshot generation failed: the browser has ended."


@pytest.mark.parametrize(
    "params",
    [
        {"url": "file:///etc/passwd"},
        {"url": "chrome://version"},
        {"viewportWidth": 0},
        {"viewportHeight": 1081},
        {"scale": 0},
        {"scale": 3.1},
        {"theme": "blue"},
        {"timezone": "Mars/Olympus"},
        {"latitude": 91},
        {"longitude": -181},
        {"sleep": 11},
        {"permissions[]": "everything"},
        {"output": "bmp"},
        {"locale": "x" * 11},
        {"headers[A]": "a\r\nB: b"},
        {"headers[A B]": "a"},
        {"headers": "text"},
    ],
)
def test_bad_input(project: Sandbox, params: dict[str, object]) -> None:
    asked = {"url": "https://example.com"} | params
    project.guest.get("/avatars/screenshots", **asked).fails(400, "general_argument_invalid")
