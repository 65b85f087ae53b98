"""Inviting people into teams, and clicking the links of the mails that arrive."""

from __future__ import annotations

from typing import Any

from appwrite_py.kit import ids
from tests.client import Answer, Api, Sandbox, User
from tests.mailbox import Letter, Mailbox

PAGE = "http://localhost/join"


def new_address() -> str:
    return f"{ids.unique()}@example.com"


def owner_of(sandbox: Sandbox, team_id: str = "crew") -> User:
    """A new user with a new team."""
    user = sandbox.user("Owner")
    user.post("/teams", teamId=team_id, name=team_id.capitalize()).ok(201)
    return user


def invite(caller: Api, team_id: str = "crew", **body: Any) -> Answer:
    return caller.post(f"/teams/{team_id}/memberships", **({"roles": ["sailor"], "url": PAGE} | body))


def invited(caller: Api, mailbox: Mailbox, email: str, **body: Any) -> Letter:
    """The mail that an invitation brings."""
    invite(caller, email=email, **body).ok(201)
    return mailbox.wait(email)


def accept(caller: Api, letter: Letter, **changes: str) -> Answer:
    """What the page does that the mail's link leads to."""
    values = letter.query | changes
    return caller.patch(
        f"/teams/{values['teamId']}/memberships/{values['membershipId']}/status",
        userId=values["userId"], secret=values["secret"],
    )  # fmt: skip


def cookie_of(answer: Answer) -> str:
    """The `Cookie` header that a browser sends after this answer."""
    return str(answer.headers["set-cookie"].partition(";")[0])


def signed_in(guest: Api, answer: Answer) -> Api:
    return guest.as_(Cookie=cookie_of(answer))
