"""The project's own mail server: its settings, which are tried out before they are kept, and a mail to test it."""

from __future__ import annotations

from typing import Annotated, Any

from appwrite_py import errors
from appwrite_py.delivery import templates
from appwrite_py.delivery.mail import NotDelivered, SmtpServer, one_line, try_out
from appwrite_py.http import letters, rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.project_model import Project, shown
from appwrite_py.http.registry import SERVER, Also, Service
from appwrite_py.platform import deliveries, mail
from appwrite_py.platform.mail import Sender

service = Service("project", "/v1/project/smtp", within="project")

_ALIAS = "/v1/projects/:projectId/smtp"
_PORTS = range(1, 65_536)

Text256 = Annotated[str, rules.Text(256, min=0)]
Host = Annotated[str, rules.Hostname()]
Port = Annotated[int, rules.Integer(32)]
Address = Annotated[str, rules.Email(allow_empty=True)]
ReplyTo = Annotated[str, rules.Email(allow_empty=True), Also(("replyTo",))]
Secure = Annotated[str, rules.OneOf("tls", "ssl", hidden=("",))]  # "" is back to no encryption
On = Annotated[bool, rules.Boolean()]
Emails = Annotated[list[str], rules.ListOf(rules.Email(), 10)]


@service.patch(
    "",
    scope="project.write",
    sdk="updateSMTP",
    callers=SERVER,
    aliases=[_ALIAS],
    audit="project.smtp.update project.smtp/{response.$id}",
)
async def update(
    ctx: Ctx,
    host: Host | None = None,
    port: Port | None = None,
    username: Text256 | None = None,
    password: Text256 | None = None,
    senderEmail: Address | None = None,
    senderName: Text256 | None = None,
    replyToEmail: ReplyTo | None = None,
    replyToName: Text256 | None = None,
    secure: Secure | None = None,
    enabled: On | None = None,
) -> Project:
    """Set the mail server that the project's mails go over. What is not given stays as it is, empty text clears.

    The server is tried out before it is used. Without `enabled`, one that works is switched on. The password can be
    set, but never read.
    """
    given = {
        "host": host, "port": port, "username": username, "senderEmail": senderEmail, "senderName": senderName,
        "replyToEmail": replyToEmail, "replyToName": replyToName, "secure": secure, "enabled": enabled,
    }  # fmt: skip
    changes = {name: value for name, value in given.items() if value is not None}
    smtp = ctx.project.row["smtp"] | changes
    if smtp.get("enabled"):
        _check_complete(smtp)
    if enabled is not False and smtp.get("senderEmail"):
        known = mail.own_server(ctx.project.row, ctx.app.vault).password if password is None else password
        changes["enabled"] = await _works(ctx, smtp, known)
    row = await mail.configure(ctx.db, ctx.app.vault, ctx.project.id, changes, password, ctx.now)
    return await shown(ctx, row)


@service.post(
    "/tests",
    scope="project.write",
    sdk="createSMTPTest",
    callers=SERVER,
    status=204,
    aliases=[f"{_ALIAS}/tests"],
    audit="project.smtp.test project/{project.$id}",
)
async def create_test(
    ctx: Ctx,
    emails: Emails,
    senderName: Annotated[str, rules.Text(256)] = "",
    senderEmail: Annotated[str, rules.Email()] = "",
    replyTo: Annotated[str, rules.Email()] = "",
    host: Host = "",
    port: Port | None = None,
    username: Annotated[str, rules.Text(256)] = "",
    password: Annotated[str, rules.Text(256)] = "",
    secure: Annotated[str, rules.OneOf("tls", "ssl")] = "",
) -> None:
    """Send a mail over the project's mail server to see that it arrives.

    Older clients give the server with the request; then that one is used, and nothing of it is kept.
    """
    if host:
        smtp = {"host": host, "port": port, "senderEmail": senderEmail}
        server: SmtpServer | None = _server(smtp | {"username": username, "secure": secure}, password)
        sender = Sender(senderName, senderEmail, "", replyTo)
    else:
        if not mail.has_own(ctx.project.row):
            raise errors.GENERAL_ARGUMENT_INVALID("SMTP must be enabled in the project to send a test mail.")
        smtp, server = ctx.project.row["smtp"], None
        sender = mail.sender_of(ctx.project.row, ctx.settings)
    _check_complete(smtp)
    await _send_test(ctx, emails, sender, server)


async def _send_test(ctx: Ctx, emails: list[str], sender: Sender, server: SmtpServer | None) -> None:
    language = templates.language_of(ctx.language, ctx.settings.locale)
    answers = (sender.reply_to_name or sender.name, sender.reply_to_email or sender.email)
    values = {
        "project": letters.project_name(ctx),
        "from": one_line(f"{sender.name} ({sender.email})"),
        "replyTo": one_line(f"{answers[0]} ({answers[1]})"),
    }
    letter = templates.render(templates.default("smtpTest", language, values), values, language)
    for email in dict.fromkeys(emails):
        finished = letters.compose(letter, email, "", sender, language)
        await deliveries.enqueue_mail(
            ctx.db, ctx.app.vault, ctx.project.id, finished, own=True, server=server
        )  # fmt: skip


async def _works(ctx: Ctx, smtp: dict[str, Any], password: str) -> bool:
    """Whether the server can be used. Raises PROJECT_SMTP_CONFIG_INVALID where it is switched on but cannot."""
    try:
        if not smtp.get("host") or "*" in smtp["host"] or smtp.get("port") not in _PORTS:
            raise NotDelivered("There is no server with this host and port.", final=True)
        await try_out(_server(smtp, password), outbound=ctx.app.outbound)
    except NotDelivered as cause:
        if smtp.get("enabled"):
            raise errors.PROJECT_SMTP_CONFIG_INVALID(str(cause)) from cause
        return False
    return True


def _server(smtp: dict[str, Any], password: str) -> SmtpServer:
    return SmtpServer(
        smtp.get("host", ""), smtp.get("port") or 0, smtp.get("secure", ""), smtp.get("username", ""), password
    )


def _check_complete(smtp: dict[str, Any]) -> None:
    for name in ("host", "port", "senderEmail"):
        if not smtp.get(name):
            raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `{name}` param: a mail server needs it.")
