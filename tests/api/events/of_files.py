"""Buckets, files and the tokens of files: files are told to those who may read them, the rest to nobody's role."""

from __future__ import annotations

from typing import Any

from tests.api.events.stage import Line, Refused, Scene, Stage, Told
from tests.api.storage.tools import chunk, some_bytes, upload
from tests.client import Answer, Api

_BUCKET = {"name": "Main", "permissions": ['create("users")', 'read("team:crew")'], "fileSecurity": True}


def _whole(stage: Stage, caller: Api, path: str, form: dict[str, Any]) -> Answer:
    return upload(caller, path=path, **form)


def _last_chunk(stage: Stage, caller: Api, path: str, form: dict[str, Any]) -> Answer:
    """A file is told of when it is whole: here with its second chunk."""
    content, sends = some_bytes(6_000_000), dict(form)
    before = stage.sandbox.events()
    first = chunk(caller, content, 0, sends.pop("file_id"), path=path, **sends)
    if first.status >= 400:
        return first
    assert stage.sandbox.events() == before
    return chunk(caller, content, 1, form["file_id"], path=path, **sends)


def _people(stage: Stage) -> None:
    stage.memory["ada"] = ada = stage.sandbox.user()
    stage.memory |= {"adaId": ada.id, "bucketId": "main", "fileId": "one"}


_READERS = ["team:crew", "user:<adaId>"]
FILES = Scene("files", [
    Line("POST /v1/storage/buckets", [Told("buckets.main.create", "Bucket")], {"bucketId": "main", **_BUCKET},
         refused=Refused(body={"name": ""})),
    Line("PUT /v1/storage/buckets/:bucketId", [Told("buckets.main.update", "Bucket")], _BUCKET,
         refused=Refused(at={"bucketId": "none"})),
    Line("POST /v1/storage/buckets/:bucketId/files", [Told("buckets.main.files.one.create", "File", _READERS)],
         {"file_id": "one"}, "ada", send=_whole, refused=Refused(body={"permissions": ['read("team:none")']})),
    Line("POST /v1/storage/buckets/:bucketId/files", [Told("buckets.main.files.large.create", "File", _READERS)],
         {"file_id": "large"}, "ada", send=_last_chunk, refused=Refused("guest")),
    Line("PUT /v1/storage/buckets/:bucketId/files/:fileId",
         [Told("buckets.main.files.one.update", "File", ["team:crew", "users"], ["user:<adaId>"])],
         {"name": "new.txt", "permissions": ['read("users")', 'update("users")', 'delete("users")']}, "ada",
         refused=Refused(body={"permissions": ["all"]})),
    Line("POST /v1/tokens/buckets/:bucketId/files/:fileId", [Told("tokens.<tokenId>.create", "ResourceToken")],
         keep={"tokenId": "$id"}, refused=Refused(at={"fileId": "none"})),
    Line("PATCH /v1/tokens/:tokenId", [Told("tokens.<tokenId>.update", "ResourceToken")],
         {"expire": "2100-01-01T00:00:00.000+00:00"}, refused=Refused(at={"tokenId": "none"})),
    Line("DELETE /v1/tokens/:tokenId", [Told("tokens.<tokenId>.delete", "ResourceToken")],
         refused=Refused(at={"tokenId": "none"})),
    Line("DELETE /v1/storage/buckets/:bucketId/files/:fileId",
         [Told("buckets.main.files.one.delete", "File", ["team:crew", "users"])], by="ada",
         refused=Refused(at={"fileId": "none"})),
    Line("DELETE /v1/storage/buckets/:bucketId", [Told("buckets.main.delete", "Bucket")],
         refused=Refused(at={"bucketId": "none"})),
], _people)  # fmt: skip

SCENES = [FILES]
