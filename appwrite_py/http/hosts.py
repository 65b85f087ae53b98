"""Which hosts are the API's own, and which those of a rule.

Only the names of the API are kept in memory, as requests to it are to cost nothing. Where a rule leads somewhere it is
read with each visit, so its end counts at once in all processes. A name that is kept as one of the API's is forgotten
as soon as the process hears that it has got a rule; while it cannot hear, no foreign name is kept.
"""

from __future__ import annotations

import re

from appwrite_py import errors
from appwrite_py.data.pg import Pool, Record
from appwrite_py.events.wakes import Wakes
from appwrite_py.kit.addresses import is_address
from appwrite_py.kit.text import is_hostname
from appwrite_py.platform import domains, rules
from appwrite_py.settings import Settings

_KEPT = 1024
"""Anybody may send any host."""
_PORT = re.compile(r":\d{0,5}\Z")


class Hosts:
    """The hosts of one process's requests. `of_api` holds those that are the API's, as clients have written them."""

    def __init__(self, settings: Settings, source: Pool, wakes: Wakes) -> None:
        self._source, self._wakes = source, wakes
        self._own = domains.api_hosts(settings)
        self._parents = domains.given_out_below(settings)
        self._told = 0
        self.of_api: set[bytes] = set()
        wakes.hear(rules.CHANNEL, self.forget)

    async def rule_of(self, host: bytes) -> Record | None:
        """The rule that the host of a request follows; None where that is the API.

        Raises GENERAL_ACCESS_FORBIDDEN for the domain that others are given out below, RULE_NOT_FOUND for names below
        that have no rule.
        """
        name = name_of(host)
        if name in self._own or not is_hostname(name) or is_address(name):
            self._keep(host)
            return None
        told, hears = self._told, self._wakes.hears
        rule = await rules.active(self._source, name)
        if rule is not None and rule["type"] != rules.API:
            return rule
        if rule is None and name in self._parents:
            raise errors.GENERAL_ACCESS_FORBIDDEN("This domain itself leads nowhere; those of functions are below it.")
        if rule is None and name.endswith(tuple("." + parent for parent in self._parents)):
            raise errors.RULE_NOT_FOUND("This domain leads nowhere. Create a rule that lets it lead to a function.")
        if hears and told == self._told:
            self._keep(host)
        return None

    def forget(self, domain: str) -> None:
        """A domain leads somewhere from now on; empty for any."""
        self._told += 1
        self.of_api = {host for host in self.of_api if domain and name_of(host) != domain}

    def _keep(self, host: bytes) -> None:
        if len(self.of_api) >= _KEPT:
            self.of_api.clear()
        self.of_api.add(host)


def name_of(host: bytes) -> str:
    """The name in a `Host` header, in lower case, without port and final dot."""
    return _PORT.sub("", host.decode("latin-1")).lower().removesuffix(".")
