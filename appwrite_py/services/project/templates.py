"""The texts of the project's mails: the server's own in every language, and those that the project has written."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.data.pg import Record
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.email_template_model import EmailTemplate, Locale, TemplateId, email_template, of_server
from appwrite_py.http.models import TypedDict
from appwrite_py.http.params import LooseFlag, Queries
from appwrite_py.http.registry import SERVER, Also, Service
from appwrite_py.platform import email_templates, mail
from appwrite_py.services.project.paging import page

service = Service("project", "/v1/project/templates/email", within="project")

_MESSAGE_LENGTH = 10_485_760
_ALIAS = "/v1/projects/:projectId/templates/email"


class EmailTemplateList(TypedDict):
    total: int
    templates: list[EmailTemplate]


Subject = Annotated[str, rules.Text(255)]
Message = Annotated[str, rules.Text(_MESSAGE_LENGTH)]
Name = Annotated[str, rules.Text(255, min=0)]
Address = Annotated[str, rules.Email(allow_empty=True)]
ReplyTo = Annotated[str, rules.Email(allow_empty=True), Also(("replyTo",))]


@service.get("", scope="templates.read", sdk="listEmailTemplates", callers=SERVER)
async def list_templates(ctx: Ctx, queries: Queries = (), total: LooseFlag = True) -> EmailTemplateList:
    """List the templates that the project has written itself, in all languages."""
    rows = await ctx.db.fetch("SELECT * FROM email_templates WHERE project_id = $1 ORDER BY seq", ctx.project.id)
    shown = [email_template(row["template"], row["locale"], row["texts"]) for row in page(rows, queries)]
    return {"total": len(rows) if total else 0, "templates": shown}


@service.get(
    "/:templateId", scope="templates.read", sdk="getEmailTemplate", callers=SERVER,
    aliases=[f"{_ALIAS}/:templateId/:locale"],
)  # fmt: skip
async def get(ctx: Ctx, templateId: TemplateId, locale: Locale = "") -> EmailTemplate:
    """Get a template in a language: the project's own, or the server's where the project has written none."""
    locale = locale.lower() or ctx.settings.locale
    own = await email_templates.find(ctx.db, ctx.project.id, templateId, [locale])
    if own is None:
        return of_server(ctx.settings, templateId, locale)
    return email_template(templateId, locale, own["texts"])


@service.patch(
    "",
    scope="templates.write",
    sdk="updateEmailTemplate",
    callers=SERVER,
    aliases=[_ALIAS, f"{_ALIAS}/:templateId/:locale"],
    event="templates.[templateId].update",
    audit="project.template.update project.template/{response.templateId}",
)
async def update(
    ctx: Ctx,
    templateId: TemplateId,
    locale: Locale = "",
    subject: Subject | None = None,
    message: Message | None = None,
    senderName: Name | None = None,
    senderEmail: Address | None = None,
    replyToEmail: ReplyTo | None = None,
    replyToName: Name | None = None,
) -> EmailTemplate:
    """Write the project's own text of a template in a language. The project needs a mail server of its own for it.

    What is not given stays as it is; the first time, subject and message are needed. `{{user}}`, `{{project}}`,
    `{{redirect}}`, `{{otp}}` and the like stand for values, which are put in as text, never as HTML.
    """
    if not mail.has_own(ctx.project.row):
        raise errors.GENERAL_ARGUMENT_INVALID("SMTP must be enabled in the project before it can have own templates.")
    locale = locale.lower() or ctx.settings.locale
    given = {
        "subject": subject, "message": message, "senderName": senderName, "senderEmail": senderEmail,
        "replyToName": replyToName, "replyToEmail": replyToEmail,
    }  # fmt: skip
    texts = {name: value for name, value in given.items() if value is not None}
    row = await email_templates.save(ctx.db, ctx.project.id, templateId, locale, texts, ctx.now)
    return email_template(templateId, locale, _complete(row)["texts"])


def _complete(row: Record) -> Record:
    """The row, if it has what a mail needs. Raises GENERAL_ARGUMENT_INVALID."""
    for name in ("subject", "message"):
        if not row["texts"].get(name):
            raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `{name}` param: it is required for the first own text.")
    return row
