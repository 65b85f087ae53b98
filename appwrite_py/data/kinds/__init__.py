"""The kinds of attributes. Importing this package registers all of them."""

from appwrite_py.data.kinds import datetime, formats, numbers, object, relationship, spatial, string, vector
from appwrite_py.data.kinds.base import KINDS, Attribute, Check, Kind, Limit, Unfit, checker, kind_of

__all__ = [
    "KINDS",
    "Attribute",
    "Check",
    "Kind",
    "Limit",
    "Unfit",
    "checker",
    "datetime",
    "formats",
    "kind_of",
    "numbers",
    "object",
    "relationship",
    "spatial",
    "string",
    "vector",
]
