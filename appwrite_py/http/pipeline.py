"""The way of a request, from its route to its answer: every check in its place, one transaction, one commit."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import structlog
from starlette.requests import ClientDisconnect
from starlette.types import Send

from appwrite_py import errors
from appwrite_py.auth.abuse import Standing
from appwrite_py.auth.caller import Caller
from appwrite_py.auth.identify import Credentials
from appwrite_py.data.pg import Work
from appwrite_py.events import outbox
from appwrite_py.files.devices import DeviceFailed, DeviceFull
from appwrite_py.files.images import Busy
from appwrite_py.http import compat, origin, ranges
from appwrite_py.http.answers import Answer, Headers, compress, error_answer, error_page, send_answer
from appwrite_py.http.context import Calling, Ctx, Resources
from appwrite_py.http.credentials import names_project, read_credentials
from appwrite_py.http.registry import Route
from appwrite_py.http.request import Request
from appwrite_py.kit import clock
from appwrite_py.platform import stages
from appwrite_py.platform.projects import CONSOLE, Project
from appwrite_py.platform.switches import switch_of

log = structlog.get_logger("appwrite_py.http")
_PLACEHOLDER = re.compile(r"\[(\w+)\]")
_NO_PROJECT = " The header X-Appwrite-Project is missing."
_NOTHING_SHOWN = " The request came without an API key, a session or a JWT."
_LABEL = re.compile(r"\{(request|response|project|user)\.([^}]+)\}")


class Pipeline:
    """Takes matched requests to their answers."""

    def __init__(self, app: Resources) -> None:
        self.app = app
        self._compress_from = app.settings.compression_min_size_bytes if app.settings.compression == "enabled" else -1
        self._access_log = app.settings.access_log == "enabled"

    async def respond(self, route: Route, path_values: dict[str, str], request: Request, send: Send) -> None:
        """Answer one request; every error becomes an answer."""
        started = time.perf_counter()
        more: Headers = [(b"x-request-id", request.request_id.encode())]
        try:
            answer = await self._answer(route, path_values, request, more)
        except ClientDisconnect:
            return
        except Exception as error:
            answer = self._error(error, request, route)
        finally:
            request.close()
        if self._compress_from >= 0 and (accepted := request.headers.get(b"accept-encoding")):
            compress(answer, accepted, self._compress_from)
        await send_answer(send, answer, more, without_body=request.method == "HEAD")
        if self._access_log:
            took = round((time.perf_counter() - started) * 1000, 2)
            log.info("request", method=request.method, path=request.path, status=answer.status, ms=took,
                     request_id=request.request_id)  # fmt: skip

    async def _answer(self, route: Route, path_values: dict[str, str], request: Request, more: Headers) -> Answer:
        settings, calling = self.app.settings, await self.identify(route, path_values, request)
        shown, project, caller, _ = calling
        called = None if shown.admin_mode else project
        more.extend(origin.cors_headers(request, called, settings))
        if not route.any_origin:
            origin.check_origin(request, called, caller, settings)
        check_protocol(route, project, caller)
        ctx, result = await self.call(route, path_values, request, calling._replace(more=more))
        if asked := request.headers.get(b"x-appwrite-response-format"):
            result = await compat.downgrade(ctx, asked, result)
        if isinstance(result, Answer):
            answer = result
        else:
            answer = ctx.render(b"" if result is None else result, ctx.status or route.status)
        answer.headers.extend(ctx.headers)
        if warning := compat.warning(asked):
            answer.headers.append(warning)
        return answer

    async def identify(self, route: Route, path_values: dict[str, str], request: Request) -> Calling:
        """Who makes the request, in which project. Raises PROJECT_NOT_FOUND, and the errors of bad credentials."""
        shown = read_credentials(request, route, path_values)
        team_id = await self._organization(route, path_values, request, shown.organization, shown.project_id)
        project, caller = await self.app.gate.identify(shown, team_id)
        return Calling(shown, project, caller, [])

    async def call(
        self, route: Route, path_values: dict[str, str], request: Request, calling: Calling
    ) -> tuple[Ctx, Any]:
        """Do what a route is for, in one transaction, for a caller who has been identified; the handler's result."""
        app, (shown, project, caller, more) = self.app, calling
        check_access(route, project, caller, shown)
        request.files, request.lists = route.files, route.lists
        values = compat.upgrade(route, request, await _values_of(route, request))
        attempt = values | path_values if route.abuse else values
        await self._count_attempt(route, attempt, request, project, caller, more)
        bound = route.bind(values, path_values, project)
        ctx = Ctx(app, route, request, project, caller, Work(app.pool), bound, calling)
        try:
            result = await route.handler(ctx, **bound)
            await _record(ctx, result)
            if route.stage and route.stage not in project.row["onboarding"] and not project.is_console:
                await stages.complete(ctx.db, project.id, route.stage, caller.actor_type, ctx.now)
            await ctx.db.commit()
            if route.verb != "GET" and route.service != "graphql":  # whose fields say so by themselves
                app.wakes.said()
        except BaseException:
            await ctx.db.rollback()
            raise
        if ctx.after_commit is not None:
            await _follow_up(ctx.after_commit)
        status = result.status if isinstance(result, Answer) else ctx.status or route.status
        await self._clear_attempts(route, status, attempt, request, project, caller)
        return ctx, result

    async def _organization(
        self, route: Route, path_values: dict[str, str], request: Request, in_header: str, project_id: str
    ) -> str:
        """The organization that a console route is about: the owner of the project in its path, or the header's."""
        if project_id != "console":
            return ""
        if route.path.startswith("/v1/projects/:projectId"):
            subject = await self.app.projects.load(path_values["projectId"])
            if subject is None or subject.is_console:
                return in_header
            return subject.team_id
        if route.path == "/v1/projects" and route.verb == "POST" and not in_header:
            named = (await request.body()).get("teamId")
            return named if isinstance(named, str) else ""
        return in_header

    # --- rate limits --------------------------------------------------------------------------------------
    async def _count_attempt(
        self, route: Route, values: dict[str, Any], request: Request, project: Project, caller: Caller, more: Headers
    ) -> None:
        limit = route.abuse
        if limit is None or not self.app.settings.abuse or caller.trusted:
            return
        nearest: Standing | None = None
        for key in limit.keys:
            standing = await self.app.limits.attempt(limit, _limit_key(key, route, values, request, project, caller))
            if nearest is None or standing.remaining < nearest.remaining or standing.exceeded:
                nearest = standing
        assert nearest is not None
        more.extend(
            [
                (b"x-ratelimit-limit", b"%d" % nearest.limit),
                (b"x-ratelimit-remaining", b"%d" % nearest.remaining),
                (b"x-ratelimit-reset", b"%d" % nearest.resets_at),
            ]
        )
        if nearest.exceeded:
            raise errors.GENERAL_RATE_LIMIT_EXCEEDED

    async def _clear_attempts(
        self, route: Route, status: int, values: dict[str, Any], request: Request, project: Project, caller: Caller
    ) -> None:
        limit = route.abuse
        if limit is None or status not in limit.reset or not self.app.settings.abuse or caller.trusted:
            return
        for key in limit.keys:
            await self.app.limits.clear(_limit_key(key, route, values, request, project, caller))

    # --- errors -------------------------------------------------------------------------------------------
    def _error(self, error: Exception, request: Request, route: Route) -> Answer:
        known = translate(error)
        known.message += _hint(known, request)
        if known.status >= 500 and (known.status not in (501, 503) or known is not error):
            log.error("request failed", method=request.method, path=request.path, request_id=request.request_id,
                      exc_info=error)  # fmt: skip
        if route.error_page and b"text/html" in request.headers.get(b"accept", b""):
            return error_page(known)
        return error_answer(known)


