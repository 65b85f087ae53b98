"""Lists of countries, continents, languages and currencies. An answer is made once for each language."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from typing import Any

import orjson

from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import Service
from appwrite_py.kit import continents, locales
from appwrite_py.services.locale import codes
from appwrite_py.services.locale.models import (
    Continent,
    ContinentList,
    Country,
    CountryList,
    Currency,
    CurrencyList,
    Language,
    LanguageList,
    LocaleCode,
    LocaleCodeList,
    Phone,
    PhoneList,
)
from appwrite_py.services.locale.names import Names, names_in, native_names

service = Service("locale", "/v1/locale")
SCOPE = "locale.read"


@service.get("/codes", scope=SCOPE, sdk="listCodes", returns=LocaleCodeList)
async def list_codes(ctx: Ctx) -> bytes:
    """List the locales that names and texts can be asked for in, with the header `X-Appwrite-Locale`."""
    return _answer("localeCodes", _codes, spoken(ctx))


@service.get("/countries", scope=SCOPE, sdk="listCountries", returns=CountryList)
async def list_countries(ctx: Ctx) -> bytes:
    """List all countries by name, in the language of the request."""
    return _answer("countries", _countries, spoken(ctx))


@service.get("/countries/eu", scope=SCOPE, sdk="listCountriesEU", returns=CountryList)
async def list_countries_eu(ctx: Ctx) -> bytes:
    """List the countries of the European Union by name, in the language of the request."""
    return _answer("countries", _eu, spoken(ctx))


@service.get("/countries/phones", scope=SCOPE, sdk="listCountriesPhones", returns=PhoneList)
async def list_countries_phones(ctx: Ctx) -> bytes:
    """List the calling codes of countries, the smallest numbers first."""
    return _answer("phones", _phones, spoken(ctx))


@service.get("/continents", scope=SCOPE, sdk="listContinents", returns=ContinentList)
async def list_continents(ctx: Ctx) -> bytes:
    """List the continents by name, in the language of the request."""
    return _answer("continents", _continents, spoken(ctx))


@service.get("/currencies", scope=SCOPE, sdk="listCurrencies", returns=CurrencyList)
async def list_currencies(ctx: Ctx) -> bytes:
    """List currencies with their symbols, in the language of the request, the most used ones first."""
    return _answer("currencies", _currencies, spoken(ctx))


@service.get("/languages", scope=SCOPE, sdk="listLanguages", returns=LanguageList)
async def list_languages(ctx: Ctx) -> bytes:
    """List languages by their codes, with their names in the language of the request and in their own."""
    await asyncio.to_thread(_native_names)
    return _answer("languages", _languages, spoken(ctx))


def spoken(ctx: Ctx) -> tuple[str, ...]:
    """The locales that names are asked of: the request's if there is such a one, the server's, English."""
    return locales.known(ctx.language, ctx.settings.locale)


@cache  # a few lists for each locale that is known
def _answer(key: str, make: Callable[[Names], list[Any]], languages: tuple[str, ...]) -> bytes:
    items = make(names_in(languages))
    return orjson.dumps({"total": len(items), key: items})


def _codes(names: Names) -> list[LocaleCode]:
    return [{"code": code, "name": names.language(code)} for code in locales.CODES]


def _countries(names: Names, among: tuple[str, ...] = codes.COUNTRIES) -> list[Country]:
    found: list[Country] = [{"name": names.territory(code), "code": code} for code in among]
    return sorted(found, key=lambda country: names.order(country["name"]))


def _eu(names: Names) -> list[Country]:
    return _countries(names, tuple(continents.EU))


def _phones(names: Names) -> list[Phone]:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # a large package

    shared = {country: str(number) for number, regions in COUNTRY_CODE_TO_REGION_CODE.items() for country in regions}
    with_phones = (code for code in codes.COUNTRIES if code not in codes.NO_PHONES)
    numbers = {code: codes.LONGER_PHONE_CODES.get(code) or shared[code] for code in with_phones}
    return [
        {"code": f"+{number}", "countryCode": code, "countryName": names.territory(code)}
        for code, number in sorted(numbers.items(), key=lambda pair: int(pair[1]))
    ]


def _continents(names: Names) -> list[Continent]:
    found: list[Continent] = [
        {"name": names.territory(region), "code": code} for code, region in continents.CONTINENTS.items()
    ]
    return sorted(found, key=lambda continent: names.order(continent["name"]))


def _currencies(names: Names) -> list[Currency]:
    return [
        {
            "symbol": currency["symbol"],
            "name": names.currency(currency["code"]),
            "symbolNative": currency["symbolNative"],
            "decimalDigits": currency["decimalDigits"],
            "rounding": currency["rounding"],
            "code": currency["code"],
            "namePlural": names.currencies(currency["code"]),
        }
        for currency in codes.currencies()
    ]


def _languages(names: Names) -> list[Language]:
    native = _native_names()
    return [
        {"name": (name := names.language(code)), "code": code, "nativeName": native.get(code, name)}
        for code in codes.LANGUAGES
    ]


@cache
def _native_names() -> dict[str, str]:
    return native_names(codes.LANGUAGES) | codes.NATIVE_NAMES
