"""A project's own texts of mails, per template and locale."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from appwrite_py.data.pg import Record, Work

FIELDS = ("subject", "message", "senderName", "senderEmail", "replyToName", "replyToEmail")

_SAVE = """
INSERT INTO email_templates (project_id, id, template, locale, texts, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $6)
ON CONFLICT (project_id, id) DO UPDATE SET texts = email_templates.texts || $5, updated_at = $6 RETURNING *"""
_DELETE = "DELETE FROM email_templates WHERE project_id = $1 AND id = $2"
_FIRST = """
SELECT * FROM email_templates WHERE project_id = $1 AND template = $2 AND locale = ANY($3)
ORDER BY array_position($3, locale) LIMIT 1"""


async def find(work: Work, project_id: str, template: str, locales: Sequence[str]) -> Record | None:
    """The project's own text for the first of the locales that it has one for."""
    return await work.fetchrow(_FIRST, project_id, template, list(locales))


async def save(work: Work, project_id: str, template: str, locale: str, texts: dict[str, str], now: datetime) -> Record:
    """Keep a text; what is not given stays as it is."""
    rows = await work.write(_SAVE, project_id, f"{template}-{locale}", template, locale, texts, now)
    return rows[0]


async def delete(work: Work, project_id: str, template: str, locale: str) -> None:
    """Forget a text, so that the server's own is sent again."""
    await work.write(_DELETE, project_id, f"{template}-{locale}")
