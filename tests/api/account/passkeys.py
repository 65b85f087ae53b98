"""What the tests of passkeys share: pages that call, and the two ceremonies from beginning to end."""

from __future__ import annotations

from typing import Any

from tests.authenticator import Device
from tests.client import Answer, Api, Sandbox, User

INVALID = (401, "user_passkey_invalid")
SPENT = (401, "user_invalid_token")


def page(caller: Api, device: Device) -> Api:
    """The caller as a page of the device's origin."""
    return caller.as_(Origin=device.origin)


def register(user: User, device: Device, name: str = "Laptop") -> dict[str, Any]:
    """Add a passkey."""
    here = page(user, device)
    begun = here.post("/account/passkeys", name=name).ok(201)
    return finish(here, begun, device.create(begun["publicKey"])).ok(200)  # type: ignore[no-any-return]


def finish(here: Api, begun: dict[str, Any], credential: dict[str, Any]) -> Answer:
    return here.put(f"/account/passkeys/{begun['passkeyId']}/verification", credential=credential)


def begin(sandbox: Sandbox, device: Device) -> dict[str, Any]:
    return page(sandbox.guest, device).post("/account/tokens/passkey").ok(201)  # type: ignore[no-any-return]


def prove(sandbox: Sandbox, device: Device, begun: dict[str, Any] | None = None, **lies: Any) -> Answer:
    """Ask for a token with a passkey of the device."""
    begun = begun or begin(sandbox, device)
    return send(sandbox, device, begun, device.get(begun["publicKey"], **lies))


def send(sandbox: Sandbox, device: Device, begun: dict[str, Any], credential: dict[str, Any]) -> Answer:
    return page(sandbox.guest, device).put("/account/tokens/passkey", challengeId=begun["$id"], credential=credential)


def sign_in(sandbox: Sandbox, device: Device) -> Answer:
    """Sign in with a passkey of the device."""
    return exchange(sandbox, prove(sandbox, device).ok(201))


def exchange(sandbox: Sandbox, token: dict[str, Any]) -> Answer:
    return sandbox.guest.post("/account/sessions/token", userId=token["userId"], secret=token["secret"])


def signed_in(sandbox: Sandbox, answer: Answer, user: User) -> User:
    """The caller that a sign-in has made."""
    answer.ok(201)
    headers = sandbox.guest.headers | {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
    return User(user.http, headers, user.id, user.email)


def age(user: User, minutes: int) -> None:
    """Let the user's sessions have begun earlier."""
    user.sql(
        "UPDATE sessions SET created_at = created_at - make_interval(mins => $2) WHERE user_id = $1", user.id, minutes
    )
