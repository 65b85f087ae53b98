"""What the tests of second factors share: apps that make codes, and sessions that lack a factor."""

from __future__ import annotations

import time

import pyotp

from tests.client import Api, Sandbox, User, sign_in


def code(secret: str, steps_ahead: int = 0) -> str:
    """What the app shows, now or so many steps later; a server whose clock is right takes the next one, too."""
    return pyotp.TOTP(secret).at(int(time.time()) + steps_ahead * 30)


def wrong(right: str) -> str:
    """Another code of six digits."""
    return f"{(int(right) + 1) % 1_000_000:06d}"


def enrol(user: Api) -> str:
    """Set up an authenticator app; its secret. Codes of this moment are used up with it."""
    secret = str(user.post("/account/mfa/authenticators/totp").ok()["secret"])
    user.put("/account/mfa/authenticators/totp", otp=code(secret)).ok()
    return secret


def protect(user: Api) -> str:
    """Set up an app and ask for it from now on."""
    secret = enrol(user)
    user.patch("/account/mfa", mfa=True).ok()
    return secret


def again(sandbox: Sandbox, user: User) -> User:
    """The same user in another session, signed in by password only."""
    headers = sandbox.guest.headers | {"Cookie": sign_in(sandbox.guest, user.email)}
    return User(user.http, headers, user.id, user.email)


def show(user: Api, factor: str, otp: str) -> None:
    """Pass a challenge."""
    challenge = user.post("/account/mfa/challenges", factor=factor).ok(201)
    user.put("/account/mfa/challenges", challengeId=challenge["$id"], otp=otp).ok()


def forget_steps(user: User) -> None:
    """Let codes of this moment count again, as if time had passed."""
    user.sql("UPDATE authenticators SET used_step = 0 WHERE user_id = $1", user.id)


def age_factor(user: User, minutes: int) -> None:
    """Let the factors that the user's sessions have shown be older."""
    user.sql(
        "UPDATE sessions SET mfa_updated_at = mfa_updated_at - make_interval(mins => $2) WHERE user_id = $1",
        user.id,
        minutes,
    )
