"""Answers to older clients, in the form that their version knows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from appwrite_py.http.compat import projects
from appwrite_py.http.compat.versions import Version, parse_version
from appwrite_py.http.context import Ctx

Item = Mapping[str, Any]
Items = Sequence[Item]

_LISTS = {
    "ExecutionList": ("executions", "Execution"),
    "FunctionList": ("functions", "Function"),
    "ProjectList": ("projects", "Project"),
    "WebhookList": ("webhooks", "Webhook"),
}


def _of_a_function(ctx: Ctx, execution: Item) -> Item:
    """Before 2.0.0 only functions had executions, and so they were named."""
    return {**execution, "functionId": execution["resourceId"]}


def _as_a_jwt(ctx: Ctx, key: Item) -> Item:
    """Before 1.9.3 a key that is stored nowhere was a JWT, and nothing else."""
    return {"projectId": ctx.project.id, "scopes": key["scopes"], "jwt": key["secret"]}


def _of_a_type(ctx: Ctx, template: Item) -> Item:
    """Before 1.9.2 the id of a template was called its type; who is replied to had no name."""
    rest = {name: value for name, value in template.items() if name != "templateId"}
    return rest | {"type": template["templateId"], "replyTo": template["replyToEmail"]}


def _of_one_size(ctx: Ctx, function: Item) -> Item:
    """Before 1.9.0 builds and runs had one size for both."""
    rest = {name: value for name, value in function.items() if name not in _SIZES}
    return rest | {"specification": function["buildSpecification"]}


_SIZES = ("buildSpecification", "runtimeSpecification")


def _each(change: Callable[[Ctx, Item], Item]) -> Callable[[Ctx, Items], Awaitable[Items]]:
    async def changed(ctx: Ctx, items: Items) -> Items:
        return [change(ctx, item) for item in items]

    return changed


_CHANGES: dict[str, tuple[tuple[Version, Callable[[Ctx, Items], Awaitable[Items]]], ...]] = {
    "Execution": (((2, 0, 0), _each(_of_a_function)),),
    "Project": (((1, 9, 5), projects.in_one_piece), ((1, 9, 1), _each(projects.with_older_parts))),
    "EphemeralKey": (((1, 9, 3), _each(_as_a_jwt)),),
    "EmailTemplate": (((1, 9, 2), _each(_of_a_type)),),
    "Webhook": (((1, 9, 1), _each(lambda ctx, webhook: projects.older_webhook(webhook))),),
    "Function": (((1, 9, 0), _each(_of_one_size)),),
}
"""By the model of an answer: the versions that changed it, the newest first, and what it was before."""


async def downgrade(ctx: Ctx, asked: bytes, answer: Any) -> Any:
    """The answer in the format of an older version, where it looked different then."""
    name = getattr(ctx.route.returns, "__name__", "")
    many, model = _LISTS.get(name, ("", name))
    changes = _CHANGES.get(model, ())
    version = parse_version(asked.decode("latin-1")) if changes else None
    if version is None or version >= changes[0][0] or not isinstance(answer, dict):
        return answer
    items: Items = answer[many] if many else [answer]
    for since, change in changes:
        if version < since:
            items = await change(ctx, items)
    return {**answer, many: items} if many else items[0]
