"""What sockets say of their users, and what is left of it when they close."""

from __future__ import annotations

import pytest

from appwrite_py.errors import ApiError
from tests.api.presences.tools import FIELDS, Socket, happened, inside, own, rows, said, seconds_left, together, told
from tests.client import Sandbox, User


def socket(user: User, server: str, number: str) -> Socket:
    """A socket of a process that no other test knows."""
    return Socket(user, f"{server}-{user.headers['X-Appwrite-Project']}", number)


def test_said_on_a_socket(sandbox: Sandbox) -> None:
    user = sandbox.user()
    its = socket(user, "s1", "1")
    made = its.say("online", "mine", metadata={"page": 1})
    assert list(made) == FIELDS
    assert (made["$id"], made["userId"], made["source"]) == ("mine", user.id, "realtime")
    assert (made["metadata"], made["$permissions"]) == ({"page": 1}, own(user.id))
    assert seconds_left(made) > 30 * 86_400 - 60
    assert user.get("/presences/mine").ok(200) == made
    assert told(sandbox) == [("presences.mine.upsert", [f"user:{user.id}"], made)]
    again = its.say("away", "other", given=['read("users")'])
    assert (again["$id"], again["metadata"], again["$permissions"]) == ("mine", {"page": 1}, ['read("users")'])
    assert its.close() == 1
    assert not rows(sandbox)
    assert told(sandbox)[-1] == ("presences.mine.delete", ["users"], again)
    assert its.close() == 0
    assert happened(sandbox) == ["mine.upsert", "mine.upsert", "mine.delete"]


def test_without_an_id(sandbox: Sandbox) -> None:
    user = sandbox.user()
    first = socket(user, "s1", "1").say("online")
    assert socket(user, "s1", "1").say("online")["$id"] == first["$id"]
    assert len(first["$id"]) == 20


def test_what_is_refused(sandbox: Sandbox) -> None:
    ada, eve = sandbox.user(), sandbox.user()
    said(ada, "taken")
    its = socket(eve, "s1", "1")
    for wrong, type_ in (
        ({"presence_id": "taken"}, "presence_already_exists"),
        ({"given": [f'read("user:{ada.id}")']}, "user_unauthorized"),
        ({"metadata": {"large": "x" * 65_536}}, "document_invalid_structure"),
    ):
        with pytest.raises(ApiError) as caught:
            its.say("online", **wrong)  # type: ignore[arg-type]
        assert caught.value.type == type_
    assert rows(sandbox).keys() == {"taken"}
    assert happened(sandbox) == ["taken.upsert"]
    sandbox.key.delete(f"/users/{eve.id}").ok(204)
    with pytest.raises(ApiError, match="User"):
        its.say("online")


@pytest.mark.parametrize("other", [("s1", "2"), ("s2", "1")], ids=["same process", "another process"])
def test_two_sockets_of_one_user(sandbox: Sandbox, other: tuple[str, str]) -> None:
    """The presence ends with the one that has said it last."""
    user = sandbox.user()
    first, second = socket(user, "s1", "1"), socket(user, *other)
    made = first.say("online")
    second.say("typing")
    assert first.close() == 0
    assert user.get(f"/presences/{made['$id']}").ok(200)["status"] == "typing"
    first.say("back")
    assert second.close() == 0
    assert first.close() == 1
    assert happened(sandbox) == [f"{made['$id']}.{verb}" for verb in ("upsert", "upsert", "upsert", "delete")]


def test_what_is_said_over_http_stays(sandbox: Sandbox) -> None:
    user = sandbox.user()
    its = socket(user, "s1", "1")
    its.say("online", "here")
    assert user.patch("/presences/here", status="patched").ok(200)["source"] == "realtime"
    assert said(user)["source"] == "rest"
    assert its.close() == 0
    assert rows(sandbox).keys() == {"here"}


def test_a_change_over_http_leaves_it_to_its_socket(sandbox: Sandbox) -> None:
    ada, eve = sandbox.user(), sandbox.user()
    mine, hers = socket(ada, "s1", "1"), socket(eve, "s1", "2")
    mine.say("online", "a")
    ada.patch("/presences/a", status="away").ok(200)
    assert mine.close() == 1
    hers.say("online", "e")
    sandbox.key.patch("/presences/e", userId=ada.id).ok(200)
    assert hers.close() == 0
    assert rows(sandbox)["e"]["user_id"] == ada.id


def test_deleted_over_http(sandbox: Sandbox) -> None:
    user = sandbox.user()
    its = socket(user, "s1", "1")
    its.say("online", "here")
    user.delete("/presences/here").ok(204)
    assert its.close() == 0
    assert happened(sandbox) == ["here.upsert", "here.delete"]


def test_all_at_once(sandbox: Sandbox) -> None:
    """Sockets of one user and of another one, that all want one id."""
    ada, eve = sandbox.user(), sandbox.user()
    sockets = [socket(user, "s1", str(number)) for number in range(8) for user in (ada, eve)]

    async def call() -> list[object]:
        return await together(*(one.saying("online", "same") for one in sockets))

    answers = inside(ada, call)
    made = [answer for answer in answers if isinstance(answer, dict)]
    assert {answer["userId"] for answer in made} in ({ada.id}, {eve.id})
    assert len(made) == 8
    assert {answer.type for answer in answers if not isinstance(answer, dict)} == {"presence_already_exists"}
    assert sum(one.close() for one in sockets) == 1
    assert happened(sandbox) == ["same.upsert"] * 8 + ["same.delete"]
