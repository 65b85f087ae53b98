"""Inforu (Israel): user is the sender, secret the API token."""

from __future__ import annotations

from appwrite_py.delivery.mail import NotDelivered
from appwrite_py.delivery.sms.base import SmsProvider, digits, provider


@provider("inforu")
class Inforu(SmsProvider):
    async def send(self, to: str, text: str) -> None:
        data = {"Message": text, "Recipients": [{"Phone": digits(to)}], "Settings": {"Sender": self.user}}
        headers = {"Authorization": f"Basic {self.secret}"}
        url = "https://capi.inforu.co.il/api/v2/SMS/SendSms"
        answer = await self.post(url, json={"Data": data}, headers=headers)
        if not isinstance(answer, dict) or answer.get("StatusId") != 1:
            raise NotDelivered(f"{self.name} refused the message", final=True)
