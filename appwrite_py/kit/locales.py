"""The locales that clients can name, such as `de` or `pt-br`, and the data that Babel has for them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

ENGLISH = "en"
CODES = tuple(
    """af ar-ae ar-bh ar-dz ar-eg ar-iq ar-jo ar-kw ar-lb ar-ly ar-ma ar-om ar-qa ar-sa ar-sy ar-tn ar-ye as az be
    bg bh bn bs ca cs cy da de de-at de-ch de-li de-lu el en en-au en-bz en-ca en-gb en-ie en-jm en-nz en-tt
    en-us en-za eo es es-ar es-bo es-cl es-co es-cr es-do es-ec es-gt es-hn es-mx es-ni es-pa es-pe es-pr es-py
    es-sv es-uy es-ve et eu fa fi fo fr fr-be fr-ca fr-ch fr-lu ga gd he hi hr hu id is it it-ch ja ji ko ku lt
    lv mk ml ms mt nb ne nl nl-be nn no pa pl pt pt-br rm ro ro-md ru ru-md sb sk sl sq sr sv sv-fi th tn tr ts
    ua ur ve vi xh zh-cn zh-hk zh-sg zh-tw zu""".split()
)
"""Those that are offered."""

_KNOWN = {*CODES, *"ar gu hy jv km kn la lb mr or pt-pt sa sd si sn ta te tl uk".split()}
# Codes that are none of the standard's, or none that Babel takes for the language meant
_MEANT = {"bh": "bho", "ji": "yi", "mo": "ro_MD", "sb": "hsb", "ua": "uk"}


def known(*wanted: str) -> tuple[str, ...]:
    """The locales of these that there are, each once, and English after all others.

    A region that is not among them, as in `de-de`, leaves the language.
    """
    codes = (code.lower().replace("_", "-") for code in wanted)
    found = (code if code in _KNOWN else code.partition("-")[0] for code in codes)
    return tuple(dict.fromkeys((*(code for code in found if code in _KNOWN), ENGLISH)))


@cache  # no more than the codes that are known, or are written in the code
def babel_locale(code: str) -> Locale:
    """Names and formats of a locale. What clients send goes through `known` first: all that is loaded stays loaded.

    Raises ValueError for codes of which there is nothing.
    """
    from babel import Locale, UnknownLocaleError  # large, and of no use to servers that nobody signs in to

    try:
        return Locale.parse(_MEANT.get(code, code).replace("_", "-"), sep="-")
    except UnknownLocaleError as cause:
        raise ValueError(f"There is no data of the locale {code}.") from cause
