"""Handing mails in: what they look like on the wire, TLS, logins, and which failures are final."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from appwrite_py.delivery.mail import Mail, NotDelivered, SmtpServer, compose, deliver, try_out
from appwrite_py.kit.outbound import Outbound
from tests.mailbox import Mailbox

MAIL = Mail(
    id="0123", to_email="eve@example.com", to_name="Ève", from_email="app@example.org", from_name="App",
    subject="Grüße", html="<p>Ölig</p>", text="Ölig\n.\nEnde\n", language="de",
)  # fmt: skip


def at(box: Mailbox, **more: object) -> SmtpServer:
    return replace(SmtpServer(box.host, box.port), **more)  # type: ignore[arg-type]


def refused(mail: Mail, server: SmtpServer, outbound: Outbound | None = None) -> NotDelivered:
    with pytest.raises(NotDelivered) as caught:
        asyncio.run(deliver(mail, server, outbound=outbound))
    return caught.value


def test_what_arrives() -> None:
    with Mailbox() as box:
        asyncio.run(deliver(MAIL, at(box)))
        mail = box.wait("eve@example.com")
    assert (mail.subject, mail.html.strip(), mail.sender) == ("Grüße", "<p>Ölig</p>", "app@example.org")
    assert mail.text.split() == ["Ölig", ".", "Ende"]
    assert str(mail.message["To"]) == "Ève <eve@example.com>"
    assert mail.message["Message-ID"] == "<0123@example.org>"
    assert mail.message["Content-Language"] == "de"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert abs(datetime.now(UTC) - mail.message["Date"].datetime) < timedelta(minutes=1)
    assert mail.message["Reply-To"] is None


def test_nothing_gets_into_the_headers() -> None:
    evil = 'x\r\nBcc: all@example.com\n\n<p>\x00\u2028", <other@example.com>'
    message = compose(replace(MAIL, to_name=evil, from_name=evil, reply_to_name=evil, reply_to_email="r@example.org",
                              subject=evil, language="de\r\nX: y"))  # fmt: skip
    raw = message.as_bytes()
    head = raw.partition(b"\r\n\r\n")[0]
    assert b"\r\nBcc" not in head
    assert b"\r\nX:" not in head
    assert b"\x00" not in head
    assert [address.addr_spec for address in message["To"].addresses] == ["eve@example.com"]
    assert "\n" not in message["Subject"]
    for wrong in ("a@b.c\r\nBcc: d@e.f", "a@b.c, d@e.f", "", "nobody"):
        with pytest.raises(NotDelivered) as caught:
            compose(replace(MAIL, to_email=wrong))
        assert caught.value.final


def test_which_failures_are_final() -> None:
    answers = {"full@example.com": "452 mailbox full", "gone@example.com": "550 no such user"}
    with Mailbox(answer=answers.get, users={"me": "right"}) as box:
        assert not refused(replace(MAIL, to_email="full@example.com"), at(box)).final
        gone = refused(replace(MAIL, to_email="gone@example.com"), at(box))
        assert gone.final
        assert "550" in str(gone)
        login = refused(MAIL, at(box, username="me", password="wrong"))
        assert login.final
        assert "wrong" not in str(login)
        assert refused(MAIL, at(box, secure="tls")).final  # it has no STARTTLS
        asyncio.run(deliver(MAIL, at(box, username="me", password="right")))
        assert box.wait("eve@example.com").login == "me"
        closed = at(box)
    assert not refused(MAIL, closed).final
    assert not refused(MAIL, SmtpServer("name.invalid", 25)).final
    assert not box.letters


def test_a_server_that_never_answers() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = SmtpServer("127.0.0.1", listening.getsockname()[1])
        with pytest.raises(NotDelivered) as caught:
            asyncio.run(try_out(server, seconds=0.2))
    assert not caught.value.final


def test_private_addresses_are_refused_before_anything_is_sent() -> None:
    with Mailbox() as box:
        for host in ("127.0.0.1", "localhost", "::1", "10.0.0.1"):
            caught = refused(MAIL, at(box, host=host), Outbound())
            assert caught.final
            assert "private" in str(caught)
        asyncio.run(deliver(MAIL, at(box), outbound=Outbound(allow_private=True)))
        assert len(box.letters) == 1


def test_passwords_and_words_are_not_shown() -> None:
    server = SmtpServer("h", 25, username="u", password="s3cret")
    assert "s3cret" not in repr(server)
    assert "Ölig" not in repr(MAIL)


# --- TLS ----------------------------------------------------------------------------------------------------
@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = tmp_path / "server.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(pem))
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_starttls(tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Mailbox(tls=tls, users={"me": "right"}) as box:
        server = at(box, secure="tls", username="me", password="right")
        unknown = refused(MAIL, server)
        assert unknown.final
        assert "TLS" in str(unknown)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        asyncio.run(try_out(server))
        asyncio.run(deliver(MAIL, server))
        mail = box.wait("eve@example.com")
        assert (mail.secure, mail.login) == (True, "me")
        assert refused(MAIL, at(box)).final  # it wants STARTTLS first
        wrong = refused(MAIL, replace(server, host="localhost"))
        assert wrong.final  # the certificate is for another name
    assert box.letters == []


def test_tls_from_the_start_with_a_server_that_speaks_none(tls: ssl.SSLContext) -> None:
    with Mailbox(tls=tls) as box:
        assert "TLS" in str(refused(MAIL, at(box, secure="ssl")))
