"""What events carry: as webhooks and functions get it, and what of it sockets and the change feed may show.

Most rows of the outbox hold the model that the route answered with. Those of documents hold the database's own row,
which becomes the document that the API shows: in the vocabulary of the event's name, and without relationships.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from appwrite_py.data import rows
from appwrite_py.data.catalogue import Catalogue
from appwrite_py.data.pg import Pool
from appwrite_py.data.schemaless import DATA
from appwrite_py.events import grammar
from appwrite_py.events.grammar import FLAVOURS, Event, Path
from appwrite_py.kit.crypto import Vault
from appwrite_py.kit.recent import Recent

Payload = dict[str, Any]

_VERSIONS = "SELECT id, version FROM projects WHERE id = ANY($1::text[])"
_OF_DATABASES = tuple(f"{flavour}." for flavour in FLAVOURS)
_ITEMS = ("documents", "rows")
_READERS_KEPT = 2000


class _Place(NamedTuple):
    """Where a document lies, and whether its event calls it a row."""

    project_id: str
    database_id: str
    collection_id: str
    tables: bool

    @property
    def key(self) -> tuple[str, str, str]:
        return self.project_id, self.database_id, self.collection_id


class Payloads:
    """Makes payloads of what the outbox holds, with the schemas as they are now.

    A collection that is gone is shown as this process last knew it, or else as far as it goes without a schema.
    """

    def __init__(self, pool: Pool, catalogue: Catalogue) -> None:
        self._pool, self._catalogue = pool, catalogue
        self._known = Recent[rows.Reader](_READERS_KEPT, 1)

    async def read(self, found: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The payload of each of these rows of the outbox, which have `project_id`, `event` and `payload`."""
        places = [_place_of(row) for row in found]
        readers = await self._readers({place.key for place in places if place is not None})
        made: list[Any] = []
        for row, place in zip(found, places, strict=True):
            payload = row["payload"]
            if place is not None:
                reader = readers.get(place.key)
                payload = _in_words(self._guessed(place, payload) if reader is None else reader(payload), place)
            made.append(payload)
        return made

    async def _readers(self, keys: set[tuple[str, str, str]]) -> dict[tuple[str, str, str], rows.Reader | None]:
        if not keys:
            return {}
        projects = {project_id for project_id, _, _ in keys}
        versions = {row["id"]: row["version"] for row in await self._pool.fetch(_VERSIONS, list(projects))}
        return {key: await self._reader(key, versions.get(key[0])) for key in keys}

    async def _reader(self, key: tuple[str, str, str], version: int | None) -> rows.Reader | None:
        project_id, database_id, collection_id = key
        if version is not None:
            collection = await self._catalogue.collection(project_id, version, database_id, collection_id)
            if collection is not None:
                self._known.put(key, collection.recorded, 1)
                return collection.recorded
        return self._known.get(key)

    def _guessed(self, place: _Place, row: Mapping[str, Any]) -> Payload:
        """A document of a collection of which nothing is known: without what is encrypted, times as they are stored."""
        data = row.get(DATA)
        plain = data if isinstance(data, dict) else {
            key: value
            for key, value in row.items()
            if key[:1] != "_" and "::" not in key and not _sealed(value, self._catalogue.vault, place.project_id)
        }  # fmt: skip
        where = {"$databaseId": place.database_id, "$collectionId": place.collection_id}
        return {**rows.system(row), **where, **plain}


def _place_of(row: Mapping[str, Any]) -> _Place | None:
    """Where the document lies that an event is about; None if the payload is no row of a database."""
    event, payload = row["event"], row["payload"]
    if not event.startswith(_OF_DATABASES) or not isinstance(payload, dict) or "_seq" not in payload:
        return None
    found = grammar.read(event, {"$id": payload.get("_id")})
    if found is None or found.kinds[-1] not in _ITEMS:
        return None
    return _Place(row["project_id"], found.ids[0], found.ids[1], found.kinds[-1] == "rows")


def _in_words(document: Payload, place: _Place) -> Payload:
    if place.tables:
        document["$tableId"] = document.pop("$collectionId")
    return document


def _sealed(value: Any, vault: Vault, project_id: str) -> bool:
    """Whether this is a value of an encrypted attribute, or a list of such."""
    if isinstance(value, list):
        return any(_sealed(item, vault, project_id) for item in value)
    if not isinstance(value, str):
        return False
    try:
        vault.open(base64.b64decode(value, validate=True), project_id)
    except ValueError:
        return False
    return True


# --- what sockets and the change feed show ------------------------------------------------------------------------
_TOKENS: Payload = {"secret": "", "providerAccessToken": "", "providerRefreshToken": ""}
_PASSWORD: Payload = {"password": None, "hash": None, "hashOptions": None}
_HIDDEN: dict[str, Payload] = {
    "users": _PASSWORD | _TOKENS,
    "teams": _TOKENS,
    "tokens": _TOKENS,
    "keys": _TOKENS,
    "webhooks": {"secret": "", "signatureKey": "", "authPassword": "", "httpPass": ""},
    "variables": {"value": ""},
    "functions": {"logs": "", "errors": ""},
    "providers": {"credentials": {}},
    "migrations": {"credentials": {}},
    "oauth2": {"clientSecret": "", "secret": ""},
    "mock-phones": {"otp": ""},
}
"""What is blank in events of a kind, as in the account's own view of itself."""
_DROPPED: dict[Path, tuple[str, ...]] = {("users", "challenges"): ("code",), ("users",): ("recoveryCodes", "uri")}
_PREFS = ("update", "prefs")


def for_sockets(event: Event, payload: Any) -> Payload:
    """What of a payload clients may see who listen: no secrets, nothing of passwords; `{}` for what is no object.

    A key sees hashes of passwords in its answers, but its event goes to the user, too.
    """
    if not isinstance(payload, dict):
        return {}
    hidden = _HIDDEN.get(event.kinds[0])
    if hidden is None or (event.action == _PREFS and "$id" not in payload):  # whatever clients keep there is their own
        return payload
    dropped = _DROPPED.get(event.kinds, ())
    return {key: hidden.get(key, value) for key, value in payload.items() if key not in dropped}
