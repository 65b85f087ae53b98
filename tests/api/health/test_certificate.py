"""Reading the certificate of a domain."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from appwrite_py import errors
from appwrite_py.services.health import certificate
from tests.client import Sandbox


def make_certificate(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, days: int) -> x509.Certificate:
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"), x509.NameAttribute(NameOID.COMMON_NAME, "www.example.org")]
    )
    issuer = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Authority")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=30)).not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )  # fmt: skip


def der(found: x509.Certificate) -> bytes:
    return found.public_bytes(serialization.Encoding.DER)


def test_what_a_certificate_says() -> None:
    found = make_certificate(ec.generate_private_key(ec.SECP256R1()), 10)
    shown = certificate.describe(der(found))
    assert shown["name"] == "/C=DE/CN=www.example.org"
    assert shown["subjectSN"] == "www.example.org"
    assert shown["issuerOrganisation"] == "Example Authority"
    assert shown["validTo"] == str(int(found.not_valid_after_utc.timestamp()))
    assert shown["validFrom"] == str(int(found.not_valid_before_utc.timestamp()))
    assert shown["signatureTypeSN"] == "ecdsa-with-SHA256"
    other = make_certificate(rsa.generate_private_key(65537, 2048), 10)
    assert certificate.describe(der(other))["signatureTypeSN"] == "RSA-SHA256"
    with pytest.raises(errors.HEALTH_INVALID_HOST):
        certificate.describe(b"no certificate")


def test_it_is_read_over_tls_though_nobody_trusts_it(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    found = make_certificate(key, -1)
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ) + found.public_bytes(serialization.Encoding.PEM)
    )  # fmt: skip

    async def ask() -> bytes:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0, ssl=context)
        async with server:
            return await certificate.fetch("www.example.org", "127.0.0.1", server.sockets[0].getsockname()[1])

    assert asyncio.run(ask()) == der(found)


def test_hosts_that_do_not_answer() -> None:
    with pytest.raises(errors.HEALTH_INVALID_HOST):
        asyncio.run(certificate.fetch("www.example.org", "127.0.0.1", 1))
    with pytest.raises(errors.HEALTH_INVALID_HOST):
        asyncio.run(certificate.public_address("localhost"))


def show(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    shown = der(make_certificate(ec.generate_private_key(ec.SECP256R1()), days))

    async def fetch(host: str, address: str) -> bytes:
        assert (host, address) == ("www.example.org", "1.2.3.4")
        return shown

    async def public_address(host: str) -> str:
        return "1.2.3.4"

    monkeypatch.setattr(certificate, "fetch", fetch)
    monkeypatch.setattr(certificate, "public_address", public_address)


def test_a_valid_certificate_is_shown(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    show(monkeypatch, 10)
    found = sandbox.key.get("/health/certificate", domain="www.example.org").ok(200)
    assert found["subjectSN"] == "www.example.org"
    assert sandbox.key.get("/health/certificate", domain="https://WWW.example.org/path").ok(200) == found


def test_an_expired_certificate_is_an_error(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    show(monkeypatch, -1)
    sandbox.key.get("/health/certificate", domain="www.example.org").fails(404, "health_certificate_expired")


@pytest.mark.parametrize(
    "domain",
    ["", "localhost", "http://localhost", "127.0.0.1", "https://10.0.0.1/", "db.internal", "a.local", "x y.com",
     "[::1]", "https://[::1]/", "nodots", "example.test", "http://", "a.b.123"],
)  # fmt: skip
def test_private_and_malformed_domains_are_refused(sandbox: Sandbox, domain: str) -> None:
    sandbox.key.get("/health/certificate", domain=domain).fails(400, "general_argument_invalid")


def test_the_domain_is_needed(sandbox: Sandbox) -> None:
    sandbox.key.get("/health/certificate").fails(400, "general_argument_invalid")
