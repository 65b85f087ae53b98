"""The teams service: groups of users that permissions can name. In the console they are organizations."""

from __future__ import annotations

from appwrite_py.services.teams.groups import teams
from appwrite_py.services.teams.invitations import invitations
from appwrite_py.services.teams.logs import logs
from appwrite_py.services.teams.members import members

services = [teams, members, invitations, logs]
