"""Addresses that accounts claim, and what becomes of an account whose address turns out to be somebody else's."""

from __future__ import annotations

from appwrite_py import errors
from appwrite_py.data.pg import Record, Work
from appwrite_py.identity import mfa

# take_over: whoever has made the account keeps no way in. What they sign in with goes, and what would keep others out
_TAKE_OVER = """
WITH ended AS (DELETE FROM sessions WHERE project_id = $1 AND user_id = $2),
  unlinked AS (DELETE FROM identities WHERE project_id = $1 AND user_id = $2),
  keys AS (DELETE FROM passkeys WHERE project_id = $1 AND user_id = $2),
  begun AS (DELETE FROM passkey_ceremonies WHERE project_id = $1 AND user_id = $2),
  apps AS (DELETE FROM authenticators WHERE project_id = $1 AND user_id = $2),
  asked AS (DELETE FROM challenges WHERE project_id = $1 AND user_id = $2),
  sent AS (DELETE FROM tokens WHERE project_id = $1 AND user_id = $2)
UPDATE users SET password_hash = '', password_algorithm = '', password_options = '{}', password_updated_at = NULL,
  mfa = false, recovery_codes_sealed = NULL, updated_at = now()
WHERE project_id = $1 AND id = $2"""


async def take_over(work: Work, project_id: str, user_id: str) -> None:
    """End every way into an account: sessions, password, identities, passkeys, second factors, tokens."""
    await work.write(_TAKE_OVER, project_id, user_id)


def check_opens(user: Record, kind: str) -> None:
    """Whether an account can be opened with its `email` or `phone`. Raises USER_EMAIL_NOT_VERIFIED, or of the phone.

    Where the other one is verified, the account is somebody's for certain, and this one may be a slip of the pen.
    """
    other = "phone" if kind == "email" else "email"
    if user[f"{other}_verification"] and not user[f"{kind}_verification"]:
        raise errors.USER_EMAIL_NOT_VERIFIED if kind == "email" else errors.USER_PHONE_NOT_VERIFIED


async def is_guarded(work: Work, user: Record) -> bool:
    """Whether one factor is not enough for this account, so that a proven address is not, either."""
    if not user["mfa"]:
        return False
    if user["email_verification"] or user["phone_verification"]:
        return True
    app = await mfa.authenticator(work, user["project_id"], user["id"], "totp")
    return app is not None and bool(app["verified"])
