"""How many sessions a user may have and how long they live, as the project's policies say."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.api.account import flows
from tests.api.account.test_sessions import again, session_id
from tests.client import Sandbox, User
from tests.mailbox import Mailbox


def limit(sandbox: Sandbox, total: int) -> None:
    sandbox.admin.patch("/project/policies/session-limit", total=total).ok(200)


def duration(sandbox: Sandbox, seconds: int) -> None:
    sandbox.admin.patch("/project/policies/session-duration", duration=seconds).ok(200)


def is_in(user: User) -> bool:
    answer = user.get("/account")
    if answer.status != 200:
        answer.fails(401, "general_unauthorized_scope")
    return answer.status == 200


def left(user: User) -> timedelta:
    """How long the caller's session lives from when it was last changed."""
    session = user.get("/account/sessions/current").ok()
    return datetime.fromisoformat(session["expire"]) - datetime.fromisoformat(session["$updatedAt"])


def test_the_oldest_goes_whatever_the_way_in(sandbox: Sandbox, mailbox: Mailbox) -> None:
    limit(sandbox, 2)
    first, bystander = sandbox.user(), sandbox.user()
    sandbox.key.patch(f"/users/{first.id}/verification", emailVerification=True).ok()
    second = again(first)
    sandbox.guest.post("/account/tokens/magic-url", userId="unique()", email=first.email).ok(201)
    third = flows.signed_in(sandbox, flows.redeem(sandbox.guest, first.id, mailbox.wait(first.email).query["secret"]))
    assert [is_in(user) for user in (first, second, third, bystander)] == [False, True, True, True]
    token = sandbox.key.post(f"/users/{first.id}/tokens").ok(201)
    fourth = flows.signed_in(sandbox, flows.redeem(sandbox.guest, first.id, token["secret"]))
    assert [is_in(user) for user in (second, third, fourth)] == [False, True, True]
    sandbox.key.post(f"/users/{first.id}/sessions").ok(201)
    assert [is_in(user) for user in (third, fourth)] == [False, True]
    assert fourth.get("/account/sessions").ok()["total"] == 2


def test_using_a_session_does_not_make_it_younger(sandbox: Sandbox) -> None:
    limit(sandbox, 2)
    first = sandbox.user()
    second = again(first)
    first.patch("/account/sessions/current").ok(200)
    third = again(first)
    assert [is_in(user) for user in (first, second, third)] == [False, True, True]


def test_a_lower_limit_holds_from_the_next_sign_in(sandbox: Sandbox) -> None:
    first = sandbox.user()
    others = [again(first) for _ in range(3)]
    limit(sandbox, 1)
    assert all(map(is_in, (first, *others)))
    last = again(first)
    assert [is_in(user) for user in (first, *others, last)] == [False, False, False, False, True]


def test_refused_sign_ins_end_no_session(sandbox: Sandbox) -> None:
    limit(sandbox, 1)
    user = sandbox.user()
    sandbox.guest.post("/account/sessions/email", email=user.email, password="not the one").fails(
        401, "user_invalid_credentials"
    )
    flows.redeem(sandbox.guest, user.id, "000000").fails(401, "user_invalid_token")
    assert is_in(user)


def test_expired_sessions_do_not_count(sandbox: Sandbox) -> None:
    limit(sandbox, 2)
    first = sandbox.user()
    second = again(first)
    first.sql("UPDATE sessions SET expire = now() WHERE id = $1", session_id(second))
    third = again(first)
    assert [is_in(user) for user in (first, second, third)] == [True, False, True]


def test_duration(sandbox: Sandbox, mailbox: Mailbox) -> None:
    duration(sandbox, 3600)
    user = sandbox.user()
    sandbox.key.patch(f"/users/{user.id}/verification", emailVerification=True).ok()
    sandbox.guest.post("/account/tokens/email", userId="unique()", email=user.email).ok(201)
    answer = flows.redeem(sandbox.guest, user.id, mailbox.wait(user.email).code)
    (cookie, *_) = answer.headers.get_list("set-cookie")
    for one in (user, flows.signed_in(sandbox, answer)):
        assert timedelta(minutes=59) < left(one) <= timedelta(hours=1)
    ends = datetime.strptime(cookie.partition("expires=")[2].partition(";")[0], "%a, %d %b %Y %H:%M:%S %Z")
    assert answer.json["expire"].startswith(ends.isoformat())


def test_extending_follows_the_policy_of_today(sandbox: Sandbox) -> None:
    user = sandbox.user()
    assert left(user) > timedelta(days=364)
    duration(sandbox, 7200)
    assert left(user) > timedelta(days=364)  # sessions live as long as they were promised
    extended = user.patch("/account/sessions/current").ok(200)
    assert extended["current"] is True
    assert timedelta(minutes=119) < left(user) <= timedelta(hours=2)
    assert sandbox.events()[-1] == f"users.{user.id}.sessions.{extended['$id']}.update"


def test_extending_another_session(sandbox: Sandbox) -> None:
    first, stranger = sandbox.user(), sandbox.user()
    second = again(first)
    other = session_id(first)
    assert second.patch(f"/account/sessions/{other}").ok(200)["current"] is False
    with flows.nothing_happens(sandbox):
        stranger.patch(f"/account/sessions/{other}").fails(404, "user_session_not_found")
        first.sql("UPDATE sessions SET expire = now() WHERE id = $1", other)
        second.patch(f"/account/sessions/{other}").fails(404, "user_session_not_found")
        first.patch("/account/sessions/current").fails(401, "general_unauthorized_scope")
