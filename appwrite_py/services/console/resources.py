"""Whether a name is still free, asked while somebody types it."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import Service
from appwrite_py.kit.text import is_hostname
from appwrite_py.settings import Settings, split_words

service = Service("console", "/v1/console/resources", within="console")

_RESERVED_FOR_PREVIEWS = ("commit-", "branch-")

Value = Annotated[str, rules.Text(256)]
Kind = Annotated[str, rules.OneOf("rules", ci=True)]


@service.get(
    "",
    scope="rules.read",
    sdk="getResource",
    callers=("admin",),
    status=204,
    abuse=Limit(120, 60, key="userId:{userId}, url:{url}"),
)
async def get_resource(ctx: Ctx, value: Value, type: Kind) -> None:
    """Whether a domain can be claimed: no answer's body if so, an error if it is taken or not allowed."""
    if not may_be_claimed(value.lower(), ctx.settings):
        raise errors.GENERAL_ARGUMENT_INVALID("Invalid `value` param: this domain is not allowed. Use another one.")


def may_be_claimed(domain: str, settings: Settings) -> bool:
    """Whether a project may claim a domain: a host name that is not ours, nor reserved.

    Below the domains of sites and functions there is exactly one more label, which previews of sites keep some of.
    """
    sites, functions = settings.domain_sites.lower(), settings.domain_functions.lower()
    ours = {settings.domain.lower(), sites, functions, *split_words(settings.console_hostnames.lower())}
    if not is_hostname(domain) or domain in ours or domain in split_words(settings.custom_domain_deny_list.lower()):
        return False
    for parent, reserved in ((sites, _RESERVED_FOR_PREVIEWS), (functions, ())):
        if parent and domain.endswith("." + parent):
            label = domain.removesuffix("." + parent)
            return "." not in label and not label.startswith(reserved)
    return True
