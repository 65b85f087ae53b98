"""Icons of web sites: which one is taken, and in what form it goes on."""

from __future__ import annotations

import time

import pytest

from appwrite_py.services.avatars.favicon import choose, icons_of
from tests.api.avatars.site import PUBLIC, Site
from tests.client import Answer, Sandbox
from tests.pictures import bomb, encode, halves, is_near, look_at

ICO = b"\x00\x00\x01\x00\x01\x00\x10\x10" + bytes(100)
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" onload="a()" '
    b'viewBox="0 0 9 9">'
    b'<script>a()</script><foreignObject><iframe src="javascript:a()"/></foreignObject>'
    b'<a xlink:href="javascript:a()"><rect width="9" height="9" fill="red" onclick="a()"/></a>'
    b'<image href="http://elsewhere.test/x.png"/></svg>'
)


def page(head: str) -> bytes:
    return f"<!doctype html><html><head>{head}</head><body></body></html>".encode()


def ask(project: Sandbox, site: Site, head: str, host: str = "127.0.0.1") -> Answer:
    site.put("/blog/post", page(head), "text/html; charset=utf-8")
    return project.guest.get("/avatars/favicon", url=site.url("/blog/post", host))


def test_a_png_comes_small(project: Sandbox, site: Site) -> None:
    site.put("/i.png", encode(halves(200, 200)))
    answer = ask(project, site, '<link rel="icon" href="/i.png">')
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "private, max-age=2592000"
    image = look_at(answer.content)
    assert image.size == (56, 56)
    assert is_near(image.convert("RGB").getpixel((5, 5)), (0, 0, 255))
    assert site.asked == ["/blog/post", "/i.png"]


def test_without_a_link_it_is_the_usual_place(project: Sandbox, site: Site) -> None:
    site.put("/favicon.ico", ICO, "image/x-icon")
    answer = ask(project, site, "<title>no icon</title>")
    assert (answer.status, answer.content) == (200, ICO)
    assert answer.headers["content-type"] == "image/x-icon"
    assert site.asked == ["/blog/post", "/favicon.ico"]


def test_a_page_that_fails_may_have_an_icon(project: Sandbox, site: Site) -> None:
    site.put("/", b"", "text/html", status=503)
    site.put("/favicon.ico", ICO)
    assert project.guest.get("/avatars/favicon", url=site.url()).status == 200


def test_a_drawing_is_made_safe(project: Sandbox, site: Site) -> None:
    site.put("/i.svg", SVG, "image/svg+xml")
    answer = ask(project, site, '<link rel="icon" href="/i.svg">')
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    text = answer.content.decode()
    assert "<rect" in text
    for word in ("script", "onload", "onclick", "iframe", "foreignObject", "elsewhere.test"):
        assert word not in text
    again = project.guest.get("/avatars/favicon", url=site.url("/blog/post"))
    assert again.headers["x-appwrite-cache"] == "hit"
    assert "sandbox" in again.headers["content-security-policy"]


@pytest.mark.parametrize(
    "svg",
    [
        b"",
        b"not a drawing",
        b"<html><script>alert(1)</script></html>",
        b"<svg",
        b'<!DOCTYPE s [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg">&b;</svg>',
        b'<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
        b'<svg xmlns="http://www.w3.org/2000/svg">' + b"<g>" * 20_000 + b"</g>" * 20_000 + b"</svg>",
        b'<svg xmlns="http://www.w3.org/2000/svg">' + b"<g/>" * 200_000 + b"</svg>",
    ],
    ids=["nothing", "text", "html", "broken", "entities", "file", "deep", "large"],
)
def test_drawings_that_cannot_be(project: Sandbox, site: Site, svg: bytes) -> None:
    site.put("/i.svg", svg, "image/svg+xml")
    started = time.monotonic()
    ask(project, site, '<link rel="icon" href="/i.svg">').fails(400, "avatar_svg_sanitization_failed")
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"<!doctype html>", b"plain", bomb()], ids=["nothing", "html", "doc", "text", "bomb"]
)
def test_icons_that_are_none(project: Sandbox, site: Site, content: bytes) -> None:
    for name in ("i.ico", "i.png"):
        site.put(f"/{name}", content)
        ask(project, site, f'<link rel="icon" href="/{name}?{len(content)}">').fails(404, "avatar_icon_not_found")


