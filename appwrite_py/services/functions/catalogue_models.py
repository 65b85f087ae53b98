"""Answers about what functions can be made of: runtimes, sizes, templates."""

from __future__ import annotations

from appwrite_py.compute import runtimes, specifications
from appwrite_py.http.models import TypedDict

Runtime = TypedDict(
    "Runtime",
    {
        "$id": str,
        "key": str,
        "name": str,
        "version": str,
        "base": str,
        "image": str,
        "logo": str,
        "supports": list[str],
    },
)


class RuntimeList(TypedDict):
    total: int
    runtimes: list[Runtime]


class Specification(TypedDict):
    memory: int
    cpus: float
    enabled: bool
    slug: str


class SpecificationList(TypedDict):
    total: int
    specifications: list[Specification]


class TemplateRuntime(TypedDict):
    name: str
    commands: str
    entrypoint: str
    providerRootDirectory: str


class TemplateVariable(TypedDict):
    name: str
    description: str
    value: str
    secret: bool
    placeholder: str
    required: bool
    type: str


class TemplateFunction(TypedDict):
    icon: str
    id: str
    name: str
    tagline: str
    permissions: list[str]
    events: list[str]
    cron: str
    timeout: int
    useCases: list[str]
    runtimes: list[TemplateRuntime]
    instructions: str
    vcsProvider: str
    providerRepositoryId: str
    providerOwner: str
    providerVersion: str
    variables: list[TemplateVariable]
    scopes: list[str]


class TemplateFunctionList(TypedDict):
    total: int
    templates: list[TemplateFunction]


def runtime(found: runtimes.Runtime) -> Runtime:
    """A runtime that is offered."""
    return {
        "$id": found.key,
        "key": found.language,
        "name": found.name,
        "version": found.version,
        "base": found.base,
        "image": found.image,
        "logo": found.logo,
        "supports": list(found.supports),
    }


def specification(size: specifications.Specification) -> Specification:
    """A size that is offered."""
    return {"memory": size.memory_mb, "cpus": size.cpus, "enabled": True, "slug": size.slug}
