"""What an execution is called with: by whom, with which headers and body. It is kept sealed until that runs."""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

import orjson

from appwrite_py.auth import chains
from appwrite_py.auth.caller import Caller
from appwrite_py.auth.secrets import Tokens
from appwrite_py.compute.executions import Key
from appwrite_py.compute.executors.base import Headers
from appwrite_py.data.pg import Record
from appwrite_py.http.answers import API_VERSION
from appwrite_py.http.context import Ctx
from appwrite_py.kit import continents, geo
from appwrite_py.kit.crypto import Vault

_KEY_OUTLIVES = timedelta(seconds=60)
"""How long the key of an execution, and the JWT of its user, are good after its time is over."""
_NOWHERE = [("x-appwrite-country-code", ""), ("x-appwrite-continent-code", ""), ("x-appwrite-continent-eu", "false")]
EVENT_HEADERS: Headers = [("user-agent", f"Appwrite/{API_VERSION}"), ("content-type", "application/json")]


@dataclass(slots=True, frozen=True)
class Asked:
    """What is asked of a function."""

    method: str = "POST"
    path: str = "/"
    headers: Headers = field(default_factory=list)
    """Names in lower case."""
    body: bytes = b""
    user_id: str = ""
    """The user who asks, or whose doing the event was."""
    session_id: str | None = None
    """What the user's JWT stands on: a session, the server's word (empty), or None for no JWT."""
    event: str = ""
    links: int = 0
    """The place in a chain of events (`auth/chains.py`)."""
    depth: int = 0
    """How many executions wait for this one."""

    @property
    def target(self) -> str:
        """The path as the function sees it, with its query."""
        return self.path if self.path.startswith("/") else f"/{self.path}"

    def sealed(self, vault: Vault, key: Key) -> bytes:
        """Encrypted, for this execution only, which nobody waits for."""
        fields = asdict(self) | {"body": base64.b64encode(self.body).decode(), "depth": 0}
        return vault.seal(orjson.dumps(fields).decode(), _bound_to(key))

    @staticmethod
    def opened(row: Record, vault: Vault) -> Asked:
        """What an execution was entered with."""
        key = (row["project_id"], row["function_id"], row["id"])
        fields = orjson.loads(vault.open(row["call_sealed"], _bound_to(key)))
        headers = [(name, value) for name, value in fields["headers"]]
        return Asked(**fields | {"headers": headers, "body": base64.b64decode(fields["body"])})


def _bound_to(key: Key) -> str:
    return "execution:" + "/".join(key)


def asked_by(ctx: Ctx, method: str, path: str, headers: dict[str, str], body: bytes, *, later: bool) -> Asked:
    """What the request asks. A user's session may be over by the time of what is run `later`."""
    caller = ctx.caller
    user_id = caller.user.id if caller.kind == "user" and caller.user is not None else ""
    session = caller.session if caller.kind == "user" else None
    session_id = session.id if session else None
    return Asked(
        method, path, [*((name.lower(), text) for name, text in headers.items()), *place_of(ctx.request.ip)], body,
        user_id, "" if later and user_id and session_id is not None else session_id, links=links_of(caller),
        depth=caller.depth,
    )  # fmt: skip


def links_of(caller: Caller) -> int:
    """The place of what a caller does in a chain of events."""
    return chains.links_of(caller.kind, caller.id)


def place_of(ip: str) -> Headers:
    """The headers that tell where a caller is."""
    country = geo.country_of(ip)
    if country == geo.UNKNOWN:
        return [("x-appwrite-client-ip", ip), *_NOWHERE]
    code = country.upper()
    return [
        ("x-appwrite-client-ip", ip),
        ("x-appwrite-country-code", code),
        ("x-appwrite-continent-code", continents.CONTINENT_OF.get(code, "")),
        ("x-appwrite-continent-eu", "true" if code in continents.EU else "false"),
    ]


def headers_of(asked: Asked, tokens: Tokens, function: Record, row_id: str, trigger: str, now: datetime) -> Headers:
    """The headers that the function gets: those that it is called with, and the server's own, which win."""
    project_id = function["project_id"]
    expire = now + timedelta(seconds=function["timeout"]) + _KEY_OUTLIVES
    key_id, scopes, depth = chains.key_id(row_id, asked.links), list(function["scopes"]), asked.depth + 1
    jwt = ""
    if asked.user_id and asked.session_id is not None:
        jwt = tokens.user(project_id, asked.user_id, asked.session_id, expire, depth=depth)
    own = {
        "x-appwrite-trigger": trigger,
        "x-appwrite-event": asked.event,
        "x-appwrite-execution-id": row_id,
        "x-appwrite-key": tokens.ephemeral_key(project_id, scopes, expire, key_id=key_id, depth=depth),
        "x-appwrite-user-id": asked.user_id,
        "x-appwrite-user-jwt": jwt,
    }
    given = dict(_NOWHERE) | dict(asked.headers)
    if not asked.user_id:  # a visitor of a domain may bring one, for the function to find out whose it is
        own["x-appwrite-user-jwt"] = given.get("x-appwrite-user-jwt", "")
    return list((given | own).items())
