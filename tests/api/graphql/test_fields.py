"""Fields are routes: what they take, what they answer, and what follows is what it is over REST."""

from __future__ import annotations

import json
from typing import Any

import pytest

from appwrite_py.services import all_services
from tests.api.graphql.tools import ask, collection, data, failure, refusal, refusals
from tests.client import PASSWORD, Sandbox

IN = 'databaseId:"d",collectionId:"c"'
CREATE = f"mutation($id:String!,$data:Json!){{databasesCreateDocument({IN},documentId:$id,data:$data){{_id data}}}}"


def test_a_document(sandbox: Sandbox) -> None:
    collection(sandbox)
    user, values = sandbox.user(), {"title": "Grüße / 🙂", "count": 2**53 + 1, "tags": ["a", "b"]}
    made = data(user, CREATE, id="x", data=values)["databasesCreateDocument"]
    assert (made["_id"], json.loads(made["data"])) == ("x", values)
    shown = "_id _sequence _createdAt _databaseId _permissions data"
    one = data(user, f'{{databasesGetDocument({IN},documentId:"x"){{{shown}}}}}')
    rest = user.get("/databases/d/collections/c/documents/x").ok(200)
    found = one["databasesGetDocument"]
    assert json.loads(found.pop("data")) == values
    assert found == {name: rest[name.replace("_", "$")] for name in shown.split()[:-1]}
    listed = data(user, f"{{databasesListDocuments({IN}){{total documents{{_id data}}}}}}")["databasesListDocuments"]
    assert (listed["total"], json.loads(listed["documents"][0]["data"])) == (1, values)


@pytest.mark.parametrize(
    ("written", "variables"),
    [
        ('{title: "t", count: 5, tags: ["a", "b"]}', {}),
        ('{title: $t, count: 5, tags: ["a", $b]}', {"t": "t", "b": "b"}),
        ('"{\\"title\\":\\"t\\",\\"count\\":5,\\"tags\\":[\\"a\\",\\"b\\"]}"', {}),
    ],
)
def test_forms_of_json(sandbox: Sandbox, written: str, variables: dict[str, Any]) -> None:
    """As a literal with variables in it, and as text; whole numbers stay whole."""
    collection(sandbox)
    declared = f"({','.join(f'${name}:String' for name in variables)})" if variables else ""
    query = f'mutation{declared}{{databasesCreateDocument({IN},documentId:"x",data:{written}){{data}}}}'
    made = data(sandbox.key, query, **variables)["databasesCreateDocument"]
    assert json.loads(made["data"]) == {"title": "t", "count": 5, "tags": ["a", "b"]}


@pytest.mark.parametrize(
    ("field", "named", "one", "place"),
    [
        ("databasesCreateDocuments", "documents", "databasesCreateDocument", IN),
        ("tablesDBCreateRows", "rows", "tablesDBCreateRow", 'databaseId:"d",tableId:"c"'),
    ],
)
def test_several_documents(sandbox: Sandbox, field: str, named: str, one: str, place: str) -> None:
    """A field of its own, though the route is that of a single one, which takes no others."""
    collection(sandbox)
    wanted = [{"$id": "x", "title": "X"}, {"$id": "y", "title": "Y"}]
    query = f"mutation($d:[Json!]!){{{field}({place},{named}:$d){{total {named}{{_id data}}}}}}"
    born = sandbox.events()
    assert failure(sandbox.user(), query, d=wanted) == (401, "general_unauthorized_scope")
    made = data(sandbox.key, query, d=wanted)[field]
    shown = [(each["_id"], json.loads(each["data"])["title"]) for each in made[named]]
    assert (made["total"], shown) == (2, [("x", "X"), ("y", "Y")])
    told = [name for name in sandbox.events()[len(born) :] if not name.startswith("users.")]
    assert len(told) == 2
    assert failure(sandbox.key, query, d=wanted) == (409, f"{named[:-1]}_already_exists")
    assert failure(sandbox.key, query, d=[{"title": ["no text"]}])[0] == 400
    alone = refusals(sandbox.key, f"mutation{{{one}({place},{named}:[]){{_id}}}}")
    assert f"Unknown argument '{named}'" in alone[0]
    assert len(alone) == 3  # it needs an id and data
    assert "required" in refusal(sandbox.key, query.replace(f",{named}:$d", "").replace("($d:[Json!]!)", ""))


