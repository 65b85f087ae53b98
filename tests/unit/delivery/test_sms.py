"""Providers of text messages: what each is asked, and what its answers mean."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import httpx
import pytest

from appwrite_py.delivery.mail import NotDelivered
from appwrite_py.delivery.sms import PROVIDERS, SmsProvider, read_providers
from tests.textbox import Textbox

TO, TEXT = "+4915112345678", "123456 ist dein Code."


class Case(NamedTuple):
    """A setting, what the provider is to be asked with it, and an answer that refuses with status 200."""

    setting: str
    url: str
    holds: dict[str, str]
    headers: dict[str, str]
    taken: Any = {}
    refused: Any = None


def basic(user: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


CASES = {
    "twilio": Case(
        "sms://AC1:to%2Fken@twilio", "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json",
        {"To": TO, "From": "+15550100", "Body": TEXT}, {"authorization": basic("AC1", "to/ken")},
    ),
    "textmagic": Case(
        "sms://u:k@textmagic", "https://rest.textmagic.com/api/v2/messages",
        {"phones": TO[1:], "from": "15550100", "text": TEXT}, {"x-tm-username": "u", "x-tm-key": "k"},
    ),
    "text-magic": Case("sms://u:k@text-magic", "https://rest.textmagic.com/api/v2/messages", {}, {}),
    "telesign": Case(
        "sms://c:k@telesign", "https://rest-ww.telesign.com/v1/messaging",
        {"phone_number": TO[1:], "message": TEXT, "message_type": "OTP"}, {"authorization": basic("c", "k")},
    ),
    "msg91": Case(
        "sms://SENDER:k@msg91?templateId=t1", "https://control.msg91.com/api/v5/flow/",
        {"sender": "SENDER", "template_id": "t1"}, {"authkey": "k"}, {"type": "success"}, {"type": "error"},
    ),
    "vonage": Case(
        "sms://k:s@vonage", "https://rest.nexmo.com/sms/json",
        {"to": TO[1:], "text": TEXT, "api_key": "k", "api_secret": "s"}, {},
        {"messages": [{"status": "0"}]}, {"messages": [{"status": "4"}]},
    ),
    "fast2sms": Case(
        "sms://S:k@fast2sms?useDLT=true&messageId=m1", "https://www.fast2sms.com/dev/bulkV2",
        {"route": "dlt", "sender_id": "S", "message": "m1", "variables_values": TEXT}, {"authorization": "k"},
        {"return": True}, {"return": False},
    ),
    "inforu": Case(
        "sms://S:k@inforu", "https://capi.inforu.co.il/api/v2/SMS/SendSms", {}, {"authorization": "Basic k"},
        {"StatusId": 1}, {"StatusId": -18},
    ),
    "mock": Case(
        "sms://u:k@mock?url=http%3A%2F%2Fgateway%2F", "http://gateway/",
        {"to": TO, "from": "+15550100", "message": TEXT}, {"x-username": "u", "x-key": "k"},
    ),
}  # fmt: skip


def send(monkeypatch: pytest.MonkeyPatch, setting: str, status: int, answer: Any) -> httpx.Request:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, json=answer)

    monkeypatch.setattr(SmsProvider, "transport", httpx.MockTransport(handle))
    asyncio.run(read_providers(setting, "+15550100").send(TO, TEXT))
    return seen[0]


def fields(request: httpx.Request) -> dict[str, Any]:
    if "json" in request.headers["content-type"]:
        return dict(json.loads(request.content))
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


def test_every_provider_has_a_case() -> None:
    assert CASES.keys() == PROVIDERS.keys()


@pytest.mark.parametrize("name", CASES)
def test_a_message(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES[name]
    request = send(monkeypatch, case.setting, 200, case.taken)
    assert (request.method, str(request.url)) == ("POST", case.url)
    assert fields(request).items() >= case.holds.items()
    assert request.headers.items() >= case.headers.items()
    body = request.content.decode()
    assert TEXT in str(fields(request))
    assert TO[3:] in body


@pytest.mark.parametrize("name", CASES)
def test_failures(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES[name]
    for status, final in ((400, True), (401, True), (429, False), (500, False), (503, False), (302, True)):
        with pytest.raises(NotDelivered) as caught:
            send(monkeypatch, case.setting, status, case.taken)
        assert caught.value.final == final
        assert TEXT not in str(caught.value)
    if case.refused is not None:
        with pytest.raises(NotDelivered) as caught:
            send(monkeypatch, case.setting, 200, case.refused)
        assert caught.value.final


def test_a_provider_that_cannot_be_reached() -> None:
    with pytest.raises(NotDelivered) as caught:
        asyncio.run(read_providers("sms://u:k@mock?url=http%3A%2F%2F127.0.0.1%3A1", "").send(TO, TEXT))
    assert not caught.value.final


def test_a_throttled_message_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotDelivered) as caught:
        send(monkeypatch, CASES["vonage"].setting, 200, {"messages": [{"status": "1"}]})
    assert not caught.value.final


def test_the_mock_sends_for_real() -> None:
    with Textbox() as box:
        asyncio.run(read_providers(box.setting, "App").send(TO, TEXT))
        assert box.messages[0] == {"to": TO, "from": "App", "message": TEXT, "user": "user", "key": "secret"}
        assert box.wait(TO) == TEXT


def test_countries_have_their_own_provider() -> None:
    routes = read_providers(
        "sms://a:a@twilio?local=default, sms://b:b@vonage?local=49,sms://c:c@inforu?local=+972", "1"
    )
    names = [routes.of(number).name for number in ("+4915112345678", "+15550100", "+972501234567", "+4412345678")]
    assert names == ["vonage", "twilio", "inforu", "twilio"]


@pytest.mark.parametrize(
    "setting",
    [
        "twilio", "sms://a:s3cret@nobody", "http://a:s3cret@twilio", "sms://a:s3cret@twilio,sms://b:b@vonage?local=49",
        "sms://a:s3cret@twilio?local=default,sms://b:b@vonage?local=default",
        "sms://a:s3cret@twilio?local=default,sms://b:b@vonage",
    ],
)  # fmt: skip
def test_settings_that_cannot_be_read(setting: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_providers(setting, "")
    assert "s3cret" not in str(caught.value)


def test_no_provider() -> None:
    assert not read_providers("", "")
    with pytest.raises(NotDelivered) as caught:
        asyncio.run(read_providers(" , ", "").send(TO, TEXT))
    assert caught.value.final
