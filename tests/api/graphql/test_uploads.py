"""Files by GraphQL: forms that say which variable each file is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.client import Answer, Api, Sandbox

CREATE = 'storageCreateFile(bucketId:"b",fileId:"unique()",file:$file){_id name sizeOriginal}'
UPLOAD = f"mutation($file:InputFile!){{{CREATE}}}"


@pytest.fixture
def bucket(sandbox: Sandbox) -> Sandbox:
    sandbox.key.post("/storage/buckets", bucketId="b", name="B").ok(201)
    return sandbox


def upload(caller: Api, operations: Any, places: Any, **files: bytes) -> Answer:
    form = {"operations": json.dumps(operations), "map": json.dumps(places)}
    parts = {name.removeprefix("n"): (f"{name}.txt", content, "text/plain") for name, content in files.items()}
    return caller.send("POST", "/graphql", data=form, files=parts)


def count(sandbox: Sandbox) -> int:
    return int(sandbox.key.get("/storage/buckets/b/files").ok(200)["total"])


@pytest.mark.parametrize("name", ["n0", "file", "picture"])
def test_a_file(bucket: Sandbox, name: str) -> None:
    operation = {"query": UPLOAD, "variables": {"file": None}}
    answer = upload(bucket.key, operation, {name.removeprefix("n"): ["variables.file"]}, **{name: b"content"}).ok(200)
    made = answer["data"]["storageCreateFile"]
    assert (made["name"], made["sizeOriginal"]) == (f"{name}.txt", 7)
    assert bucket.key.get(f"/storage/buckets/b/files/{made['_id']}/view").content == b"content"


def test_two_files(bucket: Sandbox) -> None:
    fields = (f'{name}:storageCreateFile(bucketId:"b",fileId:"{name}",file:${name}){{name}}' for name in "ab")
    query = f"mutation($a:InputFile!,$b:InputFile!){{{' '.join(fields)}}}"
    operation = {"query": query, "variables": {"a": None, "b": None}}
    answer = upload(bucket.key, operation, {"0": ["variables.a"], "1": ["variables.b"]}, n0=b"zero", n1=b"one").ok(200)
    assert answer["data"] == {"a": {"name": "n0.txt"}, "b": {"name": "n1.txt"}}
    assert bucket.key.get("/storage/buckets/b/files/b/view").content == b"one"


def test_in_a_batch(bucket: Sandbox) -> None:
    batch = [{"query": UPLOAD, "variables": {"file": None}}, {"query": "{localeGet{ip}}"}]
    answers = upload(bucket.key, batch, {"0": ["0.variables.file"]}, n0=b"zero").ok(200)
    assert [answer.keys() for answer in answers] == [{"data"}, {"data"}]
    assert count(bucket) == 1


@pytest.mark.parametrize(
    ("operations", "places", "type_"),
    [
        ({"query": UPLOAD, "variables": {"file": None}}, {"0": ["variables.other"]}, "general_argument_invalid"),
        ({"query": UPLOAD, "variables": {"file": None}}, {"1": ["variables.file"]}, "general_argument_invalid"),
        ({"query": UPLOAD, "variables": {"file": None}}, {"0": "variables.file"}, "general_argument_invalid"),
        ({"query": UPLOAD, "variables": {"file": None}}, ["variables.file"], "general_argument_invalid"),
        ({"query": UPLOAD, "variables": {"file": {"a": 1}}}, {"0": ["variables.file"]}, "general_argument_invalid"),
        ({"query": UPLOAD}, {"0": ["variables.file"]}, "general_argument_invalid"),
        ([{"query": UPLOAD}], {"0": ["5.variables.file"]}, "general_argument_invalid"),
        ([{"query": UPLOAD}], {"0": ["0" * 5000 + ".variables.file"]}, "general_argument_invalid"),
        ([{"query": UPLOAD, "variables": [None]}], {"0": ["0.variables.0"]}, "general_argument_invalid"),
        (
            {"query": UPLOAD, "variables": {"file": {"in": None}}},
            {"0": ["variables.file.in"]},
            "general_argument_invalid",
        ),
        ({"query": UPLOAD, "variables": {"file": None}}, {"0": [".variables.file"]}, "general_argument_invalid"),
        ({"query": UPLOAD, "variables": {"file": None}}, {"0": ["query"]}, "general_argument_invalid"),
        (None, {}, "graphql_no_query"),
        ({}, {}, "graphql_no_query"),
        ("text", {}, "graphql_no_query"),
    ],
)
def test_wrong_forms(bucket: Sandbox, operations: Any, places: Any, type_: str) -> None:
    upload(bucket.key, operations, places, n0=b"zero").fails(400, type_)
    assert count(bucket) == 0


@pytest.mark.parametrize("name", ["default", "metadata"])
def test_a_file_is_no_json(bucket: Sandbox, name: str) -> None:
    field = {
        "metadata": 'presencesUpsert(presenceId:"p",status:"s",metadata:$file)',
        "default": 'databasesCreatePointAttribute(databaseId:"d",collectionId:"c",key:"k",required:true,default:$file)',
    }[name]
    operation = {"query": f"mutation($file:Json){{{field}{{__typename}}}}", "variables": {"file": None}}
    answer = upload(bucket.key, operation, {"0": ["variables.file"]}, n0=b"zero").ok(200)
    assert "Json cannot represent a file" in json.dumps(answer["errors"])


def test_no_form_at_all(bucket: Sandbox) -> None:
    key = bucket.key
    key.send("POST", "/graphql", data={"query": UPLOAD}, files={"x": ("x", b"x")}).fails(400, "graphql_no_query")
    key.send("POST", "/graphql", data={"operations": "{"}, files={"x": ("x", b"x")}).fails(
        400, "general_argument_invalid"
    )
    literal = UPLOAD.replace("($file:InputFile!)", "").replace("$file", '"text"')
    assert "multipart form" in json.dumps(key.post("/graphql", query=literal).ok(200)["errors"])
    missing = upload(key, {"query": UPLOAD, "variables": {"file": None}}, {}, n0=b"zero").ok(200)
    assert "must not be null" in json.dumps(missing["errors"])
    assert count(bucket) == 0
