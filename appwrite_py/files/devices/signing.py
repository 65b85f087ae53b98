"""URLs that open one object for some time, and say with which headers it is answered.

The library signs URLs, too, but no parameters beside its own; these are the same signatures with the headers in them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

_AZURE_VERSION = "2023-11-03"


class _Dialect(NamedTuple):
    """How a store names the parts of a signature of the fourth version."""

    algorithm: str
    parameter: str
    scope: str


def s3(
    url: str, access_key: str, secret: str, region: str, seconds: int, at: datetime, headers: Mapping[str, str]
) -> str:
    """A signed URL of S3. `url`: of the object, its path quoted. `headers`: parameters such as `response-…`."""
    day = f"{at:%Y%m%d}"

    def sign(text: bytes) -> str:
        key = f"AWS4{secret}".encode()
        for part in (day, region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, text, "sha256").hex()

    dialect = _Dialect("AWS4-HMAC-SHA256", "X-Amz", f"{day}/{region}/s3/aws4_request")
    return _version_4(url, dialect, access_key, seconds, at, headers, sign)


def gcs(url: str, email: str, key: RSAPrivateKey, seconds: int, at: datetime, headers: Mapping[str, str]) -> str:
    """A signed URL of Google Cloud Storage, by the key of a service account."""
    dialect = _Dialect("GOOG4-RSA-SHA256", "X-Goog", f"{at:%Y%m%d}/auto/storage/goog4_request")
    return _version_4(
        url, dialect, email, seconds, at, headers, lambda text: key.sign(text, PKCS1v15(), SHA256()).hex()
    )


def azure(
    url: str, account: str, key: bytes, blob: str, seconds: int, at: datetime, media_type: str, disposition: str
) -> str:
    """A URL with a service SAS. `blob`: container and path, not quoted."""
    begin, end = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (at, at + timedelta(seconds=seconds)))
    # Permissions, times, object; identifier, addresses, protocol; version, kind; snapshot, encryption scope;
    # cache-control, content-disposition, content-encoding, content-language, content-type of the answer
    signed = ["r", begin, end, f"/blob/{account}/{blob}", "", "", "", _AZURE_VERSION, "b", "", ""]
    signed += ["", disposition, "", "", media_type]
    signature = hmac.digest(key, "\n".join(signed).encode(), "sha256")
    parameters = {"sp": "r", "sr": "b", "sv": _AZURE_VERSION, "st": begin, "se": end}
    parameters |= {"rscd": disposition, "rsct": media_type}
    parameters = {name: value for name, value in parameters.items() if value}
    return f"{url}?{_query(parameters)}&sig={_quoted(base64.b64encode(signature).decode())}"


def _version_4(
    url: str,
    dialect: _Dialect,
    key_id: str,
    seconds: int,
    at: datetime,
    headers: Mapping[str, str],
    sign: Callable[[bytes], str],
) -> str:
    parts, stamp = urlsplit(url), f"{at:%Y%m%dT%H%M%SZ}"
    own = {
        "Algorithm": dialect.algorithm,
        "Credential": f"{key_id}/{dialect.scope}",
        "Date": stamp,
        "Expires": str(seconds),
        "SignedHeaders": "host",
    }
    query = _query({**{f"{dialect.parameter}-{name}": value for name, value in own.items()}, **headers})
    request = f"GET\n{parts.path}\n{query}\nhost:{parts.netloc}\n\nhost\nUNSIGNED-PAYLOAD"
    digest = hashlib.sha256(request.encode()).hexdigest()
    signature = sign(f"{dialect.algorithm}\n{stamp}\n{dialect.scope}\n{digest}".encode())
    return f"{url}?{query}&{dialect.parameter}-Signature={signature}"


def _query(parameters: Mapping[str, str]) -> str:
    return "&".join(sorted(f"{_quoted(name)}={_quoted(value)}" for name, value in parameters.items()))


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
