"""Mails to people, in their language and the project's words. They are sent when the request has succeeded."""

from __future__ import annotations

from typing import Any

from appwrite_py import errors
from appwrite_py.delivery import templates
from appwrite_py.delivery.mail import Mail
from appwrite_py.delivery.templates import Text
from appwrite_py.http.context import Ctx
from appwrite_py.kit import agents, ids
from appwrite_py.platform import deliveries, email_templates, mail
from appwrite_py.platform.mail import Sender

# Every placeholder that some template knows; those without a value are left out of a project's own texts
_NOTHING = dict.fromkeys(
    "user owner team redirect otp phrase device ipAddress country agentDevice agentClient agentOs".split(), ""
)


def can_send(ctx: Ctx) -> bool:
    """Whether there is a mail server, the project's own or this server's."""
    return mail.has_own(ctx.project.row) or bool(ctx.settings.smtp_host)


def check_can_send(ctx: Ctx) -> None:
    """Raises GENERAL_SMTP_DISABLED when there is no mail server."""
    if not can_send(ctx):
        raise errors.GENERAL_SMTP_DISABLED


async def send(ctx: Ctx, template: str, to_email: str, to_name: str, values: dict[str, str]) -> None:
    """Send a mail when the request has succeeded. Raises GENERAL_SMTP_DISABLED.

    Of the placeholders, `values` has those that only the caller knows: `redirect`, `otp`, `phrase`, `owner`, `team`,
    and what a session alert tells. The project, the user, the time and the device are known here.
    """
    check_can_send(ctx)
    own = await _own_texts(ctx, template)
    language = templates.language_of(ctx.language, ctx.settings.locale)
    known = _NOTHING | _time(ctx, language) | await _device(ctx)
    known |= {"user": to_name, "project": project_name(ctx)} | values
    if own.get("subject") and own.get("message"):
        text = Text(own["subject"], own["message"])
    else:
        text = templates.default(template, language, known)
    letter = templates.render(text, known, language)
    await post(ctx, letter, to_email, to_name, _sender(ctx, own), language)


async def post(ctx: Ctx, letter: templates.Letter, to_email: str, to_name: str, sender: Sender, language: str) -> None:
    """Send a finished letter over the project's mail server, or this server's where it has none."""
    finished = compose(letter, to_email, to_name, sender, language)
    own = mail.has_own(ctx.project.row)
    await deliveries.enqueue_mail(ctx.db, ctx.app.vault, ctx.project.id, finished, own=own)


def compose(letter: templates.Letter, to_email: str, to_name: str, sender: Sender, language: str) -> Mail:
    """A letter in its envelope."""
    return Mail(
        id=ids.secret(32), to_email=to_email, to_name=to_name, from_email=sender.email, from_name=sender.name,
        reply_to_email=sender.reply_to_email, reply_to_name=sender.reply_to_name, language=language,
        subject=letter.subject, html=letter.html, text=letter.text,
    )  # fmt: skip


def project_name(ctx: Ctx) -> str:
    """What mails call the project; the console is called what the server is."""
    return ctx.settings.system_email_name if ctx.project.is_console else str(ctx.project.row["name"])


async def _own_texts(ctx: Ctx, template: str) -> dict[str, Any]:
    """The project's own text: for the language asked for, else for the server's. It goes over its own server only."""
    if not mail.has_own(ctx.project.row):
        return {}
    locales = dict.fromkeys((*templates.chain(ctx.language), *templates.chain(ctx.settings.locale)))
    row = await email_templates.find(ctx.db, ctx.project.id, template, list(locales))
    return {} if row is None else dict(row["texts"])


def _sender(ctx: Ctx, own: dict[str, Any]) -> Sender:
    sender = mail.sender_of(ctx.project.row, ctx.settings)
    return Sender(
        own.get("senderName") or sender.name,
        own.get("senderEmail") or sender.email,
        own.get("replyToName") or sender.reply_to_name,
        own.get("replyToEmail") or sender.reply_to_email,
    )


def _time(ctx: Ctx, language: str) -> dict[str, str]:
    from babel.dates import format_skeleton  # large, and only of use to servers that send mails

    date = format_skeleton("MMMMd", ctx.now, locale=language.replace("-", "_"))
    return {"date": date, "year": str(ctx.now.year), "time": ctx.now.strftime("%H:%M:%S")}


async def _device(ctx: Ctx) -> dict[str, str]:
    told = await agents.describe(ctx.request.header(b"user-agent")[:512])
    return {
        "agentDevice": told["deviceBrand"] or "UNKNOWN",
        "agentClient": told["clientName"] or "UNKNOWN",
        "agentOs": told["osName"] or "UNKNOWN",
    }
