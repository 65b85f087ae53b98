"""Storage with the Python SDK, unchanged: buckets, files whole and in chunks, previews, tokens, who may do what."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from appwrite.client import Client
from appwrite.enums.compression import Compression
from appwrite.enums.image_format import ImageFormat
from appwrite.enums.image_gravity import ImageGravity
from appwrite.exception import AppwriteException
from appwrite.id import ID
from appwrite.input_file import InputFile
from appwrite.permission import Permission
from appwrite.query import Query
from appwrite.role import Role
from appwrite.services.storage import Storage
from appwrite.services.tokens import Tokens

from appwrite_py.kit import ids
from tests.pictures import encode, halves, is_near, look_at
from tests.sdk.conftest import Project
from tests.sdk.python import guest, refused, server, user

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("quietly")]
LARGEST = 30_000_000
CHUNK = 5 * 1024 * 1024
TEXT = InputFile.from_bytes(b"Hello, world.\n", "hello.txt")


@pytest.fixture(scope="module")
def film() -> bytes:
    """The largest file that a bucket takes."""
    return random.Random(30).randbytes(LARGEST)


@pytest.fixture
def storage(project: Project) -> Storage:
    return Storage(server(project))


@pytest.fixture
def bucket(storage: Storage) -> str:
    """A bucket of the test's own, whose files the server's users may put and see what permissions of the files say."""
    made = storage.create_bucket(ID.unique(), "Own", [Permission.create(Role.users())], file_security=True)
    return str(made.id)


def somebody(project: Project) -> Client:
    return user(project, f"{ids.unique()}@example.com")


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_buckets(storage: Storage) -> None:
    id_ = ID.unique()
    made = storage.create_bucket(
        id_, "Letters", [Permission.read(Role.any()), Permission.write(Role.users())], file_security=True,
        maximum_file_size=1000, allowed_file_extensions=["txt"], compression=Compression.ZSTD, encryption=False,
        antivirus=False, transformations=False,
    )  # fmt: skip
    assert (made.id, made.name, made.filesecurity, made.enabled, made.maximumfilesize) == (
        id_,
        "Letters",
        True,
        True,
        1000,
    )
    assert made.permissions == ['read("any")', 'create("users")', 'update("users")', 'delete("users")']
    assert (made.maximumfilesize, made.allowedfileextensions, made.compression) == (1000, ["txt"], "zstd")
    assert (made.encryption, made.antivirus, made.transformations) == (False, False, False)
    assert storage.get_bucket(id_).to_dict() == made.to_dict()
    assert [each.id for each in storage.list_buckets([Query.equal("name", "Letters")], search="Letters").buckets] == [
        id_
    ]
    refused(409, "storage_bucket_already_exists", storage.create_bucket, id_, "Again")

    text = storage.create_file(id_, ID.unique(), InputFile.from_bytes(b"a" * 900, "a.txt"))
    assert text.compression == "zstd"
    assert text.sizeactual < text.sizeoriginal == 900
    assert storage.get_bucket(id_).totalsize == text.sizeactual
    assert storage.get_file_download(id_, text.id) == b"a" * 900
    too_long, picture = InputFile.from_bytes(b"a" * 1001, "b.txt"), InputFile.from_bytes(b"GIF", "b.gif")
    refused(400, "storage_invalid_file_size", storage.create_file, id_, ID.unique(), too_long)
    refused(400, "storage_file_type_unsupported", storage.create_file, id_, ID.unique(), picture)

    changed = storage.update_bucket(id_, "Parcels", enabled=False)
    assert (changed.name, changed.enabled, changed.maximumfilesize) == ("Parcels", False, LARGEST)
    storage.delete_bucket(id_)
    refused(404, "storage_bucket_not_found", storage.get_bucket, id_)


def test_files(storage: Storage, bucket: str) -> None:
    made = storage.create_file(bucket, "hello", TEXT, [Permission.read(Role.any())], folder="letters/2026")
    assert (made.id, made.bucketid, made.name, made.key) == ("hello", bucket, "hello.txt", "letters/2026/hello.txt")
    assert (made.mimetype, made.sizeoriginal, made.signature) == ("text/plain", 14, md5(b"Hello, world.\n"))
    assert (made.chunkstotal, made.chunksuploaded, made.encryption, made.permissions) == (1, 1, True, ['read("any")'])
    refused(409, "storage_file_already_exists", storage.create_file, bucket, "hello", TEXT)

    other = storage.create_file(bucket, ID.unique(), InputFile.from_bytes(b"{}", "Grüße „2“.json"))
    assert (other.name, other.permissions, other.folder) == ("Grüße „2“.json", [], "")
    for wanted, queries, search in (
        ({"hello", other.id}, [], None), ({"hello"}, [Query.equal("folder", "letters/2026/")], None),
        ({other.id}, [Query.less_than("sizeOriginal", 3)], None), ({"hello"}, [], "hello"),
        ({other.id}, [Query.cursor_after("hello")], None),
    ):  # fmt: skip
        assert {file.id for file in storage.list_files(bucket, queries, search).files} == wanted
    assert storage.list_files(bucket, [Query.limit(1)]).total == 2

    changed = storage.update_file(bucket, "hello", "bye.txt", [Permission.read(Role.users())])
    assert (changed.name, changed.permissions) == ("bye.txt", ['read("users")'])
    assert storage.get_file(bucket, "hello").to_dict() == changed.to_dict()
    storage.delete_file(bucket, "hello")
    refused(404, "storage_file_not_found", storage.get_file, bucket, "hello")
    refused(404, "storage_file_not_found", storage.get_file_download, bucket, "hello")


def test_the_largest_file(storage: Storage, bucket: str, film: bytes, tmp_path: Path) -> None:
    path = tmp_path / "film.bin"
    path.write_bytes(film)
    progress: list[dict[str, Any]] = []
    made = storage.create_file(bucket, ID.unique(), InputFile.from_path(str(path)), on_progress=progress.append)
    assert (made.name, made.sizeoriginal, made.mimetype) == ("film.bin", LARGEST, "application/octet-stream")
    assert (made.chunkstotal, made.chunksuploaded, made.signature) == (6, 6, md5(film))
    assert [step["chunksUploaded"] for step in progress] == [1, 2, 3, 4, 5, 6]
    assert {(step["$id"], step["chunksTotal"]) for step in progress} == {(made.id, 6)}
    assert (progress[-1]["progress"], progress[-1]["sizeUploaded"]) == (100, LARGEST)
    assert storage.get_file(bucket, made.id).to_dict() == made.to_dict()
    assert md5(storage.get_file_download(bucket, made.id)) == made.signature
    path.write_bytes(film + b"!")
    refused(400, "storage_invalid_file_size", storage.create_file, bucket, ID.unique(), InputFile.from_path(str(path)))


class Unlucky(Client):  # type: ignore[misc]
    """A client that loses its connection with one of the chunks; what goes beside it arrives."""

    lost = f"bytes {2 * CHUNK}-"

    def call(self, method: str, path: str = "", headers: Any = None, *more: Any, **named: Any) -> Any:
        if (headers or {}).get("content-range", "").startswith(self.lost):
            raise AppwriteException("The connection was lost.")
        return super().call(method, path, headers, *more, **named)


def test_an_upload_that_was_broken_off_goes_on(project: Project, bucket: str, film: bytes) -> None:
    client = somebody(project)
    unlucky = Unlucky().set_endpoint(project.endpoint).set_project(project.id)
    unlucky.set_session(client.get_config("session"))
    file = InputFile.from_bytes(film, "film.bin")
    with pytest.raises(AppwriteException, match="connection was lost"):
        Storage(unlucky).create_file(bucket, "film", file)
    storage = Storage(client)
    broken_off = storage.get_file(bucket, "film")
    assert (broken_off.chunksuploaded, broken_off.chunkstotal, broken_off.signature) == (2, 6, "")
    assert storage.list_files(bucket).files[0].chunksuploaded == 5  # those behind the lost one have come
    refused(404, "storage_file_not_found", storage.get_file_download, bucket, "film")

    progress: list[dict[str, Any]] = []
    made = storage.create_file(bucket, "film", file, on_progress=progress.append)
    assert [step["chunksUploaded"] for step in progress] == [3, 4, 5, 6]
    assert (made.id, made.chunksuploaded, made.signature) == ("film", 6, md5(film))
    assert md5(storage.get_file_download(bucket, "film")) == made.signature
    again = storage.create_file(bucket, "film", file, on_progress=progress.append)
    assert (again.to_dict(), len(progress)) == (made.to_dict(), 4)  # nothing is sent any more


def test_what_comes_back(storage: Storage, bucket: str) -> None:
    page = b"<script>alert(1)</script>"
    for id_, content, name in (("empty", b"", "empty"), ("page", page, "page.html"), ("data", b'{"a": [1]}', "a.json")):
        storage.create_file(bucket, id_, InputFile.from_bytes(content, name))
    assert storage.get_file_download(bucket, "empty") == b""
    assert storage.get_file_download(bucket, "page") == storage.get_file_view(bucket, "page") == page
    assert storage.get_file_view(bucket, "data") == b'{"a": [1]}'
    assert storage.get_file_download(bucket, "data") == {"a": [1]}  # the SDK reads what is called JSON


def test_previews(storage: Storage, bucket: str) -> None:
    storage.create_file(bucket, "halves", InputFile.from_bytes(encode(halves()), "halves.png"))
    storage.create_file(bucket, "text", TEXT)

    def preview(**look: Any) -> Any:
        return look_at(storage.get_file_preview(bucket, "halves", **look))

    whole = preview()
    assert (whole.format, whole.size) == ("PNG", (300, 200))
    assert preview(width=150).size == (150, 100)
    square = preview(width=50, height=50, gravity=ImageGravity.LEFT, output=ImageFormat.JPG, quality=90)
    assert (square.format, square.size) == ("JPEG", (50, 50))
    assert is_near(square.getpixel((5, 25)), (0, 0, 255))
    framed = preview(width=90, height=60, border_width=5, border_color="00ff00", output=ImageFormat.WEBP)
    assert (framed.format, framed.size) == ("WEBP", (100, 70))
    assert is_near(framed.convert("RGB").getpixel((1, 1)), (0, 255, 0), 40)
    assert preview(rotation=90, output=ImageFormat.GIF).size == (200, 300)
    faint = preview(border_radius=100, opacity=0.5, output=ImageFormat.PNG)
    assert faint.getpixel((0, 0))[3] == 0
    assert faint.getpixel((100, 100))[3] in (127, 128)
    drawing = look_at(storage.get_file_preview(bucket, "text", width=64, height=64))
    assert (drawing.format, drawing.size) == ("PNG", (64, 64))
    refused(400, "general_argument_invalid", storage.get_file_preview, bucket, "halves", width=4001)
    assert storage.get_file_view(bucket, "halves") == encode(halves())


def test_tokens(project: Project, storage: Storage, bucket: str) -> None:
    tokens, anybody = Tokens(server(project)), Storage(guest(project))
    storage.create_file(bucket, "halves", InputFile.from_bytes(encode(halves()), "halves.png"))
    storage.create_file(bucket, "other", TEXT)
    refused(404, "storage_file_not_found", anybody.get_file_view, bucket, "halves")
    made = tokens.create_file_token(bucket, "halves", "2999-01-01T00:00:00.000+00:00")
    assert (made.resourceid, made.resourcetype, made.expire[:4]) == (f"{bucket}:halves", "files", "2999")
    reads: tuple[Callable[..., bytes], ...] = (anybody.get_file_download, anybody.get_file_view)
    for read in reads:
        assert read(bucket, "halves", token=made.secret) == encode(halves())
    assert look_at(anybody.get_file_preview(bucket, "halves", width=30, token=made.secret)).size == (30, 20)
    refused(401, "user_unauthorized", anybody.get_file_view, bucket, "other", token=made.secret)
    refused(404, "storage_file_not_found", anybody.get_file, bucket, "halves")

    assert [each.id for each in tokens.list(bucket, "halves").tokens] == [made.id]
    assert tokens.get(made.id).secret == made.secret
    changed = tokens.update(made.id)
    assert changed.expire == ""
    assert anybody.get_file_view(bucket, "halves", token=changed.secret) == encode(halves())
    tokens.delete(made.id)
    for secret in (made.secret, changed.secret):
        refused(404, "storage_file_not_found", anybody.get_file_view, bucket, "halves", token=secret)
    refused(404, "token_not_found", tokens.get, made.id)


def test_who_may_do_what(project: Project, storage: Storage, bucket: str) -> None:
    ada, eve, nobody = Storage(somebody(project)), Storage(somebody(project)), Storage(guest(project))
    made = ada.create_file(bucket, ID.unique(), TEXT)
    assert [text.partition("(")[0] for text in made.permissions] == ["read", "update", "delete"]
    assert ada.get_file_download(bucket, made.id) == b"Hello, world.\n"

    refused(401, "user_unauthorized", nobody.create_file, bucket, ID.unique(), TEXT)
    for other in (eve, nobody):
        assert other.list_files(bucket).total == 0
        for read in (other.get_file, other.get_file_download, other.get_file_view, other.get_file_preview):
            refused(404, "storage_file_not_found", read, bucket, made.id)
        refused(401, "user_unauthorized", other.update_file, bucket, made.id, "mine.txt")
        refused(401, "user_unauthorized", other.delete_file, bucket, made.id)
    of_others = [Permission.read(Role.team("crew"))]
    refused(401, "user_unauthorized", ada.update_file, bucket, made.id, permissions=of_others)
    ada.update_file(bucket, made.id, permissions=[Permission.read(Role.users())])
    assert eve.get_file_view(bucket, made.id) == b"Hello, world.\n"
    refused(401, "user_unauthorized", ada.delete_file, bucket, made.id)  # it was given away

    storage.update_bucket(bucket, "Closed", enabled=False)
    refused(404, "storage_bucket_not_found", eve.get_file_view, bucket, made.id)
    assert storage.get_file_view(bucket, made.id) == b"Hello, world.\n"
    refused(401, "general_unauthorized_scope", ada.create_bucket, ID.unique(), "Own")
