"""The account service: what users do with their own account."""

from __future__ import annotations

from appwrite_py.services.account.challenges import challenges
from appwrite_py.services.account.credentials import credentials
from appwrite_py.services.account.identities import identities
from appwrite_py.services.account.jwts import jwts
from appwrite_py.services.account.logs import logs
from appwrite_py.services.account.memberships import memberships
from appwrite_py.services.account.mfa import mfa
from appwrite_py.services.account.oauth2 import oauth2
from appwrite_py.services.account.passkey_tokens import passkey_tokens
from appwrite_py.services.account.passkeys import passkeys
from appwrite_py.services.account.profile import account
from appwrite_py.services.account.recovery import recovery
from appwrite_py.services.account.sessions import sessions
from appwrite_py.services.account.signins import signins
from appwrite_py.services.account.targets import targets
from appwrite_py.services.account.tokens import tokens
from appwrite_py.services.account.verifications import verifications

services = [
    account, credentials, signins, sessions, tokens, recovery, verifications, jwts, identities, oauth2, memberships,
    targets, logs, mfa, challenges, passkeys, passkey_tokens,
]  # fmt: skip
