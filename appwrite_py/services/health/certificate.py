"""The certificate that a public host shows, read over a connection of our own."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Annotated

from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from appwrite_py import errors
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import Service
from appwrite_py.kit.addresses import is_public
from appwrite_py.kit.urls import host_of
from appwrite_py.services.health.models import HealthCertificate

service = Service("health", "/v1/health/certificate")

_TIMEOUT_SECONDS = 10
_SHORT_NAMES = {
    NameOID.COUNTRY_NAME: "C", NameOID.STATE_OR_PROVINCE_NAME: "ST", NameOID.LOCALITY_NAME: "L",
    NameOID.ORGANIZATION_NAME: "O", NameOID.ORGANIZATIONAL_UNIT_NAME: "OU", NameOID.COMMON_NAME: "CN",
}  # fmt: skip


Domain = Annotated[str, rules.PublicDomain()]


@service.get("", scope="health.read")
async def get_certificate(ctx: Ctx, domain: Domain | None = None) -> HealthCertificate:
    """The TLS certificate of a domain: whom it names, who issued it, and how long it is valid."""
    if domain is None:
        raise errors.GENERAL_ARGUMENT_INVALID("Invalid `domain` param: it is required.")
    host = host_of(domain)
    shown = describe(await fetch(host, await public_address(host)))
    if int(shown["validTo"]) < ctx.now.timestamp():
        raise errors.HEALTH_CERTIFICATE_EXPIRED
    return shown


async def public_address(host: str) -> str:
    """An address of the host. Raises HEALTH_INVALID_HOST where there is none, or only private ones."""
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError) as cause:
        raise errors.HEALTH_INVALID_HOST(f"The host {host} is not known.") from cause
    addresses = [str(entry[4][0]) for entry in found]
    public = [address for address in addresses if is_public(address)]
    if not public:
        raise errors.HEALTH_INVALID_HOST(f"The host {host} has no public address.")
    return public[0]


async def fetch(host: str, address: str, port: int = 443) -> bytes:
    """The certificate, in DER, that the address shows for a host. Raises HEALTH_INVALID_HOST."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE  # it is read, not relied on
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            _, writer = await asyncio.open_connection(address, port, ssl=trusting, server_hostname=host)
    except (OSError, TimeoutError) as cause:
        raise errors.HEALTH_INVALID_HOST(f"No TLS connection to {host} can be made.") from cause
    try:
        found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.close()
    if not found:
        raise errors.HEALTH_INVALID_HOST(f"The host {host} shows no certificate.")
    return bytes(found)


def describe(der: bytes) -> HealthCertificate:
    """What a certificate says. Raises HEALTH_INVALID_HOST for one that cannot be read."""
    try:
        found = x509.load_der_x509_certificate(der)
        subject = [(_SHORT_NAMES.get(part.oid, part.oid.dotted_string), str(part.value)) for part in found.subject]
        return {
            "name": "".join(f"/{name}={value}" for name, value in subject),
            "subjectSN": _first(found.subject, NameOID.COMMON_NAME),
            "issuerOrganisation": _first(found.issuer, NameOID.ORGANIZATION_NAME),
            "validFrom": str(int(found.not_valid_before_utc.timestamp())),
            "validTo": str(int(found.not_valid_after_utc.timestamp())),
            "signatureTypeSN": _signature(found),
        }
    except ValueError as cause:
        raise errors.HEALTH_INVALID_HOST("The certificate cannot be read.") from cause


def _first(name: x509.Name, oid: ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def _signature(certificate: x509.Certificate) -> str:
    """`RSA-SHA256` and the like, `ecdsa-with-SHA256` for elliptic curves, else the name of the algorithm."""
    name = certificate.signature_algorithm_oid._name
    for long, short in (("WithRSAEncryption", "RSA-"), ("ecdsa-with-", "ecdsa-with-")):
        if long in name:
            return short + name.replace(long, "").upper()
    return name