def translate(error: Exception) -> errors.ApiError:
    """The catalogue's error for anything that was raised; what nobody foresaw is a server error without details."""
    if isinstance(error, errors.ApiError):
        return error
    if isinstance(error, DeviceFull):
        return errors.ServerCannot("The server has no room left to store files.")
    if isinstance(error, DeviceFailed):
        return errors.ServerCannot("The storage device does not answer as it should.")
    if isinstance(error, Busy):
        return errors.ServerCannot("The server has too many images to work on; try again in a moment.")
    if isinstance(error, asyncpg.QueryCanceledError):
        return errors.DATABASE_TIMEOUT()
    if isinstance(error, asyncpg.DeadlockDetectedError | asyncpg.SerializationError | asyncpg.LockNotAvailableError):
        return errors.GENERAL_RESOURCE_LOCKED()
    if isinstance(error, asyncpg.CharacterNotInRepertoireError | asyncpg.UntranslatableCharacterError):
        return errors.GENERAL_BAD_REQUEST("The request holds text that cannot be stored.")
    return errors.GENERAL_SERVER_ERROR()


async def _values_of(route: Route, request: Request) -> dict[str, Any]:
    if route.body is not None:
        return {}
    return await request.body() if route.has_body else request.query


def check_protocol(route: Route, project: Project, caller: Caller) -> None:
    """Whether this project is open to what the request speaks."""
    protocol = "graphql" if route.service == "graphql" else "rest"
    if protocol in project.protocols_off and not caller.trusted:
        raise errors.GENERAL_API_DISABLED


