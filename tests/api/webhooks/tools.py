"""Webhooks that lead to a receiver of the tests, and what is known of their deliveries."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Callable
from typing import Any

from tests.client import Sandbox
from tests.receiver import Post, Receiver

SECRET = "the secret of the tests"


def hook(sandbox: Sandbox, url: str, events: list[str], webhook_id: str = "hook", **more: Any) -> dict[str, Any]:
    """Make a webhook."""
    body = {"webhookId": webhook_id, "name": "Hook", "url": url, "events": events, "secret": SECRET} | more
    made: dict[str, Any] = sandbox.key.post("/webhooks", **body).ok(201)
    return made


def happen(sandbox: Sandbox, team_id: str = "unique()") -> str:
    """Something that webhooks are told of: a new team; its id."""
    return str(sandbox.key.post("/teams", teamId=team_id, name="Team").ok(201)["$id"])


def signed(post: Post, url: str, secret: str = SECRET) -> bool:
    """Whether a receiver that knows the secret takes the request for ours."""
    digest = hmac.new(secret.encode(), url.encode() + post.body, "sha1").digest()
    return hmac.compare_digest(base64.b64encode(digest).decode(), post["Signature"])


def deliveries(sandbox: Sandbox, *queries: str, webhook_id: str = "hook") -> list[dict[str, Any]]:
    """The log, newest first."""
    found: list[dict[str, Any]] = sandbox.key.get(f"/webhooks/{webhook_id}/deliveries", list(queries)).ok(200)[
        "deliveries"
    ]
    return found


def settled(sandbox: Sandbox, count: int = 1, webhook_id: str = "hook") -> list[dict[str, Any]]:
    """The log as soon as so many deliveries have come to an end."""

    def ended() -> list[dict[str, Any]]:
        found = deliveries(sandbox, webhook_id=webhook_id)
        return found if len([one for one in found if one["status"] != "waiting"]) >= count else []

    found: list[dict[str, Any]] = until(ended)
    return found


def until(holds: Callable[[], Any], seconds: float = 20) -> Any:
    """The first true value."""
    deadline = time.monotonic() + seconds
    while not (value := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.03)
    return value


def quiet(receiver: Receiver, count: int, seconds: float = 0.4) -> None:
    """Nothing more arrives than so many requests."""
    time.sleep(seconds)
    assert len(receiver.posts) == count
