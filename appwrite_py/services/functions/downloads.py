"""The archives of a deployment: the source as it was uploaded, and what was built of it."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.compute import deployments as kept
from appwrite_py.compute import download_links
from appwrite_py.http import rules
from appwrite_py.http.answers import Answer, Media
from appwrite_py.http.blobs import KEEP_SECONDS, blob_answer
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Uid
from appwrite_py.http.registry import Service
from appwrite_py.services.functions import lookup

service = Service("functions", "/v1/functions", within="project")
Bytes = Annotated[Answer, Media("application/gzip", parts=True)]
_ONE = "/:functionId/deployments/:deploymentId"
_OF_BUILD = "/build/download"


@service.get(
    f"{_ONE}/download", scope=("public", "functions.read"), sdk="getDeploymentDownload",
    aliases=[f"/v1/functions{_ONE}{_OF_BUILD}"],
)  # fmt: skip
async def download(
    ctx: Ctx,
    functionId: Uid,
    deploymentId: Uid,
    type: Annotated[str, rules.OneOf("source", "output", ci=True)] = "source",
    token: Annotated[str, rules.Text(2048)] = "",
) -> Bytes:
    """Get the source of a deployment, or the output of its build, as a tar.gz file."""
    kind = "output" if ctx.request.path.endswith(_OF_BUILD) else type.lower()
    opened = download_links.read(ctx.app.vault, token, ctx.now) if token else None
    if opened != (ctx.project.id, deploymentId, kind) and "functions.read" not in ctx.caller.scopes:
        raise errors.USER_UNAUTHORIZED("This needs the scope functions.read, or a token that is valid.")
    await lookup.find(ctx, functionId)
    row = await kept.find(ctx.db, ctx.project.id, functionId, deploymentId)
    blob = kept.source_of(row) if kind == "source" else kept.build_of(row)
    missing = errors.DEPLOYMENT_NOT_FOUND(f"This deployment has no {kind} that could be downloaded.")
    if not blob.path:
        raise missing
    headers = [
        (b"cache-control", b"private, max-age=%d" % KEEP_SECONDS),
        (b"accept-ranges", b"bytes"),
        (b"content-disposition", f'attachment; filename="{deploymentId}-{kind}.tar.gz"'.encode()),
    ]
    return await blob_answer(ctx, blob, "application/gzip", headers, missing)
