"""The server's own texts of mails, which a console shows beside those that a project has written."""

from __future__ import annotations

from appwrite_py.http.context import Ctx
from appwrite_py.http.email_template_model import EmailTemplate, Locale, TemplateId, of_server
from appwrite_py.http.registry import Service

service = Service("console", "/v1/console/templates/email")


@service.get("/:templateId", scope="public", sdk="getEmailTemplate", callers=("admin",))
async def get_email_template(ctx: Ctx, templateId: TemplateId, locale: Locale = "") -> EmailTemplate:
    """Get the server's own template of a mail in a language, whatever projects have made of it."""
    return of_server(ctx.settings, templateId, locale.lower() or ctx.settings.locale)
