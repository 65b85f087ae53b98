"""Object stores: how they are configured, what they leave behind, their links, and stores that refuse or fail."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import obstore
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from obstore.store import AzureStore, GCSStore

from appwrite_py.files.devices import BadDevice, BlobNotFound, DeviceFailed, DeviceFull, make_device, signing
from appwrite_py.files.devices.azure import AzureDevice
from appwrite_py.files.devices.gcs import GcsDevice
from appwrite_py.files.devices.objects import RETRIES
from appwrite_py.files.devices.s3 import S3Device
from appwrite_py.settings import Settings
from tests.s3 import BUCKET
from tests.unit.files.test_devices import put, streamed

NAME = 'Zürich "plan" & 100 %+; a=b.pdf'
MIB = b"x" * (1 << 20)
S3 = {
    "storage_device": "s3",
    "storage_s3_access_key": "key",
    "storage_s3_secret": "hush-hush",
    "storage_s3_bucket": BUCKET,
}
GCS = {"storage_device": "gcs", "storage_gcs_bucket": "my-bucket"}
AZURE = {
    "storage_device": "azure",
    "storage_azure_account": "account",
    "storage_azure_key": base64.b64encode(b"hush-hush").decode(),
    "storage_azure_container": "files",
}


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **values)


def signed_by(url: str, prefix: str) -> tuple[dict[str, str], datetime]:
    """The parameters of a signed URL, and when it was signed."""
    found = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    return found, datetime.strptime(found[f"{prefix}-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def account() -> dict[str, str]:
    """A service account as in Google's file."""
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account",
        "client_email": "server@project.iam.gserviceaccount.com",
        "private_key": key.decode(),
        "private_key_id": "1",
    }


# --- uploads in parts ---------------------------------------------------------------------------------
def test_large_ones_are_sent_in_parts(s3_device: S3Device, s3_client: Any) -> None:
    asyncio.run(put(s3_device, "p/b/large", *[MIB] * 20))
    asyncio.run(put(s3_device, "p/b/small", MIB))
    keys = {found["Key"].rpartition("/")[2]: found["ETag"] for found in objects(s3_client, s3_device)}
    assert keys["large"].strip('"').endswith("-3")  # the store counts the parts
    assert "-" not in keys["small"]


@pytest.mark.parametrize("cancelled", [False, True])
def test_an_upload_that_is_given_up_is_ended(s3_device: S3Device, s3_client: Any, cancelled: bool) -> None:
    async def given_up(begun: asyncio.Event) -> None:
        async with s3_device.writing("p/b/one") as writer:
            for _ in range(20):
                await writer.write(MIB)
            assert len(uploads(s3_client)) == 1
            begun.set()
            if cancelled:
                await asyncio.sleep(60)
            raise KeyError

    async def test() -> None:
        begun = asyncio.Event()
        task = asyncio.create_task(given_up(begun))
        await asyncio.wait((asyncio.create_task(begun.wait()), task), return_when=asyncio.FIRST_COMPLETED)
        if cancelled:
            task.cancel()
        with pytest.raises(asyncio.CancelledError if cancelled else KeyError):
            await task

    asyncio.run(test())
    assert uploads(s3_client) == []
    assert objects(s3_client, s3_device) == []


def uploads(client: Any) -> list[Any]:
    found: list[Any] = client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
    return found


def objects(client: Any, device: S3Device) -> list[Any]:
    found: list[Any] = client.list_objects_v2(Bucket=BUCKET, Prefix=device._prefix).get("Contents", [])
    return found


def test_a_process_may_end_right_after_a_call(store: str) -> None:
    script = f"""
import asyncio
from appwrite_py.files.devices.s3 import S3Device

async def main():
    device = S3Device({store!r}, "us-east-1", {BUCKET!r}, "key", "secret")
    async with device.writing("p/end") as writer:
        await writer.write(b"x")

asyncio.run(main())
"""
    ends = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(3)]
    assert [process.wait(60) for process in ends] == [0, 0, 0]


