"""What is answered of variables: those of a project and those of its functions look alike."""

from __future__ import annotations

from appwrite_py.data.pg import Record
from appwrite_py.http.models import Moment, TypedDict, stamps
from appwrite_py.kit.crypto import Vault
from appwrite_py.platform.variables import value_of

Variable = TypedDict(
    "Variable",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "key": str,
        "value": str,
        "secret": bool,
        "resourceType": str,
        "resourceId": str,
    },
)


class VariableList(TypedDict):
    total: int
    variables: list[Variable]


def variable(row: Record, vault: Vault) -> Variable:
    """A variable; the value of a secret one is never shown."""
    return {
        **stamps(row),  # type: ignore[typeddict-item]
        "key": row["key"],
        "value": "" if row["secret"] else value_of(row, vault),
        "secret": row["secret"],
        "resourceType": row["resource_type"],
        "resourceId": row["resource_id"],
    }
