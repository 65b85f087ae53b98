"""Where the bytes of files lie: a folder of this machine, or an object store."""

from __future__ import annotations

from appwrite_py.files.devices.base import BlobNotFound, Device, DeviceFull, Writer
from appwrite_py.files.devices.local import LocalDevice

__all__ = ["BlobNotFound", "Device", "DeviceFull", "LocalDevice", "Writer"]