# --- links --------------------------------------------------------------------------------------------
def test_a_link_answers_with_its_headers(s3_device: S3Device) -> None:
    async def test() -> None:
        await put(s3_device, "p/b/one", b"bytes")
        url = await s3_device.link("p/b/one", 60, name=NAME, media_type="application/pdf", disposition="attachment")
        assert url is not None
        async with httpx.AsyncClient() as client:
            answer = await client.get(url)
            part = await client.get(url, headers={"Range": "bytes=1-2"})
        assert (answer.status_code, answer.content) == (200, b"bytes")
        assert answer.headers["content-type"] == "application/pdf"
        named = "attachment; filename*=UTF-8''Z%C3%BCrich%20%22plan%22%20%26%20100%20%25%2B%3B%20a%3Db.pdf"
        assert answer.headers["content-disposition"] == named
        assert (part.status_code, part.content) == (206, b"yt")

    asyncio.run(test())


def test_a_whole_header_stays_as_it_is(s3_device: S3Device) -> None:
    url = asyncio.run(
        s3_device.link("p/b/one", 60, name="b.txt", media_type="text/plain", disposition='inline; filename="a.txt"')
    )
    assert parse_qs(urlsplit(str(url)).query)["response-content-disposition"] == ['inline; filename="a.txt"']


def test_s3_signatures_are_those_of_the_official_client(s3_client: Any, store: str) -> None:
    headers = {"response-content-type": "text/html; charset=utf-8", "response-content-disposition": NAME}
    reference = s3_client.generate_presigned_url(
        "get_object",
        Params={
            "Bucket": BUCKET,
            "Key": "p/ü b/one~+%",
            "ResponseContentType": headers["response-content-type"],
            "ResponseContentDisposition": NAME,
        },
        ExpiresIn=77,
    )
    found, at = signed_by(reference, "X-Amz")
    url = signing.s3(f"{store}/{BUCKET}/p/%C3%BC%20b/one~%2B%25", "key", "secret", "us-east-1", 77, at, headers)
    assert signed_by(url, "X-Amz") == (found, at)
    assert urlsplit(url).path == urlsplit(reference).path


def test_google_signatures_are_those_of_the_library(account: dict[str, str]) -> None:
    device = GcsDevice("my-bucket", account)
    store = GCSStore("my-bucket", service_account_key=json.dumps(account))
    reference = obstore.sign(store, "GET", "p/b/one", timedelta(seconds=77))
    found, at = signed_by(reference, "X-Goog")
    url = signing.gcs(reference.partition("?")[0], account["client_email"], device._key, 77, at, {})
    assert signed_by(url, "X-Goog") == (found, at)
    link = device.signed("p/b/one", 77, "text/plain", "inline")
    assert link.partition("?")[0] == reference.partition("?")[0]
    assert signed_by(link, "X-Goog")[0]["response-content-disposition"] == "inline"


