"""OAuth2 providers as a project sets them up, and the tokens that they have given for a session."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from appwrite_py import errors
from appwrite_py.auth.oauth import ADAPTERS, MOCKS, catalogue
from appwrite_py.auth.oauth.base import Client, Provider, ProviderFailure, Tokens
from appwrite_py.auth.oauth.catalogue import PROVIDERS
from appwrite_py.data.pg import Record
from appwrite_py.http.context import Ctx
from appwrite_py.identity import identities, provider_tokens, sessions
from appwrite_py.identity.provider_tokens import ProviderTokens
from appwrite_py.platform import oauth_clients


class Setup(NamedTuple):
    """A provider, and what the project is known by there."""

    adapter: Provider
    client: Client
    name: str
    enabled: bool


def is_supported(ctx: Ctx, provider: str) -> bool:
    """Whether the server knows the provider; the mock ones are not for production."""
    return provider in ADAPTERS and (provider not in MOCKS or ctx.settings.env != "production")


async def setup(ctx: Ctx, provider: str) -> Setup:
    """A provider that users can sign in with. Raises PROJECT_PROVIDER_UNSUPPORTED, PROJECT_PROVIDER_DISABLED."""
    if not is_supported(ctx, provider):
        raise errors.PROJECT_PROVIDER_UNSUPPORTED
    found = await _find(ctx, provider)
    if found is None or not found.enabled:
        raise errors.PROJECT_PROVIDER_DISABLED
    return found


def client_of(provider: str, parameters: dict[str, Any], secrets: dict[str, str]) -> Client:
    """The client that these values make; those that are not set have their defaults."""
    declared = PROVIDERS[provider]
    values = {part.id: part.default for part in declared.parameters if not part.secret} | parameters
    return Client(str(values[declared.parameters[0].id]), secrets.get(declared.secret.id, ""), values)


async def change(
    ctx: Ctx, project_id: str, provider: catalogue.Provider, given: Mapping[str, Any], enabled: bool | None
) -> Record:
    """Set a project's values for a provider; None leaves what is stored. Raises GENERAL_ARGUMENT_INVALID.

    The first complete set of values enables it, unless `enabled` says otherwise.
    """
    given = {name: value for name, value in given.items() if value is not None}
    prompt = given.get("prompt") or []
    if "none" in prompt and len(prompt) > 1:
        raise errors.GENERAL_ARGUMENT_INVALID("Invalid `prompt` param: none cannot be combined with others.")
    row = await oauth_clients.lock(ctx.db, project_id, provider.id)
    secrets = oauth_clients.secrets_of(row, ctx.app.vault)
    before: dict[str, Any] = (dict(row["parameters"]) if row is not None else {}) | secrets
    after = before | given
    lacking = provider.lacking(after)
    if enabled is None:
        was = row is not None and row["enabled"]
        enabled = (was and not lacking) or (not lacking and bool(provider.lacking(before)))
    parts = {part.id: part for part in provider.parameters}
    parameters = {name: value for name, value in after.items() if not parts[name].secret}
    secrets = {name: value for name, value in after.items() if parts[name].secret}
    if enabled:
        _check(provider, lacking, parameters, secrets)
    return await oauth_clients.save(
        ctx.db, ctx.app.vault, project_id, provider.id, enabled=enabled, parameters=parameters, secrets=secrets
    )


def _check(
    provider: catalogue.Provider, lacking: list[str], parameters: dict[str, Any], secrets: dict[str, str]
) -> None:
    """Whether users could sign in with these values."""
    if lacking:
        raise errors.GENERAL_ARGUMENT_INVALID(f"{provider.name} cannot be enabled without {', '.join(lacking)}.")
    try:
        ADAPTERS[provider.id].check(client_of(provider.id, parameters, secrets))
    except ProviderFailure as cause:
        raise errors.GENERAL_ARGUMENT_INVALID(f"{provider.name} cannot be enabled: {cause}") from cause


async def refresh_provider_tokens(ctx: Ctx, session: Record) -> ProviderTokens | None:
    """New tokens for a session that an OAuth2 provider has opened, kept with it and with the identity.

    None where there is nothing to refresh, or the project is not known to the provider any more. To be called before
    anything is written, as the provider takes its time. Raises USER_OAUTH2_PROVIDER_FAILURE.
    """
    vault = ctx.app.vault
    kept = provider_tokens.read(session, vault, session["id"])
    if not kept.refresh:
        return None
    at = await _find(ctx, session["provider"])
    if at is None:
        return None
    try:
        async with ctx.app.outbound.client() as http:
            given = as_kept(ctx, await at.adapter.refresh(http, at.client, kept.refresh))
    except ProviderFailure as cause:
        raise errors.USER_OAUTH2_PROVIDER_FAILURE(f"{at.name} has given no new tokens: {cause}") from cause
    columns = provider_tokens.columns(vault, given, session["id"])
    await sessions.keep_provider_tokens(ctx.db, ctx.project.id, session["id"], columns)
    known = await identities.find_by_provider(ctx.db, ctx.project.id, session["provider"], session["provider_uid"])
    if known is not None and known["user_id"] == session["user_id"]:
        await identities.upsert(
            ctx.db, vault, ctx.project.id, known["user_id"], known["provider"], known["provider_uid"],
            known["provider_email"], given,
        )  # fmt: skip
    return given


def as_kept(ctx: Ctx, tokens: Tokens) -> ProviderTokens:
    """Tokens as they are kept: with the time at which they end."""
    expire = ctx.now + timedelta(seconds=min(tokens.seconds, 10**9)) if tokens.seconds is not None else None
    return ProviderTokens(tokens.access, tokens.refresh, expire)


async def _find(ctx: Ctx, provider: str) -> Setup | None:
    """What the project has set up; None where that is nothing, or too little."""
    row = await oauth_clients.get(ctx.db, ctx.project.id, provider) if is_supported(ctx, provider) else None
    if row is None:
        return None
    client = client_of(provider, row["parameters"], oauth_clients.secrets_of(row, ctx.app.vault))
    known = client.id and client.secret
    return Setup(ADAPTERS[provider], client, PROVIDERS[provider].name, row["enabled"]) if known else None