@pytest.mark.parametrize(
    ("prefs", "stored"),
    [
        ("{a: 1}", {"a": 1}),
        ('"{\\"a\\":[1]}"', {"a": [1]}),
        ("{}", {}),
        ("{deep:{er:{still:[{x:1}]}}}", {"deep": {"er": {"still": [{"x": 1}]}}}),
    ],
)
def test_preferences(sandbox: Sandbox, prefs: str, stored: dict[str, Any]) -> None:
    user = sandbox.user()
    updated = data(user, f"mutation{{accountUpdatePrefs(prefs:{prefs}){{_id prefs{{data}}}}}}")["accountUpdatePrefs"]
    assert json.loads(updated["prefs"]["data"]) == stored
    assert json.loads(data(user, "{accountGetPrefs{data}}")["accountGetPrefs"]["data"]) == stored
    listed = data(sandbox.key, "{usersList{users{_id prefs{data} labels targets{identifier}}}}")["usersList"]["users"]
    assert [json.loads(one["prefs"]["data"]) for one in listed] == [stored]
    assert listed[0]["targets"] == [{"identifier": user.email}]


def test_preferences_whose_keys_look_like_ours(sandbox: Sandbox) -> None:
    user, prefs = sandbox.user(), {"$a": 1, "b": {"$id": "x", "$databaseId": "y"}}
    changed = data(user, "mutation($p:Assoc!){accountUpdatePrefs(prefs:$p){prefs{data}}}", p=prefs)
    assert json.loads(changed["accountUpdatePrefs"]["prefs"]["data"]) == prefs


@pytest.mark.parametrize(
    ("literal", "stored"),
    [
        (f"{{a:{2**64 - 1}}}", {"a": 2**64 - 1}),
        (f"{{a:{2**70}}}", {"a": float(2**70)}),  # as of JSON
        ("{a:$gone,b:[$gone]}", {"b": [None]}),
        ("{a:1e999}", None),
        (f"{{a:{'9' * 400}}}", None),
        (f"{{a:{'9' * 5000}}}", None),
        ('{a:"\\u0000"}', None),
        ('"{\\"a\\":\\"\\\\u0000\\"}"', None),
        ('"{\\"a\\":' + "[" * 40 + "]" * 40 + '}"', None),
    ],
    ids=["whole", "beyond", "absent", "infinite", "long", "longer", "nul", "nul in text", "deep text"],
)
def test_literals_are_what_json_can_hold(sandbox: Sandbox, literal: str, stored: dict[str, Any] | None) -> None:
    user = sandbox.user()
    query = f"mutation($gone:Int){{accountUpdatePrefs(prefs:{literal}){{_id}}}}"
    query = query if "$gone" in literal else query.replace("($gone:Int)", "")
    answer = ask(user, query)
    assert ("errors" in answer) == (stored is None)
    if stored is None:
        assert answer["errors"][0]["locations"]
    assert json.loads(data(user, "{accountGetPrefs{data}}")["accountGetPrefs"]["data"]) == (stored or {})


def test_preferences_that_are_none(sandbox: Sandbox) -> None:
    user = sandbox.user()
    assert "no JSON" in refusal(user, 'mutation{accountUpdatePrefs(prefs:"{"){_id}}')
    assert failure(user, "mutation{accountUpdatePrefs(prefs:[1]){_id}}") == (400, "general_argument_invalid")


