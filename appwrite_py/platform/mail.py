"""A project's own mail server: where its mails are handed in, and whom they are from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from appwrite_py import errors
from appwrite_py.data.pg import Record, Work
from appwrite_py.delivery.mail import SmtpServer
from appwrite_py.kit.crypto import Vault
from appwrite_py.settings import Settings

# configure_mail: only what is given, so that two at once do not undo each other; an empty password clears
_CONFIGURE = """
UPDATE projects SET smtp = smtp || $2, updated_at = $5, version = version + 1,
  smtp_password_sealed = CASE WHEN $3 THEN $4 ELSE smtp_password_sealed END
WHERE id = $1 RETURNING *"""


class Sender(NamedTuple):
    """Whom a mail is from, and who gets the answers."""

    name: str
    email: str
    reply_to_name: str = ""
    reply_to_email: str = ""


def has_own(project: Mapping[str, Any] | Record) -> bool:
    """Whether a project (its row) sends over a mail server of its own."""
    return bool(project["smtp"].get("enabled"))


def own_server(project: Mapping[str, Any] | Record, vault: Vault) -> SmtpServer:
    """The mail server of a project that has one."""
    smtp, sealed = project["smtp"], project["smtp_password_sealed"]
    return SmtpServer(
        host=smtp.get("host", ""),
        port=smtp.get("port", 0),
        secure=smtp.get("secure", ""),
        username=smtp.get("username", ""),
        password=vault.open(sealed, bound_to(project["id"])) if sealed else "",
    )


def server_of(settings: Settings) -> SmtpServer | None:
    """This server's own mail server, if it has one."""
    if not settings.smtp_host:
        return None
    return SmtpServer(
        settings.smtp_host, settings.smtp_port, settings.smtp_secure, settings.smtp_username, settings.smtp_password
    )


def sender_of(project: Mapping[str, Any] | Record, settings: Settings) -> Sender:
    """Whom a project's mails are from: what its own mail server may send for, else this server's address."""
    if not has_own(project):
        return Sender(settings.system_email_name, settings.sender_address)
    smtp = project["smtp"]
    name, email = smtp.get("senderName", ""), smtp.get("senderEmail", "")
    return Sender(name or settings.system_email_name, email, smtp.get("replyToName", ""), smtp.get("replyToEmail", ""))


async def configure(
    work: Work, vault: Vault, project_id: str, changes: dict[str, Any], password: str | None, now: datetime
) -> Record:
    """Change the settings of a project's mail server; a password of None stays. Raises PROJECT_NOT_FOUND."""
    sealed = vault.seal(password, bound_to(project_id)) if password else None
    rows = await work.write(_CONFIGURE, project_id, changes, password is not None, sealed, now)
    if not rows:
        raise errors.PROJECT_NOT_FOUND
    return rows[0]


def bound_to(project_id: str) -> str:
    """What the encrypted password is bound to."""
    return f"smtp:{project_id}"
