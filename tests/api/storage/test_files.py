"""Files as rows: get, list, rename, permissions, delete; by bucket permissions and by their own."""

from __future__ import annotations

import pytest

from tests.api.account.flows import limited_key
from tests.api.databases.tools import q
from tests.api.storage.tools import BUCKET, FILES, TEXT, blobs, chunk, download, eventually, make_bucket, upload
from tests.client import Sandbox

SECURED = ['create("users")']


def test_get(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    upload(sandbox.guest).ok(201)
    assert sandbox.guest.get(f"{FILES}/one").ok(200)["name"] == "hello.txt"
    sandbox.guest.get(f"{FILES}/two").fails(404, "storage_file_not_found")
    sandbox.guest.get("/storage/buckets/other/files/one").fails(404, "storage_bucket_not_found")
    Sandbox.create(sandbox.console).key.get(f"{FILES}/one").fails(404, "storage_bucket_not_found")


def test_without_file_security_only_the_bucket_counts(sandbox: Sandbox) -> None:
    make_bucket(sandbox, permissions=SECURED)
    user = sandbox.user()
    upload(user).ok(201)
    for caller in (user, sandbox.guest):
        for path in (f"{FILES}/one", f"{FILES}/missing", FILES, f"{FILES}/one/download", f"{FILES}/one/view"):
            caller.get(path).fails(401, "user_unauthorized")
        caller.put(f"{FILES}/one", name="x").fails(401, "user_unauthorized")
        caller.delete(f"{FILES}/one").fails(401, "user_unauthorized")
    assert sandbox.key.get(f"{FILES}/one").ok(200)["$permissions"]
    assert sandbox.admin.get(FILES).ok(200)["total"] == 1


def test_with_file_security_either_counts(sandbox: Sandbox) -> None:
    make_bucket(sandbox, permissions=[*SECURED, 'update("label:editor")'], fileSecurity=True)
    user, other = sandbox.user(), sandbox.user()
    upload(user).ok(201)
    upload(user, "two", permissions=['read("any")']).ok(201)
    assert user.get(f"{FILES}/one").ok(200)["$id"] == "one"
    other.get(f"{FILES}/one").fails(404, "storage_file_not_found")
    download(other).fails(404, "storage_file_not_found")
    other.put(f"{FILES}/one", name="x").fails(401, "user_unauthorized")
    other.delete(f"{FILES}/one").fails(401, "user_unauthorized")
    other.delete(f"{FILES}/missing").fails(404, "storage_file_not_found")
    assert [file["$id"] for file in other.get(FILES).ok(200)["files"]] == ["two"]
    assert [file["$id"] for file in user.get(FILES).ok(200)["files"]] == ["one", "two"]
    assert download(sandbox.guest, "two").content == TEXT
    user.delete(f"{FILES}/two").fails(401, "user_unauthorized")
    sandbox.key.put(f"/users/{other.id}/labels", labels=["editor"]).ok(200)
    assert other.put(f"{FILES}/one", name="edited.txt").ok(200)["name"] == "edited.txt"
    other.get(f"{FILES}/one").fails(404, "storage_file_not_found")


def test_switching_file_security_is_immediate(sandbox: Sandbox) -> None:
    make_bucket(sandbox, permissions=[], fileSecurity=True)
    upload(sandbox.key, permissions=['read("any")']).ok(201)
    assert download(sandbox.guest).content == TEXT
    sandbox.key.put(BUCKET, name="Main").ok(200)
    download(sandbox.guest).fails(401, "user_unauthorized")


def test_list(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    for number in range(4):
        upload(sandbox.guest, f"f{number}", bytes(number), f"n{number}.txt", folder="a" if number % 2 else "").ok(201)
    chunk(sandbox.user(), bytes(6_000_000), 0, "pending").ok(201)

    def ids(*queries: str, **more: object) -> list[str]:
        return [file["$id"] for file in sandbox.guest.get(FILES, queries=list(queries), **more).ok(200)["files"]]

    assert ids() == ["f0", "f1", "f2", "f3", "pending"]
    assert ids(q("equal", "folder", "a/")) == ["f1", "f3"]
    assert ids(q("greaterThan", "sizeOriginal", 2)) == ["f3", "pending"]
    assert ids(q("equal", "mimeType", "application/x-empty")) == ["f0"]
    assert ids(q("lessThan", "chunksUploaded", 2), q("equal", "chunksTotal", 2)) == ["pending"]
    assert ids(q("orderDesc", "name"), q("limit", "", 1), q("offset", "", 1)) == ["f2"]
    assert ids(q("cursorAfter", "", "f2")) == ["f3", "pending"]
    assert ids(search="n2") == ["f2"]
    listed = sandbox.guest.get(FILES, queries=[q("limit", "", 1)]).ok(200)
    assert (listed["total"], len(listed["files"])) == (5, 1)
    assert sandbox.guest.get(FILES, total=False).ok(200)["total"] == 0
    sandbox.guest.get(FILES, queries=[q("equal", "sizeActual", 1)]).fails(400, "general_argument_invalid")
    sandbox.guest.get(FILES, queries=[q("cursorAfter", "", "x")]).fails(400, "general_cursor_not_found")
    sandbox.guest.get(FILES, queries=["x"]).fails(400, "general_argument_invalid")


def test_a_list_that_is_filtered_has_a_filtered_total(sandbox: Sandbox) -> None:
    make_bucket(sandbox, permissions=SECURED, fileSecurity=True)
    user, other = sandbox.user(), sandbox.user()
    for number in range(3):
        upload(user, f"u{number}").ok(201)
    upload(other, "o").ok(201)
    assert user.get(FILES).ok(200)["total"] == 3
    assert other.get(FILES, queries=[q("cursorAfter", "", "u0")]).fails(400, "general_cursor_not_found")
    assert sandbox.guest.get(FILES).ok(200) == {"total": 0, "files": []}


def test_update(sandbox: Sandbox) -> None:
    make_bucket(sandbox, permissions=['create("users")', 'update("users")', 'read("users")'])
    user = sandbox.user()
    before = upload(user).ok(201)
    renamed = user.put(f"{FILES}/one", name="new.bin").ok(200)
    kept = ("$permissions", "signature", "mimeType", "sizeOriginal", "$createdAt")
    assert renamed["name"] == "new.bin"
    assert all(renamed[name] == before[name] for name in kept)
    assert renamed["$updatedAt"] >= before["$updatedAt"]
    changed = user.put(f"{FILES}/one", permissions=['read("any")', 'write("users")']).ok(200)
    assert changed["$permissions"] == ['read("any")', 'update("users")', 'delete("users")']
    assert changed["name"] == "new.bin"
    assert user.put(f"{FILES}/one", permissions=[]).ok(200)["$permissions"] == []
    assert user.put(f"{FILES}/one").ok(200)["name"] == "new.bin"
    assert sandbox.events()[-1] == "buckets.main.files.one.update"
    assert sandbox.audits()[-1] == ("file.update", "file/one")
    before_count = len(sandbox.events())
    user.put(f"{FILES}/one", permissions=['read("team:x")']).fails(401, "user_unauthorized")
    user.put(f"{FILES}/one", name="").fails(400, "general_argument_invalid")
    user.put(f"{FILES}/one", name="x" * 129).fails(400, "general_argument_invalid")
    user.put(f"{FILES}/two", name="x").fails(404, "storage_file_not_found")
    assert len(sandbox.events()) == before_count


def test_delete(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    upload(sandbox.guest).ok(201)
    assert len(blobs(sandbox)) == 1
    sandbox.guest.delete(f"{FILES}/one").ok(204)
    assert sandbox.events()[-1] == "buckets.main.files.one.delete"
    assert sandbox.audits()[-1] == ("file.delete", "file/one")
    eventually(lambda: blobs(sandbox) == [])
    download(sandbox.guest).fails(404, "storage_file_not_found")
    sandbox.guest.delete(f"{FILES}/one").fails(404, "storage_file_not_found")
    upload(sandbox.guest, content=b"another").ok(201)
    assert download(sandbox.guest).content == b"another"


@pytest.mark.parametrize("security", [False, True])
def test_who_sees_events(sandbox: Sandbox, security: bool) -> None:
    make_bucket(sandbox, permissions=['create("users")', 'read("label:x")', 'delete("users")'], fileSecurity=security)
    user = sandbox.user()
    upload(user).ok(201)
    user.delete(f"{FILES}/one").ok(204)
    rows = sandbox.guest.sql(
        "SELECT event, roles, payload FROM outbox WHERE project_id = $1 AND event LIKE '%files%' ORDER BY number",
        sandbox.id,
    )
    assert [row["event"].rpartition(".")[2] for row in rows] == ["create", "delete"]
    for row in rows:
        assert sorted(row["roles"]) == sorted(["label:x", *([f"user:{user.id}"] if security else [])])
        assert row["payload"]["$id"] == "one"


def test_scopes(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    upload(sandbox.guest).ok(201)
    reader = limited_key(sandbox, "files.read")
    assert download(reader).content == TEXT
    reader.delete(f"{FILES}/one").fails(401, "general_unauthorized_scope")
    upload(reader, "two").fails(401, "general_unauthorized_scope")
    limited_key(sandbox, "buckets.read").get(FILES).fails(401, "general_unauthorized_scope")
