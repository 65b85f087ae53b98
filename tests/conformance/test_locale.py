"""The lists of `locale` hold what the contract's hold, in its order where they are not sorted by name."""

from __future__ import annotations

import pytest

from tests.client import Sandbox
from tests.conformance import contract

pytestmark = pytest.mark.skipif(
    not (contract.FOLDER / "locale.json").exists(),
    reason=f"the contract is not at {contract.FOLDER}; set CONTRACT_DIR to its folder",
)


def test_codes(sandbox: Sandbox) -> None:
    facts, key = contract.load("locale"), sandbox.key

    def codes(path: str, name: str) -> list[str]:
        return [item["code"] for item in key.get(f"/locale/{path}").ok(200)[name]]

    assert codes("codes", "localeCodes") == [item["code"] for item in facts["codes"]]
    assert codes("languages", "languages") == [item["code"] for item in facts["languages"]]
    assert sorted(codes("countries", "countries")) == sorted(item["code"] for item in facts["countries"])
    assert sorted(codes("countries/eu", "countries")) == sorted(facts["eu"])
    assert sorted(codes("continents", "continents")) == sorted(item["code"] for item in facts["continents"])


def test_phones(sandbox: Sandbox) -> None:
    wanted = sorted(contract.load("locale")["phones"].items(), key=lambda pair: int(pair[1]))
    found = sandbox.key.get("/locale/countries/phones").ok(200)["phones"]
    assert [(phone["countryCode"], phone["code"]) for phone in found] == [
        (code, f"+{digits}") for code, digits in wanted
    ]


def test_currencies(sandbox: Sandbox) -> None:
    fields = ("code", "symbol", "symbolNative", "decimalDigits", "rounding")
    found = sandbox.key.get("/locale/currencies").ok(200)["currencies"]
    assert [[item[name] for name in fields] for item in found] == [
        [item[name] for name in fields] for item in contract.load("locale")["currencies"]
    ]


def test_every_translation_is_served(sandbox: Sandbox) -> None:
    """Those that are no codes of the list, too; a few have no name of their own for what is asked here."""
    english = sandbox.key.get("/locale/continents").ok(200)
    same = {
        code
        for code in contract.load("locale")["translations"]
        if sandbox.key.as_(X_Appwrite_Locale=code).get("/locale/continents").ok(200) == english
    }
    assert same <= {"en", "tl", "sn", "bh"}
