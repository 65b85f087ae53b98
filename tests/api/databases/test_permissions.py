"""Who may do what with documents, and what each caller sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.api.databases.tools import DOCUMENTS, MAIN, NOTES, ROWS, create, find, make_notes, q, recorded
from tests.client import Api, Sandbox, User

ATTRIBUTES = [{"key": "text", "type": "string", "size": 50}]


def make(sandbox: Sandbox, *permissions: str, documents: bool = False) -> None:
    make_notes(sandbox, attributes=ATTRIBUTES, permissions=list(permissions), documentSecurity=documents)


def change(caller: Api, document_id: str = "one") -> Any:
    return caller.patch(f"{DOCUMENTS}/{document_id}", data={"text": "changed"})


@dataclass
class People:
    ada: User
    bob: User
    guest: Api

    @staticmethod
    def of(sandbox: Sandbox) -> People:
        return People(sandbox.user("Ada"), sandbox.user("Bob"), sandbox.guest)


# --- permissions of collections -------------------------------------------------------------------------------------
def test_without_any_permission(sandbox: Sandbox) -> None:
    make(sandbox)
    create(sandbox.key, "one", text="a").ok(201)
    people = People.of(sandbox)
    before = recorded(sandbox)
    for caller in (people.ada, people.guest):
        create(caller, text="b").fails(401, "user_unauthorized")
        caller.get(DOCUMENTS).fails(401, "user_unauthorized")
        caller.get(f"{DOCUMENTS}/one").fails(404, "document_not_found")
        change(caller).fails(401, "user_unauthorized")
        caller.put(f"{DOCUMENTS}/one", data={"text": "b"}).fails(401, "user_unauthorized")
        caller.put(f"{DOCUMENTS}/two", data={"text": "b"}).fails(401, "user_unauthorized")
        caller.delete(f"{DOCUMENTS}/one").fails(401, "user_unauthorized")
        change(caller, "none").fails(404, "document_not_found")
        caller.delete(f"{DOCUMENTS}/none").fails(404, "document_not_found")
    assert recorded(sandbox) == before
    assert sandbox.admin.get(f"{DOCUMENTS}/one").ok()["text"] == "a"
    assert find(sandbox.admin) == ["one"]


@pytest.mark.parametrize("granted", ["create", "read", "update", "delete"])
def test_each_action_by_itself(sandbox: Sandbox, granted: str) -> None:
    make(sandbox, f'{granted}("any")')
    create(sandbox.key, "one", text="a").ok(201)
    ada = sandbox.user()
    outcome = {
        "create": create(ada, "two", text="b").status == 201,
        "read": ada.get(f"{DOCUMENTS}/one").status == 200,
        "update": change(ada).status == 200,
        "delete": ada.delete(f"{DOCUMENTS}/one").status == 204,
    }
    assert outcome == {action: action == granted for action in outcome}


def test_update_does_not_need_read(sandbox: Sandbox) -> None:
    make(sandbox, 'update("users")')
    create(sandbox.key, "one", text="a").ok(201)
    ada = sandbox.user()
    assert change(ada).ok(200)["text"] == "changed"
    ada.get(f"{DOCUMENTS}/one").fails(404, "document_not_found")


def test_upsert_needs_create_or_update(sandbox: Sandbox) -> None:
    make(sandbox, 'create("users")')
    ada = sandbox.user()
    ada.put(f"{DOCUMENTS}/one", data={"text": "a"}).ok(201)
    ada.put(f"{DOCUMENTS}/one", data={"text": "b"}).fails(401, "user_unauthorized")
    sandbox.key.put(NOTES, permissions=['update("users")']).ok(200)
    ada.put(f"{DOCUMENTS}/one", data={"text": "b"}).ok(201)
    ada.put(f"{DOCUMENTS}/two", data={"text": "b"}).fails(401, "user_unauthorized")
    assert find(sandbox.key) == ["one"]


@pytest.mark.parametrize(
    ("role", "ada", "guest"),
    [("any", True, True), ("users", True, False), ("guests", False, True), ("users/unverified", True, False),
     ("users/verified", False, False), ("label:vip", False, False), ("team:none", False, False)],
)  # fmt: skip
def test_roles_of_everybody(sandbox: Sandbox, role: str, ada: bool, guest: bool) -> None:
    make(sandbox, f'read("{role}")')
    create(sandbox.key, "one", text="a").ok(201)
    people = People.of(sandbox)
    for caller, may in ((people.ada, ada), (people.guest, guest)):
        assert caller.get(f"{DOCUMENTS}/one").status == (200 if may else 404)
        assert caller.get(DOCUMENTS).status == (200 if may else 401)


def test_roles_of_one_user(sandbox: Sandbox) -> None:
    people = People.of(sandbox)
    make(sandbox, f'read("user:{people.ada.id}")', f'update("user:{people.bob.id}/unverified")',
         f'delete("user:{people.bob.id}/verified")')  # fmt: skip
    create(sandbox.key, "one", text="a").ok(201)
    assert find(people.ada) == ["one"]
    people.bob.get(DOCUMENTS).fails(401, "user_unauthorized")
    change(people.ada).fails(401, "user_unauthorized")
    change(people.bob).ok(200)
    people.bob.delete(f"{DOCUMENTS}/one").fails(401, "user_unauthorized")
    sandbox.guest.sql("UPDATE users SET email_verification = true WHERE id = $1", people.bob.id)
    change(people.bob).fails(401, "user_unauthorized")
    people.bob.delete(f"{DOCUMENTS}/one").ok(204)


def test_teams_and_members(sandbox: Sandbox) -> None:
    ada, bob, eve = (sandbox.user(name) for name in ("Ada", "Bob", "Eve"))
    ada.post("/teams", teamId="crew", name="Crew").ok(201)
    member = sandbox.key.post("/teams/crew/memberships", userId=bob.id, roles=["sailor"]).ok(201)
    make(sandbox, 'read("team:crew")', 'update("team:crew/sailor")', 'delete("team:crew/owner")',
         f'create("member:{member["$id"]}")')  # fmt: skip
    create(bob, "one", permissions=[], text="a").ok(201)
    create(ada, "two", permissions=[], text="a").fails(401, "user_unauthorized")
    assert find(ada) == find(bob) == ["one"]
    eve.get(DOCUMENTS).fails(401, "user_unauthorized")
    change(bob).ok(200)
    change(ada).fails(401, "user_unauthorized")
    bob.delete(f"{DOCUMENTS}/one").fails(401, "user_unauthorized")
    sandbox.key.delete(f"/teams/crew/memberships/{member['$id']}").ok(204)
    bob.get(DOCUMENTS).fails(401, "user_unauthorized")
    ada.delete(f"{DOCUMENTS}/one").ok(204)


def test_labels(sandbox: Sandbox) -> None:
    make(sandbox, 'read("label:vip")')
    create(sandbox.key, "one", text="a").ok(201)
    ada = sandbox.user()
    ada.get(DOCUMENTS).fails(401, "user_unauthorized")
    sandbox.guest.sql("UPDATE users SET labels = '{vip}' WHERE id = $1", ada.id)
    assert find(ada) == ["one"]


def test_changed_permissions_count_at_once(sandbox: Sandbox) -> None:
    make(sandbox, 'read("any")')
    create(sandbox.key, "one", text="a").ok(201)
    ada = sandbox.user()
    assert find(ada) == ["one"]
    sandbox.key.put(NOTES, permissions=['read("guests")']).ok(200)
    ada.get(f"{DOCUMENTS}/one").fails(404, "document_not_found")
    assert find(sandbox.guest) == ["one"]


# --- permissions of documents ---------------------------------------------------------------------------------------
def test_documents_own_permissions_count_only_if_the_collection_says_so(sandbox: Sandbox) -> None:
    make(sandbox)
    everything = ['read("any")', 'write("any")']
    create(sandbox.key, "one", permissions=everything, text="a").ok(201)
    people = People.of(sandbox)
    before = recorded(sandbox)
    people.ada.get(f"{DOCUMENTS}/one").fails(404, "document_not_found")
    people.ada.get(DOCUMENTS).fails(401, "user_unauthorized")
    change(people.ada).fails(401, "user_unauthorized")
    people.guest.delete(f"{DOCUMENTS}/one").fails(401, "user_unauthorized")
    assert recorded(sandbox) == before
    (row,) = sandbox.guest.sql(
        "SELECT roles FROM outbox WHERE project_id = $1 AND event LIKE '%one.create'", sandbox.id
    )
    assert row["roles"] == []
    sandbox.key.put(NOTES, documentSecurity=True).ok(200)
    assert people.guest.get(f"{DOCUMENTS}/one").ok()["$permissions"] == [
        'read("any")', 'update("any")', 'delete("any")'
    ]  # fmt: skip
    change(people.ada).ok(200)
    rows = sandbox.guest.sql("SELECT roles FROM outbox WHERE project_id = $1 AND event LIKE '%one.update'", sandbox.id)
    assert [row["roles"] for row in rows] == [["any"]]
    people.guest.delete(f"{DOCUMENTS}/one").ok(204)


def test_what_each_caller_sees(sandbox: Sandbox) -> None:
    make(sandbox, documents=True)
    people = People.of(sandbox)
    for name, role in (("all", "any"), ("ada", f"user:{people.ada.id}"), ("bob", f"user:{people.bob.id}"),
                       ("guests", "guests"), ("users", "users")):  # fmt: skip
        create(sandbox.key, name, permissions=[f'read("{role}")'], text="a").ok(201)
    create(sandbox.key, "nobody", permissions=[], text="a").ok(201)
    create(sandbox.key, "writers", permissions=['update("any")', 'delete("any")'], text="a").ok(201)
    assert find(people.ada) == ["all", "ada", "users"]
    assert find(people.bob) == ["all", "bob", "users"]
    assert find(people.guest) == ["all", "guests"]
    assert len(find(sandbox.key)) == len(find(sandbox.admin)) == 7
    assert people.ada.get(DOCUMENTS, [q("limit", "", 1)]).ok()["total"] == 3
    assert people.ada.get(DOCUMENTS, [q("offset", "", 9)]).ok() == {"total": 3, "documents": []}
    assert find(people.ada, q("cursorAfter", "", "all")) == ["ada", "users"]
    people.ada.get(DOCUMENTS, [q("cursorAfter", "", "bob")]).fails(400, "general_cursor_not_found")
    people.ada.get(f"{DOCUMENTS}/bob").fails(404, "document_not_found")
    people.ada.get(f"{DOCUMENTS}/bob", [q("select", "", "text")]).fails(404, "document_not_found")
    change(people.ada, "bob").fails(401, "user_unauthorized")
    assert change(people.ada, "writers").ok(200)["text"] == "changed"
    people.guest.delete(f"{DOCUMENTS}/writers").ok(204)


def test_collection_and_document_permissions_add_up(sandbox: Sandbox) -> None:
    make(sandbox, 'read("users")', documents=True)
    create(sandbox.key, "one", permissions=['read("guests")'], text="a").ok(201)
    create(sandbox.key, "two", permissions=[], text="a").ok(201)
    assert find(sandbox.user()) == ["one", "two"]
    assert find(sandbox.guest) == ["one"]
    sandbox.guest.get(f"{DOCUMENTS}/two").fails(404, "document_not_found")


@pytest.mark.parametrize("granted", ["read", "update", "delete"])
def test_each_action_of_a_document_by_itself(sandbox: Sandbox, granted: str) -> None:
    make(sandbox, documents=True)
    create(sandbox.key, "one", permissions=[f'{granted}("any")'], text="a").ok(201)
    outcome = {
        "read": sandbox.guest.get(f"{DOCUMENTS}/one").status == 200,
        "update": change(sandbox.guest).status == 200,
        "delete": sandbox.guest.delete(f"{DOCUMENTS}/one").status == 204,
    }
    assert outcome == {action: action == granted for action in outcome}


def test_default_permissions(sandbox: Sandbox) -> None:
    make(sandbox, 'create("any")', documents=True)
    people = People.of(sandbox)
    own = [f'{action}("user:{people.ada.id}")' for action in ("read", "update", "delete")]
    assert create(people.ada, "ada", text="a").ok(201)["$permissions"] == own
    assert people.ada.put(f"{DOCUMENTS}/put", data={"text": "a"}).ok(201)["$permissions"] == own
    assert create(people.ada, "none", permissions=[], text="a").ok(201)["$permissions"] == []
    assert create(people.guest, "guest", text="a").ok(201)["$permissions"] == []
    assert create(sandbox.key, "key", text="a").ok(201)["$permissions"] == []
    assert create(sandbox.admin, "admin", text="a").ok(201)["$permissions"] == []
    assert find(people.ada) == ["ada", "put"]
    assert find(people.bob) == []
    assert change(people.ada, "ada").ok(200)["$permissions"] == own
    people.ada.delete(f"{DOCUMENTS}/ada").ok(204)
    change(people.bob, "put").fails(401, "user_unauthorized")


def test_permissions_can_only_be_granted_to_roles_one_holds(sandbox: Sandbox) -> None:
    make(sandbox, 'create("any")', 'read("any")', 'update("any")', documents=True)
    people = People.of(sandbox)
    before = recorded(sandbox)
    refused = (f'read("user:{people.bob.id}")', 'read("guests")', 'update("team:x")', 'read("label:vip")',
               'write("users/verified")', f'read("user:{people.ada.id}/verified")', 'delete("member:m")')  # fmt: skip
    for permission in refused:
        create(people.ada, permissions=[permission], text="a").fails(401, "user_unauthorized")
    create(people.guest, permissions=['read("users")'], text="a").fails(401, "user_unauthorized")
    assert recorded(sandbox) == before
    mine = [f'read("user:{people.ada.id}")', 'read("any")', 'update("users")', 'delete("users/unverified")']
    assert create(people.ada, "one", permissions=mine, text="a").ok(201)["$permissions"] == mine
    assert create(people.guest, "two", permissions=['read("guests")'], text="a").ok(201)
    before = recorded(sandbox)
    for permission in refused:
        people.ada.patch(f"{DOCUMENTS}/one", permissions=[permission]).fails(401, "user_unauthorized")
        people.ada.put(f"{DOCUMENTS}/one", data={"text": "b"}, permissions=[permission]).fails(401, "user_unauthorized")
    assert recorded(sandbox) == before
    assert create(sandbox.key, "three", permissions=list(refused), text="a").ok(201)["$permissions"][:2] == list(
        refused[:2]
    )


def test_order_and_repetition_of_permissions(sandbox: Sandbox) -> None:
    make(sandbox)
    given = ['delete("any")', 'write("users")', 'read("any")', 'delete("any")', 'update("users")']
    made = create(sandbox.key, "one", permissions=given, text="a").ok(201)
    assert made["$permissions"] == ['delete("any")', 'update("users")', 'delete("users")', 'read("any")']
    assert sandbox.key.get(f"{DOCUMENTS}/one").ok() == made


# --- what is switched off -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "error"), [("/databases/main", "database_not_found"), (NOTES, "collection_not_found")]
)
def test_switched_off(sandbox: Sandbox, path: str, error: str) -> None:
    make(sandbox, 'read("any")', 'write("any")')
    create(sandbox.key, "one", text="a").ok(201)
    ada = sandbox.user()
    assert find(ada) == ["one"]
    sandbox.key.put(path, name="Off", enabled=False, permissions=None).ok(200)
    before = recorded(sandbox)
    for caller in (ada, sandbox.guest):
        caller.get(DOCUMENTS).fails(404, error)
        caller.get(f"{DOCUMENTS}/one").fails(404, error)
        create(caller, text="b").fails(404, error)
        change(caller).fails(404, error)
        caller.put(f"{DOCUMENTS}/two", data={"text": "b"}).fails(404, error)
        caller.delete(f"{DOCUMENTS}/one").fails(404, error)
    ada.get(ROWS).fails(404, error.replace("collection", "table"))
    assert recorded(sandbox) == before
    assert find(sandbox.key) == find(sandbox.admin) == ["one"]
    change(sandbox.key).ok(200)
    sandbox.key.put(path, name="On", enabled=True).ok(200)
    assert find(ada) == ["one"]


# --- scopes ---------------------------------------------------------------------------------------------------------
def test_keys_without_the_scope(sandbox: Sandbox) -> None:
    make(sandbox, 'read("any")', 'write("any")')
    create(sandbox.key, "one", text="a").ok(201)

    def key(*scopes: str) -> Api:
        made = sandbox.admin.post("/project/keys", keyId="unique()", name="K", scopes=list(scopes)).ok(201)
        return sandbox.guest.as_(X_Appwrite_Key=made["secret"])

    reader, rows, other = key("documents.read"), key("rows.write"), key("databases.write", "collections.read")
    before = recorded(sandbox)
    assert find(reader) == ["one"]
    assert reader.get(f"{ROWS}/one").ok()["$id"] == "one"
    create(reader, text="a").fails(401, "general_unauthorized_scope")
    other.get(DOCUMENTS).fails(401, "general_unauthorized_scope")
    create(rows, text="a").fails(401, "general_unauthorized_scope")
    assert recorded(sandbox) == before
    rows.post(ROWS, rowId="two", data={"text": "a"}).ok(201)


def test_keys_and_users_of_other_projects(sandbox: Sandbox) -> None:
    make(sandbox, 'read("users")')
    other = Sandbox.create(sandbox.console)
    stranger = Api(other.guest.http, other.user().headers | {"X-Appwrite-Project": sandbox.id})
    stranger.get(DOCUMENTS).fails(401, "user_unauthorized")
    foreign = other.key.as_(X_Appwrite_Project=sandbox.id)
    assert foreign.get(DOCUMENTS).status == 401
    assert foreign.get(f"{MAIN}/collections").status == 401
