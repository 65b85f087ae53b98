"""What is answered of the texts of mails: those of a project and those of the server look alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from appwrite_py.delivery import templates
from appwrite_py.http import rules
from appwrite_py.http.models import TypedDict
from appwrite_py.settings import Settings

TemplateId = Annotated[str, rules.OneOf(*templates.TEMPLATES)]
Locale = Annotated[str, rules.OneOf(*templates.LOCALES, ci=True)]


class EmailTemplate(TypedDict):
    templateId: str
    locale: str
    message: str
    senderName: str
    senderEmail: str
    replyToEmail: str
    replyToName: str
    subject: str


def email_template(template: str, locale: str, texts: Mapping[str, str]) -> EmailTemplate:
    """A template in a language; empty where nothing is set, which is then the server's."""
    return {
        "templateId": template,
        "locale": locale,
        "message": texts.get("message", ""),
        "senderName": texts.get("senderName", ""),
        "senderEmail": texts.get("senderEmail", ""),
        "replyToEmail": texts.get("replyToEmail", ""),
        "replyToName": texts.get("replyToName", ""),
        "subject": texts.get("subject", ""),
    }


def of_server(settings: Settings, template: str, locale: str) -> EmailTemplate:
    """The server's own text of a mail in a language, or in the server's where it is not translated."""
    text = templates.default(template, templates.language_of(locale, settings.locale))
    return email_template(template, locale, {"subject": text.subject, "message": text.message})