def test_a_site_without_one(project: Sandbox, site: Site) -> None:
    ask(project, site, "").fails(404, "avatar_icon_not_found")
    ask(project, site, '<link rel="icon" href="/gone.png">').fails(404, "avatar_icon_not_found")


@pytest.mark.usefixtures("guarded")
def test_private_addresses_are_not_reached(project: Sandbox, site: Site) -> None:
    site.put("/secret.png", encode(halves()))
    inside = site.url("/secret.png")
    ask(project, site, f'<link rel="icon" href="{inside}">', PUBLIC).fails(404, "avatar_remote_url_failed")
    site.redirect("/door.png", inside)
    ask(project, site, '<link rel="icon" href="/door.png">', PUBLIC).fails(404, "avatar_remote_url_failed")
    project.guest.get("/avatars/favicon", url=site.url("/")).fails(404, "avatar_remote_url_failed")
    assert "/secret.png" not in site.asked


def test_redirects_move_the_place_that_links_are_seen_from(project: Sandbox, site: Site) -> None:
    site.put("/new/page", page("<link rel=icon href=i.png>"), "text/html")
    site.put("/new/i.png", encode(halves()))
    site.redirect("/old", "/new/page")
    assert project.guest.get("/avatars/favicon", url=site.url("/old")).status == 200
    assert site.asked == ["/old", "/new/page", "/new/i.png"]


# --- which one is taken -----------------------------------------------------------------------------------
def best(head: str) -> str:
    chosen = choose(icons_of(head, "https://example.com/a/b"))
    return "" if chosen is None else chosen.url


@pytest.mark.parametrize(
    ("head", "url"),
    [
        ('<link rel="icon" href="/a.png">', "https://example.com/a.png"),
        ("<LINK REL='Shortcut Icon' HREF='c.ico'>", "https://example.com/a/c.ico"),
        ("<link href=//cdn.example/i.jpg rel=icon>", "https://cdn.example/i.jpg"),
        ('<link rel="icon" href="/a.png?v=1&amp;w=2">', "https://example.com/a.png?v=1&w=2"),
        ('<link rel="apple-touch-icon" href="/a.png">', ""),
        ('<link rel="stylesheet" href="/a.css">', ""),
        ('<link rel="icon" href="/a.webm">', ""),
        ('<link rel="icon" href="data:image/png;base64,AA">', ""),
        ('<link rel="icon" href="javascript:alert(1)//a.png">', ""),
        ('<link rel="icon" href="http://[broken/a.png">', ""),
        ('<!-- <link rel="icon" href="/old.png"> --><link rel="icon" href="/new.png">', "https://example.com/new.png"),
        ('<!-- <link rel="icon" href="/old.png">', ""),
        ("<link>", ""),
    ],
)
def test_links(head: str, url: str) -> None:
    assert best(head) == url


def test_the_largest_is_taken_and_drawings_before_all() -> None:
    def link(name: str, sizes: str = "") -> str:
        return f'<link rel="icon" sizes="{sizes}" href="/{name}">'

    small, large = link("s.png", "16x16"), link("l.png", "16x16 128X128")
    assert best(small + large + link("none.png")).endswith("/l.png")
    assert best(large + small).endswith("/l.png")
    assert best(link("1.png", "9x9") + link("2.png", "9x9")).endswith("/2.png")
    assert best(link("d.svg") + large).endswith("/d.svg")
    assert best(large + link("d.svg", "any") + link("e.svg")).endswith("/e.svg")


@pytest.mark.parametrize("piece", ["<link ", "<!--", "<link rel=icon href=", '<link a="', "<link" + " a=" * 9, "<"])
def test_hostile_pages_are_read_quickly(piece: str) -> None:
    started = time.monotonic()
    icons_of(piece * (1_000_000 // len(piece)), "https://example.com/")
    assert time.monotonic() - started < 3


def test_bad_input(project: Sandbox) -> None:
    for params in ({}, {"url": "nope"}, {"url": "ftp://example.com"}):
        project.guest.get("/avatars/favicon", **params).fails(400, "general_argument_invalid")
