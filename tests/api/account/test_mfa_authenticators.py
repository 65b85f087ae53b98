"""Authenticator apps: the secret is handed out once, a code makes it a factor, no code counts twice."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

from tests.api.account.factors import again, age_factor, code, enrol, forget_steps, protect, show, wrong
from tests.client import Sandbox


def factors(user: object) -> dict[str, bool]:
    return user.get("/account/mfa/factors").ok()  # type: ignore[attr-defined,no-any-return]


def test_an_app_becomes_a_factor_with_its_first_code(sandbox: Sandbox) -> None:
    user = sandbox.user()
    made = user.post("/account/mfa/authenticators/totp").ok(200)
    uri = urlsplit(made["uri"])
    assert (uri.scheme, uri.netloc, unquote(uri.path)) == ("otpauth", "totp", f"/Sandbox:{user.email}")
    assert parse_qs(uri.query) == {"secret": [made["secret"]], "issuer": ["Sandbox"]}
    assert factors(user) == dict.fromkeys(("totp", "phone", "email", "recoveryCode", "custom"), False)

    answer = user.put("/account/mfa/authenticators/totp", otp=code(made["secret"])).ok(200)
    assert (answer["$id"], answer["mfa"]) == (user.id, False)
    assert factors(user)["totp"] is True
    assert user.get("/account/sessions/current").ok()["factors"] == ["password", "totp"]
    assert sandbox.events()[-2:] == [f"users.{user.id}.update.mfa"] * 2
    assert sandbox.audits()[-2:] == [("user.update", f"user/{user.id}")] * 2


def test_the_secret_is_told_to_nobody_else(sandbox: Sandbox) -> None:
    user = sandbox.user()
    secret = enrol(user)
    told = sandbox.guest.sql("SELECT payload::text AS text FROM outbox WHERE project_id = $1", sandbox.id)
    assert told
    assert not [row for row in told if secret in (row["text"] or "")]
    kept = sandbox.guest.sql("SELECT secret_sealed FROM authenticators WHERE user_id = $1", user.id)
    assert secret.encode() not in kept[0]["secret_sealed"]


def test_wrong_codes(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.put("/account/mfa/authenticators/totp", otp="123456").fails(404, "user_authenticator_not_found")
    secret = user.post("/account/mfa/authenticators/totp").ok()["secret"]
    before = sandbox.events()
    too_late, too_early = code(secret, -3), code(secret, 3)
    for bad in (wrong(code(secret)), too_late, too_early, "١٢٣٤٥٦", "x" * 256):
        user.put("/account/mfa/authenticators/totp", otp=bad).fails(401, "user_invalid_token")
    user.put("/account/mfa/authenticators/totp", otp="").fails(400, "general_argument_invalid")
    user.post("/account/mfa/authenticators/sms").fails(400, "general_argument_invalid")
    assert sandbox.events() == before
    assert factors(user)["totp"] is False


def test_a_second_one(sandbox: Sandbox) -> None:
    user = sandbox.user()
    first = user.post("/account/mfa/authenticators/totp").ok()["secret"]
    second = user.post("/account/mfa/authenticators/TOTP").ok()["secret"]
    assert first != second
    user.put("/account/mfa/authenticators/totp", otp=code(first)).fails(401, "user_invalid_token")
    user.put("/account/mfa/authenticators/totp", otp=code(second)).ok()
    user.post("/account/mfa/authenticators/totp").fails(409, "user_authenticator_already_verified")
    user.put("/account/mfa/authenticators/totp", otp=code(second, 1)).fails(409, "user_authenticator_already_verified")


def test_no_code_counts_twice(sandbox: Sandbox) -> None:
    user = sandbox.user()
    secret = protect(user)

    def attempt(otp: str) -> int:
        challenge = user.post("/account/mfa/challenges", factor="totp").ok(201)
        return user.put("/account/mfa/challenges", challengeId=challenge["$id"], otp=otp).status

    forget_steps(user)
    ahead, now = code(secret, 1), code(secret)
    assert attempt(now) == 200
    assert attempt(now) == 401
    assert attempt(ahead) == 200
    assert attempt(ahead) == 401
    assert attempt(now) == 401, "nor one from before the last that was used"


def test_the_code_that_set_the_app_up_is_used(sandbox: Sandbox) -> None:
    user = sandbox.user()
    secret = user.post("/account/mfa/authenticators/totp").ok()["secret"]
    first = code(secret)
    user.put("/account/mfa/authenticators/totp", otp=first).ok()
    challenge = user.post("/account/mfa/challenges", factor="totp").ok(201)["$id"]
    user.put("/account/mfa/challenges", challengeId=challenge, otp=first).fails(401, "user_invalid_token")


def test_removing_it_asks_for_a_recent_factor(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.delete("/account/mfa/authenticators/totp").fails(401, "user_challenge_required")
    secret = protect(user)
    user.delete("/account/mfa/authenticators/totp").fails(401, "user_challenge_required")
    show(user, "totp", code(secret, 1))
    age_factor(user, 31)
    user.delete("/account/mfa/authenticators/totp").fails(401, "user_challenge_required")
    age_factor(user, -2)
    before = sandbox.events()
    user.delete("/account/mfa/authenticators/totp").ok(204)
    assert sandbox.events()[len(before) :] == [f"users.{user.id}.delete.mfa"]
    assert sandbox.audits()[-1] == ("user.update", f"user/{user.id}")
    user.delete("/account/mfa/authenticators/totp").fails(404, "user_authenticator_not_found")
    account = user.get("/account").ok()
    assert account["mfa"] is True
    again(sandbox, user).get("/account").ok()  # there is nothing left to ask for


def test_who_may(sandbox: Sandbox) -> None:
    for caller in (sandbox.guest, sandbox.key):
        for verb, path in (
            ("GET", "/account/mfa/factors"),
            ("PATCH", "/account/mfa"),
            ("POST", "/account/mfa/authenticators/totp"),
            ("PUT", "/account/mfa/authenticators/totp"),
            ("DELETE", "/account/mfa/authenticators/totp"),
            ("POST", "/account/mfa/recovery-codes"),
            ("POST", "/account/mfa/challenges"),
            ("PUT", "/account/mfa/challenges"),
        ):
            caller.send(verb, path).fails(401, "general_unauthorized_scope")


def test_a_deleted_user_takes_it_along(sandbox: Sandbox) -> None:
    user = sandbox.user()
    enrol(user)
    user.post("/account/mfa/challenges", factor="totp").ok(201)
    user.sql("DELETE FROM users WHERE id = $1", user.id)
    for table in ("authenticators", "challenges"):
        assert user.sql(f"SELECT 1 FROM {table} WHERE user_id = $1", user.id) == []
