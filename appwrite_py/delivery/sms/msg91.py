"""Msg91: user is the sender id, secret the auth key; the template is `?templateId=` or what is set as the sender.

The template has to hold a variable `content`, or `otp`, in which the text is put.
"""

from __future__ import annotations

from appwrite_py.delivery.mail import NotDelivered
from appwrite_py.delivery.sms.base import SmsProvider, digits, provider


@provider("msg91")
class Msg91(SmsProvider):
    async def send(self, to: str, text: str) -> None:
        body = {
            "sender": self.user,
            "template_id": self.options.get("templateId") or self.sender,
            "recipients": [{"mobiles": digits(to), "content": text, "otp": text}],
        }
        url = "https://control.msg91.com/api/v5/flow/"
        answer = await self.post(url, json=body, headers={"authkey": self.secret})
        if isinstance(answer, dict) and answer.get("type") == "error":
            raise NotDelivered(f"{self.name} refused the message", final=True)
