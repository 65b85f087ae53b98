"""Which errors a route answers with, as far as its code says it: those that the handler names, and those that the
functions and methods which it uses do.

Methods are known where their class is named beside them, in the code or in annotations, and errors by their types, too,
since those of some services depend on the vocabulary. What every request may meet
before its handler runs is not read here (`words.py` tells of it). It is read from byte code, once, when the document
is asked for.
"""

from __future__ import annotations

import dis
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from appwrite_py.errors import CATALOGUE, ApiError

_ROOT = __name__.partition(".")[0]
_WORD = re.compile(r"[A-Za-z_]\w*")
_LOADS = ("LOAD_GLOBAL", "LOAD_DEREF", "LOAD_NAME")
_ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD")


def failures(handler: Any, error: Callable[[str], type[ApiError]] = CATALOGUE.__getitem__) -> list[type[ApiError]]:
    """The errors, by status and type; `error` finds one by its type."""
    found: set[type[ApiError]] = set()
    seen: set[FunctionType] = set()
    waiting = [handler]
    while waiting:
        function = waiting.pop()
        if not isinstance(function, FunctionType) or function in seen:
            continue
        seen.add(function)
        for used in _used(function):
            if isinstance(used, FunctionType):
                waiting.append(used)
            else:
                found.add(error(used) if isinstance(used, str) else used)
    return sorted(found, key=lambda error: (error.status, error.type))


@cache
def _used(function: FunctionType) -> frozenset[Any]:
    """The errors, types of errors and functions of ours that a function uses, also in its inner functions."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=False)
    names = {**function.__globals__, **{name: cell.cell_contents for name, cell in cells}}
    codes = list(_codes(function.__code__))
    values = [value for code in codes for value in (*_values(code, names), *code.co_consts)]
    named = [value for value in values if _is_ours(value)]
    attributes = {name for code in codes for name in code.co_names}
    classes = {value for value in (*named, *_annotated(function, *named)) if isinstance(value, type)}
    methods = (_function(getattr(each, name, None)) for each in classes for name in attributes)
    types = (value for value in values if isinstance(value, str) and value in CATALOGUE)
    found = (*named, *methods, getattr(function, "__wrapped__", None))
    ours = (value for value in found if _is_ours(value) and (isinstance(value, FunctionType) or _fails(value)))
    return frozenset((*ours, *types))


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _values(code: CodeType, names: dict[str, Any]) -> Iterator[Any]:
    """What the names in a piece of code stand for, and the texts of tables that they name.

    `a.b.c` is followed through modules.
    """
    value: Any = None
    for step in dis.get_instructions(code):
        if step.opname in _LOADS:
            value = names.get(step.argval)
        elif step.opname in _ATTRIBUTES and isinstance(value, ModuleType):
            value = getattr(value, step.argval, None)
        else:
            continue
        yield value
        if isinstance(value, dict):
            yield from (each for each in value.values() if isinstance(each, str))


def _annotated(function: FunctionType, *called: Any) -> Iterator[Any]:
    """The classes of a function's arguments, of what the functions give that it calls, and its own as a method."""
    yield function.__globals__.get(function.__qualname__.partition(".")[0])
    for each in (function, *called):
        if isinstance(each, FunctionType):
            yield from (each.__globals__.get(word) for word in _words(each.__annotations__.values()))


def _words(annotations: Iterable[Any]) -> Iterator[str]:
    for text in annotations:
        if isinstance(text, str):
            yield from _WORD.findall(text)


def _function(value: Any) -> Any:
    value = value.fget if isinstance(value, property) else value
    return value.__func__ if isinstance(value, MethodType) else value


def _is_ours(value: Any) -> bool:
    return isinstance(value, FunctionType | type) and value.__module__.partition(".")[0] == _ROOT


def _fails(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, ApiError) and value is not ApiError
