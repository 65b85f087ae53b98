"""What leaves the server: mails, messages and webhooks."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from appwrite_py.settings.kinds import Section, Words


class Mails(Section):
    """Mails and messages."""

    system_email_name: Words = Field(
        "appwrite_py", alias="_APP_SYSTEM_EMAIL_NAME", description="Name that mails come from."
    )
    system_email_address: Words = Field(
        "",
        alias="_APP_SYSTEM_EMAIL_ADDRESS",
        description="Address that mails come from. Empty: `noreply@` and `_APP_DOMAIN`.",
    )
    smtp_host: Words = Field(
        "", alias="_APP_SMTP_HOST", description="Mail server. Empty: only projects with one of their own send mails."
    )
    smtp_port: int = Field(587, alias="_APP_SMTP_PORT", ge=1, le=65535, description="Port of the mail server.")
    smtp_secure: Literal["", "tls", "ssl"] = Field(
        "",
        alias="_APP_SMTP_SECURE",
        description="`tls` upgrades the connection to the mail server (STARTTLS), `ssl` begins with TLS. "
        "Empty: no encryption.",
    )
    smtp_username: Words = Field("", alias="_APP_SMTP_USERNAME", description="User at the mail server; empty for none.")
    smtp_password: str = Field("", alias="_APP_SMTP_PASSWORD", description="Password at the mail server.")
    sms_provider: Words = Field(
        "",
        alias="_APP_SMS_PROVIDER",
        description="Provider of text messages, as `sms://USER:SECRET@PROVIDER` (`twilio`, `textmagic`, `telesign`, "
        "`msg91`, `vonage`, `fast2sms`, `inforu`, or `mock?url=`). Several with commas, each with `?local=` and "
        "a country code, one with `?local=default`.",
    )
    sms_from: Words = Field("", alias="_APP_SMS_FROM", description="Number or name that text messages come from.")


class Webhooks(Section):
    """Webhooks."""

    webhook_max_failed_attempts: int = Field(
        10,
        alias="_APP_WEBHOOK_MAX_FAILED_ATTEMPTS",
        ge=1,
        description="Events in a row that could not be delivered at once, after which a webhook is paused.",
    )
    security_email: Words = Field(
        "",
        alias="_APP_SYSTEM_SECURITY_EMAIL_ADDRESS",
        description="Address that webhooks' requests name for reports of abuse. Empty: the one that mails come from.",
    )
