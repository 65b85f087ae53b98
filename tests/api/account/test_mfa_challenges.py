"""Challenges: single use, for a while, for one user, and for a few tries only, however many come at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from tests.api.account.factors import again, code, forget_steps, protect, wrong
from tests.client import Answer, Api, Sandbox, User
from tests.mailbox import Mailbox

INVALID = (401, "user_invalid_token")


def by_email(sandbox: Sandbox) -> User:
    """A user with a verified address, in a session that lacks a factor."""
    user = sandbox.user()
    user.sql("UPDATE users SET mfa = true, email_verification = true WHERE id = $1", user.id)
    return user


def begin(user: Api, factor: str) -> str:
    return str(user.post("/account/mfa/challenges", factor=factor).ok(201)["$id"])


def answer(user: Api, challenge: str, otp: str) -> Answer:
    return user.put("/account/mfa/challenges", challengeId=challenge, otp=otp)


def custom(sandbox: Sandbox, user: User, challenge: str) -> str:
    return str(sandbox.key.get(f"/users/{user.id}/mfa/challenges/{challenge}").ok()["code"])


def allow_custom(sandbox: Sandbox) -> None:
    sandbox.admin.patch("/project/policies/mfa-factors", custom=True).ok()


def test_by_mail(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = by_email(sandbox)
    user.get("/account").fails(401, "user_more_factors_required")
    made = user.post("/account/mfa/challenges", factor="Email").ok(201)
    assert made["userId"] == user.id
    life = datetime.fromisoformat(made["expire"]) - datetime.fromisoformat(made["$createdAt"])
    assert timedelta(minutes=59) < life < timedelta(minutes=61)
    assert sandbox.events()[-1] == f"users.{user.id}.challenges.{made['$id']}.create"
    assert sandbox.audits()[-1] == ("challenge.create", f"user/{user.id}")
    sent = mailbox.wait(user.email).code
    answer(user, made["$id"], wrong(sent)).fails(*INVALID)
    session = answer(user, made["$id"], sent).ok(200)
    assert (session["factors"], session["current"], session["secret"]) == (["password", "email"], True, "")
    assert session["mfaUpdatedAt"] >= made["$createdAt"]
    assert sandbox.events()[-1] == f"users.{user.id}.sessions.{session['$id']}.create"
    assert sandbox.audits()[-1] == ("challenges.update", f"user/{user.id}")
    user.get("/account").ok()
    answer(user, made["$id"], sent).fails(*INVALID)


def test_by_phone(sandbox: Sandbox) -> None:
    user = sandbox.user()
    number = "+12065550100"
    sandbox.admin.post("/project/mock-phones", number=number, otp="424242").ok(201)
    user.sql("UPDATE users SET mfa = true, phone = $2, phone_verification = true WHERE id = $1", user.id, number)
    assert answer(user, begin(user, "phone"), "424242").ok()["factors"] == ["password", "phone"]


def test_what_keeps_a_code_from_being_sent(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.post("/account/mfa/challenges", factor="email").fails(400, "user_email_not_verified")
    user.post("/account/mfa/challenges", factor="phone").fails(400, "user_phone_not_found")
    user.sql("UPDATE users SET phone = '+12065550111' WHERE id = $1", user.id)
    user.post("/account/mfa/challenges", factor="phone").fails(400, "user_phone_not_verified")
    user.sql("UPDATE users SET phone_verification = true WHERE id = $1", user.id)
    user.post("/account/mfa/challenges", factor="phone").fails(503, "general_phone_disabled")
    anonymous = sandbox.guest.post("/account/sessions/anonymous")
    if anonymous.status == 201:
        caller = sandbox.guest.as_(Cookie=anonymous.headers["set-cookie"].partition(";")[0])
        caller.post("/account/mfa/challenges", factor="email").fails(400, "user_email_not_found")
    assert user.sql("SELECT 1 FROM challenges WHERE project_id = $1", sandbox.id) == []
    for bad in ("sms", "", None):
        user.post("/account/mfa/challenges", factor=bad).fails(400, "general_argument_invalid")


def test_a_code_that_a_server_delivers(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.post("/account/mfa/challenges", factor="custom").fails(501, "user_auth_method_unsupported")
    allow_custom(sandbox)
    assert user.get("/account/mfa/factors").ok()["custom"] is True
    challenge = begin(user, "custom")
    answer(user, challenge, custom(sandbox, user, challenge)).ok()
    assert user.get("/account/sessions/current").ok()["factors"] == ["password", "custom"]


@pytest.mark.parametrize("factor", ["totp", "email", "phone"])
def test_factors_that_the_project_does_not_want(sandbox: Sandbox, factor: str) -> None:
    user = by_email(sandbox)
    sandbox.admin.patch("/project/policies/mfa-factors", **{factor: False}).ok()
    user.post("/account/mfa/challenges", factor=factor).fails(501, "user_auth_method_unsupported")
    assert user.get("/account/mfa/factors").ok()[factor] is False


def test_a_factor_that_is_switched_off_meanwhile(sandbox: Sandbox) -> None:
    user = sandbox.user()
    allow_custom(sandbox)
    challenge = begin(user, "custom")
    right = custom(sandbox, user, challenge)
    sandbox.admin.patch("/project/policies/mfa-factors", custom=False).ok()
    answer(user, challenge, right).fails(501, "user_auth_method_unsupported")
    begin(user, "recoveryCode")  # these always can be used


def test_five_tries(sandbox: Sandbox) -> None:
    user = sandbox.user()
    allow_custom(sandbox)
    challenge, before = begin(user, "custom"), sandbox.events()
    right = custom(sandbox, user, challenge)
    for _ in range(5):
        answer(user, challenge, wrong(right)).fails(*INVALID)
    assert user.sql("SELECT 1 FROM challenges WHERE id = $1", challenge) == []
    answer(user, challenge, right).fails(*INVALID)
    assert sandbox.events() == before
    fifth = begin(user, "custom")
    right = custom(sandbox, user, fifth)
    for _ in range(4):
        answer(user, fifth, wrong(right)).fails(*INVALID)
    answer(user, fifth, right).ok()


def test_many_tries_at_once(sandbox: Sandbox) -> None:
    user = sandbox.user()
    allow_custom(sandbox)
    challenge = begin(user, "custom")
    right = custom(sandbox, user, challenge)
    tries = [wrong(right)] * 30 + [right] * 30
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda otp: answer(user, challenge, otp).status, tries[:30]))
    assert set(statuses) == {401}
    assert answer(user, challenge, right).status == 401, "five of them have been compared, the others were not"


def test_the_right_code_many_times_at_once(sandbox: Sandbox) -> None:
    user = sandbox.user()
    allow_custom(sandbox)
    challenge = begin(user, "custom")
    right = custom(sandbox, user, challenge)
    with ThreadPoolExecutor(5) as pool:
        statuses = list(pool.map(lambda otp: answer(user, challenge, otp).status, [right] * 5))
    assert sorted(statuses) == [200, 401, 401, 401, 401]


def test_one_code_of_an_app_in_many_challenges_at_once(sandbox: Sandbox) -> None:
    user = sandbox.user()
    secret = protect(user)
    forget_steps(user)
    challenges = [begin(user, "totp") for _ in range(6)]
    otp = code(secret)
    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(lambda challenge: answer(user, challenge, otp).status, challenges))
    assert sorted(statuses) == [200, *[401] * 5]


def test_it_is_for_one_user(sandbox: Sandbox) -> None:
    user, thief = sandbox.user(), sandbox.user()
    allow_custom(sandbox)
    challenge = begin(user, "custom")
    right = custom(sandbox, user, challenge)
    for _ in range(6):
        answer(thief, challenge, right).fails(*INVALID)
    answer(again(sandbox, user), challenge, right).ok()  # others cannot use up its tries either


def test_it_ends(sandbox: Sandbox) -> None:
    user = sandbox.user()
    allow_custom(sandbox)
    challenge = begin(user, "custom")
    right = custom(sandbox, user, challenge)
    user.sql("UPDATE challenges SET expire = now() - interval '1 second' WHERE id = $1", challenge)
    answer(user, challenge, right).fails(*INVALID)
    sandbox.key.get(f"/users/{user.id}/mfa/challenges/{challenge}").fails(*INVALID)


def test_bad_input(sandbox: Sandbox) -> None:
    user = sandbox.user()
    answer(user, "unknown", "123456").fails(*INVALID)
    for body in ({}, {"challengeId": "x"}, {"otp": "123456"}, {"challengeId": "", "otp": "1"},
                 {"challengeId": "x", "otp": "1" * 257}, {"challengeId": ["x"], "otp": {}}):  # fmt: skip
        user.put("/account/mfa/challenges", **body).fails(400, "general_argument_invalid")


def test_without_an_app(sandbox: Sandbox) -> None:
    user = sandbox.user()
    answer(user, begin(user, "totp"), "123456").fails(*INVALID)
    secret = user.post("/account/mfa/authenticators/totp").ok()["secret"]
    answer(user, begin(user, "totp"), code(secret)).fails(*INVALID)  # it is not verified yet
