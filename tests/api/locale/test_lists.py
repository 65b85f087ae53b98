"""The lists of `locale`: what is in them, in which order, and in which language."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from appwrite_py.app import create_app
from appwrite_py.kit.locales import CODES
from tests.client import Api, Sandbox
from tests.conftest import settings_for_tests

LISTS = {
    "codes": ("localeCodes", 131), "countries": ("countries", 197), "countries/eu": ("countries", 27),
    "countries/phones": ("phones", 196), "continents": ("continents", 7), "currencies": ("currencies", 117),
    "languages": ("languages", 186),
}  # fmt: skip


def listed(caller: Api, path: str, language: str = "") -> list[dict[str, Any]]:
    caller = caller.as_(X_Appwrite_Locale=language) if language else caller
    items: list[dict[str, Any]] = caller.get(f"/locale/{path}").ok(200)[LISTS[path][0]]
    return items


def names(caller: Api, path: str, language: str = "", field: str = "name") -> dict[str, str]:
    code = "countryCode" if path.endswith("phones") else "code"
    return {item[code]: item[field] for item in listed(caller, path, language)}


@pytest.mark.parametrize("path", LISTS)
def test_all_callers_get_all_of_it(sandbox: Sandbox, path: str) -> None:
    key, total = LISTS[path]
    callers = (sandbox.guest, sandbox.user(), sandbox.key, sandbox.admin)
    before = sandbox.events(), sandbox.audits()
    answers = [caller.get(f"/locale/{path}").ok(200) for caller in callers]
    assert answers[0]["total"] == len(answers[0][key]) == total
    assert all(answer == answers[0] for answer in answers)
    assert (sandbox.events(), sandbox.audits()) == before


@pytest.mark.parametrize("path", ["", *(f"/{path}" for path in LISTS)])
def test_who_may_not(sandbox: Sandbox, path: str) -> None:
    made = sandbox.admin.post("/project/keys", keyId="unique()", name="Other", scopes=["teams.read"]).ok(201)
    sandbox.guest.as_(X_Appwrite_Key=made["secret"]).get(f"/locale{path}").fails(401, "general_unauthorized_scope")
    sandbox.key.patch("/project/services/locale", enabled=False).ok(200)
    sandbox.guest.get(f"/locale{path}").fails(403, "general_service_disabled")
    sandbox.key.get(f"/locale{path}").ok(200)


@pytest.mark.parametrize(
    ("language", "germany", "first", "last", "europe"),
    [
        ("en", "Germany", "Afghanistan", "Zimbabwe", "Europe"),
        ("de", "Deutschland", "Afghanistan", "Zypern", "Europa"),
        ("de-at", "Deutschland", "Afghanistan", "Zypern", "Europa"),
        ("sv", "Tyskland", "Afghanistan", "Östtimor", "Europa"),
        ("pt-br", "Alemanha", "Afeganistão", "Zimbábue", "Europa"),
        ("ar", "ألمانيا", "إثيوبيا", "هونغ كونغ الصينية (منطقة إدارية خاصة)", "أوروبا"),
        ("he", "גרמניה", "אוגנדה", "תימן", "אירופה"),
        ("fa", "آلمان", "آرژانتین", "یونان", "اروپا"),
        ("ja", "ドイツ", "アイスランド", "韓国", "ヨーロッパ"),
        ("zh-cn", "德国", "阿尔巴尼亚", "斐济", "欧洲"),
        ("ua", "Німеччина", "Австралія", "Японія", "Європа"),
        ("uk", "Німеччина", "Австралія", "Японія", "Європа"),
        ("ji", "דייטשלאַנד", None, None, "אייראפּע"),
        ("sb", "Němska", None, None, "Europa"),
    ],
)
def test_countries(
    sandbox: Sandbox, language: str, germany: str, first: str | None, last: str | None, europe: str
) -> None:
    found = names(sandbox.guest, "countries", language)
    ordered = list(found.values())
    assert found["DE"] == germany
    assert first is None or (ordered[0], ordered[-1]) == (first, last)
    union = names(sandbox.guest, "countries/eu", language)
    assert union.items() <= found.items()
    assert list(union) == [code for code in found if code in union]
    assert names(sandbox.guest, "countries/phones", language, "countryName") == {
        code: name for code, name in found.items() if code != "HK"
    }
    assert names(sandbox.guest, "continents", language)["EU"] == europe


def test_every_locale_has_names(sandbox: Sandbox) -> None:
    for language in CODES:
        found = names(sandbox.guest, "countries", language)
        assert all(found.values())
        assert set(found) == set(names(sandbox.guest, "countries"))


def test_what_a_language_lacks_is_said_in_english(sandbox: Sandbox) -> None:
    found, english = names(sandbox.guest, "countries", "ts"), names(sandbox.guest, "countries", "en")
    assert found == english  # Tsonga has no names of countries,
    assert names(sandbox.guest, "languages", "ts")["ts"] == "Xitsonga"  # but some of languages
    assert names(sandbox.guest, "currencies", "ts")["EUR"] == "Euro"


@pytest.mark.parametrize("language", ["xx", "zh", "../../etc/passwd", "ḓ", "%00", "x" * 500, "de'--", "en_XX_YY"])
def test_no_such_locale(sandbox: Sandbox, language: str) -> None:
    english = sandbox.guest.get("/locale/countries").json
    assert sandbox.guest.get("/locale/countries", locale=language.replace("%00", "")).ok(200) == english
    assert sandbox.guest.send("GET", "/locale/countries",
                              headers={"X-Appwrite-Locale": language.encode()}).ok(200) == english  # fmt: skip


def test_in_the_query(sandbox: Sandbox) -> None:
    assert sandbox.guest.get("/locale/continents", locale="fr").ok(200)["continents"][0]["name"] == "Afrique"
    both = sandbox.guest.as_(X_Appwrite_Locale="de")
    assert both.get("/locale/continents", locale="fr").ok(200)["continents"][-1]["name"] == "Océanie"
    assert both.get("/locale/continents", locale="").ok(200)["continents"][-1]["name"] == "Südamerika"
    strange = both.send("GET", "/locale/continents?locale[]=fr&locale[x]=1").ok(200)
    assert strange["continents"][-1]["name"] == "South America"


def test_spelled_otherwise(sandbox: Sandbox) -> None:
    for spelled in ("PT-BR", "pt_BR", "pt-ao"):
        assert names(sandbox.guest, "countries", spelled)["DE"] == "Alemanha"


def test_the_servers_own_language(dsn: str, sandbox: Sandbox) -> None:
    settings = settings_for_tests(locale="fr")
    with TestClient(create_app(settings, dsn, "key-of-the-tests"), raise_server_exceptions=False) as http:
        guest = Api(http, sandbox.guest.headers)
        assert names(guest, "countries")["DE"] == "Allemagne"
        assert names(guest, "countries", "xx")["DE"] == "Allemagne"
        assert names(guest, "countries", "en")["DE"] == "Germany"
        assert names(guest, "countries", "ts")["DE"] == "Allemagne"


def test_phones(sandbox: Sandbox) -> None:
    found = listed(sandbox.guest, "countries/phones")
    numbers = [int(phone["code"].removeprefix("+")) for phone in found]
    assert numbers == sorted(numbers)
    assert [phone["countryCode"] for phone in found[:4]] == ["CA", "US", "RU", "EG"]
    assert found[1] == {"code": "+1", "countryCode": "US", "countryName": "United States"}
    codes = {phone["countryCode"]: phone["code"] for phone in found}
    assert (codes["DE"], codes["VA"], codes["KZ"], codes["JM"]) == ("+49", "+379", "+76", "+1876")


def test_codes(sandbox: Sandbox) -> None:
    found = names(sandbox.guest, "codes")
    assert tuple(found) == CODES
    assert found["de"] == "German"
    assert found["ar-ae"] == "Arabic (United Arab Emirates)"
    assert found["zh-tw"] == "Chinese (Traditional, Taiwan)"
    assert (found["ua"], found["ji"], found["sb"]) == ("Ukrainian", "Yiddish", "Upper Sorbian")
    assert names(sandbox.guest, "codes", "de")["en-gb"] == "Englisch (Vereinigtes Königreich)"


def test_languages(sandbox: Sandbox) -> None:
    found = {language["code"]: language for language in listed(sandbox.guest, "languages")}
    assert found["fr"] == {"name": "French", "code": "fr", "nativeName": "Français"}
    assert found["pt-br"] == {"name": "Portuguese (Brazil)", "code": "pt-br", "nativeName": "Português"}
    assert found["nb"]["nativeName"] == "Norsk bokmål"
    assert (found["he"]["nativeName"], found["zu"]["nativeName"]) == ("עברית", "isiZulu")
    assert found["kv"] == {"name": "Komi", "code": "kv", "nativeName": "Коми кыв"}  # of which Unicode has no data
    turkish = {language["code"]: language for language in listed(sandbox.guest, "languages", "tr")}
    assert (turkish["en"]["name"], turkish["en"]["nativeName"]) == ("İngilizce", "English")
    assert not [language for language in found.values() if "" in language.values()]


def test_currencies(sandbox: Sandbox) -> None:
    found = {currency["code"]: currency for currency in listed(sandbox.guest, "currencies")}
    assert list(found)[:3] == ["USD", "EUR", "GBP"]
    assert found["USD"] == {
        "symbol": "$", "name": "US Dollar", "symbolNative": "$", "decimalDigits": 2, "rounding": 0, "code": "USD",
        "namePlural": "US dollars",
    }  # fmt: skip
    assert (found["CHF"]["rounding"], found["JPY"]["decimalDigits"], found["KWD"]["decimalDigits"]) == (0.05, 0, 3)
    assert (found["CZK"]["symbol"], found["THB"]["symbolNative"]) == ("Kč", "฿")
    german = {currency["code"]: currency for currency in listed(sandbox.guest, "currencies", "de")}
    assert (german["CZK"]["name"], german["CZK"]["namePlural"]) == ("Tschechische Krone", "Tschechische Kronen")
    french = {currency["code"]: currency for currency in listed(sandbox.guest, "currencies", "fr")}
    assert (french["USD"]["name"], french["USD"]["namePlural"]) == ("Dollar des États-Unis", "dollars des États-Unis")


def test_an_answer_is_made_once(sandbox: Sandbox) -> None:
    listed(sandbox.guest, "countries", "is")
    with sandbox.statements() as seen:
        answers = [sandbox.guest.as_(X_Appwrite_Locale="is").get("/locale/countries").content for _ in range(3)]
    assert len(seen) == 3  # the caller's, each time
    assert len(set(answers)) == 1
