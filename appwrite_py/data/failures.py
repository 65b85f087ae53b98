"""What can come of asking for documents or changing them. Services give each its error on the wire."""

from __future__ import annotations

import asyncpg

from appwrite_py.data import operators
from appwrite_py.data.names import own_name
from appwrite_py.data.query import QueryError


class Denied(Exception):
    """The caller may not do this."""


class NotThere(Exception):
    """No such document, or none that the caller may see."""


class IdTaken(Exception):
    """A document with this id is there already."""


class NotUnique(Exception):
    """A unique index holds the same value already."""


class Changed(Exception):
    """Somebody else has changed the document meanwhile."""


class TooLarge(Exception):
    """Values are larger than an index or a row can hold; the text says so in PostgreSQL's words."""


class SchemaMoved(Exception):
    """The table is not what it was when the request began; it may be tried again."""


class CursorGone(Exception):
    """The document that the cursor names is not there."""


class RolesNotHeld(Exception):
    """Permissions for roles that the caller does not hold; the text names them."""


class BadLink(Exception):
    """A relationship's value that is no document or names none; the text says which."""


class Restricted(Exception):
    """The document is linked, and its relationship forbids to delete it; the text names the relationship."""


class BadChange(Exception):
    """A change that cannot be made to the stored value; the text says why."""


class OutOfBounds(BadChange):
    """The new value would lie beyond what its attribute, or the request, allows."""


class WrongType(BadChange):
    """The stored value is of another type than the change is for."""


_MOVED = (
    asyncpg.UndefinedColumnError, asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError,
    asyncpg.DatatypeMismatchError, asyncpg.UndefinedFunctionError, asyncpg.CannotCoerceError,
    asyncpg.InvalidDatetimeFormatError, asyncpg.InvalidCachedStatementError,
)  # fmt: skip
_TOO_COMPLEX = (asyncpg.StatementTooComplexError, asyncpg.TooManyColumnsError, asyncpg.TooManyArgumentsError)
_OUT_OF_RANGE = (
    asyncpg.NumericValueOutOfRangeError, asyncpg.DivisionByZeroError, asyncpg.DatetimeFieldOverflowError,
    asyncpg.InvalidArgumentForPowerFunctionError,
)  # fmt: skip


def failure_of(error: asyncpg.PostgresError) -> Exception | None:
    """What an error of PostgreSQL says of documents or their collection; None if it is about something else."""
    if isinstance(error, asyncpg.UniqueViolationError):
        return IdTaken() if error.constraint_name == own_name(error.table_name or "", "id") else NotUnique()
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        return BadLink("A document that is linked does not exist")
    if isinstance(error, _TOO_COMPLEX):
        return QueryError("The queries are more, or name more, than fits into one statement.")
    if isinstance(error, asyncpg.ProgramLimitExceededError):
        return TooLarge(str(error))
    if isinstance(error, _OUT_OF_RANGE):
        return BadChange(f"The new value would be out of range: {error}")
    if (refused := operators.refusal(error)) is not None:
        return WrongType(refused.says) if refused.wrong_type else OutOfBounds(refused.says)
    if type(error) is asyncpg.DataError and "dimensions" in str(error):  # pgvector's: the column has got others
        return SchemaMoved()
    return SchemaMoved() if isinstance(error, _MOVED) else None
