"""Carrying a mail to an SMTP server. What is in it and which server it goes to is decided by others."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING, Literal

from appwrite_py.kit.outbound import Outbound, Refused

if TYPE_CHECKING:
    import aiosmtplib

Secure = Literal["", "tls", "ssl"]
_POLICY = policy.SMTP.clone(cte_type="7bit")
_NAME_LENGTH = 128


class NotDelivered(Exception):
    """A message was not taken. `final`: it will not be taken later either, so there is no use in trying again."""

    def __init__(self, why: str, *, final: bool) -> None:
        super().__init__(why)
        self.final = final


@dataclass(slots=True, frozen=True)
class SmtpServer:
    """Where mails are handed in. `secure`: `tls` upgrades the connection (STARTTLS), `ssl` begins with TLS."""

    host: str
    port: int
    secure: Secure = ""
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(slots=True, frozen=True)
class Mail:
    """A finished mail to one person. `id` makes its Message-ID, so that it stays one mail when it is sent again."""

    id: str
    to_email: str
    from_email: str
    subject: str = field(repr=False)
    html: str = field(repr=False)
    text: str = field(repr=False)
    to_name: str = ""
    from_name: str = ""
    reply_to_email: str = ""
    reply_to_name: str = ""
    language: str = "en"


async def deliver(mail: Mail, server: SmtpServer, *, outbound: Outbound | None = None, seconds: float = 30.0) -> None:
    """Hand a mail to a server. With `outbound` only servers that it lets through are called. Raises NotDelivered."""
    message = compose(mail)
    async with _connected(server, outbound, seconds) as client:
        await client.send_message(message, sender=mail.from_email, recipients=[mail.to_email])


async def try_out(server: SmtpServer, *, outbound: Outbound | None = None, seconds: float = 5.0) -> None:
    """Whether the server can be reached, speaks TLS as it should and lets us in. Raises NotDelivered."""
    async with _connected(server, outbound, seconds):
        pass


def compose(mail: Mail) -> EmailMessage:
    """The mail as it goes over the wire: plain text with HTML beside it. Raises NotDelivered for no addresses."""
    message = EmailMessage(_POLICY)
    message["From"] = _address(mail.from_name, mail.from_email)
    message["To"] = _address(mail.to_name, mail.to_email)
    if mail.reply_to_email:
        message["Reply-To"] = _address(mail.reply_to_name, mail.reply_to_email)
    message["Subject"] = one_line(mail.subject)
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{mail.id}@{mail.from_email.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # so that no absence note answers it
    message.set_content(mail.text, cte="base64")
    message.add_alternative(mail.html, subtype="html", cte="base64")
    message["Content-Language"] = one_line(mail.language)
    message.set_boundary(f"={mail.id}=")
    return message


def one_line(text: str) -> str:
    """Text that can stand in a header: without line breaks and other control characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _address(name: str, email: str) -> Address:
    try:
        return Address(one_line(name)[:_NAME_LENGTH], addr_spec=email)
    except (ValueError, IndexError) as cause:
        raise NotDelivered("An address of the mail is none.", final=True) from cause


@contextlib.asynccontextmanager
async def _connected(server: SmtpServer, outbound: Outbound | None, seconds: float) -> AsyncIterator[aiosmtplib.SMTP]:
    """A connection over which mails can be sent. What goes wrong meanwhile is raised as NotDelivered."""
    import aiosmtplib

    try:
        async with asyncio.timeout(seconds):
            client = aiosmtplib.SMTP(
                hostname=server.host,
                sock=await _reach(server, outbound),
                local_hostname=socket.gethostname() or "localhost",
                timeout=seconds,
                use_tls=server.secure == "ssl",
                start_tls=server.secure == "tls",
                username=server.username or None,
                password=server.password if server.username else None,
            )
            async with client:
                yield client
    except Refused as cause:
        raise NotDelivered(str(cause), final=True) from cause
    except ssl.SSLError as cause:
        raise _no_tls(server, cause) from cause
    except aiosmtplib.SMTPException as cause:
        raise _not_delivered(server, cause) from cause
    except TimeoutError as cause:
        raise NotDelivered(f"The server {server.host}:{server.port} did not answer in time.", final=False) from cause
    except OSError as cause:
        raise NotDelivered(f"The server {server.host}:{server.port} cannot be reached: {cause}", final=False) from cause


async def _reach(server: SmtpServer, outbound: Outbound | None) -> socket.socket:
    """A connection to the first of the host's addresses that takes one; those that were checked, none else."""
    if outbound is not None:
        addresses: Sequence[str] = await outbound.addresses(server.host, server.port)
    else:
        addresses = [server.host]
    failed: OSError | None = None
    for address in addresses:
        try:
            return await _socket_to(address, server.port)
        except OSError as cause:
            failed = cause
    raise failed or OSError("it has no address")


async def _socket_to(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    failed: OSError | None = None
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        sock = socket.socket(family, kind, protocol)
        sock.setblocking(False)
        try:
            await loop.sock_connect(sock, address)
        except OSError as cause:
            sock.close()
            failed = cause
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failed or OSError("it has no address")


def _not_delivered(server: SmtpServer, cause: Exception) -> NotDelivered:
    """Answers from 500 on are final (RFC 5321); others, and broken connections, may pass."""
    import aiosmtplib

    if isinstance(cause, aiosmtplib.SMTPRecipientsRefused) and cause.recipients:
        cause = cause.recipients[0]
    if isinstance(cause.__cause__, ssl.SSLError):
        return _no_tls(server, cause.__cause__)
    where = f"The server {server.host}:{server.port}"
    if isinstance(cause, aiosmtplib.SMTPAuthenticationError):
        return NotDelivered(f"{where} refused the login: {cause.code} {cause.message}", final=cause.code >= 500)
    if isinstance(cause, aiosmtplib.SMTPResponseException | aiosmtplib.SMTPRecipientRefused):
        return NotDelivered(f"{where} answered {cause.code} {cause.message}", final=cause.code >= 500)
    if isinstance(cause, OSError | TimeoutError):
        return NotDelivered(f"{where} cannot be reached: {cause}", final=False)
    return NotDelivered(f"{where} cannot do what is configured: {cause}", final=True)


def _no_tls(server: SmtpServer, cause: ssl.SSLError) -> NotDelivered:
    why = f"A TLS connection to the server {server.host}:{server.port} is not possible: {cause.reason or cause}"
    return NotDelivered(why, final=isinstance(cause, ssl.SSLCertVerificationError))
