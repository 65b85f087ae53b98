"""Textmagic: user is the account's name, secret an API key."""

from __future__ import annotations

from appwrite_py.delivery.sms.base import SmsProvider, digits, provider


@provider("textmagic", "text-magic")
class Textmagic(SmsProvider):
    async def send(self, to: str, text: str) -> None:
        form = {"text": text, "phones": digits(to), "from": digits(self.sender)}
        headers = {"X-TM-Username": self.user, "X-TM-Key": self.secret}
        await self.post("https://rest.textmagic.com/api/v2/messages", data=form, headers=headers)
