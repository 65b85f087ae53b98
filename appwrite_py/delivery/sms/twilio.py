"""Twilio: user is the account's SID, secret its auth token; the sender a number or a messaging service (`MG…`)."""

from __future__ import annotations

from urllib.parse import quote

from appwrite_py.delivery.sms.base import SmsProvider, provider


@provider("twilio")
class Twilio(SmsProvider):
    async def send(self, to: str, text: str) -> None:
        url = f"https://api.twilio.com/2010-04-01/Accounts/{quote(self.user, safe='')}/Messages.json"
        sender = "MessagingServiceSid" if self.sender.startswith("MG") else "From"
        form = {"To": to, "Body": text, sender: self.sender}
        await self.post(url, data=form, auth=(self.user, self.secret))
