"""S3, and the many stores that speak its protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from urllib.parse import quote, urlsplit

from obstore.store import S3Store

from appwrite_py.files.devices import signing
from appwrite_py.files.devices.base import BadDevice, register
from appwrite_py.files.devices.objects import CLIENT, RETRIES, ObjectDevice, connected, needed, prefix_of
from appwrite_py.kit import clock
from appwrite_py.settings import Settings

if TYPE_CHECKING:
    from obstore.store import S3Credential


@register
class S3Device(ObjectDevice):
    """A bucket of S3. Its name is in the path, which every store understands, and not in the host name."""

    kind = "s3"

    def __init__(
        self, endpoint: str, region: str, bucket: str, access_key: str, secret: str, *, prefix: str = ""
    ) -> None:
        self._url, self._region, self._login = f"{endpoint}/{quote(bucket)}", region, (access_key, secret)

        def login() -> S3Credential:  # As a function, so that no token of the environment is added to it
            return {"access_key_id": access_key, "secret_access_key": secret, "token": None, "expires_at": None}

        store = S3Store(
            bucket,
            endpoint=endpoint,
            region=region,
            virtual_hosted_style_request=False,
            credential_provider=login,
            client_options={**CLIENT, "allow_http": endpoint.startswith("http:")},
            retry_config=RETRIES,
        )
        super().__init__(store, prefix)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        bucket, key, secret = settings.storage_s3_bucket, settings.storage_s3_access_key, settings.storage_s3_secret
        needed(
            cls.kind,
            _APP_STORAGE_S3_ACCESS_KEY=key,
            _APP_STORAGE_S3_SECRET=secret,
            _APP_STORAGE_S3_REGION=settings.storage_s3_region,
            _APP_STORAGE_S3_BUCKET=bucket,
        )
        endpoint, prefix = _endpoint(settings), prefix_of(settings)
        with connected(cls.kind, "_APP_STORAGE_S3_ENDPOINT and _APP_STORAGE_S3_BUCKET"):
            return cls(endpoint, settings.storage_s3_region, bucket, key, secret, prefix=prefix)

    def signed(self, key: str, seconds: int, media_type: str, disposition: str) -> str:
        headers = {"response-content-type": media_type, "response-content-disposition": disposition}
        url = f"{self._url}/{quote(key, safe='/~')}"
        return signing.s3(url, *self._login, self._region, seconds, clock.now(), headers)


def _endpoint(settings: Settings) -> str:
    """The store's address, with a scheme and no slash at the end; without one in the settings, that of AWS."""
    given = settings.storage_s3_endpoint.rstrip("/") or f"https://s3.{settings.storage_s3_region}.amazonaws.com"
    address = given if "://" in given else f"https://{given}"
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
        raise BadDevice("_APP_STORAGE_S3_ENDPOINT has to be an address such as https://s3.example.com.")
    return address