def check_access(route: Route, project: Project, caller: Caller, shown: Credentials) -> None:
    """Whether this caller may use this route in this project: switches, scope, state of the user and the session."""
    is_off = project.services_off and route.switched and switch_of(route.service) in project.services_off
    if is_off and not caller.trusted:
        raise errors.GENERAL_SERVICE_DISABLED
    if caller.scopes.isdisjoint(route.scopes) and not (route.impersonators and caller.may_impersonate):
        needed_scopes, why = " or ".join(sorted(route.scopes)), _why(route, caller, shown)
        raise errors.GENERAL_UNAUTHORIZED_SCOPE(f"The caller ({caller.kind}) lacks the scope {needed_scopes}.{why}")
    if caller.impersonator is not None:  # who must be in good standing, too
        _check_user(route, caller.impersonator)
        if route.in_person:  # what is set up meanwhile would outlive the permission to act
            raise errors.USER_UNAUTHORIZED("Only users themselves change how they sign in.")
    _check_user(route, caller)
    if route.auth_method in project.auth_methods_off and not caller.trusted:
        raise errors.USER_AUTH_METHOD_UNSUPPORTED
    if route.within and (route.within == "console") != project.is_console:
        raise errors.GENERAL_ACCESS_FORBIDDEN


def _check_user(route: Route, caller: Caller) -> None:
    user = caller.user
    if user is None:
        return
    if not user.status:
        raise errors.USER_BLOCKED
    if user.reset:
        raise errors.USER_PASSWORD_RESET_REQUIRED
    check_factors(route, caller)
    if route.guests_only:
        raise errors.USER_SESSION_ALREADY_EXISTS


def check_factors(route: Route, caller: Caller) -> None:
    """Whether the session has shown enough factors, and one of late where the route wants that."""
    if caller.user is None:
        return
    if caller.lacks_factor and not route.before_second_factor:
        raise errors.USER_MORE_FACTORS_REQUIRED
    session = caller.session
    if route.recent_factor and not (session is not None and session.has_recent_factor(clock.now())):
        raise errors.USER_CHALLENGE_REQUIRED


def _why(route: Route, caller: Caller, shown: Credentials) -> str:
    """What is wrong with the credentials of a caller who may not do this."""
    if caller.kind == "key" and "account" in route.scopes:
        return " No API key has it; call with a session or a JWT."
    if caller.kind != "guest":
        return ""
    if shown.project_id == CONSOLE and not shown.project_in_header:
        return _NO_PROJECT
    if shown.key:
        return " The API key is not known to the project."
    return " The session is not known to the project, or has ended." if shown.session else _NOTHING_SHOWN


def _hint(error: errors.ApiError, request: Request) -> str:
    """What may be behind an error that by itself says nothing of it: headers that are easily forgotten."""
    if error.status == 400 and request.mislabelled:
        return " The body looks like JSON; send it with the header Content-Type: application/json."
    if error.status == 404 and not names_project(request):
        return _NO_PROJECT
    return ""


