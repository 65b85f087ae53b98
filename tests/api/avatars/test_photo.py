"""The calling user's photo."""

from __future__ import annotations

import hashlib

import pytest

from tests.api.avatars.site import PUBLIC, Site
from tests.client import Api, Sandbox
from tests.pictures import bomb, encode, halves, is_near, look_at


@pytest.fixture
def services(api: Api, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site is asked for photos, at two places."""
    monkeypatch.setattr(api.resources.settings, "photo_services", f"{site.url('/one/')}, {site.url('/two')}")


@pytest.fixture
def offline(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked for photos."""
    monkeypatch.setattr(api.resources.settings, "photo_services", "none")


def digest(email: str) -> str:
    return hashlib.sha256(email.encode()).hexdigest()


@pytest.mark.usefixtures("services")
def test_the_photo_that_a_service_has(project: Sandbox, site: Site) -> None:
    user = project.user("Ada Lovelace")
    site.put(f"/two/{digest(user.email)}", encode(halves(), "JPEG"))
    answer = user.get("/avatars/photo", width=60, height=40, rating="pg")
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "private, no-store"
    image = look_at(answer.content).convert("RGB")
    assert image.size == (60, 40)
    assert is_near(image.getpixel((5, 20)), (0, 0, 255))
    assert site.asked == [f"/{place}/{digest(user.email)}?s=60&d=404&r=pg" for place in ("one", "two")]
    assert user.email not in str(site.headers)


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize("content", [b"<html>", b"", bomb()], ids=["html", "nothing", "bomb"])
def test_what_is_no_photo_is_passed_over(project: Sandbox, site: Site, content: bytes) -> None:
    user = project.user("Ada Lovelace")
    site.put(f"/one/{digest(user.email)}", content)
    drawn = user.get("/avatars/photo", width=100, height=100)
    assert drawn.status == 200
    initials = project.guest.get("/avatars/initials", name="Ada Lovelace", width=100, height=100)
    assert look_at(drawn.content).tobytes() == look_at(initials.content).tobytes()


@pytest.mark.usefixtures("guarded")
def test_services_inside_are_not_reached(
    project: Sandbox, site: Site, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = project.user("Ada Lovelace")
    site.put(f"/p/{digest(user.email)}", encode(halves()))
    monkeypatch.setattr(api.resources.settings, "photo_services", site.url("/p/"))
    assert user.get("/avatars/photo").status == 200
    assert site.asked == []
    monkeypatch.setattr(api.resources.settings, "photo_services", site.url("/p/", PUBLIC))
    assert user.get("/avatars/photo").status == 200
    assert len(site.asked) == 1


@pytest.mark.usefixtures("services")
def test_who_is_no_user_is_a_silhouette_and_nobody_is_asked(project: Sandbox, site: Site) -> None:
    silhouette = project.guest.get("/avatars/photo")
    assert silhouette.content == project.key.get("/avatars/photo").content
    image = look_at(silhouette.content).convert("RGBA")
    assert image.size == (256, 256)
    assert image.getpixel((2, 2)) == (0xFD, 0x36, 0x6E, 255)
    assert is_near(image.getpixel((128, 98)), (255, 225, 233))
    assert site.asked == []


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(("output", "type_"), [("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP")])
def test_outputs(project: Sandbox, output: str, type_: str) -> None:
    user = project.user("Ada Lovelace")
    answer = user.get("/avatars/photo", output=output, quality=50)
    assert answer.headers["content-type"] == f"image/{type_.lower()}"
    assert look_at(answer.content).format == type_


@pytest.mark.usefixtures("offline")
def test_sides_of_zero(project: Sandbox) -> None:
    for sides, size in (({"width": 0, "height": 0}, (256, 256)), ({"width": 90, "height": 0}, (90, 90))):
        assert look_at(project.guest.get("/avatars/photo", **sides).content).size == size


@pytest.mark.parametrize(
    "params", [{"output": "gif"}, {"output": "PNG"}, {"rating": "z"}, {"quality": -1}, {"width": 2001}]
)
def test_bad_input(project: Sandbox, params: dict[str, object]) -> None:
    project.guest.get("/avatars/photo", **params).fails(400, "general_argument_invalid")
