"""What the scenarios of signing in share: redeeming tokens, letting time pass, and seeing that nothing happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from tests.client import Answer, Api, Sandbox, User

_numbers = count(14155550000)


def mock_phone(sandbox: Sandbox, code: str = "246810") -> str:
    """The number of a new mock phone, which always has this code."""
    number = f"+{next(_numbers)}"
    sandbox.admin.post("/project/mock-phones", number=number, otp=code).ok(201)
    return number


def redeem(caller: Api, user_id: str, secret: str) -> Answer:
    """Try to sign in with a token."""
    return caller.post("/account/sessions/token", userId=user_id, secret=secret)


def signed_in(sandbox: Sandbox, answer: Answer, email: str = "") -> User:
    """The user whom an answer has given a session."""
    session = answer.ok(201)
    cookie = answer.headers["set-cookie"].partition(";")[0]
    return User(sandbox.guest.http, sandbox.guest.headers | {"Cookie": cookie}, session["userId"], email)


def let_tokens_expire(sandbox: Sandbox) -> None:
    """Let so much time pass that no token of the project is valid any more."""
    sandbox.guest.sql("UPDATE tokens SET expire = now() - interval '1 second' WHERE project_id = $1", sandbox.id)


def row(sandbox: Sandbox, user_id: str) -> dict[str, object]:
    """A user as it is kept."""
    (found,) = sandbox.guest.sql("SELECT * FROM users WHERE project_id = $1 AND id = $2", sandbox.id, user_id)
    return dict(found)


def kept(sandbox: Sandbox) -> dict[str, int]:
    """How much of what signing in makes there is in the project."""
    tables = ("users", "sessions", "tokens", "targets")
    counts = ", ".join(f"(SELECT count(*) FROM {table} WHERE project_id = $1) AS {table}" for table in tables)
    (found,) = sandbox.guest.sql(f"SELECT {counts}", sandbox.id)
    return dict(found)


@contextmanager
def nothing_happens(sandbox: Sandbox) -> Iterator[None]:
    """Insist that meanwhile nothing is recorded, and no row comes or goes."""
    before = kept(sandbox), sandbox.events(), sandbox.audits()
    yield
    assert (kept(sandbox), sandbox.events(), sandbox.audits()) == before


def is_recorded(sandbox: Sandbox, secret: str) -> bool:
    """Whether some event or audit of the project holds a secret."""
    return bool(
        sandbox.guest.sql(
            "SELECT 1 FROM outbox o WHERE project_id = $1 AND strpos(o::text, $2) > 0", sandbox.id, secret
        )
    )


def block(sandbox: Sandbox, user_id: str) -> None:
    """Block a user."""
    sandbox.guest.sql("UPDATE users SET status = false WHERE project_id = $1 AND id = $2", sandbox.id, user_id)


def policy(sandbox: Sandbox, policies: str) -> None:
    """Give the project policies, as JSON by their ids."""
    sandbox.guest.sql(
        "UPDATE projects SET policies = $2::text::jsonb, version = version + 1 WHERE id = $1", sandbox.id, policies
    )


def switch_off(sandbox: Sandbox, method: str) -> None:
    """Switch a way of signing in off."""
    sandbox.guest.sql(
        "UPDATE projects SET auth_methods = jsonb_build_object($2::text, false), version = version + 1 WHERE id = $1",
        sandbox.id, method,
    )  # fmt: skip


def limited_key(sandbox: Sandbox, *scopes: str) -> Api:
    """A server whose key has these scopes only."""
    made = sandbox.admin.post("/project/keys", keyId="unique()", name="Few", scopes=list(scopes)).ok(201)
    return sandbox.guest.as_(X_Appwrite_Key=made["secret"])


def identity(sandbox: Sandbox, user_id: str, email: str) -> None:
    """Let a user have signed in with an account elsewhere, under this address there."""
    sandbox.guest.sql(
        """INSERT INTO identities (project_id, id, user_id, provider, provider_uid, provider_email)
        VALUES ($1, $2, $3, 'github', $2, $4)""",
        sandbox.id, f"i{abs(hash(email))}", user_id, email,
    )  # fmt: skip
