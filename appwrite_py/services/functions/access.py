"""What the server lets a function be: runtimes that it offers, sizes that it allows, and how many are made in a day."""

from __future__ import annotations

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.compute import specifications
from appwrite_py.http.context import Ctx

_DAY_SECONDS = 86_400


async def count_creation(ctx: Ctx) -> None:
    """Count a creation, also of callers that no other limit is for. Raises GENERAL_RATE_LIMIT_EXCEEDED."""
    if not ctx.settings.abuse:
        return
    limit = Limit(ctx.settings.functions_creation_limit, _DAY_SECONDS)
    standing = await ctx.app.limits.attempt(limit, f"{ctx.project.id}|functions.create")
    ctx.set_header("x-ratelimit-limit", str(standing.limit))
    ctx.set_header("x-ratelimit-remaining", str(standing.remaining))
    ctx.set_header("x-ratelimit-reset", str(standing.resets_at))
    if standing.exceeded:
        raise errors.GENERAL_RATE_LIMIT_EXCEEDED(
            f"The limit of {limit.attempts} functions that may be created in a project in a day is reached "
            "(_APP_FUNCTIONS_CREATION_ABUSE_LIMIT)."
        )


def check_runtime(ctx: Ctx, key: str) -> None:
    """Raises FUNCTION_RUNTIME_UNSUPPORTED."""
    if key not in ctx.app.runtimes.offered:
        offered = ", ".join(ctx.app.runtimes.offered) or "none"
        raise errors.FUNCTION_RUNTIME_UNSUPPORTED(
            f'The runtime "{key}" is not offered by this server. There are: {offered}.'
        )


def check_provider(installation_id: str, repository_id: str) -> None:
    """Refuse a Git repository to deploy from: no provider can be connected, so that no installation is ever found."""
    if installation_id:
        raise errors.INSTALLATION_NOT_FOUND
    if repository_id:
        raise errors.GENERAL_ARGUMENT_INVALID(
            "Invalid `providerRepositoryId` param: it needs installationId and providerBranch beside it."
        )


def size(ctx: Ctx, name: str, wanted: str | None, otherwise: str = "") -> str:
    """The size that is wanted, else the one there is, else the largest. Raises GENERAL_ARGUMENT_INVALID."""
    if wanted is None:
        return otherwise or specifications.largest(ctx.settings).slug
    allowed = specifications.offered(ctx.settings)
    if wanted not in allowed:
        raise errors.GENERAL_ARGUMENT_INVALID(
            f"Invalid `{name}` param: the server allows {', '.join(allowed)} (_APP_COMPUTE_CPUS, _APP_COMPUTE_MEMORY)."
        )
    return wanted
