"""OAuth2 providers of the project: what it is known by at each, and which of them its users can sign in with.

Each provider has a route of its own, declared from the catalogue. Secrets can be set, but are never shown.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

from appwrite_py import errors
from appwrite_py.auth.oauth import ADAPTERS
from appwrite_py.auth.oauth.catalogue import OFFERED, PROVIDERS, Parameter, Provider
from appwrite_py.data.pg import Record
from appwrite_py.data.query import QueryError, read
from appwrite_py.http import oauth, rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.models import TypedDict, model
from appwrite_py.http.params import Flag, LooseFlag, Queries
from appwrite_py.http.registry import SERVER, Also, Service
from appwrite_py.http.rules import Rule
from appwrite_py.platform import oauth_clients

service = Service("project", "/v1/project/oauth2", within="project")

ProviderId = Annotated[str, rules.OneOf(*ADAPTERS), Also(("provider",))]

_LABELS = {
    "fusionauth": "FusionAuth",
    "github": "GitHub",
    "huggingface": "HuggingFace",
    "tradeshiftBox": "TradeshiftSandbox",
    "wordpress": "WordPress",
}
_MODELS = {"github": "OAuth2Github", "paypalSandbox": "OAuth2Paypal", "tradeshiftBox": "OAuth2Tradeshift"}
_ALIASES = {"tokenURL": ("tokenUrl",), "userInfoURL": ("userInfoUrl",)}
_RULES: dict[str, Callable[[Parameter], tuple[Any, Rule]]] = {
    "text": lambda part: (str, rules.Text(256, min=0)),
    "secret": lambda part: (str, rules.Text(512, min=0)),
    "key file": lambda part: (str, rules.Text(4096, min=0)),
    "url": lambda part: (str, rules.Url(allow_empty=True)),
    "domain": lambda part: (str, rules.Domain(allow_empty=True)),
    "prompt": lambda part: (list[str], rules.ListOf(rules.OneOf(*part.choices), len(part.choices))),
    "seconds": lambda part: (int, rules.Range(0, 2**63 - 1)),
}
_SHOWN = {"prompt": list[str], "seconds": int | None}


def _label(provider: Provider) -> str:
    return _LABELS.get(provider.id) or provider.id[0].upper() + provider.id[1:]


def _model(provider: Provider) -> Any:
    fields = {part.id: _SHOWN.get(part.kind, str) for part in provider.parameters}
    ids = tuple(each.id for each in OFFERED if _model_name(each) == _model_name(provider))
    return model(_model_name(provider), {"$id": Literal[ids], "enabled": bool} | fields)


def _model_name(provider: Provider) -> str:
    return _MODELS.get(provider.id) or f"OAuth2{_label(provider)}"


MODELS: dict[str, Any] = {}
for _one in OFFERED:  # the sandboxes have the models of the providers they belong to
    _made = _model(_one)
    MODELS[_one.id] = next((known for known in MODELS.values() if known.__name__ == _made.__name__), _made)
AnyProvider: Any = reduce(or_, dict.fromkeys(MODELS.values()))
OAuth2ProviderList = TypedDict("OAuth2ProviderList", {"total": int, "providers": list[AnyProvider]})


@service.get("", scope="project.oauth2.read", sdk="listOAuth2Providers", callers=SERVER, returns=OAuth2ProviderList)
async def list_providers(ctx: Ctx, queries: Queries = (), total: LooseFlag = True) -> Any:
    """List the OAuth2 providers and how the project is set up at each. Secrets are never shown."""
    try:
        plan = read(queries, frozenset({"page"}))
    except QueryError as cause:
        raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `queries` param: {cause}") from cause
    rows = await oauth_clients.all_of(ctx.db, ctx.project.id)
    shown = [_show(provider, rows.get(provider.id)) for provider in OFFERED]
    start = plan.offset or 0
    page = shown[start:] if plan.limit is None else shown[start : start + plan.limit]
    return {"total": len(shown) if total else 0, "providers": page}


@service.get("/:provider", scope="project.oauth2.read", sdk="getOAuth2Provider", callers=SERVER, returns=AnyProvider)
async def get(ctx: Ctx, providerId: ProviderId) -> Any:
    """Get how the project is set up at an OAuth2 provider. Secrets are never shown."""
    provider = PROVIDERS[providerId]
    if not provider.offered:
        raise errors.PROJECT_PROVIDER_UNSUPPORTED
    return _show(provider, await oauth_clients.get(ctx.db, ctx.project.id, provider.id))


def _declare(provider: Provider) -> None:
    """The route that sets a provider up, with the parameters that it asks for."""

    async def update(ctx: Ctx, enabled: bool | None = None, **given: Any) -> Any:
        row = await oauth.change(ctx, ctx.project.id, provider, given, enabled)
        return _show(provider, row)

    _sign(update, provider)
    service.patch(
        f"/{provider.id}", scope="project.oauth2.write", sdk=f"updateOAuth2{_label(provider)}", callers=SERVER,
        event="oauth2.[providerId].update",
        audit="project.oauth2.[providerId].update project.oauth2/{response.$id}", returns=MODELS[provider.id],
    )(update)  # fmt: skip


def _sign(handler: Callable[..., Awaitable[Any]], provider: Provider) -> None:
    """Give a handler the signature that its parameters make."""
    optional: dict[str, Any] = {}
    for part in provider.parameters:
        kind, rule = _RULES[part.kind](part)
        optional[part.id] = Annotated[kind, rule, Also(_ALIASES.get(part.id, ()))] | None
    optional["enabled"] = Flag | None
    handler.__annotations__ = {"ctx": Ctx, **optional, "return": Any}
    either = inspect.Parameter.POSITIONAL_OR_KEYWORD
    handler.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter("ctx", either), *(inspect.Parameter(name, either, default=None) for name in optional)]
    )
    handler.__doc__ = (
        f"Set up {provider.name} for sign-ins. What is left out stays as it is; secrets can be set, but are never "
        "shown. The provider is enabled along with its first complete set-up, unless `enabled` says otherwise."
    )


def _show(provider: Provider, row: Record | None) -> dict[str, Any]:
    stored = row["parameters"] if row is not None else {}
    values = {part.id: "" if part.secret else stored.get(part.id, part.default) for part in provider.parameters}
    return {"$id": provider.id, "enabled": row is not None and row["enabled"], **values}


for _one in OFFERED:
    _declare(_one)
