"""What providers of text messages have in common: one file each, which registers itself under its name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from appwrite_py.delivery.mail import NotDelivered

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 15.0
_PASSING = frozenset({408, 425, 429})  # the others below 500 say that the request is wrong


class SmsProvider(ABC):
    """A service that sends text messages. `user` and `secret` are what it knows us by, `sender` whom it is from."""

    name: ClassVar[str] = ""
    transport: ClassVar[httpx.AsyncBaseTransport | None] = None  # how it is called, where that is not the usual way

    def __init__(self, user: str, secret: str, sender: str, options: dict[str, str] | None = None) -> None:
        self.user, self.secret, self.sender, self.options = user, secret, sender, options or {}

    @abstractmethod
    async def send(self, to: str, text: str) -> None:
        """Send a text to a number in the form of E.164. Raises NotDelivered."""

    async def post(self, url: str, **options: Any) -> Any:
        """The JSON that a POST is answered with; None where it is none. Raises NotDelivered for other answers."""
        import httpx

        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, transport=self.transport) as client:
                answer = await client.post(url, **options)
        except httpx.HTTPError as cause:
            raise NotDelivered(f"{self.name} cannot be reached: {type(cause).__name__}", final=False) from None
        if answer.is_error or answer.is_redirect:
            status = answer.status_code
            raise NotDelivered(f"{self.name} answered {status}", final=status < 500 and status not in _PASSING)
        try:
            return answer.json()
        except ValueError:
            return None


ProviderT = TypeVar("ProviderT", bound=type[SmsProvider])
PROVIDERS: dict[str, type[SmsProvider]] = {}


def provider(*names: str) -> Callable[[ProviderT], ProviderT]:
    """Register a provider under the names that settings may use."""

    def register(made: ProviderT) -> ProviderT:
        made.name = names[0]
        PROVIDERS.update(dict.fromkeys(names, made))
        return made

    return register


def digits(number: str) -> str:
    """A number without its plus sign, as many providers want it."""
    return number.removeprefix("+")
