"""The log of a transaction: which operations have been staged, by whom and in which order, and how it has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from appwrite_py.data.author import Author, Reader, Vocabulary
from appwrite_py.data.pg import Record, Work
from appwrite_py.kit.crypto import Vault

MAX_OPERATIONS = 100
SINGLE = ("create", "update", "upsert", "delete", "increment", "decrement")
SEVERAL = ("bulkCreate", "bulkUpdate", "bulkUpsert", "bulkDelete")
Target = tuple[str, str]
"""A database and a collection in it, by their ids."""
Place = tuple[str, str, str]
"""A target, and a document in it."""

_INSERT = """
INSERT INTO transaction_operations (project_id, transaction_id, number, action, database_id, collection_id, document_id,
  data_sealed, base, staged_at, vocabulary, roles, trusted, user_id, actor_type, actor_id, ip, user_agent)
SELECT $1, $2, $3 + n, action, database_id, collection_id, document_id, data_sealed, base, $10, $11, $12, $13, $14, $15,
  $16, $17, $18
FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[], $9::text[]) WITH ORDINALITY
  AS x(action, database_id, collection_id, document_id, data_sealed, base, n)"""


@dataclass(slots=True, frozen=True)
class Operation:
    """Something to be done to documents of one collection, as of the time `author.now`.

    base: the version of the document that it was staged for, empty if there was none; None if it does not count,
    since an operation before it in the same transaction is about the same document.
    """

    action: str
    database_id: str
    collection_id: str
    document_id: str
    data: Any
    author: Author
    base: str | None = None

    @property
    def target(self) -> Target:
        """Where its documents are."""
        return self.database_id, self.collection_id

    @property
    def several(self) -> bool:
        """Whether it is about several documents."""
        return self.action in SEVERAL

    @property
    def places(self) -> list[Place]:
        """The documents that it names; those that its queries will find are not known."""
        listed = self.data if self.action in ("bulkCreate", "bulkUpsert") else ()
        ids = [one["$id"] for one in listed] if self.several else [self.document_id]
        return [(self.database_id, self.collection_id, id_) for id_ in ids]


async def create(
    work: Work, project_id: str, transaction_id: str, owner_id: str, now: datetime, expires_at: datetime
) -> Record:
    """Open a transaction."""
    rows = await work.write(
        "INSERT INTO transactions (project_id, id, owner_id, created_at, updated_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $4, $5) RETURNING *", project_id, transaction_id, owner_id, now, expires_at,
    )  # fmt: skip
    return rows[0]


async def find(work: Work, project_id: str, transaction_id: str, *, to_change: bool = False) -> Record | None:
    """One transaction. With `to_change` nobody else changes it, or adds to it, until the unit of work ends."""
    sql = "SELECT * FROM transactions WHERE project_id = $1 AND id = $2"
    if not to_change:
        return await work.fetchrow(sql, project_id, transaction_id)
    rows = await work.write(f"{sql} FOR UPDATE", project_id, transaction_id)
    return rows[0] if rows else None


async def targets(work: Work, transaction: Record) -> set[Target]:
    """The collections that its operations are about."""
    rows = await work.fetch(
        "SELECT DISTINCT database_id, collection_id FROM transaction_operations "
        "WHERE project_id = $1 AND transaction_id = $2", transaction["project_id"], transaction["id"],
    )  # fmt: skip
    return {(row[0], row[1]) for row in rows}


async def operations(work: Work, vault: Vault, transaction: Record) -> list[Operation]:
    """What has been staged, in order."""
    rows = await work.fetch(
        "SELECT * FROM transaction_operations WHERE project_id = $1 AND transaction_id = $2 ORDER BY number",
        transaction["project_id"], transaction["id"],
    )  # fmt: skip
    return [_operation(row, vault) for row in rows]


async def append(work: Work, vault: Vault, transaction: Record, new: Sequence[Operation]) -> Record:
    """Stage operations of one author behind those that are there; the transaction with its new count.

    Raises orjson.JSONEncodeError for data that holds something else than JSON, such as an uploaded file.
    """
    author, project_id, id_ = new[0].author, transaction["project_id"], transaction["id"]
    sealed = [vault.seal(orjson.dumps(one.data).decode(), _binding(project_id, id_)) for one in new]
    await work.write(
        _INSERT, project_id, id_, transaction["operations"], [one.action for one in new],
        [one.database_id for one in new], [one.collection_id for one in new], [one.document_id for one in new], sealed,
        [one.base for one in new], author.now, list(author.words), sorted(author.reader.roles), author.reader.trusted,
        author.user_id, author.actor_type, author.actor_id, author.ip, author.user_agent,
    )  # fmt: skip
    rows = await work.write(
        "UPDATE transactions SET operations = operations + $3, updated_at = $4 WHERE project_id = $1 AND id = $2 "
        "RETURNING *", project_id, id_, len(new), author.now,
    )  # fmt: skip
    return rows[0]


async def close(work: Work, transaction: Record, status: str, now: datetime) -> Record:
    """End a transaction: `committed` or `failed`. What was staged is not needed any more."""
    key = (transaction["project_id"], transaction["id"])
    await work.write("DELETE FROM transaction_operations WHERE project_id = $1 AND transaction_id = $2", *key)
    rows = await work.write(
        "UPDATE transactions SET status = $3, updated_at = $4 WHERE project_id = $1 AND id = $2 RETURNING *",
        *key, status, now,
    )  # fmt: skip
    return rows[0]


async def delete(work: Work, transaction: Record) -> None:
    """Forget a transaction with all that is staged in it."""
    await work.write(
        "DELETE FROM transactions WHERE project_id = $1 AND id = $2", transaction["project_id"], transaction["id"]
    )


def _binding(project_id: str, transaction_id: str) -> str:
    return f"transaction {project_id}/{transaction_id}"


def _operation(row: Record, vault: Vault) -> Operation:
    author = Author(
        Reader(frozenset(row["roles"]), row["trusted"]), row["user_id"], row["project_id"], row["actor_type"],
        row["actor_id"], row["ip"], row["user_agent"], Vocabulary(*row["vocabulary"]), row["staged_at"],
    )  # fmt: skip
    data = orjson.loads(vault.open(row["data_sealed"], _binding(row["project_id"], row["transaction_id"])))
    return Operation(
        row["action"], row["database_id"], row["collection_id"], row["document_id"], data, author, row["base"]
    )
