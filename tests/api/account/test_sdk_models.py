"""What the account and teams services answer can be read by the models of the official Python SDK."""

from __future__ import annotations

from appwrite.models.jwt import Jwt
from appwrite.models.membership_list import MembershipList
from appwrite.models.preferences import Preferences
from appwrite.models.session_list import SessionList
from appwrite.models.team_list import TeamList
from appwrite.models.user import User

from tests.client import Sandbox


def test_account(sandbox: Sandbox) -> None:
    user = sandbox.user("Ada")
    account = User.with_data(user.get("/account").ok())
    assert (account.id, account.name, account.email) == (user.id, "Ada", user.email)
    assert SessionList.model_validate(user.get("/account/sessions").ok()).sessions[0].userid == user.id
    assert Jwt.model_validate(user.post("/account/jwts").ok()).jwt.count(".") == 2
    user.patch("/account/prefs", prefs={"a": 1}).ok()
    assert Preferences.with_data(user.get("/account/prefs").ok()).data == {"a": 1}


def test_teams(sandbox: Sandbox) -> None:
    user = sandbox.user()
    team = user.post("/teams", teamId="crew", name="Crew").ok(201)
    assert TeamList.model_validate(user.get("/teams").ok()).teams[0].id == team["$id"]
    members = MembershipList.model_validate(user.get("/teams/crew/memberships").ok())
    assert (members.memberships[0].userid, members.memberships[0].roles) == (user.id, ["owner"])
