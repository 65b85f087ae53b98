"""Changing a column's type: its values, its definition and its entry in the catalogue."""

from __future__ import annotations

from appwrite_py.data import builds, define
from appwrite_py.data.kinds import Attribute
from appwrite_py.data.pg import Work
from appwrite_py.data.schema import Collection
from appwrite_py.data.schema_plan import values


async def change_column(work: Work, collection: Collection, old: Attribute, new: Attribute) -> None:
    """Make the column `old` what `new` says, under the same key; values that do not fit become null."""
    await builds.stop(work, collection)
    await values.convert(work, collection, old, new)
    database = collection.database
    await work.write(
        'UPDATE attributes SET type = $5, format = $6, "array" = $7, encrypt = $8 '
        "WHERE project_id = $1 AND database_id = $2 AND collection_id = $3 AND key = $4",
        database.project_id, database.id, collection.id, old.key, new.type, new.format, new.array, new.encrypt,
    )  # fmt: skip
    # The rest is an update of a column that holds nothing any more that does not fit.
    await define.update_attribute(work, collection, new, new)
