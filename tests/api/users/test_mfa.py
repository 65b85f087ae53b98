"""What servers do about the second factors of a user."""

from __future__ import annotations

from tests.api.account.factors import again, enrol, protect
from tests.client import Api, Sandbox


def base(user_id: str) -> str:
    return f"/users/{user_id}/mfa"


def test_switching_it(sandbox: Sandbox) -> None:
    user = sandbox.user()
    enrol(user)
    assert sandbox.key.patch(base(user.id), mfa=True).ok(200)["mfa"] is True
    assert sandbox.events()[-1] == f"users.{user.id}.update.mfa"
    assert sandbox.audits()[-1] == ("user.update", f"user/{user.id}")
    lacking = again(sandbox, user)
    lacking.get("/account").fails(401, "user_more_factors_required")
    assert sandbox.admin.patch(base(user.id), mfa=False).ok()["mfa"] is False
    lacking.get("/account").ok()
    sandbox.key.patch(base(user.id), mfa="x").fails(400, "general_argument_invalid")


def test_factors(sandbox: Sandbox) -> None:
    user = sandbox.user()
    nothing = dict.fromkeys(("totp", "phone", "email", "recoveryCode", "custom"), False)
    assert sandbox.key.get(base(user.id) + "/factors").ok() == nothing
    enrol(user)
    user.sql("UPDATE users SET email_verification = true WHERE id = $1", user.id)
    assert sandbox.key.get(base(user.id) + "/factors").ok() == nothing | {"totp": True, "email": True}


def test_removing_a_lost_app(sandbox: Sandbox) -> None:
    user = sandbox.user()
    protect(user)
    lacking = again(sandbox, user)
    lacking.get("/account").fails(401, "user_more_factors_required")
    sandbox.key.delete(base(user.id) + "/authenticators/totp").ok(204)
    assert sandbox.events()[-1] == f"users.{user.id}.delete.mfa"
    assert sandbox.audits()[-1] == ("user.update", f"user/{user.id}")
    lacking.get("/account").ok()
    before = sandbox.events()
    sandbox.key.delete(base(user.id) + "/authenticators/totp").fails(404, "user_authenticator_not_found")
    sandbox.key.delete(base(user.id) + "/authenticators/sms").fails(400, "general_argument_invalid")
    assert sandbox.events() == before


def test_recovery_codes(sandbox: Sandbox) -> None:
    user = sandbox.user()
    path = base(user.id) + "/recovery-codes"
    sandbox.key.get(path).fails(404, "user_recovery_codes_not_found")
    sandbox.key.put(path).fails(404, "user_recovery_codes_not_found")
    made = sandbox.key.patch(path).ok(201)["recoveryCodes"]
    assert sandbox.events()[-1] == f"users.{user.id}.create.mfa.recovery-codes"
    sandbox.key.patch(path).fails(409, "user_recovery_codes_already_exists")
    assert sandbox.key.get(path).ok()["recoveryCodes"] == made
    other = sandbox.key.put(path).ok(200)["recoveryCodes"]
    assert sandbox.events()[-1] == f"users.{user.id}.update.mfa.recovery-codes"
    assert sandbox.audits()[-1] == ("user.update", f"user/{user.id}")
    assert not set(made) & set(other)
    told = user.sql("SELECT payload::text AS text FROM outbox WHERE project_id = $1", sandbox.id)
    assert not [row for row in told if made[0] in (row["text"] or "") or other[0] in (row["text"] or "")]


def test_codes_of_challenges(sandbox: Sandbox) -> None:
    user, other = sandbox.user(), sandbox.user()
    sandbox.admin.patch("/project/policies/mfa-factors", custom=True).ok()
    challenge = user.post("/account/mfa/challenges", factor="custom").ok(201)
    path = f"/mfa/challenges/{challenge['$id']}"
    shown = sandbox.key.get(f"/users/{user.id}{path}").ok()
    assert {name: shown[name] for name in challenge} == challenge
    assert len(shown["code"]) == 6
    assert shown["code"].isdigit()
    sandbox.key.get(f"/users/{other.id}{path}").fails(401, "user_invalid_token")
    sandbox.key.get(f"/users/nobody{path}").fails(404, "user_not_found")
    enrol(user)
    totp = user.post("/account/mfa/challenges", factor="totp").ok(201)["$id"]
    sandbox.key.get(base(user.id) + f"/challenges/{totp}").fails(401, "user_invalid_token")


def test_who_may(sandbox: Sandbox) -> None:
    user = sandbox.user()
    made = sandbox.admin.post("/project/keys", keyId="unique()", name="Weak", scopes=["teams.read"]).ok(201)
    weak = Api(sandbox.guest.http, sandbox.guest.headers | {"X-Appwrite-Key": made["secret"]})
    for caller in (sandbox.guest, user, weak):
        for verb, path in (
            ("PATCH", ""),
            ("GET", "/factors"),
            ("DELETE", "/authenticators/totp"),
            ("GET", "/challenges/x"),
            ("GET", "/recovery-codes"),
            ("PATCH", "/recovery-codes"),
            ("PUT", "/recovery-codes"),
        ):
            caller.send(verb, base(user.id) + path).fails(401, "general_unauthorized_scope")


def test_unknown_users(sandbox: Sandbox) -> None:
    sandbox.key.patch(base("nobody"), mfa=True).fails(404, "user_not_found")
    for verb, path in (("GET", "/factors"), ("DELETE", "/authenticators/totp"), ("GET", "/recovery-codes"),
                       ("PATCH", "/recovery-codes"), ("PUT", "/recovery-codes")):  # fmt: skip
        sandbox.key.send(verb, base("nobody") + path).fails(404, "user_not_found")
