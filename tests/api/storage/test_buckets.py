"""Buckets: made, listed, changed, deleted with their files; what each of their settings does."""

from __future__ import annotations

import pytest

from tests.api.account.flows import limited_key
from tests.api.databases.tools import q
from tests.api.storage.tools import BUCKET, FILES, TEXT, blobs, eventually, make_bucket, upload
from tests.client import Sandbox

BUCKETS = "/storage/buckets"


def test_defaults(sandbox: Sandbox) -> None:
    made = sandbox.key.post(BUCKETS, bucketId="main", name="Main").ok(201)
    assert made | {"$createdAt": "", "$updatedAt": ""} == {
        "$id": "main", "$createdAt": "", "$updatedAt": "", "$permissions": [], "fileSecurity": False, "name": "Main",
        "enabled": True, "maximumFileSize": 30_000_000, "allowedFileExtensions": [], "compression": "none",
        "encryption": True, "antivirus": True, "transformations": True, "totalSize": 0,
    }  # fmt: skip
    assert sandbox.events() == ["buckets.main.create"]
    assert sandbox.audits() == [("bucket.create", "bucket/main")]
    assert sandbox.key.get(BUCKET).ok(200) == made


def test_ids_are_taken_once(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    sandbox.key.post(BUCKETS, bucketId="main", name="Again").fails(409, "storage_bucket_already_exists")
    assert sandbox.events() == ["buckets.main.create"]
    other = Sandbox.create(sandbox.console)
    make_bucket(other)


def test_write_is_spelled_out(sandbox: Sandbox) -> None:
    made = make_bucket(sandbox, permissions=['write("users")', 'read("any")'])
    assert made["$permissions"] == ['create("users")', 'update("users")', 'delete("users")', 'read("any")']


def test_update_sets_everything_but_permissions(sandbox: Sandbox) -> None:
    made = make_bucket(sandbox, fileSecurity=True, compression="gzip", encryption=False, allowedFileExtensions=["txt"])
    changed = sandbox.key.put(BUCKET, name="Other", enabled=False).ok(200)
    kept = {"$permissions": made["$permissions"], "name": "Other", "enabled": False}
    assert changed.items() >= kept.items()
    assert (changed["fileSecurity"], changed["compression"], changed["encryption"]) == (False, "none", True)
    assert changed["allowedFileExtensions"] == []
    assert sandbox.key.put(BUCKET, name="Other", permissions=[]).ok(200)["$permissions"] == []
    assert sandbox.events()[-1] == "buckets.main.update"
    assert sandbox.audits()[-1] == ("bucket.update", "bucket/main")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""}, {"name": "x" * 129}, {"maximumFileSize": 0}, {"maximumFileSize": 30_000_001},
        {"compression": "lzma"}, {"permissions": ['read("nobody")']}, {"allowedFileExtensions": ["x" * 65]},
        {"allowedFileExtensions": ["x"] * 101}, {"bucketId": "_x"}, {"enabled": "maybe"},
    ],
)  # fmt: skip
def test_bad_input(sandbox: Sandbox, wrong: dict[str, object]) -> None:
    body = {"bucketId": "main", "name": "Main"} | wrong
    sandbox.key.post(BUCKETS, **body).fails(400, "general_argument_invalid")
    assert sandbox.key.get(BUCKETS).ok(200)["total"] == 0
    assert sandbox.events() == []


def test_callers(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    for caller in (sandbox.guest, sandbox.user(), limited_key(sandbox, "files.read", "files.write")):
        caller.get(BUCKETS).fails(401, "general_unauthorized_scope")
        caller.get(BUCKET).fails(401, "general_unauthorized_scope")
        caller.delete(BUCKET).fails(401, "general_unauthorized_scope")
    assert sandbox.admin.get(BUCKET).ok(200)["$id"] == "main"
    sandbox.key.get(f"{BUCKETS}/other").fails(404, "storage_bucket_not_found")
    sandbox.key.put(f"{BUCKETS}/other", name="x").fails(404, "storage_bucket_not_found")
    sandbox.key.delete(f"{BUCKETS}/other").fails(404, "storage_bucket_not_found")


def test_list(sandbox: Sandbox) -> None:
    for number in range(4):
        make_bucket(sandbox, f"b{number}", enabled=number != 2, compression="gzip" if number else "none")
    listed = sandbox.key.get(BUCKETS).ok(200)
    assert (listed["total"], [b["$id"] for b in listed["buckets"]]) == (4, ["b0", "b1", "b2", "b3"])

    def ids(*queries: str, **more: object) -> list[str]:
        return [b["$id"] for b in sandbox.key.get(BUCKETS, queries=list(queries), **more).ok(200)["buckets"]]

    assert ids(q("equal", "enabled", False)) == ["b2"]
    assert ids(q("cursorAfter", "", "b1")) == ["b2", "b3"]
    assert ids(q("orderDesc", "name"), q("orderDesc", "$id"), q("limit", "", 2)) == ["b3", "b2"]
    assert ids(search="b3") == ["b3"]
    assert sandbox.key.get(BUCKETS, total=False).ok(200)["total"] == 0
    sandbox.key.get(BUCKETS, queries=[q("equal", "compression", "gzip")]).fails(400, "general_argument_invalid")
    sandbox.key.get(BUCKETS, queries=[q("cursorAfter", "", "x")]).fails(400, "general_cursor_not_found")


def test_total_size(sandbox: Sandbox) -> None:
    make_bucket(sandbox, encryption=False)
    for name in ("one", "two"):
        upload(sandbox.key, name).ok(201)
    assert sandbox.key.get(BUCKET).ok(200)["totalSize"] == 2 * len(TEXT)
    assert sandbox.key.get(BUCKETS).ok(200)["buckets"][0]["totalSize"] == 2 * len(TEXT)


def test_delete_takes_the_files_along(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    upload(sandbox.key).ok(201)
    token = sandbox.key.post("/tokens/buckets/main/files/one").ok(201)
    assert len(blobs(sandbox)) == 1
    sandbox.key.delete(BUCKET).ok(204)
    assert sandbox.events()[-1] == "buckets.main.delete"
    assert sandbox.audits()[-1] == ("bucket.delete", "bucket/main")
    sandbox.key.get(f"{FILES}/one").fails(404, "storage_bucket_not_found")
    sandbox.key.get(f"/tokens/{token['$id']}").fails(404, "token_not_found")
    eventually(lambda: blobs(sandbox) == [])
    make_bucket(sandbox)
    assert sandbox.key.get(FILES).ok(200) == {"total": 0, "files": []}
    upload(sandbox.key).ok(201)
    assert len(blobs(sandbox)) == 1


def test_the_project_takes_its_files_along(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    upload(sandbox.key).ok(201)
    sandbox.console.organization.delete(f"/projects/{sandbox.id}").ok(204)
    eventually(lambda: blobs(sandbox) == [])


def test_a_bucket_that_is_off_is_not_there_for_clients(sandbox: Sandbox) -> None:
    make_bucket(sandbox, enabled=False)
    upload(sandbox.key).ok(201)
    for path in (FILES, f"{FILES}/one", f"{FILES}/one/download", f"{FILES}/one/view", f"{FILES}/one/preview"):
        sandbox.guest.get(path).fails(404, "storage_bucket_not_found")
        assert sandbox.key.get(path).status == 200
    upload(sandbox.guest, "two").fails(404, "storage_bucket_not_found")
    sandbox.guest.put(f"{FILES}/one", name="x").fails(404, "storage_bucket_not_found")
    sandbox.guest.delete(f"{FILES}/one").fails(404, "storage_bucket_not_found")
