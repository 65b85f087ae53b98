"""Domains that projects may claim, those that the server gives out, and whether one leads here.

Certificates are the affair of the reverse proxy: a domain is verified as soon as its DNS records name this server.
"""

from __future__ import annotations

import asyncio
import ipaddress

from appwrite_py.kit.addresses import is_address
from appwrite_py.kit.outbound import Refused, resolved
from appwrite_py.kit.text import is_hostname
from appwrite_py.kit.urls import host_of
from appwrite_py.platform.endpoint import endpoint
from appwrite_py.settings import Settings, split_words

LOCAL = "localhost"
_RESERVED_FOR_PREVIEWS = ("commit-", "branch-")
_LOOKUP_SECONDS = 10.0
_ONLY_HERE = (
    " They are good on the server's own machine only: _APP_DOMAIN_TARGET_CNAME, _APP_DOMAIN_TARGET_A and "
    "_APP_DOMAIN_TARGET_AAAA say where others reach it."
)


def given_out_below(settings: Settings) -> tuple[str, ...]:
    """The domains of functions and of sites: names below them are the server's own, and verified at once."""
    return tuple(name for name in (settings.domain_functions.lower(), settings.domain_sites.lower()) if name)


def is_given_out(domain: str, settings: Settings) -> bool:
    """Whether a domain is the server's own to give out."""
    return domain.endswith(tuple("." + parent for parent in given_out_below(settings)))


def api_hosts(settings: Settings) -> frozenset[str]:
    """The names that the API is reached by."""
    named = (settings.domain, settings.domain_target_cname, *split_words(settings.console_hostnames))
    return frozenset({name.lower() for name in named if name} | {LOCAL, host_of(endpoint(settings))})


def may_be_claimed(domain: str, settings: Settings) -> bool:
    """Whether a project may claim a domain, in lower case: a host name that is not ours, nor reserved.

    Below the domains of sites and functions there is exactly one more label, which previews of sites keep some of.
    """
    sites, functions = settings.domain_sites.lower(), settings.domain_functions.lower()
    if not is_hostname(domain) or is_address(domain) or domain in api_hosts(settings) | {sites, functions}:
        return False
    if domain in split_words(settings.custom_domain_deny_list.lower()):
        return False
    for parent, reserved in ((sites, _RESERVED_FOR_PREVIEWS), (functions, ())):
        if parent and domain.endswith("." + parent):
            label = domain.removesuffix("." + parent)
            return "." not in label and not label.startswith(reserved)
    return True


async def why_not_here(domain: str, settings: Settings) -> str:
    """What keeps a domain from leading to this server, and what to do about it; empty where it does."""
    wanted = await _targets(settings)
    if not wanted:
        return (
            "The server has no address that domains could lead to: _APP_DOMAIN_TARGET_CNAME, _APP_DOMAIN_TARGET_A and "
            "_APP_DOMAIN_TARGET_AAAA are not set."
        )
    found = await _addresses(domain)
    if found & wanted:
        return ""
    seen = f"it leads to {', '.join(sorted(map(str, found)))}" if found else "no DNS server knows an address of it"
    more = _ONLY_HERE if all(address.is_loopback for address in wanted) else ""
    return f"{domain} does not lead to this server: {seen}. {_advice(settings)}{more}"


def _advice(settings: Settings) -> str:
    records = [("CNAME", settings.domain_target_cname)]
    records += [("A", address) for address in split_words(settings.domain_target_a)]
    records += [("AAAA", address) for address in split_words(settings.domain_target_aaaa)]
    ways = " or ".join(f"{kind} {value}" for kind, value in records if value)
    return f"Give it one of these DNS records: {ways}. A new record may take hours to be known everywhere."


_Addresses = frozenset[ipaddress.IPv4Address | ipaddress.IPv6Address]


async def _targets(settings: Settings) -> _Addresses:
    fixed = split_words(settings.domain_target_a) + split_words(settings.domain_target_aaaa)
    named = await _addresses(settings.domain_target_cname) if settings.domain_target_cname else frozenset()
    return named | {ipaddress.ip_address(address) for address in fixed if is_address(address)}


async def _addresses(host: str) -> _Addresses:
    try:
        found = await asyncio.wait_for(resolved(host), _LOOKUP_SECONDS)
    except (Refused, TimeoutError):
        return frozenset()
    return frozenset(ipaddress.ip_address(address.partition("%")[0]) for address in found)
