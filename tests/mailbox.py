"""A real SMTP server on loopback, and the mails that have arrived at it, taken apart."""

from __future__ import annotations

import email
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

_CODE = re.compile(r"\b\d{6}\b")
Answer = Callable[[str], str | None]


@dataclass
class Letter:
    """A mail as it arrived. `login` is the user that handed it in, `secure` whether that was over TLS."""

    to: str
    sender: str
    message: EmailMessage
    login: str = ""
    secure: bool = False

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None, f"the mail has no {kind}"
        return str(part.get_content())

    @property
    def html(self) -> str:
        return self._part("html")

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def links(self) -> list[str]:
        """Where its links lead to, each once."""
        return list(dict.fromkeys(_Links.of(self.html)))

    @property
    def link(self) -> str:
        """Its only link."""
        assert len(self.links) == 1, self.links
        return self.links[0]

    @property
    def query(self) -> dict[str, str]:
        """The parameters of its only link."""
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.link).query).items()}

    @property
    def code(self) -> str:
        """The code of six digits in its text."""
        found = _CODE.findall(self.text)
        assert len(set(found)) == 1, self.text
        return str(found[0])


@dataclass
class Mailbox:
    """The server. `answer` may refuse a recipient: it gets the address and returns the reply, or None to take it."""

    host: str = "127.0.0.1"
    port: int = 0
    users: dict[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    answer: Answer = lambda address: None
    letters: list[Letter] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._arrived = threading.Condition()
        self._controller: Controller | None = None

    def __enter__(self) -> Mailbox:
        self.port = self.port or _free_port(self.host)
        options: dict[str, Any] = {}
        if self.users:
            over_tls = self.tls is not None  # without, aiosmtpd would warn of a required login
            options = {"authenticator": self._login, "auth_required": over_tls, "auth_require_tls": over_tls}
        self._controller = Controller(
            self, hostname=self.host, port=self.port, tls_context=self.tls, require_starttls=self.tls is not None,
            ready_timeout=10, **options,
        )  # fmt: skip
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._controller is not None
        self._controller.stop(no_assert=True)

    def wait(self, to: str, *, subject: str = "", seconds: float = 20) -> Letter:
        """The next mail to an address, whose subject holds a text; it is taken out of the box."""
        deadline = time.monotonic() + seconds
        with self._arrived:
            while True:
                for letter in self.letters:
                    if letter.to.lower() == to.lower() and subject in letter.subject:
                        self.letters.remove(letter)
                        return letter
                left = deadline - time.monotonic()
                if left <= 0:
                    there = [(letter.to, letter.subject) for letter in self.letters]
                    raise AssertionError(f"no mail to {to} has arrived; there are {there}")
                self._arrived.wait(left)

    def of(self, to: str) -> list[Letter]:
        """The mails to an address that are in the box now."""
        with self._arrived:
            return [letter for letter in self.letters if letter.to.lower() == to.lower()]

    # --- called by the server, in its thread ----------------------------------------------------------------
    def _login(self, server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        known = isinstance(data, LoginPassword) and self.users.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=known, handled=False, auth_data=data if known else None)

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self.answer(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        message = email.message_from_bytes(content, policy=policy.default)
        login = session.auth_data.login.decode() if session.auth_data else ""
        with self._arrived:
            for address in envelope.rcpt_tos:
                self.letters.append(Letter(address, envelope.mail_from or "", message, login, session.ssl is not None))
            self._arrived.notify_all()
        return "250 OK"


def _free_port(host: str) -> int:
    with socket.socket() as sock:
        sock.bind((host, 0))
        return int(sock.getsockname()[1])


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @classmethod
    def of(cls, html: str) -> list[str]:
        reader = cls()
        reader.feed(html)
        return reader.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a" and (href := dict(attrs).get("href")):
            self.found.append(href)
