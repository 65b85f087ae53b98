"""How much one operation may ask for, and what is refused before anything of it is run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest
from graphql import build_client_schema, get_introspection_query

from appwrite_py.http.graphql.documents import Documents
from appwrite_py.http.graphql.schema import make_schema
from appwrite_py.services import all_services
from tests.api.graphql.tools import ask, collection, data, refusal, send
from tests.client import Api, Sandbox

IN = 'databaseId:"d",collectionId:"c"'
FIFTY = "localeListCodes{total localeCodes{code}}"


@pytest.fixture
def limited(sandbox: Sandbox, served: Callable[..., Api]) -> Api:
    """The key of a project, at a server whose limits are on."""
    return served(sandbox.key, options_abuse="enabled")


def listed(limit: str, fields: str) -> str:
    return f"{{databasesListDocuments({IN}{limit}){{{fields}}}}}"


def limit(count: int) -> str:
    return f',queries:["{{\\"method\\":\\"limit\\",\\"values\\":[{count}]}}"]'


# --- how much -------------------------------------------------------------------------------------------------
def test_fields_are_counted(limited: Api) -> None:
    fitting = "{" + " ".join(f"a{number}:localeGet{{ip}}" for number in range(125)) + "}"
    assert len(data(limited, fitting)) == 125
    assert refusal(limited, fitting[:-1] + " b:__typename}") == "Max query complexity should be 250 but got 251."
    fragments = (
        "{" + " ".join(f"a{number}:localeGet{{...F}}" for number in range(63)) + "} fragment F on Locale{ip eu country}"
    )
    assert refusal(limited, fragments) == "Max query complexity should be 250 but got 252."
    skipped = fragments.replace("a0:localeGet", "a0:localeGet @skip(if:true)")
    assert len(data(limited, skipped)) == 62
    left = fragments.replace("{a0", "query($i:Boolean!){a0").replace("a1:localeGet", "a1:localeGet @include(if:$i)")
    assert len(data(limited, left, i=False)) == 62
    refusal(limited, left, i=True)


def test_lists_count_as_long_as_they_are(limited: Api, sandbox: Sandbox) -> None:
    collection(sandbox)
    most = "total documents{_id data _createdAt _updatedAt _sequence _databaseId _collectionId _permissions}"  # 10
    assert ask(limited, listed("", most))["data"]["databasesListDocuments"]["total"] == 0
    assert refusal(limited, listed(limit(26), most)) == "Max query complexity should be 250 but got 260."
    by_variable = listed(",queries:$q", most).replace("{", "query($q:[String!]){", 1)
    assert "260" in refusal(limited, by_variable, q=['{"method":"limit","values":[26]}'])
    assert "data" in ask(limited, by_variable, q=['{"method":"limit","values":[25]}'])
    assert "errors" in ask(limited, by_variable, q=["no query"])  # of the field
    most_of_all = json.dumps(json.dumps({"method": "limit", "values": [26]}))
    by_default = by_variable.replace("[String!]", f"[String!]=[{most_of_all}]")
    assert "260" in refusal(limited, by_default)
    assert "data" in ask(limited, by_default, q=[])


def test_depth(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    caller = served(sandbox.key, options_abuse="enabled", graphql_max_depth=1)
    collection(sandbox)
    flat, deep = "collections{_id}", "collections{...on Collection{...F}}"
    query = '{databasesListCollections(databaseId:"d"){%s}}'
    assert "data" in ask(caller, query % flat)
    fragment = " fragment F on Collection{indexes{key}}"
    assert refusal(caller, query % deep + fragment) == "Max query depth should be 1 but got 2."


def test_without_limits(sandbox: Sandbox) -> None:
    many = "{" + " ".join(f"a{number}:localeGet{{ip}}" for number in range(300)) + "}"
    assert len(data(sandbox.key, many)) == 300


# --- what nobody sends in earnest -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("{" * 10_000, "Syntax Error"),
        ("{a" * 5_000, "nested too deeply"),
        ("{" + "localeGet{ip}" * 600 + "}", "at most 1000 fields"),
        ("{" + "a" * 10 + " " * 1_000_001, "more than 1000000"),
        ("{localeGet(" + "a:1," * 6_000 + "){ip}}", "tokens"),
        ("{...A} fragment A on Query{...B} fragment B on Query{...A}", "within itself"),
        ("{a:localeGet{ip}" + " @skip(if:true)" * 3 + "}", "Syntax Error"),
    ],
    ids=["open", "deep", "wide", "long", "tokens", "circle", "directives"],
)  # fmt: skip
def test_floods(sandbox: Sandbox, query: str, why: str) -> None:
    answer = ask(sandbox.key, query)
    assert "data" not in answer
    assert why in answer["errors"][0]["message"]


def test_fragments_that_double(sandbox: Sandbox) -> None:
    """Each is weighed and run once, however often it is named."""
    parts = [f"fragment F{n} on Query{{...F{n + 1} ...F{n + 1}}}" for n in range(40)]
    query = " ".join(["{...F0}", *parts, "fragment F40 on Query{localeGet{ip}}"])
    assert data(sandbox.key, query) == {"localeGet": {"ip": "0.0.0.0"}}


def test_what_is_kept_of_documents() -> None:
    """Those that came last, and no more of them than there is room for, by the length of their texts."""
    routes = [route for service in all_services() if service.name == "locale" for route in service.routes]
    documents = Documents(make_schema(routes), introspection=True)
    texts = [f"query A{number}{{localeGet{{ip}}}} #{'x' * 800}" for number in range(490)]

    async def read() -> None:
        first, *_, last = [await documents.read(text) for text in texts]
        assert await documents.read(texts[-1]) is last
        assert await documents.read(texts[0]) is not first

    asyncio.run(read())


def test_literals_that_are_deep(sandbox: Sandbox) -> None:
    collection(sandbox)
    deep = "[" * 40 + "]" * 40
    query = f'mutation{{databasesCreateDocument({IN},documentId:"x",data:{{title:{deep}}}){{_id}}}}'
    assert "nested deeper" in json.dumps(ask(sandbox.key, query)["errors"])
    assert sandbox.key.get("/databases/d/collections/c/documents").ok(200)["total"] == 0


# --- the schema -----------------------------------------------------------------------------------------------
def test_the_schema_can_be_asked_for(limited: Api) -> None:
    """By the query that all tools send, whatever it weighs, and by itself."""
    schema = build_client_schema(data(limited, get_introspection_query()))
    assert schema.query_type
    assert {"accountGet", "databasesListDocuments", "tablesDBGetRow", "usersList"} <= schema.query_type.fields.keys()
    assert schema.mutation_type
    document = schema.type_map["Document"]
    assert list(document.fields) == [  # type: ignore[attr-defined]
        "data", "_id", "_sequence", "_databaseId", "_createdAt", "_updatedAt", "_permissions", "_collectionId",
    ]  # fmt: skip
    assert "operation of its own" in refusal(limited, "{__schema{queryType{name}} localeGet{ip}}")
    assert data(limited, '{__type(name:"Locale"){name} __typename}') == {
        "__type": {"name": "Locale"}, "__typename": "Query",
    }  # fmt: skip
    many = " ".join(f'a{number}:__type(name:"Query"){{...F}}' for number in range(21))
    assert "20 lists" in refusal(limited, f"{{{many}}} fragment F on __Type{{fields{{name}}}}")
    nested = "{__schema{types{fields{type{fields{type{fields{type{fields{type{name}}}}}}}}}}}"
    assert "introspection depth" in refusal(limited, nested).lower()


def test_the_schema_can_be_kept_back(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    caller = served(sandbox.key, graphql_introspection="disabled")
    answer = ask(caller, "{__schema{queryType{name}}}")
    assert "data" not in answer
    assert answer["errors"][0]["message"].startswith("GraphQL introspection has been disabled")
    assert data(caller, "{__typename localeGet{ip}}")["__typename"] == "Query"


# --- who may use it at all ------------------------------------------------------------------------------------
def test_switched_off(sandbox: Sandbox) -> None:
    off = sandbox.admin.patch("/project/protocols/graphql", enabled=False)
    assert off.status == 200, off
    sandbox.guest.post("/graphql", query="{localeGet{ip}}").fails(403, "general_api_disabled")
    assert data(sandbox.key, "{localeGet{ip}}")
    sandbox.guest.get("/locale").ok(200)
    sandbox.admin.patch("/project/protocols/graphql", enabled=True).ok(200)
    sandbox.admin.patch("/project/protocols/rest", enabled=False).ok(200)
    assert data(sandbox.guest, "{localeGet{ip}}")
    sandbox.guest.get("/locale").fails(403, "general_api_disabled")
    sandbox.admin.patch("/project/services/locale", enabled=False).ok(200)
    answer = ask(sandbox.guest, "{localeGet{ip}}")
    assert answer["errors"][0]["extensions"] == {"type": "general_service_disabled", "code": 403}
    sandbox.admin.patch("/project/services/graphql", enabled=False).ok(200)
    sandbox.guest.post("/graphql", query="{localeGet{ip}}").fails(403, "general_service_disabled")


def test_rate_limits(
    sandbox: Sandbox, served: Callable[..., Api], within_a_window: None, within_a_minute: None
) -> None:
    """Requests are counted, and fields by the limits of their routes, which REST shares."""
    guest = served(sandbox.guest, options_abuse="enabled")
    tries = " ".join(
        f'a{n}:accountCreateEmailPasswordSession(email:"a@example.com",password:"wrong password"){{_id}}'
        for n in range(11)
    )
    answer = ask(guest, f"mutation{{{tries}}}")
    kinds = [error["extensions"]["type"] for error in answer["errors"]]
    assert kinds == ["user_invalid_credentials"] * 10 + ["general_rate_limit_exceeded"]
    session = {"email": "a@example.com", "password": "wrong password"}
    guest.post("/account/sessions/email", **session).fails(429, "general_rate_limit_exceeded")
    for _ in range(59):
        send(guest, '{"query":"{__typename}"}').ok(200)
    send(guest, '{"query":"{__typename}"}').fails(429, "general_rate_limit_exceeded")
