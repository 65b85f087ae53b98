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
"""The id of everything that is made before the fuzzing starts, so that it finds something to change."""

ABSENT = object()

_TEXTS = (
    "", " ", "a", KNOWN, "missing", "unique()", "$id", "current", "null", "true", "-1", "0", "1e309", "9" * 400,
    "x" * 300, "x" * 17_000, "a\x00b", "\ufeff", "\u202eabc", "😀" * 40, "İ", "ﬀ", "\x1b[31m", "a\r\nb: c", "%00", "%",
    "../../etc/passwd", "'; DROP TABLE users; --", '"; SELECT 1', "{{7*7}}", "${x}", "{", "[]", "{}", '{"a": 1}',
    "0000-00-00", "2026-13-40", "9999-12-31T23:59:59.999+00:00", "0001-01-01T00:00:00.000+14:00", "http://[::1",
    "http://a:99999", "javascript:alert(1)", "a@b", "a@example.com", "+10000000", 'read("any")', 'write("user:")',
    'read("team:a/b/c")', "*", "*.", "::1%eth0", "\ud800",
)  # fmt: skip
_QUERIES = (
    *(json.dumps({"method": method, "attribute": attribute, "values": values}) for method, attribute, values in (
        ("limit", "", [1]), ("limit", "", [-1]), ("limit", "", [1e300]), ("limit", "", [2**63]), ("limit", "", [True]),
        ("offset", "", [2**63 - 1]), ("offset", "", ["x"]), ("cursorAfter", "", [KNOWN]), ("cursorBefore", "", [""]),
        ("cursorAfter", "", [{}]), ("cursorAfter", "", ["a\x00"]), ("orderAsc", "$createdAt", []),
        ("orderDesc", "name", []), ("orderRandom", "", []), ("orderAsc", "'", []), ("orderDesc", KNOWN, []),
        ("equal", "name", ["x"]), ("equal", "$id", [KNOWN]), ("equal", "$createdAt", ["x"]),
        ("equal", "$sequence", ["x"]), ("equal", "$sequence", [1e40]), ("equal", KNOWN, [{}]), ("equal", KNOWN, ["x"]),
        ("equal", "name", [None, 1, True, [], "x"]), ("equal", "name", ["a\x00"]), ("notEqual", "total", [2**70]),
        ("between", "$createdAt", [1, "x"]), ("between", "total", [1e308, -1e308]), ("search", "name", ["'& | ! ( :*"]),
        ("startsWith", "name", ["%_\\"]), ("endsWith", "", ["x"]), ("contains", KNOWN, ["x"]), ("contains", "name", []),
        ("isNull", "name", []), ("select", "", ["*", "name", "$id", ""]), ("select", "", [1]), ("and", "", []),
        ("or", "", [{"method": "isNull", "attribute": "name"}, {"method": "isNotNull", "attribute": "$id"}]),
        ("or", "", ["x", 1]), ("regex", "name", ["("]), ("lessThan", "name", [1]),
        ("greaterThan", "$updatedAt", [True]),
        ("lessThanEqual", "$createdAt", ["9999-12-31T23:59:59-14:00"]), ("__class__", "", []), (1, 2, 3),
    )),
    "[]", "null", '"limit(1)"', "limit(1)", '{"method":"limit"', "\x00", "{}", "[" * 2000,
)  # fmt: skip
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
    "Domain": ("example.com",),
    "IP": ("127.0.0.1", "::1"),
    "Datetime": ("2999-01-01T00:00:00.000+00:00", "2026-01-01"),
    "Password": ("correct horse battery",),
    "PasswordStrength": ("correct horse battery",),
    "AllOf": ("correct horse battery",),
    "ProjectId": (KNOWN, "unique()"),
    "CustomId": (KNOWN, "unique()", "another"),
    "UID": (KNOWN, "missing", "current"),
    "Key": (KNOWN, "missing"),
    "Permissions": ([], ['read("any")'], ['read("users")', 'delete("user:known")']),
    "Roles": ([], ["any"], ["users"]),
    "Object": ({}, {"known": "x"}, {"known": None, "other": 1}, {"$id": "x", "$permissions": []}),
    "Assoc": ({}, {"a": 1}),
    "JSON": ({}, {"a": 1}),
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
        return st.lists(st.sampled_from(_QUERIES), max_size=3)
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
            return st.sampled_from([0, 1.5, -2, 1e6])
        case "array":
            return st.lists(_text, max_size=3)
        case "object":
            return st.dictionaries(_text, _scalar, max_size=3)
        case _:
            return st.sampled_from([KNOWN, "Some text", "x"])


def value_of(param: Param) -> SearchStrategy[Any]:
    """A value for a parameter, or ABSENT."""
    good = fitting(param.rule)
    return st.one_of(good, good, good, st.just(ABSENT), _scalar, _text, _strange)


def values_of(route: Route) -> SearchStrategy[dict[str, Any]]:
    """Values for all parameters of a route. Those in the path are text that is there."""
    path = st.one_of(st.just(KNOWN), st.just(KNOWN), st.just(KNOWN), _text.filter(bool))
    return st.fixed_dictionaries(
        {param.name: path if param.place == "path" else value_of(param) for param in route.params}
    ).map(lambda values: {name: value for name, value in values.items() if value is not ABSENT})


def valid(route: Route) -> dict[str, Any]:
    """One plausible call, to make the things that the fuzzing then works on."""
    values = {}
    for param in route.params:
        if param.place == "path" or param.rule.kind in ("CustomId", "ProjectId", "UID", "Key"):
            values[param.name] = KNOWN
        elif param.required:
            values[param.name] = _first(param.rule)
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
