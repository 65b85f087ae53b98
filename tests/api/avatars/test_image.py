"""Images of other servers: what is fetched, what comes out, and what is refused."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from PIL import Image

from appwrite_py.services.avatars import remote
from tests.api.avatars.site import PUBLIC, Site
from tests.client import Sandbox
from tests.pictures import bomb, encode, halves, is_near, look_at

FAILED = (404, "avatar_remote_url_failed")
NO_IMAGE = (404, "avatar_image_not_found")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
def test_an_image_is_cut_to_the_size(project: Sandbox, site: Site, kind: str) -> None:
    url = site.put("/picture", encode(halves(), kind))
    answer = project.guest.get("/avatars/image", url=url, width=100, height=50)
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "private, max-age=2592000"
    image = look_at(answer.content)
    assert (image.format, image.size) == ("PNG", (100, 50))
    image = image.convert("RGB")
    assert is_near(image.getpixel((10, 25)), (0, 0, 255))
    assert is_near(image.getpixel((90, 25)), (255, 0, 0))


def test_the_usual_size_and_those_that_follow(project: Sandbox, site: Site) -> None:
    url = site.put("/picture", encode(halves()))
    assert look_at(project.guest.get("/avatars/image", url=url).content).size == (400, 400)
    assert look_at(project.guest.get("/avatars/image", url=url, width=0, height=0).content).size == (300, 200)
    assert look_at(project.guest.get("/avatars/image", url=url, width=90, height=0).content).size == (90, 60)


def test_it_is_fetched_once(project: Sandbox, site: Site) -> None:
    url = site.put("/picture", encode(halves()))
    first, second = (project.guest.get("/avatars/image", url=url, width=10, height=10) for _ in range(2))
    assert site.asked == ["/picture"]
    assert first.content == second.content
    assert [each.headers["x-appwrite-cache"] for each in (first, second)] == ["miss", "hit"]
    assert site.headers["user-agent"].startswith("appwrite_py/")
    assert "cookie" not in site.headers


def test_photographs_stand_upright(project: Sandbox, site: Site) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    url = site.put("/turned", encode(halves(), "JPEG", exif=exif))
    image = look_at(project.guest.get("/avatars/image", url=url, width=0, height=0).content).convert("RGB")
    assert image.size == (200, 300)
    assert is_near(image.getpixel((100, 20)), (0, 0, 255))
    assert not image.getexif()


@pytest.mark.parametrize("hops", [1, 3])
def test_redirects_are_followed(project: Sandbox, site: Site, hops: int) -> None:
    site.put("/0", encode(halves()))
    for hop in range(1, hops + 1):
        site.redirect(f"/{hop}", f"/{hop - 1}")
    assert project.guest.get("/avatars/image", url=site.url(f"/{hops}")).status == 200
    assert len(site.asked) == hops + 1


def test_but_not_for_ever(project: Sandbox, site: Site) -> None:
    site.redirect("/a", "/b")
    site.redirect("/b", "/a")
    project.guest.get("/avatars/image", url=site.url("/a")).fails(*FAILED)
    assert len(site.asked) == remote.MOST_REDIRECTS + 1


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://[broken", "data:image/png,A"])
def test_nor_to_anything_but_the_web(project: Sandbox, site: Site, to: str) -> None:
    project.guest.get("/avatars/image", url=site.redirect("/a", to)).fails(*FAILED)


@pytest.mark.usefixtures("guarded")
def test_private_addresses_are_not_reached(project: Sandbox, site: Site) -> None:
    site.put("/secret", encode(halves()))
    assert project.guest.get("/avatars/image", url=site.url("/secret", PUBLIC)).status == 200
    site.asked.clear()
    hosts = ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0.0.0.0", "127.1")
    for host in hosts:
        project.guest.get("/avatars/image", url=site.url("/secret", host)).fails(*FAILED)
    for url in ("http://169.254.169.254/latest/meta-data", "http://10.0.0.1/", "http://192.168.1.1:22/"):
        project.guest.get("/avatars/image", url=url).fails(*FAILED)
    assert site.asked == []


@pytest.mark.usefixtures("guarded")
def test_nor_through_a_redirect(project: Sandbox, site: Site) -> None:
    site.put("/secret", encode(halves()))
    site.redirect("/door", site.url("/secret"))
    answer = project.guest.get("/avatars/image", url=site.url("/door", PUBLIC)).fails(*FAILED)
    assert site.asked == ["/door"]
    assert "127.0.0.1" not in answer.json["message"]


@pytest.mark.parametrize("status", [404, 403, 500, 204, 304])
def test_only_a_success_counts(project: Sandbox, site: Site, status: int) -> None:
    url = site.put("/picture", b"" if status in (204, 304) else encode(halves()), status=status)
    project.guest.get("/avatars/image", url=url).fails(*NO_IMAGE)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><body>no image</body></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><svg>&e;</svg>',
        b"%PDF-1.7\n",
        b"\x89PNG\r\n\x1a\n" + bytes(200),
        b"\xff\xd8\xff\xe0" + bytes(200),
        b"GIF89a" + b"\xff" * 200,
        b"push graphic-context\nimage over 0,0 0,0 'url(http://127.0.0.1/)'",
        bomb(),
        bomb(2_000_000_000, 1),
        encode(halves())[:60],
    ],
    ids=["nothing", "html", "svg", "entities", "pdf", "png", "jpeg", "gif", "mvg", "bomb", "wide", "cut off"],
)
def test_what_is_no_image(project: Sandbox, site: Site, content: bytes) -> None:
    project.guest.get("/avatars/image", url=site.put("/picture", content)).fails(*NO_IMAGE)


def test_many_frames_are_only_looked_at_once(project: Sandbox, site: Site) -> None:
    frames = [Image.new("RGB", (100, 100), (index, 0, 255 - index)) for index in range(200)]
    url = site.put("/many", encode(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    image = look_at(project.guest.get("/avatars/image", url=url).content)
    assert getattr(image, "n_frames", 1) == 1


def test_too_much_is_not_read(project: Sandbox, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while True:
            sent += 1_000_000
            yield bytes(1_000_000)

    url = site.put("/endless", endless)
    project.guest.get("/avatars/image", url=url).fails(*FAILED)
    assert sent < 4 * remote.MOST_BYTES


def test_what_is_packed_is_not_unpacked(project: Sandbox, site: Site) -> None:
    url = site.put("/packed", gzip.compress(bytes(10_000_000)), content_encoding="gzip")
    project.guest.get("/avatars/image", url=url).fails(*FAILED)
    assert site.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"url": ""},
        {"url": "ftp://example.com/a.png"},
        {"url": "file:///etc/passwd"},
        {"url": "javascript:alert(1)"},
        {"url": "example.com"},
        {"url": "http://example.com/", "width": 2001},
        {"url": "http://example.com/", "height": -1},
    ],
)
def test_bad_input(project: Sandbox, params: dict[str, object]) -> None:
    project.guest.get("/avatars/image", **params).fails(400, "general_argument_invalid")


def test_a_host_that_is_not_there(project: Sandbox) -> None:
    project.guest.get("/avatars/image", url="http://127.0.0.1:1/a.png").fails(*FAILED)
    project.guest.get("/avatars/image", url="http://nowhere.invalid/a.png").fails(*FAILED)
