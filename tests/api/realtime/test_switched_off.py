"""What is switched off does not exist for clients: nobody is told of what servers do with it meanwhile."""

from __future__ import annotations

from typing import Any

from tests.api.databases.tools import DOCUMENTS, NOTES, create
from tests.api.realtime.test_sockets import open_notes
from tests.api.realtime.tools import recorded
from tests.api.storage.tools import upload
from tests.client import Sandbox
from tests.realtime_client import opened

READ = ['read("any")']


def test_a_collection_and_its_database(sandbox: Sandbox) -> None:
    open_notes(sandbox, documentSecurity=True)
    off: list[tuple[str, dict[str, Any]]] = [(NOTES, {"name": "Notes"}), ("/databases/main", {"name": "Main"})]
    with opened(sandbox.guest, sandbox.id) as client:
        client.subscribe("documents")
        for number, (path, same) in enumerate(off):
            sandbox.key.put(path, **same, enabled=False).ok()
            assert sandbox.guest.get(f"{DOCUMENTS}/n{number}").status == 404
            body = {"documentId": f"n{number}", "data": {"text": "x"}, "permissions": READ}
            sandbox.key.post(DOCUMENTS, **body).ok(201)
            sandbox.key.patch(f"{DOCUMENTS}/n{number}", data={"text": "y"}, permissions=['read("users")']).ok()
            sandbox.key.put(f"{DOCUMENTS}/u{number}", data={"text": "z"}, permissions=READ).ok(201)
            assert client.silent(0.3)
            sandbox.key.put(path, **same, enabled=True).ok()
        create(sandbox.guest, "open", text="x").ok(201)
        assert client.event()["payload"]["$id"] == "open"
    told = {row["event"].split(".")[5]: row["roles"] for row in recorded(sandbox) if ".documents." in row["event"]}
    assert told == {"n0": [], "u0": [], "n1": [], "u1": [], "open": ["any"]}


def test_a_bucket(sandbox: Sandbox) -> None:
    bucket: dict[str, Any] = {"name": "Box", "permissions": READ, "fileSecurity": True}
    sandbox.key.post("/storage/buckets", bucketId="box", **bucket).ok(201)
    with opened(sandbox.guest, sandbox.id) as client:
        client.subscribe("files")
        sandbox.key.put("/storage/buckets/box", **bucket, enabled=False).ok()
        upload(sandbox.key, "f", path="/storage/buckets/box/files", permissions=READ).ok(201)
        sandbox.key.put("/storage/buckets/box/files/f", name="new", permissions=[]).ok()
        assert client.silent(0.3)
        sandbox.key.put("/storage/buckets/box", **bucket, enabled=True).ok()
        sandbox.key.delete("/storage/buckets/box/files/f").ok(204)
        assert client.event()["payload"]["$id"] == "f"
