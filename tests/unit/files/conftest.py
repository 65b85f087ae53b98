"""An S3-compatible store on the loopback interface, and a device of each kind that can be had without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from appwrite_py.files.devices import Device, LocalDevice
from appwrite_py.files.devices.s3 import S3Device

BUCKET = "the-bucket"


@pytest.fixture(scope="session")
def store() -> Iterator[str]:
    """The address of the store."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        _client(f"http://{host}:{port}").create_bucket(Bucket=BUCKET)
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture
def s3_client(store: str) -> Any:
    """Another way to look into the store."""
    return _client(store)


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


def _client(address: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(signature_version="s3v4"),
    )