def test_attributes(sandbox: Sandbox) -> None:
    """What may be one of several types is a union, and its numbers reach as far as PostgreSQL's."""
    collection(sandbox)
    sandbox.key.post("/databases/d/collections/c/attributes/email", key="mail", required=False).ok(202)
    sandbox.key.post("/databases/d/collections/c/attributes/enum", key="kind", required=False, elements=["a"]).ok(202)
    parts = "__typename ... on AttributeString{key size} ... on AttributeInteger{key min max}"
    parts += " ... on AttributeEnum{elements}"
    found = data(sandbox.key, f"{{databasesListAttributes({IN}){{total attributes{{{parts}}}}}}}")
    assert found["databasesListAttributes"] == {"total": 5, "attributes": [
        {"__typename": "AttributeString", "key": "title", "size": 100},
        {"__typename": "AttributeInteger", "key": "count", "min": -(2**63), "max": 2**63 - 1},
        {"__typename": "AttributeString", "key": "tags", "size": 20},
        {"__typename": "AttributeEmail"}, {"__typename": "AttributeEnum", "elements": ["a"]},
    ]}  # fmt: skip
    one = data(sandbox.key, f'{{databasesGetAttribute({IN},key:"count"){{key type min required}}}}')
    assert one["databasesGetAttribute"] == {"key": "count", "type": "integer", "min": -(2**63), "required": False}


def test_how_passwords_are_hashed(sandbox: Sandbox) -> None:
    sandbox.user()
    sandbox.key.post("/users/md5", userId="old", email="old@example.com", password="0" * 32).ok(201)
    options = "__typename ... on AlgoArgon2{memoryCost} ... on AlgoMd5{type}"
    listed = data(sandbox.key, f"{{usersList{{users{{hash hashOptions{{{options}}}}}}}}}")["usersList"]["users"]
    assert listed[0]["hashOptions"]["__typename"] == "AlgoArgon2"
    assert listed[0]["hashOptions"]["memoryCost"] > 1000
    assert listed[1]["hashOptions"] == {"__typename": "AlgoMd5", "type": "md5"}


# --- what follows ---------------------------------------------------------------------------------------------
def test_events_and_audits_are_those_of_rest(sandbox: Sandbox) -> None:
    collection(sandbox)
    rest, born = sandbox.key, sandbox.events()
    rest.post("/databases/d/collections/c/documents", documentId="x", data={"title": "t"}).ok(201)
    rest.delete("/databases/d/collections/c/documents/x").ok(204)
    told = sandbox.events()[len(born) :]
    data(sandbox.key, CREATE, id="x", data={"title": "t"})
    gone = data(sandbox.key, f'mutation{{databasesDeleteDocument({IN},documentId:"x"){{status}}}}')
    assert gone == {"databasesDeleteDocument": {"status": "OK"}}
    assert sandbox.events()[len(born) :] == told * 2
    assert len(told) == 2
    audits = sandbox.audits()
    assert audits[-4:-2] == audits[-2:]


def test_a_session_signs_a_browser_in(sandbox: Sandbox) -> None:
    user = sandbox.user()
    query = (
        "mutation($e:String!,$p:String!){accountCreateEmailPasswordSession(email:$e,password:$p){_id userId secret}}"
    )
    answer = sandbox.guest.post("/graphql", query=query, variables={"e": user.email, "p": PASSWORD})
    made = answer.ok(200)["data"]["accountCreateEmailPasswordSession"]
    assert (made["userId"], made["secret"]) == (user.id, "")
    cookies = answer.headers.get_list("set-cookie")
    names = {cookie.partition("=")[0] for cookie in cookies}
    assert (len(cookies), names) == (2, {f"a_session_{sandbox.id}_legacy", f"a_session_{sandbox.id}"})
    signed_in = sandbox.guest.as_(Cookie="; ".join(cookie.partition(";")[0] for cookie in cookies))
    assert data(signed_in, "{accountGet{_id}}") == {"accountGet": {"_id": user.id}}
    out = signed_in.post("/graphql", query='mutation{accountDeleteSession(sessionId:"current"){status}}')
    assert out.ok(200)["data"] == {"accountDeleteSession": {"status": "OK"}}
    assert failure(signed_in, "{accountGet{_id}}") == (401, "general_unauthorized_scope")


def test_a_presence_knows_that_it_came_by_graphql(sandbox: Sandbox) -> None:
    user = sandbox.user()
    query = 'mutation{presencesUpsert(presenceId:"here",status:"online"){_id source}}'
    assert data(user, query)["presencesUpsert"]["source"] == "graphql"


