"""From the schema that is there to the one that is wanted: which steps lead there, and which data they would cost."""

from appwrite_py.data.schema_plan.carry import change_column
from appwrite_py.data.schema_plan.diff import Contradiction, plan
from appwrite_py.data.schema_plan.steps import (
    ChangeColumn,
    CreateColumn,
    CreateIndex,
    CreateTable,
    DeleteColumn,
    DeleteIndex,
    DeleteTable,
    RenameColumn,
    Step,
    UpdateTable,
)
from appwrite_py.data.schema_plan.table import RELATIONSHIP, Draft, Wanted, index_shape, shape
from appwrite_py.data.schema_plan.values import count_lost

__all__ = [
    "RELATIONSHIP",
    "ChangeColumn",
    "Contradiction",
    "CreateColumn",
    "CreateIndex",
    "CreateTable",
    "DeleteColumn",
    "DeleteIndex",
    "DeleteTable",
    "Draft",
    "RenameColumn",
    "Step",
    "UpdateTable",
    "Wanted",
    "change_column",
    "count_lost",
    "index_shape",
    "plan",
    "shape",
]
