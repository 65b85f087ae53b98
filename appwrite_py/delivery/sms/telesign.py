"""Telesign: user is the customer id, secret an API key."""

from __future__ import annotations

from appwrite_py.delivery.sms.base import SmsProvider, digits, provider


@provider("telesign")
class Telesign(SmsProvider):
    async def send(self, to: str, text: str) -> None:
        form = {"phone_number": digits(to), "message": text, "message_type": "OTP", "sender_id": self.sender}
        url = "https://rest-ww.telesign.com/v1/messaging"
        await self.post(url, data=form, auth=(self.user, self.secret))
