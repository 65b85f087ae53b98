"""Templates that functions can be begun with, as public repositories have them: declared in `templates.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

import orjson

from appwrite_py.compute.runtimes import Runtime
from appwrite_py.services.functions.catalogue_models import TemplateFunction, TemplateRuntime

_DECLARED: list[dict[str, Any]] = orjson.loads(resources.files(__package__).joinpath("templates.json").read_bytes())
"""The best known ones first. `code` says for each language where it lies, and how it is built."""


def offered(runtimes: Mapping[str, Runtime]) -> list[TemplateFunction]:
    """Those that there is a runtime for."""
    made = (_made(declared, runtimes) for declared in _DECLARED)
    return [template for template in made if template["runtimes"]]


def matching(
    templates: Sequence[TemplateFunction], runtimes: Sequence[str], use_cases: Sequence[str]
) -> list[TemplateFunction]:
    """Those with any of the runtimes and any of the use cases; none given means all."""
    wanted, uses = set(runtimes), {use.lower() for use in use_cases}
    return [
        template
        for template in templates
        if (not wanted or wanted & {each["name"] for each in template["runtimes"]})
        and (not uses or uses & set(template["useCases"]))
    ]


def _made(declared: dict[str, Any], runtimes: Mapping[str, Runtime]) -> TemplateFunction:
    code: dict[str, dict[str, str]] = declared["code"]
    source = f"https://github.com/{declared['owner']}/{declared['repository']}"
    return {
        "icon": declared["icon"],
        "id": declared["id"],
        "name": declared["name"],
        "tagline": declared["tagline"],
        "permissions": declared["permissions"],
        "events": [],
        "cron": declared["cron"],
        "timeout": declared["timeout"],
        "useCases": declared["useCases"],
        "runtimes": list(_runtimes(code, runtimes)),
        "instructions": f'How it is used is told in its <a target="_blank" rel="noopener noreferrer" href="{source}">'
        "repository</a>, beside its code.",
        "vcsProvider": "github",
        "providerRepositoryId": declared["repository"],
        "providerOwner": declared["owner"],
        "providerVersion": declared["version"],
        "variables": declared["variables"],
        "scopes": declared["scopes"],
    }


def _runtimes(code: dict[str, dict[str, str]], runtimes: Mapping[str, Runtime]) -> Iterator[TemplateRuntime]:
    for language, lies in code.items():
        for runtime in runtimes.values():
            if runtime.language == language:
                yield {
                    "name": runtime.key,
                    "commands": lies["commands"],
                    "entrypoint": lies["entrypoint"],
                    "providerRootDirectory": lies["folder"],
                }