def test_azure_signatures_are_those_of_the_library() -> None:
    device = make_device(settings(**AZURE))
    assert isinstance(device, AzureDevice)
    store = AzureStore("files", account_name="account", account_key=AZURE["storage_azure_key"])
    reference = obstore.sign(store, "GET", "p/b/one", timedelta(seconds=77))
    address, _, query = reference.partition("?")
    at = datetime.strptime(parse_qs(query)["st"][0], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    url = signing.azure(address, "account", b"hush-hush", "files/p/b/one", 77, at, "", "")
    assert parse_qs(url.partition("?")[2]) == parse_qs(query)
    link = device.signed("p/b/one", 77, "text/plain", "inline")
    assert link.partition("?")[0] == address
    parameters = parse_qs(link.partition("?")[2])
    assert (parameters["rsct"], parameters["rscd"], parameters["sr"]) == (["text/plain"], ["inline"], ["b"])


# --- stores that refuse, and ones that are not there --------------------------------------------------
Respond = tuple[int, str]


@contextmanager
def a_store_that(respond: Respond) -> Iterator[str]:
    """A server that has one answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            body = f"<Error><Code>{respond[1]}</Code><Message>No.</Message></Error>".encode()
            self.send_response(respond[0])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RETRIES, "max_retries", 0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("respond", "raised", "says"),
    [
        ((403, "QuotaExceeded"), DeviceFull, "QuotaExceeded"),
        ((507, "XMinioStorageFull"), DeviceFull, "507"),
        ((403, "AccessDenied"), DeviceFailed, "403 AccessDenied"),
        ((404, "NoSuchBucket"), DeviceFailed, "NoSuchBucket"),
        ((500, "InternalError"), DeviceFailed, "500"),
    ],
)
@pytest.mark.parametrize("size", [1, 9])
def test_a_store_that_refuses_a_write(respond: Respond, raised: type[Exception], says: str, size: int) -> None:
    with a_store_that(respond) as address:
        device = S3Device(address, "us-east-1", BUCKET, "key", "hush-hush")
        with pytest.raises(raised, match=says) as caught:
            asyncio.run(put(device, "p/b/one", *[MIB] * size))
    assert "hush" not in str(caught.value)
    assert address not in str(caught.value)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("respond", [(403, "AccessDenied"), (500, "InternalError"), (404, "NoSuchBucket"), None])
def test_a_store_that_fails(respond: Respond | None) -> None:
    async def walked(device: S3Device) -> None:
        async for _ in device.walk():
            pass

    calls: list[Callable[[S3Device], Any]] = [
        lambda device: device.read("p/b/one"),
        lambda device: streamed(device, "p/b/one", 5, 10),
        lambda device: device.delete_below("p/b"),
        walked,
    ]
    if respond is None or respond[0] != 404:
        calls += [lambda device: device.size("p/b/one"), lambda device: device.delete("p/b/one")]

    def check(address: str) -> None:
        device = S3Device(address, "us-east-1", BUCKET, "key", "hush-hush")
        for call in calls:
            with pytest.raises(DeviceFailed) as caught:
                asyncio.run(call(device))
            assert "hush" not in str(caught.value)
            assert caught.value.__suppress_context__

    if respond is None:
        check("http://127.0.0.1:9")
        return
    with a_store_that(respond) as address:
        check(address)


@pytest.mark.usefixtures("impatient")
def test_a_missing_object_is_not_a_failure() -> None:
    with a_store_that((404, "NoSuchKey")) as address:
        device = S3Device(address, "us-east-1", BUCKET, "key", "hush-hush")
        with pytest.raises(BlobNotFound):
            asyncio.run(device.read("p/b/one"))
        asyncio.run(device.delete("p/b/one"))


# --- settings -----------------------------------------------------------------------------------------
def test_settings_of_s3(store: str) -> None:
    for endpoint in (store, f"{store}/"):
        device = make_device(settings(**S3 | {"storage_device": "S3"}, storage_s3_endpoint=endpoint))
        asyncio.run(put(device, "p/b/settings", b"x"))
        assert asyncio.run(device.read("p/b/settings")) == b"x"
        asyncio.run(device.delete("p/b/settings"))


@pytest.mark.parametrize(
    ("endpoint", "begins"),
    [
        ("", "https://s3.eu-central-1.amazonaws.com/the-bucket/files/p/b/one?"),
        ("s3.example.com", "https://s3.example.com/the-bucket/files/p/b/one?"),
        ("http://10.0.0.1:9000", "http://10.0.0.1:9000/the-bucket/files/p/b/one?"),
    ],
)
def test_the_address_of_a_bucket(endpoint: str, begins: str) -> None:
    device = make_device(
        settings(**S3, storage_s3_region="eu-central-1", storage_s3_endpoint=endpoint, storage_prefix="/files/")
    )
    url = asyncio.run(device.link("p/b/one", 60, name="a", media_type="text/plain", disposition="inline"))
    assert str(url).startswith(begins)
    assert "hush" not in str(url)


def test_a_token_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "somebody-else")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://elsewhere.example.com")
    device = make_device(settings(**S3))
    assert isinstance(device, S3Device)
    url = obstore.sign(device._store, "GET", "p/b/one", timedelta(seconds=60))
    assert url.startswith("https://s3.us-east-1.amazonaws.com/")
    assert "X-Amz-Security-Token" not in url


def test_settings_of_google(account: dict[str, str], tmp_path: Path) -> None:
    text, path = json.dumps(account), tmp_path / "key.json"
    path.write_text(text)
    for credentials in (text, str(path)):
        assert isinstance(make_device(settings(**GCS, storage_gcs_credentials=credentials)), GcsDevice)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"storage_device": "floppy"}, "_APP_STORAGE_DEVICE is 'floppy'; there are azure, gcs, local, s3"),
        ({"storage_device": "DOSpaces"}, "_APP_STORAGE_DEVICE=s3.*_APP_STORAGE_S3_ENDPOINT"),
        ({"storage_device": "backblaze"}, "_APP_STORAGE_S3_ENDPOINT"),
        ({"storage_device": "linode"}, "_APP_STORAGE_S3_ENDPOINT"),
        ({"storage_device": "wasabi"}, "_APP_STORAGE_S3_ENDPOINT"),
        ({"storage_device": "s3"}, "_APP_STORAGE_S3_ACCESS_KEY and _APP_STORAGE_S3_SECRET and _APP_STORAGE_S3_BUCKET"),
        (S3 | {"storage_s3_secret": ""}, "needs _APP_STORAGE_S3_SECRET, which is not set"),
        (S3 | {"storage_s3_endpoint": "ftp://x"}, "_APP_STORAGE_S3_ENDPOINT has to be an address"),
        (S3 | {"storage_s3_endpoint": "https://a:b@x"}, "_APP_STORAGE_S3_ENDPOINT has to be an address"),
        (S3 | {"storage_prefix": "a/../b"}, "APPWRITE_PY_STORAGE_PREFIX may hold"),
        (S3 | {"storage_prefix": "a b"}, "APPWRITE_PY_STORAGE_PREFIX may hold"),
        ({"storage_device": "gcs"}, "APPWRITE_PY_STORAGE_GCS_BUCKET and APPWRITE_PY_STORAGE_GCS_CREDENTIALS"),
        (GCS | {"storage_gcs_credentials": "/no/such/file"}, "APPWRITE_PY_STORAGE_GCS_CREDENTIALS has to be the path"),
        (GCS | {"storage_gcs_credentials": "{"}, "APPWRITE_PY_STORAGE_GCS_CREDENTIALS has to be the path"),
        (GCS | {"storage_gcs_credentials": "{}"}, "holds no `private_key`"),
        (
            GCS | {"storage_gcs_credentials": '{"private_key": "hush-hush", "client_email": "a@b"}'},
            "cannot be used with the values of APPWRITE_PY_STORAGE_GCS_BUCKET and APPWRITE_PY_STORAGE_GCS_CREDENTIALS",
        ),
        ({"storage_device": "azure"}, "APPWRITE_PY_STORAGE_AZURE_ACCOUNT and APPWRITE_PY_STORAGE_AZURE_KEY and"),
        (AZURE | {"storage_azure_container": ""}, "needs APPWRITE_PY_STORAGE_AZURE_CONTAINER, which is not set"),
        (AZURE | {"storage_azure_key": "hush-hush"}, "cannot be used with the values of APPWRITE_PY_STORAGE_AZURE"),
        (AZURE | {"storage_azure_account": "a b"}, "cannot be used with the values of APPWRITE_PY_STORAGE_AZURE"),
    ],
)
def test_settings_that_do_not_do(values: dict[str, Any], says: str) -> None:
    with pytest.raises(BadDevice, match=says) as caught:
        make_device(settings(**values))
    assert "hush" not in str(caught.value)
