"""Addresses that accounts claim, and what becomes of an account whose address turns out to be somebody else's."""

from __future__ import annotations

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
  sent AS (DELETE FROM tokens WHERE project_id = $1 AND user_id = $2),
  reached AS (DELETE FROM targets WHERE project_id = $1 AND user_id = $2 AND identifier <> $3)
UPDATE users SET email = CASE WHEN email = $3 THEN email END, phone = CASE WHEN phone = $3 THEN phone END,
  email_canonical = CASE WHEN email = $3 THEN email_canonical END,
  email_is_free = CASE WHEN email = $3 THEN email_is_free END,
  email_is_disposable = CASE WHEN email = $3 THEN email_is_disposable END,
  email_is_corporate = CASE WHEN email = $3 THEN email_is_corporate END,
  email_is_canonical = CASE WHEN email = $3 THEN email_is_canonical END,
  password_hash = '', password_algorithm = '', password_options = '{}', password_updated_at = NULL,
  mfa = false, recovery_codes_sealed = NULL, updated_at = now()
WHERE project_id = $1 AND id = $2"""

# used_elsewhere: sessions tell where they began; identities and passkeys do not
_ELSEWHERE = """
SELECT EXISTS (SELECT 1 FROM sessions WHERE project_id = $1 AND user_id = $2 AND ip <> $3) OR NOT $4 AND (
  EXISTS (SELECT 1 FROM identities WHERE project_id = $1 AND user_id = $2)
  OR EXISTS (SELECT 1 FROM passkeys WHERE project_id = $1 AND user_id = $2))"""


async def take_over(work: Work, project_id: str, user_id: str, address: str) -> None:
    """End every way into an account but its address: sessions, password, identities, passkeys, second factors, tokens.

    The phone beside a proven e-mail address goes, too, and the other way round: it is whoever's who entered it.
    """
    await work.write(_TAKE_OVER, project_id, user_id, address)


async def was_used_elsewhere(work: Work, user: Record, ip: str) -> bool:
    """Whether somebody at another client address has, or has made, a way into this account.

    A password that a server has set is none; who has only signed in with a provider or a passkey may be anywhere.
    """
    if user["password_hash"] and user["password_from"] not in ("", ip):
        return True
    return bool(await work.fetchval(_ELSEWHERE, user["project_id"], user["id"], ip, bool(user["password_hash"])))


async def is_guarded(work: Work, user: Record) -> bool:
    """Whether one factor is not enough for this account, so that a proven address is not, either."""
    if not user["mfa"]:
        return False
    if user["email_verification"] or user["phone_verification"]:
        return True
    app = await mfa.authenticator(work, user["project_id"], user["id"], "totp")
    return app is not None and bool(app["verified"])
