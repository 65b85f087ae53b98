"""`GET /locale`: what the address of a request tells of where it comes from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from appwrite_py.app import create_app
from appwrite_py.kit.continents import CONTINENT_OF, CONTINENTS, EU
from appwrite_py.services.locale.codes import COUNTRIES
from appwrite_py.services.locale.place import currency_of
from tests.client import Api, Sandbox
from tests.conftest import settings_for_tests

NOWHERE = {"countryCode": "--", "country": "Unknown", "continentCode": "--", "continent": "Unknown", "eu": False,
           "currency": ""}  # fmt: skip


@pytest.fixture(scope="module")
def behind_proxy(dsn: str) -> Iterator[TestClient]:
    """A server that takes the client's address from its proxy."""
    settings = settings_for_tests(trusted_headers="x-forwarded-for")
    with TestClient(create_app(settings, dsn, "key-of-the-tests"), raise_server_exceptions=False) as http:
        yield http


def place(http: TestClient, sandbox: Sandbox, ip: str, language: str = "en") -> dict[str, object]:
    caller = Api(http, sandbox.guest.headers | {"X-Forwarded-For": ip, "X-Appwrite-Locale": language})
    found: dict[str, object] = caller.get("/locale").ok(200)
    return found


def test_a_country(behind_proxy: TestClient, sandbox: Sandbox) -> None:
    assert place(behind_proxy, sandbox, "8.8.8.8") == {
        "ip": "8.8.8.8", "countryCode": "US", "country": "United States", "continentCode": "NA",
        "continent": "North America", "eu": False, "currency": "USD",
    }  # fmt: skip
    assert place(behind_proxy, sandbox, "8.8.8.8", "ar")["country"] == "الولايات المتحدة"


def test_one_of_the_union(behind_proxy: TestClient, sandbox: Sandbox) -> None:
    assert place(behind_proxy, sandbox, "2a00:1450::1", "de") == {
        "ip": "2a00:1450::1", "countryCode": "IE", "country": "Irland", "continentCode": "EU", "continent": "Europa",
        "eu": True, "currency": "EUR",
    }  # fmt: skip


def test_the_nearest_proxys_word(behind_proxy: TestClient, sandbox: Sandbox) -> None:
    assert place(behind_proxy, sandbox, "2a00:1450::1, 8.8.8.8")["countryCode"] == "US"
    mapped = place(behind_proxy, sandbox, "::ffff:8.8.8.8")
    assert (mapped["ip"], mapped["countryCode"]) == ("8.8.8.8", "US")


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "fe80::1%eth0", "203.0.113.9"])
def test_an_address_of_no_country(behind_proxy: TestClient, sandbox: Sandbox, ip: str) -> None:
    assert place(behind_proxy, sandbox, ip) == {"ip": ip, **NOWHERE}


@pytest.mark.parametrize("ip", ["nonsense", "8.8.8", "8.8.8.8:443", "' OR 1=1", "1" * 100])
def test_no_address(behind_proxy: TestClient, sandbox: Sandbox, ip: str) -> None:
    assert place(behind_proxy, sandbox, ip) == {"ip": "0.0.0.0", **NOWHERE}


def test_nowhere_in_other_languages(behind_proxy: TestClient, sandbox: Sandbox) -> None:
    assert place(behind_proxy, sandbox, "127.0.0.1", "de")["country"] == "Unbekannte Region"
    assert place(behind_proxy, sandbox, "127.0.0.1", "fr")["continent"] == "Région indéterminée"


def test_a_header_that_is_not_trusted(sandbox: Sandbox) -> None:
    caller = sandbox.guest.as_(X_Forwarded_For="8.8.8.8")
    assert caller.get("/locale").ok(200) == {"ip": "0.0.0.0", **NOWHERE}  # the tests' connections have no address


def test_the_database_is_asked_for_the_caller_only(sandbox: Sandbox) -> None:
    sandbox.guest.get("/locale").ok(200)
    with sandbox.statements() as seen:
        answer = sandbox.guest.get("/locale")
    assert answer.status == 200
    assert len(seen) == 1
    assert "cache-control" not in answer.headers


def test_every_country_is_somewhere_and_has_a_currency() -> None:
    assert set(COUNTRIES) | EU <= CONTINENT_OF.keys()
    assert set(CONTINENT_OF.values()) == set(CONTINENTS)
    without = {country for country in CONTINENT_OF if not currency_of(country)}
    assert without == {"AQ"}


@pytest.mark.parametrize(
    ("country", "currency"),
    [("DE", "EUR"), ("US", "USD"), ("CH", "CHF"), ("NA", "NAD"), ("BT", "BTN"), ("PA", "PAB"), ("SV", "USD"),
     ("AQ", ""), ("--", ""), ("ZZ", "")],
)  # fmt: skip
def test_currencies_of_countries(country: str, currency: str) -> None:
    assert currency_of(country) == currency
