"""Who may sign up: the console's rules, and the limit of users."""

from __future__ import annotations

from appwrite_py import errors
from appwrite_py.http.context import Ctx
from appwrite_py.identity import users
from appwrite_py.platform import policies
from appwrite_py.settings import split_words


def check_console(ctx: Ctx, email: str) -> None:
    """Whether the console's lists of e-mail and IP addresses let this one in; empty lists let in all.

    Raises USER_EMAIL_NOT_WHITELISTED, USER_IP_NOT_WHITELISTED.
    """
    if not ctx.project.is_console:
        return
    emails = split_words(ctx.settings.console_whitelist_emails.lower())
    if emails and email.lower() not in emails:
        raise errors.USER_EMAIL_NOT_WHITELISTED
    addresses = split_words(ctx.settings.console_whitelist_ips)
    if addresses and ctx.request.ip not in addresses:
        raise errors.USER_IP_NOT_WHITELISTED


async def check_room(ctx: Ctx) -> None:
    """Whether the project takes another user. Raises USER_COUNT_EXCEEDED, or USER_CONSOLE_COUNT_EXCEEDED."""
    limit = policies.user_limit(ctx.project, ctx.settings)
    if limit and not await users.has_room(ctx.db, ctx.project.id, limit):
        raise errors.USER_CONSOLE_COUNT_EXCEEDED if ctx.project.is_console else errors.USER_COUNT_EXCEEDED
