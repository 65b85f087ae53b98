"""Flags, browsers, credit cards."""

from __future__ import annotations

import pytest

from appwrite_py.services.avatars.icons import ARTWORK
from tests.client import Sandbox
from tests.pictures import is_near, look_at

CODES = {kind: sorted(file.stem for file in (ARTWORK / kind).glob("*.svg")) for kind in
         ("flags", "browsers", "credit-cards")}  # fmt: skip


def test_a_flag_shows_its_colours(project: Sandbox) -> None:
    answer = project.guest.get("/avatars/flags/fr", width=300, height=200)
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "private, max-age=2592000"
    assert answer.headers["x-appwrite-cache"] == "miss"
    image = look_at(answer.content).convert("RGB")
    assert (image.format or "PNG", image.size) == ("PNG", (300, 200))
    left, middle, right = (image.getpixel((x, 100)) for x in (30, 150, 270))
    assert is_near(middle, (255, 255, 255))
    assert left[2] > 120 > left[0]
    assert right[0] > 150 > right[2]
    again = project.guest.get("/avatars/flags/fr", width=300, height=200)
    assert again.content == answer.content
    assert again.headers["x-appwrite-cache"] == "hit"
    assert again.headers["cache-control"] == "private, max-age=15552000"


@pytest.mark.parametrize("kind", CODES)
def test_every_code_has_a_picture(project: Sandbox, kind: str) -> None:
    for code in CODES[kind]:
        answer = project.guest.get(f"/avatars/{kind}/{code}", width=24, height=24)
        assert answer.status == 200, code
        image = look_at(answer.content).convert("RGBA")
        assert image.size == (24, 24)
        colours = {pixel for _, pixel in image.getcolors(1000) or []}
        assert len(colours) > 1, f"{kind} {code} shows nothing"


def test_there_is_one_for_every_code_of_the_api() -> None:
    counted = {kind: len(codes) for kind, codes in CODES.items()}
    assert counted == {"flags": 195, "browsers": 14, "credit-cards": 17}


def test_sizes(project: Sandbox) -> None:
    def size(**sides: int) -> tuple[int, int]:
        return look_at(project.guest.get("/avatars/credit-cards/visa", **sides).content).size

    assert size() == (100, 100)
    assert size(width=0, height=0) == (750, 471)
    assert size(width=150, height=0) == (150, 94)
    assert size(width=0, height=94) == (149, 94)
    assert size(width=2000, height=1) == (2000, 1)
    assert size(width=2000, height=2000) == (2000, 2000)


def test_quality_changes_the_size_only(project: Sandbox) -> None:
    small, large = (project.guest.get("/avatars/browsers/sf", quality=quality).content for quality in (0, 100))
    assert len(small) < len(large)
    assert look_at(small).tobytes() == look_at(large).tobytes()


def test_case_does_not_matter(project: Sandbox) -> None:
    lower, upper = (project.guest.get(f"/avatars/flags/{code}") for code in ("de", "DE"))
    assert lower.content == upper.content


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/avatars/flags/xx", {}),
        ("/avatars/flags/..%2finter", {}),
        ("/avatars/browsers/netscape", {}),
        ("/avatars/credit-cards/cash", {}),
        ("/avatars/flags/de", {"width": 2001}),
        ("/avatars/flags/de", {"height": -1}),
        ("/avatars/flags/de", {"quality": 101}),
        ("/avatars/flags/de", {"width": "wide"}),
    ],
)
def test_bad_input(project: Sandbox, path: str, params: dict[str, object]) -> None:
    assert project.guest.get(path, **params).status in (400, 404)
    assert project.guest.get(path, **params).json["type"] in ("general_argument_invalid", "general_route_not_found")


def test_all_callers_may_have_them(project: Sandbox) -> None:
    callers = (project.guest, project.user(), project.key, project.admin)
    before = project.events(), project.audits()
    for caller in callers:
        assert caller.get("/avatars/browsers/ff").status == 200
    assert (project.events(), project.audits()) == before


def test_a_key_needs_the_scope(project: Sandbox) -> None:
    made = project.admin.post("/project/keys", keyId="unique()", name="Few", scopes=["users.read"]).ok(201)
    few = project.guest.as_(X_Appwrite_Key=made["secret"])
    few.get("/avatars/flags/de").fails(401, "general_unauthorized_scope")


def test_head_has_no_body(project: Sandbox) -> None:
    answer = project.guest.send("HEAD", "/avatars/flags/de")
    assert (answer.status, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 100


def test_nothing_in_the_artwork_leads_elsewhere() -> None:
    foreign = ("<script", "<text", "<image", "<style", 'href="http', "<foreign")
    for file in ARTWORK.glob("*/*.svg"):
        text = file.read_text().lower()
        assert not any(word in text for word in foreign), file
