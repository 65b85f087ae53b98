"""Recovery codes: made once, looked at and replaced after a recent factor, each good for one time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.api.account.factors import again, code, forget_steps, protect, show
from tests.client import Answer, Api, Sandbox

PATH = "/account/mfa/recovery-codes"


def spend(user: Api, recovery: str) -> Answer:
    challenge = user.post("/account/mfa/challenges", factor="recoverycode").ok(201)["$id"]
    return user.put("/account/mfa/challenges", challengeId=challenge, otp=recovery)


def test_making_them(sandbox: Sandbox) -> None:
    user = sandbox.user()
    made = user.post(PATH).ok(201)["recoveryCodes"]
    assert len(set(made)) == 6
    assert {len(one) for one in made} == {10}
    assert user.get("/account/mfa/factors").ok()["recoveryCode"] is True
    assert sandbox.events()[-1] == f"users.{user.id}.update.mfa"
    assert sandbox.audits()[-1] == ("user.update", f"user/{user.id}")
    user.post(PATH).fails(409, "user_recovery_codes_already_exists")
    told = user.sql("SELECT payload::text AS text FROM outbox WHERE project_id = $1", sandbox.id)
    assert not [row for row in told if made[0] in (row["text"] or "")]
    kept = user.sql("SELECT recovery_codes_sealed AS sealed FROM users WHERE id = $1", user.id)[0]["sealed"]
    assert made[0].encode() not in kept


def test_looking_and_replacing_ask_for_a_recent_factor(sandbox: Sandbox) -> None:
    user = sandbox.user()
    secret = protect(user)
    user.get(PATH).fails(401, "user_challenge_required")
    user.patch(PATH).fails(401, "user_challenge_required")
    show(user, "totp", code(secret, 1))
    user.get(PATH).fails(404, "user_recovery_codes_not_found")
    user.patch(PATH).fails(404, "user_recovery_codes_not_found")
    made = user.post(PATH).ok(201)["recoveryCodes"]
    assert user.get(PATH).ok()["recoveryCodes"] == made
    other = user.patch(PATH).ok()["recoveryCodes"]
    assert not set(made) & set(other)
    assert user.get(PATH).ok()["recoveryCodes"] == other
    spend(user, made[0]).fails(401, "user_invalid_token")


def test_each_counts_once(sandbox: Sandbox) -> None:
    user = sandbox.user()
    protect(user)
    made = user.post(PATH).ok(201)["recoveryCodes"]
    lacking = again(sandbox, user)
    lacking.get("/account").fails(401, "user_more_factors_required")
    session = spend(lacking, f" {made[0].upper()} ").ok()
    assert session["factors"] == ["password", "recoveryCode"]
    lacking.get("/account").ok()
    spend(lacking, made[0]).fails(401, "user_invalid_token")
    assert lacking.get(PATH).ok()["recoveryCodes"] == made[1:]


def test_one_in_many_requests_at_once(sandbox: Sandbox) -> None:
    user = sandbox.user()
    recovery = user.post(PATH).ok(201)["recoveryCodes"][0]
    challenges = [user.post("/account/mfa/challenges", factor="recoveryCode").ok(201)["$id"] for _ in range(6)]

    def attempt(challenge: str) -> int:
        return user.put("/account/mfa/challenges", challengeId=challenge, otp=recovery).status

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(attempt, challenges)) == [200, *[401] * 5]


def test_when_none_is_left(sandbox: Sandbox) -> None:
    user = sandbox.user()
    for recovery in user.post(PATH).ok(201)["recoveryCodes"]:
        spend(user, recovery).ok()
    assert user.get("/account/mfa/factors").ok()["recoveryCode"] is False
    user.get(PATH).fails(404, "user_recovery_codes_not_found")
    assert len(user.post(PATH).ok(201)["recoveryCodes"]) == 6


def test_a_refused_request_spends_nothing(sandbox: Sandbox) -> None:
    user = sandbox.user()
    made = user.post(PATH).ok(201)["recoveryCodes"]
    spend(user, "0" * 10).fails(401, "user_invalid_token")
    forget_steps(user)
    spend(user, made[0]).ok()
    assert user.get(PATH).ok()["recoveryCodes"] == made[1:]
