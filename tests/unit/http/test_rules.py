"""Parameter rules: what passes, as what, and what does not."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from appwrite_py.http import rules
from appwrite_py.http.rules import Invalid, Rule

URL = "https://example.com/a?b=c#d"

PASSING: list[tuple[Rule, Any, Any]] = [
    (rules.Text(3), "abc", "abc"), (rules.Text(3), "äöü", "äöü"), (rules.Text(0), "x" * 9999, "x" * 9999),
    (rules.Text(3, min=0), "", ""), (rules.Text(3, chars="ab"), "aab", "aab"), (rules.Text(3), "   ", "   "),
    (rules.Uid(), "a.B-c_1", "a.B-c_1"), (rules.Uid(), "x" * 36, "x" * 36), (rules.Key(internal=True), "$id", "$id"),
    (rules.CustomId(), "unique()", "unique()"), (rules.CustomId(), "0", "0"),
    (rules.ProjectId(), "a-b", "a-b"), (rules.ProjectId(), "unique()", "unique()"),
    (rules.OneOf("a", "B"), "B", "B"), (rules.OneOf("asc", ci=True), "ASC", "ASC"),
    (rules.OneOf("a", hidden=["b"]), "b", "b"),
    (rules.Boolean(), True, True), (rules.Boolean(loose=True), "true", True), (rules.Boolean(loose=True), "0", False),
    (rules.Boolean(loose=True), 1, True), (rules.Boolean(loose=True), "True", True),
    (rules.Integer(8), -128, -128), (rules.Integer(64), 2**63 - 1, 2**63 - 1), (rules.Integer(8, loose=True), "5", 5),
    (rules.Float(), 1, 1), (rules.Float(), -0.5, -0.5), (rules.Numeric(), "1.5", 1.5), (rules.Numeric(), "-3", -3),
    (rules.Range(1, 5), 5, 5), (rules.Range(1, 5), "3", 3), (rules.Range(1, 5), 3.0, 3),
    (rules.Range(1, 5000), "1e3", 1000),
    (rules.Range(0, 1, fractions=True), "0.5", 0.5),
    (rules.ListOf(rules.Text(2), 2), ["a", "b"], ["a", "b"]), (rules.ListOf(rules.Text(2)), [], []),
    (rules.ListOf(rules.Integer(8), nullable=True), [1, None], [1, None]),
    (rules.Object(), {"a": 1}, {"a": 1}), (rules.Object(), [], {}), (rules.Object(), '{"a": [1]}', {"a": [1]}),
    (rules.Object(max_bytes=7), {"a": 1}, {"a": 1}), (rules.Assoc(), {"a": 1}, {"a": 1}), (rules.Assoc(), [], {}),
    (rules.Json(), ' {"a": 1}\n', {"a": 1}), (rules.Json(), {"a": 1}, {"a": 1}),
    (rules.Cron(), "0 12 * * MON-FRI", "0 12 * * MON-FRI"), (rules.Cron(), "", ""),
    (rules.Datetime(), "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
    (rules.Datetime(future=True), "9000-01-01", "9000-01-01"),
    (rules.Datetime(max_days=30), "2001-01-01", "2001-01-01"),
    (rules.Permissions("read"), ['read("any")'], ['read("any")']), (rules.Permissions("read"), [], []),
    (rules.Roles(), ["any", "user:a"], ["any", "user:a"]),
    (rules.Email(), "a.b+c@sub.example.com", "a.b+c@sub.example.com"), (rules.Email(allow_empty=True), "", ""),
    (rules.Url(), URL, URL), (rules.Url(schemes=("https",)), URL, URL), (rules.Url(), "custom://host", "custom://host"),
    (rules.Url(allow_empty=True), "", ""),
    (rules.PublicDomain(), "https://www.example.com:8080/x", "https://www.example.com:8080/x"),
    (rules.PublicDomain(), "example.com", "example.com"), (rules.Event(), "teams.*.create", "teams.*.create"),
    (rules.Event(), "users.u.update.email", "users.u.update.email"),
    (rules.Hostname(), "*.example.com", "*.example.com"), (rules.Hostname(), "localhost", "localhost"),
    (rules.Hostname(), "", ""), (rules.Hostname(), "*", "*"),
    (rules.Ip(), "127.0.0.1", "127.0.0.1"), (rules.Ip(), "2001:db8::1", "2001:db8::1"),
    (rules.Phone(), "+14155552671", "+14155552671"), (rules.Phone(allow_empty=True), "", ""),
    (rules.Password(), "12345678", "12345678"), (rules.NewPassword(), "x" * 256, "x" * 256),
    (rules.NewPassword(10, ("uppercase", "number", "symbols")), "Abcdefgh1!", "Abcdefgh1!"),
    (rules.RedirectUrl(), "http://localhost:3000/a", "http://localhost:3000/a"), (rules.RedirectUrl(), "", ""),
    (rules.Queries(), ["{}"], ["{}"]),
]  # fmt: skip

FAILING: list[tuple[Rule, Any]] = [
    (rules.Text(3), ""), (rules.Text(3), "abcd"), (rules.Text(3), 5), (rules.Text(3), None), (rules.Text(3), "a\x00"),
    (rules.Text(3), ["a"]), (rules.Text(3, chars="ab"), "abc"), (rules.Text(3, blank=False), "  "),
    (rules.Uid(), ""), (rules.Uid(), "_a"), (rules.Uid(), ".a"), (rules.Uid(), "-a"), (rules.Uid(), "a/b"),
    (rules.Uid(), "ä"),
    (rules.Uid(), "x" * 37), (rules.Uid(), "a\n"), (rules.Uid(), 5), (rules.Uid(), "unique()"), (rules.Key(), "$id"),
    (rules.Key(internal=True), "$none"), (rules.Key(internal=True), ["$id"]), (rules.CustomId(), "unique(1)"),
    (rules.ProjectId(), "A"), (rules.ProjectId(), "-a"), (rules.ProjectId(), "a_b"), (rules.ProjectId(), "a" * 37),
    (rules.OneOf("a"), "A"), (rules.OneOf("a"), 1), (rules.OneOf("a"), ["a"]), (rules.OneOf("asc", ci=True), "up"),
    (rules.Boolean(), "true"), (rules.Boolean(), 1), (rules.Boolean(loose=True), "yes"), (rules.Boolean(loose=True), 2),
    (rules.Boolean(loose=True), [True]), (rules.Boolean(loose=True), {}),
    (rules.Integer(8), 128), (rules.Integer(8), 1.0), (rules.Integer(8), "5"), (rules.Integer(8), True),
    (rules.Integer(8, loose=True), "5.5"), (rules.Integer(8, loose=True), "1_0"), (rules.Integer(64), 2**63),
    (rules.Float(), "1"), (rules.Float(), True), (rules.Float(), float("inf")), (rules.Float(), float("nan")),
    (rules.Float(), 10**400), (rules.Numeric(), "abc"), (rules.Numeric(), "inf"), (rules.Numeric(), ""),
    (rules.Numeric(), []),
    (rules.Range(1, 5), 0), (rules.Range(1, 5), 6), (rules.Range(1, 5), 1.5), (rules.Range(1, 5), "x"),
    (rules.Range(1, 5), True),
    (rules.Range(1, 5), None), (rules.Range(1, 5), "1" * 50),
    (rules.ListOf(rules.Text(2), 2), ["a"] * 3), (rules.ListOf(rules.Text(2)), ["abc"]),
    (rules.ListOf(rules.Text(2)), "a"),
    (rules.ListOf(rules.Text(2)), [None]), (rules.ListOf(rules.Text(2)), {"0": "a"}),
    (rules.Object(), "a"), (rules.Object(), "{"), (rules.Object(), "[]"), (rules.Object(), [1]), (rules.Object(), 5),
    (rules.Json(), "[1]"), (rules.Json(), "a"), (rules.Cron(), "daily"), (rules.Cron(), "0," * 50 + "0 * * * *"),
    (rules.Object(max_bytes=6), {"a": 1}), (rules.Assoc(), '{"a": 1}'), (rules.Assoc(), [1]),
    (rules.Datetime(), "soon"), (rules.Datetime(), 5), (rules.Datetime(future=True), "2000-01-01"),
    (rules.Datetime(max_days=30), "9000-01-01"),
    (rules.Permissions("read"), ['update("any")']), (rules.Permissions("read"), ["read(any)"]),
    (rules.Permissions("read"), [5]),
    (rules.Permissions("read"), 'read("any")'), (rules.Permissions("read", max=1), ['read("any")'] * 2),
    (rules.Permissions("read"), [["read"]]), (rules.Roles(), ["*"]), (rules.Roles(), ["any"] * 101),
    (rules.Roles(), [{}]),
    (rules.Email(), "a@b"), (rules.Email(), ""), (rules.Email(), "a b@example.com"),
    (rules.Email(), "a" * 65 + "@example.com"),
    (rules.Email(), "a@" + "b" * 250 + ".com"), (rules.Email(), None),
    (rules.Url(), "example.com"), (rules.Url(), "https://"), (rules.Url(), "https://a b"), (rules.Url(), "https://ä.de"),
    (rules.Url(), "https://[::1"), (rules.Url(), "https://a:99999"), (rules.Url(schemes=("https",)), "http://a.de"),
    (rules.Url(), 5),
    (rules.PublicDomain(), "localhost"), (rules.PublicDomain(), "http://8.8.8.8"), (rules.PublicDomain(), "a.internal"),
    (rules.Event(), "users.*.explode"), (rules.Event(), "users.\x00.create"), (rules.Event(), 5),
    (rules.Hostname(), "https://a.de"), (rules.Hostname(), "a.de/x"), (rules.Hostname(), "a.*.de"),
    (rules.Hostname(), "-a.de"),
    (rules.Hostname(allow_empty=False), ""), (rules.Hostname(), 5),
    (rules.Ip(), "1.2.3"), (rules.Ip(), "::1%eth0"), (rules.Ip(), 5), (rules.Ip(), ""),
    (rules.Phone(), "14155552671"), (rules.Phone(), "+0155552671"), (rules.Phone(), "+1 415"), (rules.Phone(), 5),
    (rules.Password(), "1234567"), (rules.Password(), "x" * 257), (rules.Password(), 12345678),
    (rules.NewPassword(10), "123456789"), (rules.NewPassword(8, ("uppercase",)), "abcdefgh"),
    (rules.NewPassword(8, ("symbols",)), "abcdefgh"), (rules.RedirectUrl(), "https://evil.example.com"),
    (rules.RedirectUrl(), "javascript:alert(1)"), (rules.RedirectUrl(), "nonsense"), (rules.Queries(), [""]),
    (rules.Queries(), ["x" * 4097]), (rules.Queries(), ["{}"] * 101),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "value", "kept"), PASSING)
def test_passes(rule: Rule, value: Any, kept: Any) -> None:
    found = rule.check(value)
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(("rule", "value"), FAILING)
def test_fails(rule: Rule, value: Any) -> None:
    with pytest.raises(Invalid, match="must be"):
        rule.check(value)


@pytest.mark.parametrize("rule", {type(rule).__name__: rule for rule, _, _ in PASSING}.values())
def test_every_rule_describes_itself(rule: Rule) -> None:
    assert rule.kind
    assert rule.says.startswith("must be")
    Draft202012Validator.check_schema(rule.schema())
