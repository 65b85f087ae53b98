"""A device of each kind that can be had without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from appwrite_py.files.devices import Device, LocalDevice
from appwrite_py.files.devices.s3 import S3Device
from tests.s3 import BUCKET, client, store

__all__ = ["store"]


@pytest.fixture
def s3_client(store: str) -> Any:
    """Another way to look into the store."""
    return client(store)


@pytest.fixture
def s3_device(store: str) -> S3Device:
    """A device over an empty folder of the store."""
    return S3Device(store, "us-east-1", BUCKET, "key", "secret", prefix=f"tests/{uuid4().hex}")


@pytest.fixture(params=["local", "s3"])
def device(request: pytest.FixtureRequest, tmp_path: Path) -> Device:
    """An empty device of each kind."""
    if request.param == "local":
        return LocalDevice(tmp_path / "files")
    found: Device = request.getfixturevalue("s3_device")
    return found
