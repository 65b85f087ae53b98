"""What `locale` answers."""

from __future__ import annotations

from appwrite_py.http.models import TypedDict


class Locale(TypedDict):
    """Where a request comes from."""

    ip: str
    countryCode: str
    country: str
    continentCode: str
    continent: str
    eu: bool
    currency: str


class LocaleCode(TypedDict):
    """A locale that texts can be asked for in."""

    code: str
    name: str


class LocaleCodeList(TypedDict):
    """Locales."""

    total: int
    localeCodes: list[LocaleCode]


class Country(TypedDict):
    """A country by its ISO 3166-1 code."""

    name: str
    code: str


class CountryList(TypedDict):
    """Countries."""

    total: int
    countries: list[Country]


class Phone(TypedDict):
    """A country's calling code."""

    code: str
    countryCode: str
    countryName: str


class PhoneList(TypedDict):
    """Calling codes."""

    total: int
    phones: list[Phone]


class Continent(TypedDict):
    """A continent by a code of two letters."""

    name: str
    code: str


class ContinentList(TypedDict):
    """Continents."""

    total: int
    continents: list[Continent]


class Currency(TypedDict):
    """A currency by its ISO 4217 code."""

    symbol: str
    name: str
    symbolNative: str
    decimalDigits: int
    rounding: float
    code: str
    namePlural: str


class CurrencyList(TypedDict):
    """Currencies."""

    total: int
    currencies: list[Currency]


class Language(TypedDict):
    """A language by its ISO 639-1 code."""

    name: str
    code: str
    nativeName: str


class LanguageList(TypedDict):
    """Languages."""

    total: int
    languages: list[Language]
