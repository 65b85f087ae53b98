"""Mails and messages as jobs: sealed in the queue, gone when the request fails, and over the right server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from appwrite_py.data.pg import Work
from appwrite_py.delivery.mail import Mail, NotDelivered
from appwrite_py.jobs.worker import GivenUp
from appwrite_py.kit.crypto import Vault
from appwrite_py.platform import deliveries
from tests.client import Api, Sandbox
from tests.conftest import settings_for_tests
from tests.mailbox import Mailbox
from tests.textbox import Textbox

MAIL = Mail("1", "eve@example.com", "app@example.org", "Subject", "<p>the secret</p>", "the secret")


class Queue:
    """Stands for the queue: takes the payload that would be stored."""

    def __init__(self) -> None:
        self.payload = b""

    async def write(self, sql: Any, *args: Any) -> list[Any]:
        self.payload = args[2][0]
        return []


def sealed(vault: Vault, project_id: str, *, own: bool) -> bytes:
    queue = Queue()
    asyncio.run(deliveries.enqueue_mail(queue, vault, project_id, MAIL, own=own))  # type: ignore[arg-type]
    return queue.payload


def run(api: Api, payload: bytes, **settings: object) -> None:
    resources = api.resources
    handler = deliveries.mail_job(resources.pool, resources.vault, settings_for_tests(**settings), resources.outbound)
    assert api.http.portal is not None
    api.http.portal.call(handler, payload)


def test_the_payload_says_nothing(sandbox: Sandbox, mailbox: Mailbox) -> None:
    payload = sealed(sandbox.key.resources.vault, sandbox.id, own=False)
    assert b"secret" not in payload
    assert b"eve" not in payload
    with pytest.raises(GivenUp):
        run(sandbox.key, payload[:-1] + bytes([payload[-1] ^ 1]))
    with pytest.raises(GivenUp):
        run(sandbox.key, sealed(Vault("another key"), sandbox.id, own=False))
    assert mailbox.of("eve@example.com") == []


def test_over_this_servers_mail_server(sandbox: Sandbox, mailbox: Mailbox) -> None:
    payload = sealed(sandbox.key.resources.vault, sandbox.id, own=False)
    run(sandbox.key, payload, smtp_host=mailbox.host, smtp_port=mailbox.port)
    assert mailbox.wait("eve@example.com").subject == "Subject"
    with pytest.raises(GivenUp, match="No mail server"):
        run(sandbox.key, payload, smtp_host="")


def test_a_projects_mail_never_goes_over_this_servers(sandbox: Sandbox, mailbox: Mailbox) -> None:
    payload = sealed(sandbox.key.resources.vault, sandbox.id, own=True)
    server = {"smtp_host": mailbox.host, "smtp_port": mailbox.port}
    with pytest.raises(GivenUp, match="no mail server any more"):
        run(sandbox.key, payload, **server)
    with Mailbox() as own:
        smtp = {"host": own.host, "port": own.port, "senderEmail": "app@example.org"}
        sandbox.key.patch("/project/smtp", **smtp).ok(200)
        run(sandbox.key, payload, **server)
        assert own.wait("eve@example.com").subject == "Subject"
    with pytest.raises(NotDelivered, match=sandbox.id) as caught:  # it is closed: to be tried again
        run(sandbox.key, payload, **server)
    assert not isinstance(caught.value, GivenUp)
    assert "the secret" not in str(caught.value)
    sandbox.admin.delete("/project").ok(204)
    with pytest.raises(GivenUp):
        run(sandbox.key, payload, **server)
    assert mailbox.of("eve@example.com") == []


def test_nothing_is_sent_when_the_request_fails(sandbox: Sandbox, mailbox: Mailbox) -> None:
    resources = sandbox.key.resources

    async def undone() -> None:
        work = Work(resources.pool)
        await deliveries.enqueue_mail(work, resources.vault, sandbox.id, MAIL, own=False)
        await work.rollback()

    assert sandbox.key.http.portal is not None
    sandbox.key.http.portal.call(undone)
    assert sandbox.key.sql("SELECT 1 FROM pgqueuer WHERE entrypoint = 'mail' AND status = 'queued'") == []
    assert mailbox.of("eve@example.com") == []


# --- text messages ------------------------------------------------------------------------------------------
@pytest.fixture
def box(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Textbox]:
    """The server sends text messages, to here."""
    with Textbox() as box:
        monkeypatch.setattr(api.resources.settings, "sms_provider", box.setting)
        monkeypatch.setattr(api.resources.settings, "sms_from", "App")
        yield box


def test_a_code_arrives(sandbox: Sandbox, box: Textbox) -> None:
    german = sandbox.guest.as_(X_Appwrite_Locale="de")
    german.post("/account/tokens/phone", userId="unique()", phone="+4915112345678").ok(201)
    text = box.wait("+4915112345678")
    assert text.endswith("ist dein Code für Sandbox.")
    assert len(text.split()[0]) == 6
    assert text.split()[0].isdigit()
    sandbox.key.post("/project/mock-phones", number="+4915112345679", otp="123456").ok(201)
    sandbox.guest.post("/account/tokens/phone", userId="unique()", phone="+4915112345679").ok(201)
    sandbox.guest.post("/account/tokens/phone", userId="unique()", phone="+4915112345670").ok(201)
    box.wait("+4915112345670")
    assert box.messages == []  # mock phones get none


def test_without_a_provider(sandbox: Sandbox) -> None:
    body = {"userId": "unique()", "phone": "+4915112345678"}
    sandbox.guest.post("/account/tokens/phone", **body).fails(503, "general_phone_disabled")


def test_a_setting_that_cannot_be_read_keeps_the_server_from_starting() -> None:
    with pytest.raises(ValueError, match="SMS provider"):
        deliveries.sms_job(Vault("key"), settings_for_tests(sms_provider="sms://u:s@nobody"))
