"""Azure Blob Storage, with a key of the storage account."""

from __future__ import annotations

import base64
from typing import Self
from urllib.parse import quote

from obstore.store import AzureStore

from appwrite_py.files.devices import signing
from appwrite_py.files.devices.base import register
from appwrite_py.files.devices.objects import CLIENT, RETRIES, ObjectDevice, connected, needed, prefix_of
from appwrite_py.kit import clock
from appwrite_py.settings import Settings


@register
class AzureDevice(ObjectDevice):
    """A container of a storage account. `key`: as Azure shows it, in base64."""

    kind = "azure"

    def __init__(self, account: str, key: str, container: str, *, prefix: str = "") -> None:
        self._account, self._key, self._container = account, base64.b64decode(key, validate=True), container
        store = AzureStore(
            container, account_name=account, account_key=key, client_options=CLIENT, retry_config=RETRIES
        )
        super().__init__(store, prefix)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        account, key = settings.storage_azure_account, settings.storage_azure_key
        container, prefix = settings.storage_azure_container, prefix_of(settings)
        needed(
            cls.kind,
            APPWRITE_PY_STORAGE_AZURE_ACCOUNT=account,
            APPWRITE_PY_STORAGE_AZURE_KEY=key,
            APPWRITE_PY_STORAGE_AZURE_CONTAINER=container,
        )
        with connected(cls.kind, "APPWRITE_PY_STORAGE_AZURE_ACCOUNT and APPWRITE_PY_STORAGE_AZURE_KEY"):
            return cls(account, key, container, prefix=prefix)

    def signed(self, key: str, seconds: int, media_type: str, disposition: str) -> str:
        blob = f"{self._container}/{key}"
        url = f"https://{self._account}.blob.core.windows.net/{quote(blob, safe='/~')}"
        return signing.azure(url, self._account, self._key, blob, seconds, clock.now(), media_type, disposition)
