"""Mock: posts the message as JSON to a server of one's own, `sms://USER:SECRET@mock?url=http%3A%2F%2Flocalhost%3A5000`.

For development and tests, and for gateways without an adapter here.
"""

from __future__ import annotations

from appwrite_py.delivery.mail import NotDelivered
from appwrite_py.delivery.sms.base import SmsProvider, provider


@provider("mock")
class Mock(SmsProvider):
    async def send(self, to: str, text: str) -> None:
        url = self.options.get("url", "")
        if not url:
            raise NotDelivered("mock has no URL to post to: add ?url= to _APP_SMS_PROVIDER", final=True)
        headers = {"X-Username": self.user, "X-Key": self.secret}
        await self.post(url, json={"to": to, "from": self.sender, "message": text}, headers=headers)
