"""What only older clients do: all mock phones of a project at once, and to go back to the server's text of a mail."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.email_template_model import Locale, TemplateId
from appwrite_py.http.params import Uid
from appwrite_py.http.project_model import Project, shown
from appwrite_py.http.registry import Service
from appwrite_py.platform import email_templates, phones
from appwrite_py.services.projects.authority import own_project

service = Service("projects", "/v1/projects/:projectId", within="console")

MockNumbers = Annotated[list[dict[str, str]], rules.ListOf(rules.MockNumber(), 10)]


@service.patch("/auth/mock-numbers", scope="projects.write")
async def update_mock_numbers(ctx: Ctx, projectId: Uid, numbers: MockNumbers) -> Project:
    """Replace all mock phones of a project: numbers that get no messages, with the codes that they always have."""
    row = await own_project(ctx, projectId)
    codes = {number["phone"]: number["otp"] for number in numbers}
    if len(codes) < len(numbers):
        raise errors.GENERAL_BAD_REQUEST("A phone number can be given only once.")
    await phones.replace(ctx.db, projectId, codes, ctx.now)
    return await shown(ctx, row)


@service.delete(
    "/templates/email", scope="projects.write", aliases=["/v1/projects/:projectId/templates/email/:type/:locale"]
)
async def delete_email_template(ctx: Ctx, projectId: Uid, type: TemplateId, locale: Locale = "") -> None:
    """Forget a project's own text of a mail in a language; the server's own is sent again."""
    await own_project(ctx, projectId)
    await email_templates.delete(ctx.db, projectId, type, locale.lower() or ctx.settings.locale)
