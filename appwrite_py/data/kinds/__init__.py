"""The kinds of attributes. Importing this package registers all of them."""

from appwrite_py.data.kinds import datetime, formats, numbers, relationship, string
from appwrite_py.data.kinds.base import KINDS, Attribute, Check, Kind, Unfit, checker, kind_of

__all__ = [
    "KINDS",
    "Attribute",
    "Check",
    "Kind",
    "Unfit",
    "checker",
    "datetime",
    "formats",
    "kind_of",
    "numbers",
    "relationship",
    "string",
]
