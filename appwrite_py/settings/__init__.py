"""Every setting of the server: its name in the environment, its default and what it is for.

The README's table and `.env.example` are made from the sections, of which each tells its heading. Names are Appwrite's
(`_APP_*`) where Appwrite has one.
"""

from __future__ import annotations

from functools import cached_property

from pydantic_settings import BaseSettings, SettingsConfigDict

from appwrite_py.settings.database import Background, Database
from appwrite_py.settings.delivery import Mails, Webhooks
from appwrite_py.settings.functions import Functions
from appwrite_py.settings.server import Console, Domains, General, Graphql, Listening, Logs
from appwrite_py.settings.storage import Antivirus, Pictures, Storage


class Settings(
    Listening, General, Domains, Console, Graphql, Database, Background, Functions, Storage, Antivirus, Pictures,
    Mails, Webhooks, Logs, BaseSettings,
):  # fmt: skip
    """Read from the environment, then from a `.env` file in the working directory."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", env_ignore_empty=True, populate_by_name=True, defer_build=False
    )

    @cached_property
    def sender_address(self) -> str:
        """The address that the server's own mails come from."""
        return self.system_email_address or f"noreply@{self.domain}"


SECTIONS = Settings.__bases__[:-1]
"""The settings by subject, in the order in which people read them."""


def split_words(text: str) -> list[str]:
    """The items of a comma list, trimmed, empty ones left out."""
    return [word.strip() for word in text.split(",") if word.strip()]
