"""The request that tells a webhook of an event, and what comes back."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import orjson

from appwrite_py import __version__
from appwrite_py.data.pg import Record
from appwrite_py.events.names import names_of
from appwrite_py.kit.crypto import Vault
from appwrite_py.kit.outbound import Outbound
from appwrite_py.platform.webhooks import password_of, secret_of, signature

if TYPE_CHECKING:
    import httpx

DEADLINE_SECONDS = 15.0
"""For the whole exchange."""
_MOST_BYTES = 5 * 1024 * 1024
_READ_BYTES = 10_000
"""Of the answer, as much as the webhook's log shows."""
_KEPT_BYTES = 4096
"""Of the answer's headers and of its body, as much as is kept with the delivery."""


class Post(NamedTuple):
    """A request to a webhook."""

    url: str
    headers: Mapping[bytes, bytes]
    body: bytes
    verified: bool


class Outcome(NamedTuple):
    """What became of it: the answer's status, 0 where there was none, or why there was none."""

    status: int = 0
    headers: str = ""
    body: str = ""
    error: str = ""
    duration_ms: int = 0

    @property
    def problem(self) -> str:
        """What is wrong with it, in a sentence."""
        return self.error or f"The server answered with status {self.status}."

    @property
    def kept(self) -> tuple[int, str, str]:
        """Of the answer what is kept with the delivery: status, headers, the beginning of the body."""
        return self.status, self.headers, self.body.encode()[:_KEPT_BYTES].decode("utf-8", "ignore")

    @property
    def succeeded(self) -> bool:
        """Redirects are successes, too, which are not followed."""
        return not self.error and self.status < 400


def compose(webhook: Record, delivery: Record, vault: Vault, abuse_email: str) -> Post:
    """The signed request of a delivery, with the webhook's settings as they are now."""
    body = b"[]" if delivery["payload"] is None else orjson.dumps(delivery["payload"])
    secret = secret_of(webhook, vault)
    headers = {
        "Content-Type": "application/json",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "User-Agent": f"Appwrite-Server v{__version__}. Please report abuse at {abuse_email}",
        "X-Appwrite-Webhook-Id": webhook["id"],
        "X-Appwrite-Webhook-Events": ",".join(names_of(delivery["event"])),
        "X-Appwrite-Webhook-Name": webhook["name"],
        "X-Appwrite-Webhook-User-Id": delivery["user_id"],
        "X-Appwrite-Webhook-Project-Id": webhook["project_id"],
        "X-Appwrite-Webhook-Signature": signature(secret, webhook["url"], body),
        # Not Appwrite's: receivers that get it twice can tell
        "X-Appwrite-Webhook-Delivery-Id": delivery["id"],
    }
    username, password = webhook["auth_username"], password_of(webhook, vault)
    if username and password:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
    sent = {name.encode(): _header(value) for name, value in headers.items()}
    return Post(webhook["url"], sent, body, webhook["tls"])


async def send(outbound: Outbound, post: Post) -> Outcome:
    """Send it. Whatever goes wrong on the way is told by the outcome."""
    import httpx

    started = time.monotonic()
    try:
        async with asyncio.timeout(DEADLINE_SECONDS), outbound.client(verified=post.verified) as client:
            client.headers.clear()
            request = client.build_request("POST", post.url, headers=post.headers, content=post.body)
            auth = _as_composed if b"Authorization" in post.headers else None
            answer = await client.send(request, auth=auth, stream=True)
            try:
                refusal = _refusal(answer)
                body = "" if refusal else _text(await _beginning(answer), _READ_BYTES)
                found = Outcome(answer.status_code, _shown(answer), body, refusal)
            finally:
                await answer.aclose()
    except TimeoutError:
        found = Outcome(error=f"There was no answer within {DEADLINE_SECONDS:g} seconds.")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as problem:
        found = Outcome(error=str(problem).replace("\0", "") or type(problem).__name__)
    return found._replace(duration_ms=round((time.monotonic() - started) * 1000))


def log_of(post: Post, event: str, outcome: Outcome) -> str:
    """What the webhook's `logs` tell of a failure."""
    lines = [f"URL: {post.url}", "Method: POST"]
    if outcome.error:
        lines += [f"Error: {outcome.error}", f"Events: {', '.join(names_of(event))}"]
    else:
        lines += [f"Status code: {outcome.status}", "Body: ", outcome.body]
    return "\n".join(lines) + "\n"


async def _beginning(answer: httpx.Response) -> bytes:
    """Somewhat more of the body than is of interest."""
    read = bytearray()
    async for chunk in answer.aiter_raw():
        read += chunk
        if len(read) > _READ_BYTES:
            break
    return bytes(read)


def _refusal(answer: httpx.Response) -> str:
    announced = answer.headers.get("content-length", "")
    too_large = announced.isascii() and announced.isdigit() and int(announced[:20]) > _MOST_BYTES
    return "The answer is too large." if too_large else ""


def _shown(answer: httpx.Response) -> str:
    lines = b"".join(b"%s: %s\n" % (name, value) for name, value in answer.headers.raw)
    return _text(lines, _KEPT_BYTES)


def _header(value: str) -> bytes:
    """A value that cannot end its line, as UTF-8."""
    return "".join(char if char.isprintable() else " " for char in value).strip().encode()


def _text(content: bytes, most: int) -> str:
    """The beginning as text that PostgreSQL takes; a character that was cut at the end is left out."""
    text = content[:most].decode("utf-8", "replace").replace("\0", "\ufffd")
    return text.rstrip("\ufffd") if len(content) > most else text


def _as_composed(request: httpx.Request) -> httpx.Request:
    """Instead of what httpx makes of a user in the URL, which would replace the header of the webhook's own user."""
    return request
