"""Avatars and the lists of `locale` with the Python SDK, unchanged."""

from __future__ import annotations

import pytest
from appwrite.enums.browser import Browser
from appwrite.enums.credit_card import CreditCard
from appwrite.enums.flag import Flag
from appwrite.services.avatars import Avatars
from appwrite.services.locale import Locale

from tests.pictures import is_near, look_at
from tests.sdk.conftest import Project
from tests.sdk.python import guest, refused

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("quietly")]


@pytest.fixture
def avatars(project: Project) -> Avatars:
    return Avatars(guest(project))


def test_initials(avatars: Avatars) -> None:
    picture = look_at(avatars.get_initials("Ada Lovelace", width=120, height=80, background="ff0000"))
    assert (picture.format, picture.size) == ("PNG", (120, 80))
    assert is_near(picture.convert("RGB").getpixel((2, 2)), (255, 0, 0))
    assert len(picture.convert("RGB").getcolors(10_000)) > 1  # there are letters on it
    refused(400, "general_argument_invalid", avatars.get_initials, "Ada", background="red")


def test_codes_and_marks(avatars: Avatars) -> None:
    code = look_at(avatars.get_qr("https://example.com", size=210, margin=1))
    assert (code.format, code.size) == ("PNG", (210, 210))
    for picture in (
        avatars.get_flag(Flag.GERMANY, width=60, height=40),
        avatars.get_browser(Browser.MOZILLA_FIREFOX, width=60, height=40),
        avatars.get_credit_card(CreditCard.VISA, width=60, height=40, quality=80),
    ):
        assert (look_at(picture).format, look_at(picture).size) == ("PNG", (60, 40))


def test_where_and_what_there_is(project: Project) -> None:
    locale = Locale(guest(project))
    assert locale.get().ip == "127.0.0.1"
    countries = {country.code: country.name for country in locale.list_countries().countries}
    assert countries["DE"] == "Germany"
    assert {country.code for country in locale.list_countries_eu().countries} < countries.keys()
    german = Locale(guest(project).set_locale("de")).list_countries()
    assert {country.code: country.name for country in german.countries}["DE"] == "Deutschland"
    assert german.total == len(countries) == len(german.countries)
    assert ("DE", "+49") in {(phone.countrycode, phone.code) for phone in locale.list_countries_phones().phones}
    assert {continent.code for continent in locale.list_continents().continents} == {
        "AF", "AN", "AS", "EU", "NA", "OC", "SA",
    }  # fmt: skip
    euro = next(currency for currency in locale.list_currencies().currencies if currency.code == "EUR")
    assert (euro.symbol, euro.decimaldigits) == ("€", 2)
    assert ("de", "Deutsch") in {(each.code, each.nativename) for each in locale.list_languages().languages}
    assert "en-us" in {each.code for each in locale.list_codes().localecodes}
