"""The users service: servers and admins manage the users of a project."""

from __future__ import annotations

from appwrite_py.services.users.credentials import credentials
from appwrite_py.services.users.identities import identities
from appwrite_py.services.users.imports import imports
from appwrite_py.services.users.logs import logs
from appwrite_py.services.users.memberships import memberships
from appwrite_py.services.users.mfa import mfa
from appwrite_py.services.users.passkeys import passkeys
from appwrite_py.services.users.profile import profile
from appwrite_py.services.users.sessions import sessions
from appwrite_py.services.users.targets import targets
from appwrite_py.services.users.usage import usage
from appwrite_py.services.users.users import users

services = [
    users, imports, profile, credentials, sessions, targets, memberships, identities, usage, logs, mfa, passkeys,
]  # fmt: skip
