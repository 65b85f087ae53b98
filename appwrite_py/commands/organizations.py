"""The organization that headless set-up works in when none is named."""

from __future__ import annotations

from appwrite_py import errors
from appwrite_py.data.pg import Work
from appwrite_py.identity import teams
from appwrite_py.platform.projects import CONSOLE
from appwrite_py.platform.setup import check_organization

DEFAULT = "default"
_NAME = "Default"
_TAKE_TURN = "SELECT 1 FROM projects WHERE id = $1 FOR NO KEY UPDATE"


async def organization(work: Work, team_id: str | None) -> str:
    """The id of the named organization, or of the default one, which is made when it is first needed.

    Raises TEAM_NOT_FOUND.
    """
    if team_id is None:
        await work.write(_TAKE_TURN, CONSOLE)
        if not await work.fetchval("SELECT 1 FROM teams WHERE project_id = $1 AND id = $2", CONSOLE, DEFAULT):
            await teams.create(work, CONSOLE, DEFAULT, _NAME)
        return DEFAULT
    try:
        await check_organization(work, team_id)
    except errors.TEAM_NOT_FOUND as cause:
        raise errors.TEAM_NOT_FOUND(f"There is no organization {team_id}.") from cause
    return team_id
