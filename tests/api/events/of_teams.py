"""Teams, memberships and presences: told to the members, and to whoever may see the presence."""

from __future__ import annotations

from tests.api.events.stage import Line, Refused, Scene, Stage, Told
from tests.api.teams.tools import PAGE, new_address

CREW = ["team:crew"]
OF_ADA = "teams.crew.memberships.<membershipId>"


def _owner(stage: Stage) -> None:
    stage.memory |= {"owner": stage.sandbox.user("Owner"), "teamId": "crew", "page": PAGE, "email": new_address()}


def _open_mail(stage: Stage) -> None:
    letter = stage.mailbox.wait(stage.memory["email"])
    stage.memory |= {"secret": letter.query["secret"], "invitedId": letter.query["userId"]}


_JOINING = "PATCH /v1/teams/:teamId/memberships/:membershipId/status"
TEAMS = Scene("teams", [
    Line("POST /v1/teams", [Told("teams.crew.create", "Team", CREW)], {"teamId": "crew", "name": "Crew"}, "owner",
         refused=Refused(body={"name": ""})),
    Line("PUT /v1/teams/:teamId", [Told("teams.crew.update", "Team", CREW)], {"name": "New"}, "owner",
         refused=Refused(at={"teamId": "none"})),
    Line("PUT /v1/teams/:teamId/prefs", [Told("teams.crew.update.prefs", {"color": "red"}, CREW)],
         {"prefs": {"color": "red"}}, "owner", refused=Refused(body={"prefs": "x"})),
    Line("POST /v1/teams/:teamId/memberships",
         [Told("users.<invitedId>.create", "User", ["user:<invitedId>"]), Told(f"{OF_ADA}.create", "Membership", CREW)],
         {"email": "<email>", "roles": ["sailor"], "url": "<page>"}, "owner", refused=Refused(body={"roles": [""]}),
         keep={"membershipId": "$id", "invitedId": "userId"}),
    Line(_JOINING, [Told(f"{OF_ADA}.update.status", "Membership", CREW)],
         {"userId": "<invitedId>", "secret": "<secret>"}, "guest", before=_open_mail,
         refused=Refused(body={"secret": "wrong"})),
    Line("PATCH /v1/teams/:teamId/memberships/:membershipId", [Told(f"{OF_ADA}.update", "Membership", CREW)],
         {"roles": ["captain"]}, "owner", refused=Refused(at={"membershipId": "none"})),
    Line("DELETE /v1/teams/:teamId/memberships/:membershipId", [Told(f"{OF_ADA}.delete", "Membership", CREW)],
         by="owner", refused=Refused(at={"membershipId": "none"})),
    Line("DELETE /v1/teams/:teamId", [Told("teams.crew.delete", "Team", CREW)], by="owner",
         refused=Refused(at={"teamId": "none"})),
], _owner)  # fmt: skip


def _visitor(stage: Stage) -> None:
    stage.memory["visitor"] = user = stage.sandbox.user()
    stage.memory |= {"presenceId": "here", "visitorId": user.id}


PRESENCES = Scene("presences", [
    Line("PUT /v1/presences/:presenceId", [Told("presences.here.upsert", "Presence", ["users"])],
         {"status": "online", "permissions": ['read("users")', 'update("user:<visitorId>")']}, "visitor",
         refused=Refused(body={"permissions": ['read("team:crew")']})),
    Line("PATCH /v1/presences/:presenceId",
         [Told("presences.here.update", "Presence", ["user:<visitorId>"], ["users"])],
         {"status": "away", "permissions": ['read("user:<visitorId>")', 'delete("user:<visitorId>")']}, "visitor",
         refused=Refused(at={"presenceId": "none"})),
    Line("DELETE /v1/presences/:presenceId", [Told("presences.here.delete", "Presence", ["user:<visitorId>"])],
         by="visitor", refused=Refused(at={"presenceId": "none"})),
], _visitor)  # fmt: skip

SCENES = [TEAMS, PRESENCES]
