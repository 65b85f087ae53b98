"""Google Cloud Storage, with the key of a service account."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from obstore.store import GCSStore

from appwrite_py.files.devices import signing
from appwrite_py.files.devices.base import BadDevice, register
from appwrite_py.files.devices.objects import CLIENT, RETRIES, ObjectDevice, connected, needed, prefix_of
from appwrite_py.kit import clock
from appwrite_py.settings import Settings

_CREDENTIALS = "APPWRITE_PY_STORAGE_GCS_CREDENTIALS"
_ADDRESS = "https://storage.googleapis.com"


@register
class GcsDevice(ObjectDevice):
    """A bucket of Google Cloud Storage. `account`: what Google's file of the service account holds."""

    kind = "gcs"

    def __init__(self, bucket: str, account: dict[str, Any], *, prefix: str = "") -> None:
        key = load_pem_private_key(account["private_key"].encode(), None)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("not an RSA key")
        self._key, self._email = key, str(account["client_email"])
        self._url = f"{_ADDRESS}/{quote(bucket)}"
        store = GCSStore(bucket, service_account_key=json.dumps(account), client_options=CLIENT, retry_config=RETRIES)
        super().__init__(store, prefix)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        bucket, credentials = settings.storage_gcs_bucket, settings.storage_gcs_credentials
        needed(cls.kind, APPWRITE_PY_STORAGE_GCS_BUCKET=bucket, **{_CREDENTIALS: credentials})
        account, prefix = _account(credentials), prefix_of(settings)
        with connected(cls.kind, f"APPWRITE_PY_STORAGE_GCS_BUCKET and {_CREDENTIALS}"):
            return cls(bucket, account, prefix=prefix)

    def signed(self, key: str, seconds: int, media_type: str, disposition: str) -> str:
        headers = {"response-content-type": media_type, "response-content-disposition": disposition}
        url = f"{self._url}/{quote(key, safe='/~')}"
        return signing.gcs(url, self._email, self._key, seconds, clock.now(), headers)


def _account(credentials: str) -> dict[str, Any]:
    """The service account, of JSON text or of the file at a path."""
    try:
        text = credentials if credentials.startswith("{") else Path(credentials).read_text()
        account: dict[str, Any] = dict(json.loads(text))
    except (OSError, ValueError, TypeError) as cause:
        raise BadDevice(f"{_CREDENTIALS} has to be the path of a readable JSON file, or its text.") from cause
    for name in ("private_key", "client_email"):
        if not isinstance(account.get(name), str):
            raise BadDevice(f"{_CREDENTIALS} is no key of a service account: it holds no `{name}`.")
    return account
