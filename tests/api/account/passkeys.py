"""What the tests of passkeys share: pages that call, and the two ceremonies from beginning to end."""

from __future__ import annotations

from typing import Any

from tests.authenticator import Device
from tests.client import Answer, Api, Sandbox, User


def page(caller: Api, device: Device) -> Api:
    """The caller as a page of the device's origin."""
    return caller.as_(Origin=device.origin)


def register(user: User, device: Device, name: str = "Laptop") -> dict[str, Any]:
    """Add a passkey."""
    here = page(user, device)
    begun = here.post("/account/passkeys/registrations").ok(201)
    credential = device.create(begun["options"])
    return finish(here, begun["$id"], credential, name).ok(200)  # type: ignore[no-any-return]


def finish(here: Api, registration: str, credential: dict[str, Any], name: str = "Laptop") -> Answer:
    return here.put(f"/account/passkeys/registrations/{registration}", credential=credential, name=name)


def begin(sandbox: Sandbox, device: Device, **who: str) -> dict[str, Any]:
    return page(sandbox.guest, device).post("/account/passkeys/assertions", **who).ok(201)  # type: ignore[no-any-return]


def sign_in(sandbox: Sandbox, device: Device, begun: dict[str, Any] | None = None, **lies: Any) -> Answer:
    """Sign in with a passkey of the device."""
    begun = begun or begin(sandbox, device)
    credential = device.get(begun["options"], **lies)
    return send(sandbox, device, begun, credential)


def send(sandbox: Sandbox, device: Device, begun: dict[str, Any], credential: dict[str, Any]) -> Answer:
    return page(sandbox.guest, device).post(
        "/account/sessions/passkey", assertionId=begun["$id"], credential=credential
    )


def signed_in(sandbox: Sandbox, answer: Answer, user: User) -> User:
    """The caller that a sign-in has made."""
    headers = sandbox.guest.headers | {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
    return User(user.http, headers, user.id, user.email)
