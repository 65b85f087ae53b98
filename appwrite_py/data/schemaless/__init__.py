"""Documents without a schema: one JSON object in the column `_data` of an otherwise ordinary table."""

from appwrite_py.data.schemaless.documents import DATA, attribute, checked, cutter
from appwrite_py.data.schemaless.paths import Place

__all__ = ["DATA", "Place", "attribute", "checked", "cutter"]