# --- several fields -------------------------------------------------------------------------------------------
def test_fields_stand_by_themselves(sandbox: Sandbox) -> None:
    """One that fails is null and told with its path; the others are answered."""
    answer = ask(sandbox.guest, "{a:accountGet{_id} localeGet{ip} b:teamsList{total}}")
    assert answer["data"] == {"a": None, "localeGet": {"ip": "0.0.0.0"}, "b": None}
    assert [error["path"] for error in answer["errors"]] == [["a"], ["b"]]
    assert answer["errors"][0]["locations"] == [{"line": 1, "column": 2}]
    rest = sandbox.guest.get("/account").fails(401, "general_unauthorized_scope")
    assert answer["errors"][0]["message"] == rest.json["message"]
    assert answer["errors"][0]["extensions"] == {"type": "general_unauthorized_scope", "code": 401}


def test_what_nobody_foresaw_is_told_without_details(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as an answer that its type does not fit."""

    async def broken(ctx: Any) -> Any:
        return ["secret"]

    route = next(route for service in all_services() for route in service.routes if route.path == "/v1/locale")
    monkeypatch.setattr(route, "handler", broken)
    answer = ask(sandbox.guest, "{localeGet{ip} localeListCountriesEU{total}}")
    assert answer["data"]["localeGet"] is None
    assert answer["data"]["localeListCountriesEU"]["total"] > 20
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]) == (["localeGet"], {"type": "general_server_error", "code": 500})
    assert "attribute" not in error["message"]


def test_changes_are_made_in_their_order(sandbox: Sandbox) -> None:
    """Each in a transaction of its own: what fails undoes nothing, and stops nothing."""
    collection(sandbox)
    create = f'databasesCreateDocument({IN},documentId:"x",data:{{count:1}}){{_id}}'
    add = f'databasesIncrementDocumentAttribute({IN},documentId:"x",attribute:"count"){{data}}'
    answer = ask(sandbox.key, f"mutation{{{create} a:{add} again:{create} b:{add}}}")
    assert [error["extensions"]["type"] for error in answer["errors"]] == ["document_already_exists"]
    assert json.loads(answer["data"]["b"]["data"])["count"] == 3
    assert answer["data"]["again"] is None


def test_who_may(sandbox: Sandbox) -> None:
    key = sandbox.admin.post("/project/keys", keyId="unique()", name="K", scopes=["teams.read"]).ok(201)["secret"]
    caller = sandbox.guest.as_(X_Appwrite_Key=key)
    answer = ask(caller, "{usersList{total} teamsList{total}}")
    assert answer["data"] == {"usersList": None, "teamsList": {"total": 0}}
    user = sandbox.user()
    sandbox.key.patch(f"/users/{user.id}/status", status=False).ok(200)
    user.post("/graphql", query="{accountGet{_id}}").fails(403, "user_blocked")
    assert data(sandbox.admin, "{usersList{total}}") == {"usersList": {"total": 1}}


def test_bad_arguments(sandbox: Sandbox) -> None:
    key = sandbox.key
    assert failure(key, 'mutation{teamsCreate(teamId:"no spaces",name:"T"){_id}}') == (400, "general_argument_invalid")
    assert failure(key, '{teamsGet(teamId:"a/../b"){_id}}') == (400, "general_argument_invalid")
    assert failure(key, '{teamsList(queries:["{"]){total}}') == (400, "general_argument_invalid")
    assert failure(key, 'mutation{teamsCreate(teamId:"t",name:"a\\u0000b"){_id}}')[0] == 400
    assert "required" in refusal(key, 'mutation{teamsCreate(teamId:"t"){_id}}')
    assert "Cannot query field" in refusal(key, "{nothing}")
    assert "must have a selection" in refusal(key, "{teamsList}")
    assert "cannot represent a non string" in refusal(key, "{teamsGet(teamId:5){_id}}")
    far = 'mutation{storageCreateBucket(bucketId:"b",name:"B",maximumFileSize:%s){_id}}'
    assert "Int cannot represent" in refusal(key, far % 2**63)
    assert failure(key, far % (2**63 - 1)) == (400, "general_argument_invalid")
    assert sandbox.events() == []
