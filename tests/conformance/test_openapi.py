"""The OpenAPI document: valid, complete, told apart by platform, and served as a document should be."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from appwrite_py.errors import CATALOGUE
from appwrite_py.http.spec import PLATFORMS, openapi_bytes, openapi_document
from appwrite_py.services import all_services
from tests.client import Api


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document(all_services())


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for verb, operation in item.items():
            yield f"{verb.upper()} {path}", operation


def test_is_valid(document: dict[str, Any]) -> None:
    found = [f"{list(error.path)}: {error.message}" for error in OpenAPIV31SpecValidator(document).iter_errors()]
    assert not found, "\n".join(found)


def test_holds_every_public_route(document: dict[str, Any]) -> None:
    shown = {name for name, _ in operations(document)}
    for service in all_services():
        for route in service.routes:
            path = re.sub(r":(\w+)", r"{\1}", route.path.removeprefix("/v1"))
            assert (f"{route.verb} {path}" in shown) is not route.hidden


def test_operations_say_what_they_do(document: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    for name, operation in operations(document):
        assert operation["description"].strip(), name
        assert operation["summary"].strip(), name
        assert set(operation["tags"]) <= tags, name
        assert any(status.startswith(("2", "3")) for status in operation["responses"]), name
        assert {"401", "403", "404", "4XX", "5XX"} <= operation["responses"].keys(), name
        assert operation["x-appwrite"]["scope"], name
        assert operation["x-appwrite"]["platforms"], name
        for parameter in operation.get("parameters", []):
            assert parameter["description"], name
            assert "schema" in parameter, name
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(ids)) == len(ids)


def test_path_parameters_are_those_of_the_path(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        in_path = {part[1:-1] for part in name.split("/") if part.startswith("{")}
        declared = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
        assert in_path == declared, name


def test_answers_without_a_body_declare_none(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        if "204" in operation["responses"]:
            assert "content" not in operation["responses"]["204"], name


def test_a_rate_limit_comes_with_its_answer(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        told = operation["x-appwrite"]
        limited = "rate-limit" in told or "general_rate_limit_exceeded" in told.get("errors", [])
        assert limited == ("429" in operation["responses"]), name


def test_errors_are_told_by_their_types(document: dict[str, Any]) -> None:
    known = document["components"]["schemas"]["errorType"]["enum"]
    for name, operation in operations(document):
        types = operation["x-appwrite"].get("errors", [])
        assert set(types) <= set(known), name
        told = " ".join(answer.get("description", "") for answer in operation["responses"].values())
        reads = name.startswith("GET ")
        assert all(f"`{each}`" in told for each in types if not reads or CATALOGUE[each].status != 409)
    by_id = {
        operation["operationId"]: operation["x-appwrite"].get("errors", []) for _, operation in operations(document)
    }
    assert by_id["teamsGet"] == ["user_unauthorized", "team_not_found"]
    assert {"table_not_found", "row_already_exists", "row_invalid_structure"} <= set(by_id["tablesDBCreateRow"])
    assert {"collection_not_found", "document_already_exists"} <= set(by_id["databasesCreateDocument"])
    assert not any(each.startswith(("document_", "collection_")) for each in by_id["tablesDBCreateRow"])


def test_a_body_has_one_content_type(document: dict[str, Any]) -> None:
    """Generators make one function of each."""
    forms = set()
    for name, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {"application/json": None})
        assert len(content) == 1, name
        if content.keys() == {"multipart/form-data"}:
            forms.add(operation["operationId"])
            sent = {each["name"] for each in operation["parameters"] if each["in"] == "header"}
            assert sent == {"Content-Range", "X-Appwrite-ID"}
            reference = content["multipart/form-data"]["schema"]["$ref"].rpartition("/")[2]
            fields = document["components"]["schemas"][reference]["properties"].values()
            assert all(isinstance(field["type"], str) for field in fields), "a form has no null"
            assert any(field.get("format") == "binary" for field in fields)
    assert forms == {"storageCreateFile", "functionsCreateDeployment"}


def test_models_of_a_union_are_told_apart(document: dict[str, Any]) -> None:
    """By a constant of one of them, or by a field that only one of them requires."""
    schemas = document["components"]["schemas"]

    def constants(name: str) -> dict[str, Any]:
        fields = schemas[name]["properties"].items()
        return {
            key: field.get("enum", [field.get("const")]) for key, field in fields if {"const", "enum"} & field.keys()
        }

    def differ(one: str, other: str) -> bool:
        first, second = constants(one), constants(other)
        if any(set(first[key]).isdisjoint(second[key]) for key in first.keys() & second.keys()):
            return True
        fields = (set(schemas[one]["required"]), set(schemas[other]["properties"]))
        back = (set(schemas[other]["required"]), set(schemas[one]["properties"]))
        return not (fields[0] <= fields[1] and back[0] <= back[1])

    unions = [[each["$ref"].rpartition("/")[2] for each in options if "$ref" in each] for options in any_of(document)]
    assert sum(len(union) > 1 for union in unions) > 10
    for union in unions:
        assert all(differ(one, other) for one, other in combinations(union, 2)), union


def any_of(node: Any) -> Iterator[list[dict[str, Any]]]:
    if isinstance(node, dict):
        if "anyOf" in node:
            yield node["anyOf"]
        yield from (found for inner in node.values() for found in any_of(inner))
    elif isinstance(node, list):
        yield from (found for inner in node for found in any_of(inner))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_platforms(document: dict[str, Any], platform: str) -> None:
    part = openapi_document(all_services(), platform)
    assert not list(OpenAPIV31SpecValidator(part).iter_errors())
    wanted = {name for name, each in operations(document) if platform in each["x-appwrite"]["platforms"]}
    assert {name for name, _ in operations(part)} == wanted
    assert wanted


def test_is_served(api: Api) -> None:
    plain = api.http.get("/v1/openapi.json", headers={"Accept-Encoding": "identity"})
    assert plain.status_code == 200
    assert plain.headers["content-type"] == "application/json"
    assert plain.content == openapi_bytes(all_services())
    assert "x-request-id" in plain.headers
    packed = api.http.get("/v1/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content) or len(plain.content) < 2000
    assert len(gzip.compress(plain.content)) < len(plain.content)


def test_is_not_sent_again_when_it_is_known(api: Api) -> None:
    etag = api.http.get("/v1/openapi.json").headers["etag"]
    again = api.http.get("/v1/openapi.json", headers={"If-None-Match": f'"other", W/{etag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert api.http.get("/v1/openapi.json", headers={"If-None-Match": '"other"'}).status_code == 200
    assert api.http.get("/v1/openapi.json?platform=client").headers["etag"] != etag


def test_unknown_platform(api: Api) -> None:
    api.get("/openapi.json", platform="fridge").fails(400, "general_argument_invalid")
