"""Events after which somebody may hold other roles than before, so that who listens has to be looked at anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from appwrite_py.events.grammar import Event


class Concerned(NamedTuple):
    """Whose roles may have changed: this user's, or those of all members of this team."""

    user_id: str = ""
    team_id: str = ""


def concerned(event: Event, payload: Any, actor_id: str) -> Concerned | None:
    """Whose roles an event may have changed, None for nobody's. `actor_id`: who did it, a team's first member.

    Of a user, all but preferences may have: signing in ends the oldest of too many sessions, a recovery verifies an
    address. A member who is not named may be anybody in the team.
    """
    match event.kinds:
        case ("users", *_) if event.action[-1:] != ("prefs",):
            return Concerned(user_id=event.ids[0])
        case ("teams", "memberships"):
            member = payload.get("userId") if isinstance(payload, Mapping) else ""
            return Concerned(user_id=member) if member and isinstance(member, str) else Concerned(team_id=event.ids[0])
        case ("teams",) if event.action[:1] == ("create",):
            return Concerned(user_id=actor_id)
        case ("teams",) if event.action[:1] == ("delete",):
            return Concerned(team_id=event.ids[0])
    return None
