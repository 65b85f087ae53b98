"""Values for fuzzing: for each parameter some that fit its rule, and many that nobody would send in good faith."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from appwrite_py.http.binder import Param
from appwrite_py.http.registry import Route
from appwrite_py.http.rules import Rule

KNOWN = "known"
"""Stands in a path for the id of something that exists; `tests/conformance/world.py` knows which."""

ABSENT = object()

_TEXTS = (
    "", " ", "a", KNOWN, "missing", "unique()", "$id", "current", "null", "true", "-1", "0", "1e309", "9" * 400,
    "x" * 300, "x" * 17_000, "a\x00b", "\ufeff", "\u202eabc", "😀" * 40, "İ", "ﬀ", "\x1b[31m", "a\r\nb: c", "%00", "%",
    "../../etc/passwd", "'; DROP TABLE users; --", '"; SELECT 1', "{{7*7}}", "${x}", "{", "[]", "{}", '{"a": 1}',
    "0000-00-00", "2026-13-40", "9999-12-31T23:59:59.999+00:00", "0001-01-01T00:00:00.000+14:00", "http://[::1",
    "http://a:99999", "javascript:alert(1)", "a@b", "a@example.com", "+10000000", 'read("any")', 'write("user:")',
    'read("team:a/b/c")', "*", "*.", "::1%eth0", "\ud800",
)  # fmt: skip
_SOUND = (
    ("limit", "", [1]), ("offset", "", [0]), ("orderAsc", "$createdAt", []), ("orderDesc", "$id", []),
    ("equal", "$id", ["teams", "other"]), ("notEqual", "$id", ["x"]), ("greaterThan", "$createdAt", ["2020-01-01"]),
    ("isNotNull", "$updatedAt", []), ("startsWith", "$id", ["t"]),
    ("or", "", [{"method": "isNull", "attribute": "$id"}, {"method": "isNotNull", "attribute": "$id"}]),
)  # fmt: skip
_UNSOUND = (
    ("limit", "", [-1]), ("limit", "", [1e300]), ("limit", "", [2**63]), ("limit", "", [True]), ("offset", "", [2**62]),
    ("offset", "", ["x"]), ("cursorAfter", "", ["teams"]), ("cursorBefore", "", [""]), ("cursorAfter", "", [{}]),
    ("cursorAfter", "", ["a\x00"]), ("orderDesc", "name", []), ("orderRandom", "", []), ("orderAsc", "'", []),
    ("orderDesc", "string", []), ("equal", "name", ["x"]), ("equal", "$createdAt", ["x"]), ("equal", "$id", [{}]),
    ("equal", "$sequence", [1e40]), ("equal", "$sequence", ["x"]), ("equal", "string", [{}]),
    ("equal", "string", ["x"]), ("notEqual", "total", [2**70]),
    ("equal", "name", [None, 1, True, [], "x"]), ("equal", "name", ["a\x00"]), ("between", "$createdAt", [1, "x"]),
    ("between", "total", [1e308, -1e308]), ("search", "name", ["'& | ! ( :*"]), ("startsWith", "name", ["%_\\"]),
    ("endsWith", "", ["x"]), ("contains", "string", ["x"]), ("contains", "name", []), ("isNull", "name", []),
    ("select", "", ["*", "name", "$id", ""]), ("select", "", [1]), ("and", "", []), ("or", "", ["x", 1]),
    ("regex", "name", ["("]), ("lessThan", "name", [1]), ("greaterThan", "$updatedAt", [True]), (1, 2, 3),
    ("lessThanEqual", "$createdAt", ["9999-12-31T23:59:59-14:00"]), ("__class__", "", []),
)  # fmt: skip


def _as_texts(queries: tuple[tuple[Any, Any, Any], ...]) -> list[str]:
    return [json.dumps({"method": method, "attribute": name, "values": values}) for method, name, values in queries]


_QUERIES = [
    *_as_texts(_SOUND), *_as_texts(_UNSOUND), "[]", "null", '"limit(1)"', "limit(1)", '{"method":"limit"', "\x00", "{}",
    "[" * 2000,
]  # fmt: skip
_NUMBERS = (
    0, 1, -1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, 10**30, 0.1, 1e308, -0.0,
)  # fmt: skip
_ODDITIES: tuple[Any, ...] = (
    [], {}, [[]], [None], [{}], {"": ""}, [[[[[[[[]]]]]]]], ["x"] * 200, [1, "a", None], {"$id": "x"}, {"a": {"b": []}},
)  # fmt: skip
_SAMPLES = {
    "Email": ("a@example.com",),
    "Phone": ("+14155552671",),
    "URL": ("https://example.com/a?b=c", "http://localhost"),
    "RedirectURL": ("http://localhost/done",),
    "Hostname": ("app.example.com", "*.example.com", "localhost"),
    "Domain": ("fuzz.functions.localhost", "example.com"),
    "PublicDomain": ("example.com",),
    "Event": ("users.*.create", "teams.known.memberships.*"),
    "IP": ("127.0.0.1", "::1"),
    "Datetime": ("2999-01-01T00:00:00.000+00:00", "2026-01-01"),
    "Password": ("correct horse battery",),
    "PasswordStrength": ("correct horse battery",),
    "AllOf": ("correct horse battery",),
    "ProjectId": (KNOWN, "unique()"),
    "CustomId": (KNOWN, "unique()", "another"),
    "UID": (KNOWN, "current", "missing"),
    "Key": ("string", KNOWN, "missing"),
    "Permissions": ([], ['read("any")'], ['read("users")', 'delete("user:known")']),
    "Roles": ([], ["any"], ["users"]),
    "Object": ({}, {"string": "x"}, {"string": None}, {"string": "too long", "other": 1}, {"$id": "x"}),
    "Assoc": ({}, {"a": 1}),
    "JSON": ({}, {"a": 1}),
    "HexColor": ("ff8000", "abc"),
    "Folder": ("", "a/b"),
    "File": ("picture.png", "notes.txt", "no ending"),
    "Cron": ("", "0 0 * * *"),
}

_text = st.one_of(st.sampled_from(_TEXTS), st.text(max_size=40))
_number = st.one_of(st.sampled_from(_NUMBERS), st.integers(), st.floats())
_scalar = st.one_of(st.none(), st.booleans(), _number, _text)
_tree = st.recursive(
    _scalar,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_text, inner, max_size=4)),
    max_leaves=8,
)
_strange = st.one_of(st.sampled_from(_ODDITIES), st.lists(st.sampled_from(_QUERIES), max_size=3), _tree)


def fitting(rule: Rule) -> SearchStrategy[Any]:
    """Values that pass the rule, or nearly."""
    if rule.kind in _SAMPLES:
        return st.sampled_from(_SAMPLES[rule.kind])
    if rule.kind == "Queries":
        return st.lists(st.sampled_from(_as_texts(_SOUND)), max_size=2)
    if words := getattr(rule, "words", ()):
        return st.sampled_from(sorted(words))
    if isinstance(of := getattr(rule, "of", None), Rule):
        return st.lists(fitting(of), min_size=1, max_size=3)
    return _by_schema(rule.schema())


def _by_schema(schema: dict[str, Any]) -> SearchStrategy[Any]:
    match schema.get("type"):
        case "boolean":
            return st.booleans()
        case "integer":
            low, high = int(schema.get("minimum", -(2**31))), int(schema.get("maximum", 2**31))
            return st.one_of(st.sampled_from([low, high]), st.integers(low, min(high, low + 1000)))
        case "number":
            least, most = float(schema.get("minimum", -1e6)), float(schema.get("maximum", 1e6))
            return st.sampled_from([value for value in (least, -2, 0, 0.5, 1.5, most) if least <= value <= most])
        case "array":
            return st.lists(_text, max_size=3)
        case "object":
            return st.dictionaries(_text, _scalar, max_size=3)
        case _:
            return st.sampled_from([KNOWN, "Some text", "x"])


_wild = st.one_of(st.just(ABSENT), _scalar, _text, _strange)


def values_of(route: Route) -> SearchStrategy[dict[str, Any]]:
    """Values for the parameters of a route: mostly good ones but for one or two, so that calls get past the rules."""
    good = {param.name: _good(param) for param in route.params}
    bad = {param.name: _text.filter(bool) if param.place == "path" else _wild for param in route.params}
    tame = st.fixed_dictionaries(good)
    if not good:
        return tame
    spoilt = st.sampled_from(sorted(bad)).flatmap(lambda name: st.fixed_dictionaries(good | {name: bad[name]}))
    path = {param.name: st.just(KNOWN) for param in route.params if param.place == "path"}
    return st.one_of(tame, spoilt, spoilt, st.fixed_dictionaries(bad | path)).map(_present)


def _good(param: Param) -> SearchStrategy[Any]:
    if param.place == "path":
        words = getattr(param.rule, "words", ())
        return st.sampled_from(sorted(words)) if words else st.just(KNOWN)
    fits = fitting(param.rule)
    if param.required:
        return fits
    rarely = param.rule.kind == "UID"  # the id of something else, which seldom exists
    return st.one_of(fits, *[st.just(ABSENT)] * (6 if rarely else 2))


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not ABSENT}


def plausible(route: Route, own_id: str) -> dict[str, Any]:
    """One call that should work, to make something with this id."""
    values: dict[str, Any] = {}
    for param in route.params:
        if param.place == "path":
            values[param.name] = KNOWN
        elif param.rule.kind == "Object" and param.name == "data":
            values[param.name] = {"string": "x"}
        elif param.rule.kind == "CustomId":
            values[param.name] = own_id
        elif param.required or param.rule.kind in ("Email", "Hostname"):
            values[param.name] = own_id if param.rule.kind == "Key" else _first(param.rule)
    return values


def _first(rule: Rule) -> Any:
    if rule.kind in _SAMPLES:
        return _SAMPLES[rule.kind][0]
    if words := getattr(rule, "words", ()):
        return words[0]
    if isinstance(of := getattr(rule, "of", None), Rule):
        return [_first(of)]
    schema = rule.schema()
    simple = {
        "boolean": False,
        "integer": max(int(schema.get("minimum", 1)), 1),
        "number": 1,
        "array": [],
        "object": {},
    }
    return simple.get(str(schema.get("type")), KNOWN)
