"""Where the bytes of files lie: a folder of this machine, or an object store."""

from __future__ import annotations

from appwrite_py.files.devices import azure, gcs, s3
from appwrite_py.files.devices.base import (
    KINDS,
    BadDevice,
    BlobNotFound,
    Device,
    DeviceFailed,
    DeviceFull,
    Writer,
)
from appwrite_py.files.devices.local import LocalDevice
from appwrite_py.settings import Settings

__all__ = [
    "KINDS",
    "BadDevice",
    "BlobNotFound",
    "Device",
    "DeviceFailed",
    "DeviceFull",
    "LocalDevice",
    "Writer",
    "azure",
    "gcs",
    "make_device",
    "s3",
]
_SPEAK_S3 = ("backblaze", "dospaces", "linode", "wasabi")


def make_device(settings: Settings) -> Device:
    """The device that the settings name. Raises BadDevice, whose message says which setting is wrong or missing."""
    kind = settings.storage_device.lower()
    if kind in KINDS:
        return KINDS[kind].of(settings)
    if kind in _SPEAK_S3:
        raise BadDevice(
            f"_APP_STORAGE_DEVICE={kind} is reached by the S3 protocol: set _APP_STORAGE_DEVICE=s3, the provider's "
            "address in _APP_STORAGE_S3_ENDPOINT, and the other settings _APP_STORAGE_S3_*."
        )
    raise BadDevice(f"_APP_STORAGE_DEVICE is {kind!r}; there are {', '.join(sorted(KINDS))}.")
