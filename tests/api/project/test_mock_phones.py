"""Mock phones: numbers with a code of their own, which get no messages."""

from __future__ import annotations

import pytest

from appwrite_py.platform import phones
from tests.api.project.tools import key_with, last, query
from tests.client import Sandbox

NUMBER = "+14155552671"


def test_the_life_of_one(sandbox: Sandbox) -> None:
    made = sandbox.key.post("/project/mock-phones", number=NUMBER, otp="123456").ok(201)
    assert (made["number"], made["otp"]) == (NUMBER, "123456")
    assert sandbox.admin.get(f"/project/mock-phones/{NUMBER}").ok(200) == made
    changed = sandbox.key.put(f"/project/mock-phones/{NUMBER}", otp="000000").ok(200)
    assert changed["otp"] == "000000"
    assert changed["$createdAt"] == made["$createdAt"] <= changed["$updatedAt"]
    assert last(sandbox)["payload"]["number"] == NUMBER
    sandbox.key.delete(f"/project/mock-phones/{NUMBER}").ok(204)
    sandbox.key.get(f"/project/mock-phones/{NUMBER}").fails(404, "mock_number_not_found")
    happened = ["create", "update", "delete"]
    assert sandbox.events() == [f"mock-phones.{NUMBER}.{name}" for name in happened]
    kind = "project.mock-phone"
    assert sandbox.audits() == [(f"{kind}.{name}", f"{kind}/{NUMBER}") for name in happened]


def test_a_plus_that_was_lost_on_the_way(sandbox: Sandbox) -> None:
    sandbox.key.post("/project/mock-phones", number=NUMBER, otp="123456").ok(201)
    for written in ("%2B14155552671", "14155552671", "%2014155552671"):
        assert sandbox.key.get(f"/project/mock-phones/{written}").ok(200)["number"] == NUMBER


def test_the_list(sandbox: Sandbox) -> None:
    numbers = [f"+1415555267{n}" for n in range(3)]
    for number in numbers:
        sandbox.key.post("/project/mock-phones", number=number, otp="123456").ok(201)
    found = sandbox.key.get("/project/mock-phones").ok(200)
    assert (found["total"], [item["number"] for item in found["mockNumbers"]]) == (3, numbers)
    page = sandbox.key.get("/project/mock-phones", [query("limit", "", 1), query("offset", "", 1)], total=False).ok(200)
    assert (page["total"], [item["number"] for item in page["mockNumbers"]]) == (0, numbers[1:2])
    sandbox.key.get("/project/mock-phones", [query("equal", "otp", "123456")]).fails(400, "general_query_invalid")


def test_what_is_refused(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for body in (
        {"number": "14155552671", "otp": "123456"}, {"number": "+0123456", "otp": "123456"}, {"otp": "123456"},
        {"number": NUMBER}, {"number": NUMBER, "otp": "12345"}, {"number": NUMBER, "otp": "12345a"},
        {"number": NUMBER, "otp": 123456}, {"number": NUMBER, "otp": "١٢٣٤٥٦"},
    ):  # fmt: skip
        sandbox.key.post("/project/mock-phones", **body).fails(400, "general_argument_invalid")
    sandbox.key.put(f"/project/mock-phones/{NUMBER}", otp="123456").fails(404, "mock_number_not_found")
    sandbox.key.delete(f"/project/mock-phones/{NUMBER}").fails(404, "mock_number_not_found")
    sandbox.key.get("/project/mock-phones/nobody").fails(400, "general_argument_invalid")
    sandbox.key.post("/project/mock-phones", number=NUMBER, otp="123456").ok(201)
    sandbox.key.post("/project/mock-phones", number=NUMBER, otp="654321").fails(409, "mock_number_already_exists")
    monkeypatch.setattr(phones, "LIMIT", 1)
    sandbox.key.post("/project/mock-phones", number="+4915112345678", otp="123456").fails(
        400, "mock_number_limit_exceeded"
    )
    assert sandbox.events() == [f"mock-phones.{NUMBER}.create"]
    assert sandbox.key.get(f"/project/mock-phones/{NUMBER}").ok(200)["otp"] == "123456"


def test_who_may(sandbox: Sandbox) -> None:
    reader, writer = key_with(sandbox, "mocks.read"), key_with(sandbox, "mocks.write")
    writer.post("/project/mock-phones", number=NUMBER, otp="123456").ok(201)
    for caller in (sandbox.guest, sandbox.user(), writer):
        caller.get("/project/mock-phones").fails(401, "general_unauthorized_scope")
        caller.get(f"/project/mock-phones/{NUMBER}").fails(401, "general_unauthorized_scope")
    for caller in (sandbox.guest, sandbox.user(), reader):
        caller.post("/project/mock-phones", number="+4915112345678", otp="1").fails(401, "general_unauthorized_scope")
        caller.delete(f"/project/mock-phones/{NUMBER}").fails(401, "general_unauthorized_scope")
    assert reader.get("/project/mock-phones").ok(200)["total"] == 1


def test_each_project_has_its_own(sandbox: Sandbox) -> None:
    sandbox.key.post("/project/mock-phones", number=NUMBER, otp="123456").ok(201)
    other = Sandbox.create(sandbox.console)
    other.key.get(f"/project/mock-phones/{NUMBER}").fails(404, "mock_number_not_found")
    other.key.post("/project/mock-phones", number=NUMBER, otp="111111").ok(201)
    assert sandbox.key.get(f"/project/mock-phones/{NUMBER}").ok(200)["otp"] == "123456"
