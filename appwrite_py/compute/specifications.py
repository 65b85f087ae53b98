"""Sizes of what builds and runs functions: how many CPUs, how much memory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache

from appwrite_py.settings import Settings


@dataclass(slots=True, frozen=True)
class Specification:
    """A size by its slug. What it names are limits; nothing is set aside for it."""

    slug: str
    cpus: float
    memory_mb: int

    @property
    def usable_mb(self) -> int:
        """The memory that it comes to on this machine, half of which stays with the server, whatever the size says."""
        return min(self.memory_mb, max(_LEAST_MEMORY_MB, _machine_memory_mb() // 2))


SPECIFICATIONS = {
    size.slug: size
    for size in (
        Specification("s-0.5vcpu-512mb", 0.5, 512),
        Specification("s-1vcpu-512mb", 1, 512),
        Specification("s-1vcpu-1gb", 1, 1024),
        Specification("s-2vcpu-2gb", 2, 2048),
        Specification("s-2vcpu-4gb", 2, 4096),
        Specification("s-4vcpu-4gb", 4, 4096),
        Specification("s-4vcpu-8gb", 4, 8192),
        Specification("s-8vcpu-4gb", 8, 4096),
        Specification("s-8vcpu-8gb", 8, 8192),
    )
}
DEFAULT = SPECIFICATIONS["s-1vcpu-512mb"]
_LEAST_MEMORY_MB = 256
LEAST_BUILD_MEMORY_MB = 1024
"""Builds get at least this much, whatever their size says: package managers need it."""


def offered(settings: Settings) -> dict[str, Specification]:
    """The sizes within the limits of the settings, the smallest first; never none."""
    cpus, memory = settings.compute_cpus or float("inf"), settings.compute_memory_mb or float("inf")
    within = {slug: size for slug, size in SPECIFICATIONS.items() if size.cpus <= cpus and size.memory_mb <= memory}
    return within or dict([next(iter(SPECIFICATIONS.items()))])


def largest(settings: Settings) -> Specification:
    """The largest size that is offered: what functions get unless they say otherwise."""
    return list(offered(settings).values())[-1]


def by_slug(slug: str) -> Specification:
    """The size with this slug, or the usual one where the slug is empty or no longer known."""
    return SPECIFICATIONS.get(slug, DEFAULT)


@cache
def _machine_memory_mb() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
