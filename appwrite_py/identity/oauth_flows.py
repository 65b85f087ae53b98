"""Sign-ins at OAuth2 providers that have begun. The id of one is the `state`, which comes back once and in time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import orjson

from appwrite_py.data.pg import Record, Work
from appwrite_py.kit.crypto import Vault

LIFE = timedelta(minutes=10)
Kind = Literal["session", "token"]

_INSERT = """
INSERT INTO oauth_flows (project_id, id, provider, kind, success, failure, user_id, browser, secrets_sealed, expire)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"""
# take_flow: whoever deletes the row goes on with it
_TAKE = "DELETE FROM oauth_flows WHERE project_id = $1 AND id = $2 AND provider = $3 AND expire > $4 RETURNING *"


class Begun(NamedTuple):
    """What is kept of a sign-in that begins.

    `success` and `failure` are empty for the server's own pages. `user_id`: who is signed in and wants to be linked.
    `browser`: the hash of the cookie that names the browser it begins in. `callback`: what the provider was given.
    """

    state: str
    provider: str
    kind: Kind
    success: str
    failure: str
    user_id: str | None
    browser: str
    callback: str
    verifier: str
    nonce: str


async def begin(work: Work, vault: Vault, project_id: str, begun: Begun, now: datetime) -> None:
    """Keep a sign-in until it comes back."""
    secrets = orjson.dumps([begun.callback, begun.verifier, begun.nonce]).decode()
    await work.write(
        _INSERT, project_id, begun.state, begun.provider, begun.kind, begun.success, begun.failure, begun.user_id,
        begun.browser, vault.seal(secrets, _bound_to(project_id, begun.state)), now + LIFE,
    )  # fmt: skip


async def take(work: Work, vault: Vault, project_id: str, provider: str, state: str, now: datetime) -> Begun | None:
    """The sign-in that this state names, which nobody else gets; None if there is none, or its time is over."""
    rows = await work.write(_TAKE, project_id, state, provider, now)
    return _read(rows[0], vault) if rows else None


def _read(row: Record, vault: Vault) -> Begun:
    secrets = orjson.loads(vault.open(row["secrets_sealed"], _bound_to(row["project_id"], row["id"])))
    return Begun(
        row["id"], row["provider"], row["kind"], row["success"], row["failure"], row["user_id"], row["browser"],
        *secrets,
    )  # fmt: skip


def _bound_to(project_id: str, state: str) -> str:
    return f"flow:{project_id}/{state}"
