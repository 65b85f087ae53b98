"""What a project demands of passwords holds wherever users choose one; and what is kept of their e-mail address."""

from __future__ import annotations

from tests.api.account.test_create import set_policy, sign_up
from tests.client import PASSWORD, Sandbox


def test_common_passwords(sandbox: Sandbox) -> None:
    user = sandbox.user()
    sign_up(sandbox.guest, password="iloveyou").ok(201)
    set_policy(sandbox, '{"password-dictionary": {"enabled": true}}')
    since = sandbox.events()
    for word in ("iloveyou", "ILoveYou", "football"):
        refused = sign_up(sandbox.guest, password=word).fails(400, "general_argument_invalid")
        assert "`password`" in refused.json["message"]
        assert "common" in refused.json["message"]
        user.patch("/account/password", password=word, oldPassword=PASSWORD).fails(400, "general_argument_invalid")
    assert sandbox.events() == since
    sign_up(sandbox.guest, password="i love you all").ok(201)
    set_policy(sandbox, '{"password-dictionary": {"enabled": false}}')
    sign_up(sandbox.guest, password="football").ok(201)


def test_common_passwords_still_sign_in(sandbox: Sandbox) -> None:
    sign_up(sandbox.guest, email="early@example.com", password="football").ok(201)
    set_policy(sandbox, '{"password-dictionary": {"enabled": true}, "password-strength": {"min": 20}}')
    sandbox.guest.post("/account/sessions/email", email="early@example.com", password="football").ok(201)


def test_dictionary_and_strength_together(sandbox: Sandbox) -> None:
    set_policy(sandbox, '{"password-dictionary": {"enabled": true}, "password-strength": {"number": true}}')
    sign_up(sandbox.guest, password="trustno1").fails(400, "general_argument_invalid")
    sign_up(sandbox.guest, password="nobody knows").fails(400, "general_argument_invalid")
    sign_up(sandbox.guest, password="nobody knows 1").ok(201)


def test_kinds_of_email(sandbox: Sandbox) -> None:
    user = sandbox.user()
    own = user.get("/account").ok()
    assert (own["emailCanonical"], own["emailIsCanonical"], own["emailIsFree"]) == (user.email, True, False)
    changed = user.patch("/account/email", email="A.b+c@googlemail.com", password=PASSWORD).ok(200)
    assert (changed["emailCanonical"], changed["emailIsCanonical"]) == ("ab@gmail.com", False)
    kinds = [changed[f"emailIs{kind}"] for kind in ("Free", "Disposable", "Corporate")]
    assert kinds == [True, False, False]
