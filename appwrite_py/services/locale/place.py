"""Where a request comes from, as far as its address tells."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import Service
from appwrite_py.kit import continents, geo
from appwrite_py.services.locale.lists import SCOPE, spoken
from appwrite_py.services.locale.models import Locale
from appwrite_py.services.locale.names import names_in

service = Service("locale", "/v1/locale")


@service.get("", scope=SCOPE, sdk="get")
async def get(ctx: Ctx) -> Locale:
    """Tell where the caller is: country, continent and currency by the address of the request.

    Nothing is known of private addresses; the codes are then `--`.
    """
    ip, names = _valid(ctx.request.ip), names_in(spoken(ctx))
    country = geo.country_of(ip).upper()
    continent = continents.CONTINENT_OF.get(country, geo.UNKNOWN)
    return {
        "ip": ip,
        "countryCode": country,
        "country": names.nowhere if country == geo.UNKNOWN else names.territory(country),
        "continentCode": continent,
        "continent": names.nowhere if continent == geo.UNKNOWN else names.territory(continents.CONTINENTS[continent]),
        "eu": country in continents.EU,
        "currency": currency_of(country),
    }


def currency_of(country: str) -> str:
    """What is paid with in a country: its own currency, where there are others beside it. Empty for none."""
    from babel.numbers import get_territory_currencies

    tender = get_territory_currencies(country)
    return next((code for code in tender if code.startswith(country)), tender[0] if tender else "")


def _valid(address: str) -> str:
    try:
        found = ip_address(address)
        return str((found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found)
    except ValueError:
        return "0.0.0.0"  # noqa: S104 - the address of nobody
