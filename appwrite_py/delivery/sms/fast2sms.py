"""Fast2SMS (India): user is the sender id, secret the API key. With `?useDLT=true` the text fills a registered
template, `?messageId=`; without, it is sent as it is.
"""

from __future__ import annotations

from appwrite_py.delivery.mail import NotDelivered
from appwrite_py.delivery.sms.base import SmsProvider, digits, provider


@provider("fast2sms")
class Fast2Sms(SmsProvider):
    async def send(self, to: str, text: str) -> None:
        number = digits(to).removeprefix("91")
        if self.options.get("useDLT", "").lower() in ("1", "true"):
            body = {"route": "dlt", "sender_id": self.user, "message": self.options.get("messageId", "")}
            body |= {"variables_values": text, "numbers": number}
        else:
            body = {"route": "q", "message": text, "numbers": number}
        headers = {"authorization": self.secret}
        answer = await self.post("https://www.fast2sms.com/dev/bulkV2", json=body, headers=headers)
        if not isinstance(answer, dict) or answer.get("return") is not True:
            raise NotDelivered(f"{self.name} refused the message", final=True)
