"""Storage, avatars and locale with the web SDK, unchanged, in pages of browsers with and without foreign cookies.

`node/web-storage.mjs` makes the calls.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import pytest
from appwrite.id import ID
from appwrite.input_file import InputFile
from appwrite.permission import Permission
from appwrite.role import Role
from appwrite.services.project import Project as ProjectService
from appwrite.services.storage import Storage
from appwrite.services.tokens import Tokens

from appwrite_py.kit import ids
from tests.pictures import encode, halves, look_at
from tests.sdk.conftest import Project, quiet
from tests.sdk.python import server

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("node")]
WITH_COOKIES = {"origin": "http://localhost:3000", "cookies": True}
WITHOUT = {"origin": "https://app.example.com", "cookies": False}
BROWSERS = pytest.mark.parametrize("page", [WITH_COOKIES, WITHOUT], ids=["cookies", "fallback"])
NOT_FOUND, REFUSED = [404, "storage_file_not_found"], [401, "user_unauthorized"]


@pytest.fixture(scope="module")
def app(project: Project) -> Project:
    """A project with a web platform, and a bucket for the photos of its users."""
    with quiet():
        ProjectService(server(project)).create_web_platform("site", "Site", "app.example.com")
        permissions = [Permission.create(Role.users())]
        Storage(server(project)).create_bucket("photos", "Photos", permissions, file_security=True)
    return project


def run(project: Project, flow: str, **given: Any) -> Any:
    return project.node("web-storage.mjs", flow, given)


def address() -> str:
    return f"{ids.unique()}@example.com"


def looks(shown: list[str]) -> tuple[str, tuple[int, int]]:
    """Type and size of a picture."""
    type_, picture = shown
    image = look_at(b64decode(picture))
    assert image.get_format_mimetype() == type_  # type: ignore[attr-defined]
    return type_, image.size


@BROWSERS
def test_the_largest_file(app: Project, page: dict[str, Any]) -> None:
    """A browser without cookies sends nothing along with what its pages show, so that it shows no private files."""
    assert run(app, "upload", page=page, email=address()) == {
        "made": ["Grüße.bin", 30_000_000, 6, 6, 3],
        "steps": [[True, number] for number in range(1, 7)],
        "last": [100, 30_000_000],
        "signature": True,
        "shown": [True, True] if page["cookies"] else [404, 404],
        "gone": NOT_FOUND,
    }


@BROWSERS
def test_pictures_in_pages(app: Project, page: dict[str, Any]) -> None:
    picture = encode(halves())
    answer = run(app, "picture", page=page, emails=[address(), address()], picture=b64encode(picture).decode())
    seen = answer["seen"]
    if page["cookies"]:
        assert looks(seen["ada"]) == ("image/webp", (30, 20))
    else:
        assert seen["ada"] == 404
    assert (seen["eve"], seen["guest"], seen["refused"]) == (404, 404, [NOT_FOUND, REFUSED, REFUSED])
    assert (answer["hidden"], answer["changed"]) == (0, ["all.png", ['read("any")']])
    whole, small = seen["everybody"]
    assert (whole[0], b64decode(whole[1])) == ("image/png", picture)
    assert looks(small) == ("image/webp", (30, 20))


@BROWSERS
def test_a_link_with_a_token(app: Project, page: dict[str, Any]) -> None:
    picture, file_id = encode(halves()), ID.unique()
    with quiet():
        Storage(server(app)).create_file("photos", file_id, InputFile.from_bytes(picture, "a.png"))
        token = Tokens(server(app)).create_file_token("photos", file_id)
    view, small, download = run(app, "token", page=page, fileId=file_id, secret=token.secret)
    assert b64decode(view[1]) == b64decode(download[1]) == picture
    assert looks(small) == ("image/png", (30, 20))
    assert run(app, "token", page=page, fileId=file_id, secret="another") == [404, 404, 404]


@BROWSERS
def test_avatars_and_locale(app: Project, page: dict[str, Any]) -> None:
    answer = run(app, "avatars", page=page)
    assert [looks(picture) for picture in answer["pictures"]] == [
        ("image/png", (60, 40)), ("image/png", (60, 60)), ("image/png", (60, 40)),
    ]  # fmt: skip
    assert answer["countries"] == [True, "Deutschland"]
