"""What is answered of webhooks; older clients are shown them within the project."""

from __future__ import annotations

from appwrite_py.data.pg import Record
from appwrite_py.http.models import Moment, TypedDict
from appwrite_py.kit.clock import iso
from appwrite_py.kit.crypto import Vault
from appwrite_py.platform.webhooks import password_of

Webhook = TypedDict(
    "Webhook",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "name": str,
        "url": str,
        "events": list[str],
        "tls": bool,
        "authUsername": str,
        "authPassword": str,
        "secret": str,
        "enabled": bool,
        "logs": str,
        "attempts": int,
    },
)


def webhook(row: Record, vault: Vault, secret: str = "") -> Webhook:
    """A webhook as it is shown; its secret only where it has just been made or changed."""
    return {
        "$id": row["id"],
        "$createdAt": iso(row["created_at"]),
        "$updatedAt": iso(row["updated_at"]),
        "name": row["name"],
        "url": row["url"],
        "events": row["events"],
        "tls": row["tls"],
        "authUsername": row["auth_username"],
        "authPassword": password_of(row, vault),
        "secret": secret,
        "enabled": row["enabled"],
        "logs": row["logs"],
        "attempts": row["attempts"],
    }
