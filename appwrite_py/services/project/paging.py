"""Lists that can be paged through, but neither filtered nor ordered: policies, mock phones, templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from appwrite_py import errors
from appwrite_py.data.query import QueryError, read

T = TypeVar("T")


def page(items: Sequence[T], queries: Sequence[str]) -> list[T]:
    """The items that `limit` and `offset` leave; all of them without. Raises GENERAL_QUERY_INVALID."""
    try:
        plan = read(queries, {"page"})
    except QueryError as cause:
        raise errors.GENERAL_QUERY_INVALID(str(cause)) from cause
    start = plan.offset or 0
    return list(items[start:] if plan.limit is None else items[start : start + plan.limit])
