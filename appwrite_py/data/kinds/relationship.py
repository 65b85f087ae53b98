"""Links to documents of another collection; what they are and where they lie is in `data/relations`."""

from __future__ import annotations

from appwrite_py.data.kinds.base import Kind, register


@register
class Relationship(Kind):
    """A link, or several. Its values pass no check here: they are documents, which are written by themselves."""

    segment = type = "relationship"
    sql = "text"
