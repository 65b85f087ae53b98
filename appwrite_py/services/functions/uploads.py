"""Deployments that are made: of an archive that is uploaded, whole or in chunks that come in any order and at once, or
of a public repository, which is fetched when it is built."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from appwrite_py import errors
from appwrite_py.compute import deployments as kept
from appwrite_py.compute.deployments import Draft
from appwrite_py.compute.repositories import Origin
from appwrite_py.data.pg import Record
from appwrite_py.files.devices import BlobNotFound
from appwrite_py.files.entries import CHUNK_BYTES, Chunk
from appwrite_py.http import chunked, rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.multipart import FormFile
from appwrite_py.http.params import Flag, LooseFlag, Uid
from appwrite_py.http.ranges import Span
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.kit import ids
from appwrite_py.platform import leftovers
from appwrite_py.services.functions import building, lookup
from appwrite_py.services.functions.deployment_models import Deployment, deployment

service = Service("functions", "/v1/functions", within="project")
Line = Annotated[str, rules.Text(128, min=0)]
_ALL = "/:functionId/deployments"
_EVENT = "functions.[functionId].deployments.[deploymentId].create"
_AUDIT = "deployment.create function/{request.functionId}"


@service.post(
    _ALL, scope="functions.write", callers=SERVER, sdk="createDeployment", status=202, event=_EVENT, audit=_AUDIT
)
async def create(
    ctx: Ctx,
    functionId: Uid,
    code: Annotated[FormFile | None, rules.File()],
    activate: LooseFlag,
    entrypoint: Annotated[str, rules.Text(1028)] | None = None,
    commands: Annotated[str, rules.Text(8192, min=0)] | None = None,
) -> Deployment:
    """Deploy code: a tar.gz file with the function's source, which is then built.

    Files of more than 5 MiB come in chunks of that size, each with the header `Content-Range: bytes START-END/SIZE`;
    those behind the first one name the deployment by the header `X-Appwrite-ID`.
    """
    function = await lookup.find(ctx, functionId)
    entrypoint = entrypoint or function["entrypoint"]
    if not entrypoint:
        raise errors.FUNCTION_ENTRYPOINT_MISSING
    if code is None or not code.size:
        raise errors.STORAGE_FILE_EMPTY
    if not code.name.endswith(".gz"):
        raise errors.STORAGE_FILE_TYPE_UNSUPPORTED("Code comes as a tar.gz file, whose name ends with .gz.")
    span, deployment_id = chunked.read_range(ctx, code.size, "unique()")
    if span.size > ctx.settings.compute_size_limit_bytes:
        raise errors.DEPLOYMENT_INVALID_FILE_SIZE(
            f"The archive is larger than the {ctx.settings.compute_size_limit_bytes} bytes that are allowed."
        )
    values = _values(ctx, function, activate) | {"entrypoint": entrypoint}
    values |= {} if commands is None else {"commands": commands}
    in_chunks = chunked.in_chunks(ctx)
    draft = Draft(ctx.project.id, functionId, deployment_id, values, span.size, not in_chunks)
    return deployment(await (_chunk if in_chunks else _whole)(ctx, function, draft, code, span))


@service.post(
    f"{_ALL}/template", scope="functions.write", callers=SERVER, sdk="createTemplateDeployment", status=202,
    event=_EVENT, audit=_AUDIT,
)  # fmt: skip
async def create_from_template(
    ctx: Ctx,
    functionId: Uid,
    repository: Line,
    owner: Line,
    rootDirectory: Line,
    type: Annotated[str, rules.OneOf("commit", "branch", "tag", ci=True)],
    reference: Line,
    activate: Flag = False,
) -> Deployment:
    """Deploy a folder of a public Git repository. A tag may be a range, such as `0.3.*`."""
    function = await lookup.find(ctx, functionId)
    server = ctx.settings.templates_url
    origin = Origin.of(server, owner, repository, rootDirectory, type.lower(), reference)
    if origin is None:
        raise errors.PROVIDER_REPOSITORY_NOT_FOUND("There can be no such repository, folder or reference.")
    if not function["entrypoint"]:
        raise errors.FUNCTION_ENTRYPOINT_MISSING
    values = _values(ctx, function, activate) | {"type": "vcs", "origin": origin._asdict()}
    made = await kept.add(ctx.db, Draft(ctx.project.id, functionId, ids.unique(), values), "", ctx.now)
    await building.ask(ctx.db, made)
    return deployment(made)


@service.post(
    f"{_ALL}/vcs", scope="functions.write", callers=SERVER, sdk="createVcsDeployment", status=202, event=_EVENT,
    audit=_AUDIT,
)  # fmt: skip
async def create_from_vcs(
    ctx: Ctx,
    functionId: Uid,
    type: Annotated[str, rules.OneOf("branch", "commit", ci=True)],
    reference: Annotated[str, rules.Text(255)],
    activate: Flag = False,
) -> Deployment:
    """Deploy from the repository that the function is connected with. This server connects with none."""
    await lookup.find(ctx, functionId)
    raise errors.INSTALLATION_NOT_FOUND("The function is not connected with a Git repository.")


def _values(ctx: Ctx, function: Record, activate: bool) -> dict[str, Any]:
    """What a new deployment has of its function; it keeps that, whatever becomes of the function."""
    return {
        "type": "cli" if ctx.request.header(b"x-sdk-language") == "cli" else "manual",
        "activate": activate,
        "runtime": function["runtime"],
        "entrypoint": function["entrypoint"],
        "commands": function["commands"],
    }


async def _whole(ctx: Ctx, function: Record, draft: Draft, code: FormFile, span: Span) -> Record:
    async with chunked.kept(ctx, f"{kept.folder_of(function)}/{ids.unique()}") as path:
        await ctx.app.contents.put(ctx.project.id, path, code.pieces(), span.size, compress="none", seal=True)
        row = await kept.add(ctx.db, draft, path, ctx.now)
    await building.ask(ctx.db, row)
    return row


async def _chunk(ctx: Ctx, function: Record, draft: Draft, code: FormFile, span: Span) -> Record:
    async with chunked.kept(ctx, f"{kept.folder_of(function)}/chunks/{ids.unique()}") as path:
        await ctx.app.contents.put(ctx.project.id, path, code.pieces(), span.length, compress="none", seal=True)
        part = Chunk(span.start // CHUNK_BYTES, path, span.length, True)
        row, new = await kept.add_chunk(ctx.app.pool, draft, part)
        if not new:
            await chunked.discard(ctx, path)
    if not kept.is_open(row) or row["chunks_uploaded"] < row["chunks_total"]:
        ctx.unrecorded = True
        return row
    async with ctx.app.turns.assembling:
        return await _complete(ctx, function, row)


async def _complete(ctx: Ctx, function: Record, row: Record) -> Record:
    """Put the chunks together; if two requests do so, one of them wins."""
    chunks = await kept.chunks_of(ctx.db, row)
    if len(chunks) < row["chunks_total"]:
        return await _completed_by_another(ctx, row)

    async def joined() -> AsyncIterator[bytes]:
        for chunk in chunks:
            async for piece in ctx.app.contents.read(ctx.project.id, chunk.as_blob()):
                yield piece

    async with chunked.kept(ctx, f"{kept.folder_of(function)}/{ids.unique()}") as path:
        try:
            size = row["source_size"]
            await ctx.app.contents.put(ctx.project.id, path, joined(), size, compress="none", seal=True)
        except BlobNotFound:  # somebody else has put them together, and they are deleted by now
            return await _completed_by_another(ctx, row)
        made, spent = await kept.complete(ctx.db, row, path)
        if made is None:
            await chunked.discard(ctx, path)
            return await _completed_by_another(ctx, row)
    await building.ask(ctx.db, made)
    await leftovers.drop(ctx.db, spent)
    return made


async def _completed_by_another(ctx: Ctx, row: Record) -> Record:
    await ctx.db.rollback()
    ctx.unrecorded = True
    return await kept.find(ctx.db, row["project_id"], row["function_id"], row["id"])
