"""Update operators: a value such as `{"method": "increment", "values": [1]}` says what is to become of an attribute.

They become SQL over the stored value, so that PostgreSQL applies each in the statement that changes the document,
whoever else changes it at the same time. One file per family; importing this package registers all of them.
"""

from appwrite_py.data.operators import arrays, booleans, dates, numeric, text
from appwrite_py.data.operators.base import (
    METHODS,
    Argument,
    BadOperator,
    Operator,
    Refusal,
    expression,
    expression_json,
    initial,
    parse,
    refusal,
)
from appwrite_py.data.operators.numeric import step, step_json

__all__ = [
    "METHODS",
    "Argument",
    "BadOperator",
    "Operator",
    "Refusal",
    "arrays",
    "booleans",
    "dates",
    "expression",
    "expression_json",
    "initial",
    "numeric",
    "parse",
    "refusal",
    "step",
    "step_json",
    "text",
]
