"""Names of countries, languages and currencies in a language; what it has no word for is said in the next one."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from appwrite_py.kit.collation import Key, sort_key
from appwrite_py.kit.locales import ENGLISH, babel_locale

if TYPE_CHECKING:
    from babel import Locale

_UNKNOWN = "ZZ"
_MANY = 100  # a number that takes the plural of lists in all languages


class Names:
    """The words of the locales that are asked, the first one that has them."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        self.codes = codes
        self._locales = [babel_locale(code) for code in codes]

    @property
    def order(self) -> Callable[[str], Key]:
        """What names are sorted by."""
        return sort_key(self._locales[0].language, self._locales[0].script or "")

    def territory(self, code: str) -> str:
        """A country or continent; its code, if it has no name."""
        return next((name for locale in self._locales if (name := locale.territories.get(code))), code)

    @property
    def nowhere(self) -> str:
        """What stands for a country that is not known."""
        return "Unknown" if self.codes[0] == ENGLISH else in_list(self.territory(_UNKNOWN), self._locales[0])

    def language(self, code: str) -> str:
        """A language, and where or how it is spoken if the code says that."""
        meant = babel_locale(code) if has_data(code) else None
        for locale in self._locales:
            if "-" not in code and (name := locale.languages.get(code)):
                return in_list(name, locale)
            if meant is not None and meant.language in locale.languages:
                return in_list(meant.get_display_name(locale) or code, locale)
        return code

    def currency(self, code: str) -> str:
        """A currency, in the singular."""
        locale = self._locale_of(code)
        return in_list(locale.currencies.get(code, code), locale)

    def currencies(self, code: str) -> str:
        """The same in the plural."""
        from babel.numbers import get_currency_name

        return get_currency_name(code, _MANY, locale=self._locale_of(code))

    def _locale_of(self, currency: str) -> Locale:
        return next((locale for locale in self._locales if currency in locale.currencies), self._locales[-1])


@cache  # a few for each locale that is known
def names_in(codes: tuple[str, ...]) -> Names:
    """The words of locales, in the order that they are to be asked."""
    return Names(codes)


def has_data(code: str) -> bool:
    """Whether Unicode knows a locale."""
    try:
        babel_locale(code)
    except ValueError:
        return False
    return True


def native_names(codes: Iterable[str]) -> dict[str, str]:
    """What languages call themselves, as far as Unicode knows.

    Takes a quarter of a second: the files are read one by one, for Babel would keep all that is in each.
    """
    return {code: in_list(name, babel_locale(code)) for code in codes if has_data(code) and (name := _own_name(code))}


def _own_name(code: str) -> str | None:
    from babel import localedata

    locale = babel_locale(code)
    with open(localedata.resolve_locale_filename(locale.language), "rb") as file:
        data: dict[str, Any] = pickle.load(file)  # noqa: S301 - a file of the package Babel
    own: str | None = data.get("languages", {}).get(locale.language)
    return own or locale.languages.get(locale.language)  # or in the language that this one is a form of


def in_list(name: str, locale: Locale) -> str:
    """A name with a capital, where its language has capitals but writes names like this one without."""
    word = name.partition(" ")[0]
    if word != word.lower():
        return name
    first = "İ" if name[0] == "i" and locale.language in ("az", "tr") else name[0].title()
    return first + name[1:]