async def _follow_up(do: Callable[[], Awaitable[None]]) -> None:
    """The change stands, so that whatever fails here is nothing that the client could have done otherwise."""
    try:
        await do()
    except Exception:
        log.exception("what follows a change failed")


# --- what follows a success ---------------------------------------------------------------------------------
async def _record(ctx: Ctx, result: Any) -> None:
    route = ctx.route
    if route.self_recorded or ctx.unrecorded or not (route.event or route.audit or ctx.events):
        return
    fields = result if isinstance(result, dict) else {}
    actor = actor_of(ctx)
    for more in ctx.events:
        roles = more.roles or outbox.audience(more.name)
        await outbox.record(ctx.db, ctx.project.id, actor, event=more.name, payload=more.payload, roles=roles)
    audit, _, resource = (route.audit or "").partition(" ")
    audit = _PLACEHOLDER.sub(lambda found: _event_value(found[1], audit, ctx, fields), audit)
    resource = _LABEL.sub(lambda found: _label_value(found[1], found[2], ctx, fields), resource)
    if route.event and not ctx.uneventful:
        event = _PLACEHOLDER.sub(lambda found: _event_value(found[1], route.event or "", ctx, fields), route.event)
        payload = fields if ctx.event_payload is None else ctx.event_payload
        await outbox.record(
            ctx.db, ctx.project.id, actor, event=event, payload=payload, audit=audit, resource=resource,
            roles=outbox.audience(event) if ctx.event_roles is None else ctx.event_roles,
            left_roles=ctx.event_left_roles,
        )  # fmt: skip
    elif route.audit:
        await outbox.record(ctx.db, ctx.project.id, actor, audit=audit, resource=resource)


def actor_of(ctx: Ctx) -> outbox.Actor:
    """Who makes the request, as the outbox notes it: one who acts as somebody else is still who did it."""
    caller = ctx.caller.impersonator or ctx.caller
    kind, id_ = ("user", ctx.signed_in) if ctx.signed_in and caller.kind == "guest" else (caller.kind, caller.id)
    return outbox.Actor(kind, id_, ctx.request.ip, ctx.request.header(b"user-agent")[:512])


def _event_value(name: str, event: str, ctx: Ctx, fields: dict[str, Any]) -> str:
    if name in ctx.event_params:
        return ctx.event_params[name]
    is_last = event.rfind("[") == event.find(f"[{name}]")
    if is_last and "$id" in fields:
        return str(fields["$id"])
    value = fields.get(name) or _given(ctx, name)
    if value is None and name == "userId" and ctx.caller.user is not None:
        value = ctx.caller.user.id
    return str(value or "")


def _label_value(where: str, name: str, ctx: Ctx, fields: dict[str, Any]) -> str:
    if where == "project":
        return ctx.project.id
    if where == "user":
        return ctx.signed_in or ctx.caller.id
    return str(_given(ctx, name.removeprefix("$")) if where == "request" else fields.get(name, ""))


def _given(ctx: Ctx, name: str) -> Any:
    """A parameter by its name on the wire."""
    return next((ctx.params[param.argument] for param in ctx.route.params if param.name == name), None)


def _limit_key(
    template: str, route: Route, values: dict[str, Any], request: Request, project: Project, caller: Caller
) -> str:
    known = {
        "url": route.path,  # without the host, which the client chooses: each one would have a counter of its own
        "ip": request.ip,
        "method": request.method,
        "userId": caller.user.id if caller.user else "",
        "projectId": project.id,
    }

    def fill(found: re.Match[str]) -> str:
        word = found[1]
        if word in known:
            return known[word]
        if word == "chunkId":
            return str(ranges.chunk_number(request.header(b"content-range")))
        # E-mail addresses are the same in all spellings.
        return str(values.get(word.removeprefix("param-"), ""))[:256].lower()

    return f"{project.id}|{route.verb} {route.path}|" + re.sub(r"\{([^}]*)\}", fill, template)
