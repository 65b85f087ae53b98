"""Codes to phones. Mock phones get no messages; their codes are known to the testers."""

from __future__ import annotations

import secrets

from appwrite_py import errors
from appwrite_py.delivery import templates
from appwrite_py.http import letters
from appwrite_py.http.context import Ctx
from appwrite_py.platform import deliveries, phones

_DIGITS = 6


def can_send(ctx: Ctx) -> bool:
    """Whether there is a provider of text messages."""
    return bool(ctx.settings.sms_provider)


async def code_for(ctx: Ctx, phone: str) -> str:
    """A new code of six digits, or the mock phone's own.

    Raises GENERAL_PHONE_DISABLED where no code can reach this phone: no provider, and no mock phone.
    """
    mocked = await phones.code_of(ctx.db, ctx.project.id, phone)
    if mocked is None and not can_send(ctx):
        raise errors.GENERAL_PHONE_DISABLED
    return new_code() if mocked is None else mocked


def new_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"


async def send_code(ctx: Ctx, phone: str, code: str) -> None:
    """Send a code when the request has succeeded; to mock phones nothing. Raises GENERAL_PHONE_DISABLED."""
    language = templates.language_of(ctx.language, ctx.settings.locale)
    await _send(
        ctx, phone, templates.sms(language, {"secret": code, "otp": code, "project": letters.project_name(ctx)})
    )


async def send_link(ctx: Ctx, phone: str, link: str) -> None:
    """Send a link when the request has succeeded; to mock phones nothing. Raises GENERAL_PHONE_DISABLED."""
    await _send(ctx, phone, f"{letters.project_name(ctx)}: {link}")


async def _send(ctx: Ctx, phone: str, text: str) -> None:
    if await phones.code_of(ctx.db, ctx.project.id, phone) is not None:
        return
    if not can_send(ctx):
        raise errors.GENERAL_PHONE_DISABLED
    await deliveries.enqueue_sms(ctx.db, ctx.app.vault, ctx.project.id, phone, text)
