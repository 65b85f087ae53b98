"""Text messages: the providers, and the one that a number's messages go through.

`sms://USER:SECRET@PROVIDER` names one. Several, with commas between them, share the world: `?local=49` takes the
numbers of that country code, `?local=default` all that no other one takes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from appwrite_py.delivery.mail import NotDelivered
from appwrite_py.delivery.sms import fast2sms, inforu, mock, msg91, telesign, textmagic, twilio, vonage
from appwrite_py.delivery.sms.base import PROVIDERS, SmsProvider

__all__ = ["PROVIDERS", "Routes", "SmsProvider", "read_providers"]
_ALL = (fast2sms, inforu, mock, msg91, telesign, textmagic, twilio, vonage)
_DEFAULT = "default"


@dataclass(slots=True)
class Routes:
    """Providers by the country code that they take; `default` takes the rest."""

    by_code: dict[str, SmsProvider] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.by_code)

    def of(self, number: str) -> SmsProvider:
        """The provider that sends to a number: the one with the longest code that it begins with."""
        codes = (number[1:end] for end in range(5, 1, -1))
        found = next((code for code in codes if code in self.by_code), _DEFAULT)
        return self.by_code[found]

    async def send(self, to: str, text: str) -> None:
        """Send a text to a number in the form of E.164. Raises NotDelivered."""
        if not self:
            raise NotDelivered("No provider of text messages is configured.", final=True)
        await self.of(to).send(to, text)


def read_providers(text: str, sender: str) -> Routes:
    """The providers of a setting. Raises ValueError, without secrets, for what cannot be read."""
    items = [item.strip() for item in text.split(",") if item.strip()]
    found = [_read(item, sender) for item in items]
    if len(found) == 1:
        return Routes({_DEFAULT: found[0]})
    routes = {item.options.get("local", "").strip().removeprefix("+"): item for item in found}
    if found and (_DEFAULT not in routes or "" in routes or len(routes) < len(found)):
        raise ValueError("Each of several SMS providers needs its own ?local=, and one of them ?local=default.")
    return Routes(routes)


def _read(item: str, sender: str) -> SmsProvider:
    parts = urlsplit(item)
    name = (parts.hostname or "").lower()
    if parts.scheme != "sms" or name not in PROVIDERS:
        known = ", ".join(sorted(PROVIDERS))
        raise ValueError(f"An SMS provider is written sms://USER:SECRET@PROVIDER, with one of {known}.")
    options = dict(parse_qsl(parts.query))
    return PROVIDERS[name](unquote(parts.username or ""), unquote(parts.password or ""), sender, options)
