"""The account service: what users do with their own account."""

from __future__ import annotations

from appwrite_py.services.account.credentials import credentials
from appwrite_py.services.account.jwts import jwts
from appwrite_py.services.account.profile import account
from appwrite_py.services.account.sessions import sessions

services = [account, credentials, sessions, jwts]
