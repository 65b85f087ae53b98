"""Continents: which countries are on them, what Unicode calls them, and which countries are in the European Union."""

from __future__ import annotations

EU = frozenset("AT BE HR BG CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split())

# What Unicode calls the continent, and the countries on it
_CONTINENTS = {
    "AF": ("002", """
        AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW
        MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW"""),
    "AN": ("AQ", """
        AQ BV GS HM TF"""),
    "AS": ("142", """
        AE AF AM AZ BD BH BN BT CC CN GE HK ID IL IN IO IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY
        NP OM PH PK PS QA SA SG SY TH TJ TM TR TW UZ VN YE"""),
    "EU": ("150", """
        AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES EU FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV
        MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA XK"""),
    "NA": ("003", """
        AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR SV
        SX TC TT US VC VG VI"""),
    "OC": ("009", """
        AS AU CK CX FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TL TO TV UM VU WF WS"""),
    "SA": ("005", """
        AR BO BR CL CO EC FK GF GY PE PY SR UY VE"""),
}  # fmt: skip
CONTINENTS = {code: region for code, (region, _) in _CONTINENTS.items()}
CONTINENT_OF = {country: code for code, (_, countries) in _CONTINENTS.items() for country in countries.split()}
