"""Vonage, formerly Nexmo: user is the API key, secret the API secret."""

from __future__ import annotations

from typing import Any

from appwrite_py.delivery.mail import NotDelivered
from appwrite_py.delivery.sms.base import SmsProvider, digits, provider

_PASSING = frozenset({"1", "5"})  # throttled, internal error


@provider("vonage")
class Vonage(SmsProvider):
    async def send(self, to: str, text: str) -> None:
        form = {"api_key": self.user, "api_secret": self.secret, "to": digits(to), "from": digits(self.sender)}
        form |= {"text": text, "type": "text" if text.isascii() else "unicode"}
        answer = await self.post("https://rest.nexmo.com/sms/json", data=form)
        status = _status(answer)
        if status != "0":
            raise NotDelivered(f"{self.name} answered status {status or 'none'}", final=status not in _PASSING)


def _status(answer: Any) -> str:
    """A refused message is answered with 200, too; the status of the message says so."""
    try:
        return str(answer["messages"][0]["status"])
    except (TypeError, KeyError, IndexError):
        return ""
