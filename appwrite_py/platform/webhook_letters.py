"""The mail that tells the owners of a project that one of its webhooks was paused."""

from __future__ import annotations

from appwrite_py.data.pg import Record, Work
from appwrite_py.delivery import templates
from appwrite_py.delivery.mail import Mail
from appwrite_py.kit import ids
from appwrite_py.kit.crypto import Vault
from appwrite_py.kit.locales import ENGLISH
from appwrite_py.platform import deliveries, mail
from appwrite_py.platform.projects import CONSOLE
from appwrite_py.settings import Settings

# Owners are people of the console: members of the project's team there
_OWNERS = f"""
SELECT p.name AS project, u.name, u.email FROM projects p
JOIN memberships m ON m.project_id = '{CONSOLE}' AND m.team_id = p.team_id AND m.confirmed AND 'owner' = ANY(m.roles)
JOIN users u ON u.project_id = m.project_id AND u.id = m.user_id AND u.status AND u.email <> ''
WHERE p.id = $1"""


async def tell_owners(
    work: Work, vault: Vault, settings: Settings, webhook: Record, problem: str, attempts: int
) -> None:
    """Send each owner a mail when the unit of work is committed, if there is a server for mails."""
    if mail.server_of(settings) is None:
        return
    told = {"webhook": webhook["name"], "url": webhook["url"], "error": problem, "attempts": str(attempts)}
    for owner in await work.fetch(_OWNERS, webhook["project_id"]):
        values = told | {"project": owner["project"], "user": owner["name"]}
        letter = templates.render(templates.default("webhookPaused", ENGLISH, values), values, ENGLISH)
        finished = Mail(
            id=ids.secret(32), to_email=owner["email"], to_name=owner["name"], from_email=settings.sender_address,
            from_name=settings.system_email_name, language=ENGLISH, subject=letter.subject, html=letter.html,
            text=letter.text,
        )  # fmt: skip
        await deliveries.enqueue_mail(work, vault, webhook["project_id"], finished, own=False)
