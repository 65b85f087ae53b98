"""How tests talk to the server: callers (guest, user, key, console) that send requests and read what happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from starlette.testclient import TestClient

from appwrite_py.app import Resources
from appwrite_py.auth.scopes import PROJECT_SCOPES
from appwrite_py.data.pg import Connection
from appwrite_py.kit import ids
from tests import shapes

PASSWORD = "correct horse battery"
_NOTED: ContextVar[list[str] | None] = ContextVar("_NOTED", default=None)
"""Where the statements of a request are noted. What the server does by itself does not inherit it from the test."""


class Answer:
    """An answer; `json` is its body, `type` the error's type."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status_code
        self.headers = response.headers
        self.content: bytes = response.content
        is_json = bool(response.content) and "json" in response.headers.get("content-type", "")
        self.json: Any = response.json() if is_json else None

    @property
    def type(self) -> str:
        return self.json.get("type", "") if isinstance(self.json, dict) else ""

    def ok(self, status: int | None = None) -> Any:
        """The body of an answer that must be a success."""
        assert self.status == status if status else self.status < 300, f"{self.status}: {self.content[:500]!r}"
        return self.json

    def fails(self, status: int, type_: str) -> Answer:
        """Insist on an error."""
        assert (self.status, self.type) == (status, type_), f"{self.status}: {self.content[:500]!r}"
        assert self.json.keys() >= {"message", "code", "type", "version"}
        assert self.json["code"] == status
        return self

    def __repr__(self) -> str:
        return f"<{self.status} {self.content[:300]!r}>"


@dataclass
class Api:
    """One caller: the headers it always sends."""

    http: TestClient
    headers: dict[str, str] = field(default_factory=dict)

    def as_(self, **headers: str) -> Api:
        """The same with more headers; `_` in a name stands for `-`."""
        return Api(self.http, self.headers | {name.replace("_", "-"): value for name, value in headers.items()})

    def send(self, method: str, path: str, *, headers: dict[str, Any] | None = None, **more: Any) -> Answer:
        self.http.cookies.clear()
        response = self.http.request(method, "/v1" + path, headers=self.headers | (headers or {}),
                                     follow_redirects=False, **more)  # fmt: skip
        self.http.cookies.clear()
        shapes.check(self.http.app, method, "/v1" + path, self.headers | (headers or {}), response)
        return Answer(response)

    def get(self, path: str, queries: list[str] | None = None, **params: Any) -> Answer:
        query = [(name, str(value).lower() if isinstance(value, bool) else value) for name, value in params.items()]
        query += [("queries[]", text) for text in queries or ()]
        return self.send("GET", path, params=query)

    def post(self, path: str, **body: Any) -> Answer:
        return self.send("POST", path, json=body)

    def put(self, path: str, **body: Any) -> Answer:
        return self.send("PUT", path, json=body)

    def patch(self, path: str, **body: Any) -> Answer:
        return self.send("PATCH", path, json=body)

    def delete(self, path: str, **body: Any) -> Answer:
        return self.send("DELETE", path, json=body)

    @property
    def resources(self) -> Resources:
        """The server's insides, for what no request shows."""
        return self.http.app.state.resources  # type: ignore[attr-defined,no-any-return]

    def sql(self, statement: str, *args: Any) -> list[Any]:
        """Rows straight from the database."""
        assert self.http.portal is not None
        return self.http.portal.call(partial(self.resources.pool.fetch, statement, *args))


@dataclass
class Console:
    """A console user who owns an organization."""

    api: Api
    user: dict[str, Any]
    caller: Api
    team_id: str

    @staticmethod
    def sign_up(api: Api) -> Console:
        guest = api.as_(X_Appwrite_Project="console")
        email = f"{ids.unique()}@example.com"
        user = guest.post("/account", userId="unique()", email=email, password=PASSWORD, name="Owner").ok(201)
        cookie = sign_in(guest, email)
        caller = guest.as_(Cookie=cookie)
        team = caller.post("/teams", teamId="unique()", name="Organization").ok(201)
        return Console(api, user, caller, team["$id"])

    def of(self, project_id: str) -> Api:
        """This user at work in a project, as the console does it."""
        return self.caller.as_(X_Appwrite_Project=project_id, X_Appwrite_Mode="admin")

    @property
    def organization(self) -> Api:
        return self.caller.as_(X_Appwrite_Organization=self.team_id)


def sign_in(caller: Api, email: str, password: str = PASSWORD) -> str:
    """The `Cookie` header of a new e-mail session."""
    answer = caller.post("/account/sessions/email", email=email, password=password)
    answer.ok(201)
    return answer.headers["set-cookie"].partition(";")[0]


@dataclass
class Sandbox:
    """A project of its own: `guest`, `key` (all scopes), `admin` (its owner in the console), and `user()`s."""

    console: Console
    id: str
    guest: Api
    key: Api
    admin: Api
    born: int = 0

    @staticmethod
    def create(console: Console) -> Sandbox:
        project_id = "p" + ids.unique()[:18]
        console.organization.post("/organization/projects", projectId=project_id, name="Sandbox").ok(201)
        admin = console.of(project_id)
        scopes = [scope.name for scope in PROJECT_SCOPES]
        key = admin.post("/project/keys", keyId="unique()", name="All", scopes=scopes).ok(201)
        guest = console.api.as_(X_Appwrite_Project=project_id)
        born = guest.sql("SELECT coalesce(max(number), 0) AS number FROM outbox")[0]["number"]
        return Sandbox(console, project_id, guest, guest.as_(X_Appwrite_Key=key["secret"]), admin, born)

    def user(self, name: str = "User") -> User:
        """A new user, signed in."""
        email = f"{ids.unique()}@example.com"
        made = self.guest.post("/account", userId="unique()", email=email, password=PASSWORD, name=name).ok(201)
        cookie = sign_in(self.guest, email)
        return User(self.guest.http, self.guest.headers | {"Cookie": cookie}, made["$id"], email)

    def events(self, since: int = 0) -> list[str]:
        """Names of the events that were recorded since the sandbox was made, oldest first."""
        rows = self.guest.sql(
            "SELECT event FROM outbox WHERE project_id = $1 AND number > $2 AND event <> '' ORDER BY number",
            self.id,
            max(since, self.born),
        )
        return [row["event"] for row in rows]

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The statements that requests send to PostgreSQL meanwhile, but for what goes on beside them."""
        seen: list[str] = []
        fetch = Connection.fetch

        async def noted(connection: Connection, sql: str, args: Any) -> Any:
            if _NOTED.get() is seen and "pg_notify" not in sql:
                seen.append(sql)
            return await fetch(connection, sql, args)

        Connection.fetch = noted  # type: ignore[method-assign]
        token = _NOTED.set(seen)
        try:
            yield seen
        finally:
            _NOTED.reset(token)
            Connection.fetch = fetch  # type: ignore[method-assign]

    def audits(self) -> list[tuple[str, str]]:
        """(audit event, resource) of what was audited since the sandbox was made, oldest first."""
        rows = self.guest.sql(
            "SELECT audit, resource FROM outbox WHERE project_id = $1 AND number > $2 AND audit <> '' ORDER BY number",
            self.id,
            self.born,
        )
        return [(row["audit"], row["resource"]) for row in rows]


@dataclass
class User(Api):
    """A signed-in user of a sandbox."""

    id: str = ""
    email: str = ""
