"""Teams with the Python SDK, unchanged: invitations by mail, roles, preferences, and who sees what of whom."""

from __future__ import annotations

import pytest
from appwrite.client import Client
from appwrite.exception import AppwriteException
from appwrite.id import ID
from appwrite.query import Query
from appwrite.services.account import Account
from appwrite.services.project import Project as ProjectService
from appwrite.services.teams import Teams
from appwrite.services.users import Users

from appwrite_py.kit import ids
from tests.mailbox import Mailbox
from tests.sdk.conftest import Project
from tests.sdk.python import guest, refused, server, user

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("quietly")]
PAGE = "http://localhost:3000/join"


@pytest.fixture
def owner(project: Project) -> Client:
    return user(project, f"owner-{ids.unique()}@example.com", "Olga")


def test_teams(project: Project, owner: Client) -> None:
    teams = Teams(owner)
    made = teams.create(ID.unique(), "Crew", ["owner", "pilot"])
    assert (made.name, made.total, made.prefs.data) == ("Crew", 1, {})
    assert teams.get(made.id).model_dump() == made.model_dump()
    assert teams.update_name(made.id, "Crew One").name == "Crew One"
    assert teams.update_prefs(made.id, {"color": "red", "none": None}).data == {"color": "red", "none": None}
    assert teams.get_prefs(made.id).data == {"color": "red", "none": None}
    other = teams.create(ID.unique(), "Others")
    assert {team.id for team in teams.list().teams} == {made.id, other.id}
    assert [team.id for team in teams.list([Query.equal("name", "Others")]).teams] == [other.id]
    assert [team.id for team in teams.list(search="Crew").teams] == [made.id]

    stranger = Teams(user(project, f"{ids.unique()}@example.com"))
    assert stranger.list().total == 0
    refused(404, "team_not_found", stranger.get, made.id)
    teams.delete(other.id)
    assert [team.id for team in Teams(server(project)).list([Query.equal("$id", [made.id, other.id])]).teams] == [
        made.id
    ]


def test_an_invitation_of_somebody_new(project: Project, owner: Client, email: str, mails: Mailbox) -> None:
    """The link makes a user of somebody, a member, and signs in."""
    teams = Teams(owner)
    team = teams.create(ID.unique(), "Crew")
    invited = teams.create_membership(team.id, ["pilot"], email, url=PAGE, name="Ada")
    assert (invited.useremail, invited.roles, invited.confirm, invited.joined) == (email, ["pilot"], False, "")
    assert teams.get(team.id).total == 1
    letter = mails.wait(email)
    assert "Olga" in letter.text
    assert letter.link.startswith(PAGE)
    sent = letter.query
    assert (sent["teamId"], sent["teamName"], sent["membershipId"]) == (team.id, "Crew", invited.id)

    anybody = Teams(guest(project))
    link = (team.id, invited.id, sent["userId"])
    refused(401, "team_invalid_secret", anybody.update_membership_status, *link, "wrong")
    refused(401, "team_invite_mismatch", teams.update_membership_status, *link, sent["secret"])
    joined = anybody.update_membership_status(*link, sent["secret"])
    assert (joined.confirm, joined.username, joined.teamname) == (True, "Ada", "Crew")
    assert joined.joined >= joined.invited
    assert Users(server(project)).get(sent["userId"]).emailverification
    assert [item.provider for item in Users(server(project)).list_sessions(sent["userId"]).sessions] == ["email"]
    with pytest.raises(AppwriteException):  # it works once
        anybody.update_membership_status(*link, sent["secret"])
    assert teams.get(team.id).total == 2


def test_an_invitation_of_a_user(project: Project, owner: Client, email: str, mails: Mailbox) -> None:
    member = user(project, email, "Ada")
    me = Account(member).get()
    teams, mine = Teams(owner), Teams(member)
    team = teams.create(ID.unique(), "Crew")
    invited = teams.create_membership(team.id, ["pilot"], user_id=me.id, url=PAGE)
    refused(404, "team_not_found", mine.get, team.id)
    secret = mails.wait(email).query["secret"]
    assert mine.update_membership_status(team.id, invited.id, me.id, secret).confirm
    assert mine.get(team.id).total == 2

    assert teams.update_membership(team.id, invited.id, ["pilot", "cook"]).roles == ["pilot", "cook"]
    refused(401, "user_unauthorized", mine.update_membership, team.id, invited.id, ["owner"])
    assert teams.list_memberships(team.id, [Query.contains("roles", ["cook"])]).total == 1
    assert mine.get_membership(team.id, invited.id).roles == ["pilot", "cook"]
    assert mine.list_memberships(team.id, search=me.id).memberships[0].id == invited.id
    refused(401, "user_unauthorized", mine.delete, team.id)
    mine.delete_membership(team.id, invited.id)
    refused(404, "team_not_found", mine.get, team.id)
    assert teams.list_memberships(team.id).total == 1


def test_what_servers_add(project: Project, email: str, mails: Mailbox) -> None:
    """No mail, no invitation: a member at once."""
    teams = Teams(server(project))
    team = teams.create(ID.unique(), "Crew")
    assert team.total == 0
    by_mail = teams.create_membership(team.id, ["owner"], email, name="Ada")
    by_phone = teams.create_membership(team.id, [], phone="+4930555555")
    assert (by_mail.confirm, by_mail.useremail, by_phone.userphone) == (True, email, "+4930555555")
    assert teams.list_memberships(team.id, [Query.equal("confirm", True)]).total == 2
    teams.delete_membership(team.id, by_phone.id)
    assert teams.get(team.id).total == 1
    teams.delete(team.id)
    refused(404, "team_not_found", teams.get, team.id)
    assert mails.of(email) == []


def test_privacy(new_project: Project) -> None:
    """What members see of each other is up to the project."""
    client = guest(new_project).set_key(new_project.key)
    olga, ada = (user(new_project, f"{name}@example.com", name.title()) for name in ("olga", "ada"))
    team = Teams(olga).create(ID.unique(), "Crew")
    Teams(client).create_membership(team.id, [], user_id=Account(ada).get().id)

    def seen() -> tuple[str, str, str]:
        listed = Teams(ada).list_memberships(team.id, [Query.contains("roles", ["owner"])]).memberships
        return listed[0].userid, listed[0].username, listed[0].useremail

    assert seen() == ("", "", "")
    ProjectService(client).update_membership_privacy_policy(user_id=True, user_name=True, user_email=True)
    assert seen() == (Account(olga).get().id, "Olga", "olga@example.com")
