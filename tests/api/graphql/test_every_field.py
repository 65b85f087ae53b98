"""Every field that reads is asked for, with all that it can show; and texts that are no GraphQL break nothing."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLField, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLUnionType, print_schema
from hypothesis import given
from hypothesis import strategies as st

from appwrite_py.http.graphql.schema import make_schema, names_of
from appwrite_py.services import all_services
from tests.api.graphql.tools import ask, collection, send
from tests.client import Api, Sandbox
from tests.examples import tries

ROUTES = [route for service in all_services() for route in service.routes]
SCHEMA = make_schema(ROUTES)
_DEEPEST = 4
_VALUES = {"String": '"unknown"', "Int": "1", "Float": "1.5", "Boolean": "true", "Json": "{}", "Assoc": "{}"}
# What is there in the project of these tests
_KNOWN = {
    "databaseId": '"d"', "collectionId": '"c"', "tableId": '"c"', "documentId": '"x"', "rowId": '"x"',
    "bucketId": '"b"', "teamId": '"t"', "userId": '"u"', "functionId": '"f"', "queries": "[]", "key": '"title"',
}  # fmt: skip


def selection(type_: Any, depth: int = 0) -> str:
    """All fields of a type, and those of what is in it."""
    while isinstance(type_, GraphQLList | GraphQLNonNull):
        type_ = type_.of_type
    if isinstance(type_, GraphQLUnionType):
        members = (f"... on {member.name}{_all_of(member, depth, member.name)}" for member in type_.types)
        return "{__typename " + " ".join(members) + "}"
    return _all_of(type_, depth) if isinstance(type_, GraphQLObjectType) else ""


def _all_of(type_: GraphQLObjectType, depth: int, prefix: str = "") -> str:
    """With another name for each where members of a union differ in the types of their fields."""
    named = ((f"{prefix}_{name}:{name}" if prefix else name, field) for name, field in type_.fields.items())
    inner = [(name, selection(field.type, depth + 1), field) for name, field in named]
    shown = [f"{name}{below}" for name, below, _ in inner if not below or depth < _DEEPEST]
    return "{" + " ".join(shown or ["__typename"]) + "}"


def call(name: str, field: GraphQLField) -> str:
    """A field with all that it needs."""
    needed = ((arg, each.type) for arg, each in field.args.items() if isinstance(each.type, GraphQLNonNull))
    given_ = ",".join(f"{arg}:{_value(arg, type_)}" for arg, type_ in needed)
    return f"{name}({given_})" + selection(field.type) if given_ else name + selection(field.type)


def _value(name: str, type_: Any) -> str:
    while isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if name in _KNOWN:
        return _KNOWN[name]
    return "[]" if isinstance(type_, GraphQLList) else _VALUES[type_.name]


QUERIES = SCHEMA.query_type.fields if SCHEMA.query_type else {}
MUTATIONS = SCHEMA.mutation_type.fields if SCHEMA.mutation_type else {}


@pytest.fixture(scope="module")
def furnished(api: Api) -> Sandbox:
    """A project in which there is one of most things."""
    from tests.client import Console

    made = Sandbox.create(Console.sign_up(api))
    collection(made)
    made.key.post("/databases/d/collections/c/documents", documentId="x", data={"title": "t"}).ok(201)
    made.key.post("/storage/buckets", bucketId="b", name="B").ok(201)
    made.key.post("/teams", teamId="t", name="T").ok(201)
    made.key.post("/users", userId="u", email="u@example.com", password="a good password", name="U").ok(201)
    return made


@pytest.mark.parametrize("name", QUERIES)
def test_every_query(furnished: Sandbox, name: str) -> None:
    """What a route answers fits the types that were made of its declaration."""
    for caller in (furnished.key, furnished.console.organization):
        answer = ask(caller, "{" + call(name, QUERIES[name]) + "}")
        for error in answer.get("errors", ()):
            assert error.get("extensions", {}).get("code", 0) in range(400, 500), error


def test_every_method_of_the_sdks_has_a_field() -> None:
    """But for those that answer with bytes, or send elsewhere."""
    print_schema(SCHEMA)
    fields = QUERIES.keys() | MUTATIONS.keys()
    without = {
        name
        for route in ROUTES
        if route.sdk_method and route.service not in ("graphql", "mock")
        for name in names_of(route)
        if name not in fields
    }
    assert {name for name in without if not name.startswith("avatars")} == {
        "accountCreateOAuth2Session", "accountCreateOAuth2Token", "functionsGetDeploymentDownload", "pingGet",
        "storageGetFileDownload", "storageGetFilePreview", "storageGetFileView",
    }  # fmt: skip
    assert not {"$"} & set("".join(fields))


@pytest.mark.parametrize("service", ["databases", "tablesDB", "documentsDB", "vectorsDB"])
def test_methods_that_take_other_parameters(service: str) -> None:
    """One route creates a single document, or several: each method has its own parameters, and its own answer."""
    thing = "Row" if service == "tablesDB" else "Document"
    one, many = MUTATIONS[f"{service}Create{thing}"], MUTATIONS[f"{service}Create{thing}s"]
    assert (str(one.type), str(many.type)) == (thing, f"{thing}List")
    name, named = f"{thing.lower()}Id", f"{thing.lower()}s"
    assert {arg: str(each.type) for arg, each in one.args.items() if arg in (name, named, "data", "permissions")} == {
        name: "String!", "data": "Json!", "permissions": "[String]",
    }  # fmt: skip
    assert not {name, "data", "permissions"} & many.args.keys()
    assert str(many.args[named].type) == "[Json]!"


def test_methods_with_an_older_name() -> None:
    older, newer = MUTATIONS["accountCreateMfaChallenge"], MUTATIONS["accountCreateMFAChallenge"]
    assert (older.deprecation_reason, newer.deprecation_reason) == ("Use account.createMFAChallenge.", None)
    assert MUTATIONS["accountCreateVerification"].args.keys() == MUTATIONS["accountCreateEmailVerification"].args.keys()
    assert MUTATIONS["databasesCreateDocument"].deprecation_reason == "Use tablesDB.createRow."
    assert MUTATIONS["databasesCreateDocuments"].deprecation_reason == "Use tablesDB.createRows."
    for newest in ("tablesDBCreateRows", "documentsDBCreateDocuments"):
        assert MUTATIONS[newest].deprecation_reason is None


# --- what is no GraphQL ---------------------------------------------------------------------------------------
WORDS = st.sampled_from(["{", "}", "(", ")", "[", "]", ":", "$", "@", "!", "...", '"', '"""', "#", "query", "mutation",
                         "fragment", "on", "localeGet", "ip", "teamsList", "queries", "x", "1", "-", "null", "\\u0000",
                         "\ud7ff", "&", "|", "=", "subscription", "__schema", "__typename"])  # fmt: skip


TEXTS = st.one_of(st.lists(WORDS, max_size=25).map(" ".join), st.text(max_size=60))
VALUES = st.integers() | st.text(max_size=5) | st.lists(st.none(), max_size=2)
KINDS = (
    "application/json", "application/graphql", "multipart/form-data", "multipart/form-data; boundary=x", "text/plain",
    "",
)  # fmt: skip


@tries(120)
@given(text=TEXTS, variables=st.none() | st.dictionaries(st.text(max_size=5), VALUES))
def test_any_text(furnished: Sandbox, text: str, variables: dict[str, Any] | None) -> None:
    answer = furnished.guest.send("POST", "/graphql", json={"query": text, "variables": variables})
    assert answer.status in (200, 400), answer
    for error in answer.json.get("errors", ()):
        assert error.get("extensions", {}).get("code", 400) < 500, error


@tries(60)
@given(body=st.binary(max_size=80), kind=st.sampled_from(KINDS))
def test_any_body(furnished: Sandbox, body: bytes, kind: str) -> None:
    assert send(furnished.guest, body, kind).status in (200, 400)
