"""Which countries, continents, languages and currencies are listed, and in which order. Their names are Babel's."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson

COUNTRIES = tuple(
    """AF AO AL AD AE AR AM AG AU AT AZ BI BE BJ BF BD BG BH BS BA BY BZ BO BR BB BN BT BW CF CA CH CL CN CI CM CD
    CG CO KM CV CR CU CY CZ DE DJ DM DK DO DZ EC EG ER ES EE ET FI FJ FR FM GA GB GE GH GN GM GW GQ GR GD GT GY
    HK HN HR HT HU ID IN IE IR IQ IS IL IT JM JO JP KZ KE KG KH KI KN KR KW LA LB LR LY LC LI LK LS LT LU LV MA
    MC MD MG MV MX MH MK ML MT MM ME MN MZ MR MU MW MY NA NE NG NI NL NO NP NR NZ OM PK PS PA PE PH PW PG PL KP
    PT PY QA RO RU RW SA SD SN SG SB SL SV SM SO RS SS ST SR SK SI SE SZ SC SY TD TG TH TJ TM TL TO TT TN TR TV
    TZ TW UG UA UY US UZ VA VC VE VN VU WS YE ZA ZM ZW""".split()
)

NO_PHONES = frozenset({"HK"})
"""Countries that are not in the list of calling codes."""

LONGER_PHONE_CODES = {
    "AG": "1268", "BS": "1242", "BB": "1246", "DM": "1767", "DO": "1809", "GD": "1473", "JM": "1876", "KZ": "76",
    "KN": "1869", "LC": "1758", "TT": "1868", "VA": "379", "VC": "1784",
}  # fmt: skip
"""Calling codes of countries that share the first digits with others."""

LANGUAGES = tuple(
    """aa ab af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el
    en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it
    iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms
    mt my na nb nd ne ng nl nn nr nv ny oc oj om or os pa pi pl ps pt-pt pt-br qu rm rn ro ru rw sa sc sd se sg
    sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa
    wo xh yi yo za zh-cn zh-tw zu""".split()
)
NATIVE_NAMES = {
    "av": "Авар мацӏ", "ay": "Aymar aru", "bi": "Bislama", "ch": "Chamoru", "cr": "Nēhiyawēwin",
    "fj": "Na vosa Vakaviti", "ho": "Hiri Motu", "hz": "Otjiherero", "ik": "Iñupiaq", "kg": "Kikongo",
    "kj": "Oshikwanyama", "kr": "Kànùrí", "kv": "Коми кыв", "li": "Limburgs", "mh": "Kajin M̧ajeļ",
    "na": "Dorerin Naoero", "ng": "Oshindonga", "oj": "Anishinaabemowin", "pi": "Pāli", "sh": "Srpskohrvatski",
    "sm": "Gagana Sāmoa", "tl": "Tagalog", "tw": "Twi", "ty": "Reo Tahiti",
}  # fmt: skip
"""What languages that Unicode has no data of call themselves."""


@cache
def currencies() -> list[dict[str, Any]]:
    """Code, symbols, decimal digits and rounding of each currency."""
    read: list[dict[str, Any]] = orjson.loads((Path(__file__).parent / "currencies.json").read_bytes())
    return read
