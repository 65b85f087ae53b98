"""The types that route signatures are written with: what Python gets, and the rule that the value passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from appwrite_py.http import rules

CustomId = Annotated[str, rules.CustomId()]
Uid = Annotated[str, rules.Uid()]
Key = Annotated[str, rules.Key()]
Text128 = Annotated[str, rules.Text(128)]
Search = Annotated[str, rules.Text(256)]
Email = Annotated[str, rules.Email()]
Flag = Annotated[bool, rules.Boolean()]
LooseFlag = Annotated[bool, rules.Boolean(loose=True)]
Queries = Annotated[Sequence[str], rules.Queries()]
JsonObject = Annotated[dict[str, Any], rules.Object()]
Time = Annotated[str, rules.Datetime()]
