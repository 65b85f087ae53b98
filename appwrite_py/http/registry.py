"""Routes as declarations, checked when they are declared: a wrong one keeps the server from starting.

`Service` collects them. The pipeline, the OpenAPI document and the contract check all read the same `Route`.
"""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from appwrite_py.auth.abuse import Limit
from appwrite_py.auth.scopes import KNOWN_SCOPES
from appwrite_py.http.binder import Param, bind
from appwrite_py.http.rules import Rule
from appwrite_py.platform.projects import Project
from appwrite_py.platform.stages import STAGES

Handler = Callable[..., Awaitable[Any]]
HandlerT = TypeVar("HandlerT", bound=Handler)
Caller = Literal["admin", "session", "key", "jwt"]
Within = Literal["", "console", "project"]
EVERYONE: tuple[Caller, ...] = ("admin", "session", "key", "jwt")
SERVER: tuple[Caller, ...] = ("admin", "key")
CLIENTS: tuple[Caller, ...] = ("admin", "session", "jwt")

_PLACEHOLDER = re.compile(r"\[(\w+)\]")
_PATH_PARAMETER = re.compile(r":(\w+)")
_LIMIT_KEY = re.compile(r"\{([^}]*)\}")
_LIMIT_WORDS = {"url", "ip", "method", "userId", "projectId", "chunkId"}


class Deprecated(NamedTuple):
    """Since which version, and what replaces it (`service.method`)."""

    since: str
    replace_with: str


class Several(NamedTuple):
    """A second method of the SDKs, by which a route does with several things at once what it does with one.

    param: holds the things. one: the parameters about a single one, which only the first method has, and whether it
    needs them. returns: the answer's model. deprecated: what replaces it.
    """

    method: str
    param: str
    one: Mapping[str, bool]
    returns: Any
    deprecated: Deprecated | None = None


@dataclass(slots=True)
class Route:
    """What a route promises."""

    service: str
    verb: str
    path: str
    handler: Handler
    sdk_method: str | None
    scopes: frozenset[str]
    params: tuple[Param, ...]
    returns: Any
    status: int = 200
    aliases: tuple[str, ...] = ()
    callers: tuple[Caller, ...] = EVERYONE
    event: str | None = None
    audit: str | None = None
    abuse: Limit | None = None
    auth_method: str | None = None
    guests_only: bool = False
    before_second_factor: bool = False
    recent_factor: bool = False
    impersonators: bool = False
    in_person: bool = False
    error_page: bool = False
    any_origin: bool = False
    hidden: bool = False
    deprecated: Deprecated | None = None
    description: str = ""
    self_recorded: bool = False
    words: Any = None
    within: Within = ""
    stage: str = ""
    also: tuple[str, ...] = ()
    repeats: bool = False
    switched: bool = True
    deferrable: bool = False
    files: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    body: Mapping[str, Any] | None = None
    several: Several | None = None

    @property
    def methods(self) -> list[str]:
        """The names of the SDKs' methods that call the route."""
        names = (self.sdk_method, *self.also, self.several and self.several.method)
        return [name for name in names if name]

    @property
    def has_body(self) -> bool:
        """Whether parameters come in the body; DELETE takes them there, too."""
        return self.verb not in ("GET", "HEAD")

    @property
    def is_deprecated(self) -> bool:
        """Whether the route itself is to be left, not only one of its names in the SDKs."""
        return self.deprecated is not None and all(
            self.deprecated.replace_with != f"{self.service}.{method}" for method in self.also
        )

    def bind(self, values: dict[str, Any], path_values: dict[str, str], project: Project) -> dict[str, Any]:
        """The handler's arguments. Raises GENERAL_ARGUMENT_INVALID."""
        return bind(self.params, values, path_values, project)


class Service:
    """The routes of one Appwrite service below one path.

    `within`: it can be used in the project `console` only, or in all projects but that one. `development`: it is not
    served in production.
    """

    def __init__(self, name: str, prefix: str, *, within: Within = "", development: bool = False) -> None:
        self.name, self.prefix, self.within, self.routes = name, prefix, within, list[Route]()
        self.development = development

    def route(
        self,
        verb: str,
        path: str,
        *,
        scope: str | tuple[str, ...],
        sdk: str | None = None,
        status: int = 200,
        aliases: Sequence[str] = (),
        callers: tuple[Caller, ...] = EVERYONE,
        event: str | None = None,
        audit: str | None = None,
        abuse: Limit | None = None,
        auth_method: str | None = None,
        guests_only: bool = False,
        before_second_factor: bool = False,
        recent_factor: bool = False,
        impersonators: bool = False,
        in_person: bool = False,
        also: Sequence[str] = (),
        error_page: bool = False,
        any_origin: bool = False,
        hidden: bool = False,
        repeats: bool = False,
        switched: bool = True,
        deferrable: bool = False,
        deprecated: Deprecated | None = None,
        self_recorded: bool = False,
        names: Mapping[str, str] | None = None,
        rules: Mapping[str, Rule] | None = None,
        words: Any = None,
        returns: Any = None,
        several: Several | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Callable[[HandlerT], HandlerT]:
        """Declare a route.

        scope: what the caller must hold, one of them when there are several. sdk: the SDK method's name. aliases:
        other full paths to the same route. callers: who may call, for the document. event: what happens when it
        succeeds. audit: "EVENT RESOURCE" with `{request.name}` and `{response.name}`. auth_method: the sign-in method
        that must be on. guests_only: refused while a session is active. before_second_factor: open to a session that
        still lacks a factor. recent_factor: only for a session that has shown a factor of late.
        impersonators: open to users who may act as others, whatever the scope. in_person: closed to those who are just
        doing so. also: further names of the SDK method;
        `deprecated` is then about the first one. self_recorded: event and audit are written with the change itself,
        not by the pipeline.
        error_page: browsers are shown errors as a page. any_origin: pages of all sites may send requests here.
        repeats: a request that comes again, after all is done, is answered with 200 and what there is.
        switched: off while the project has switched the service off.
        deferrable: what clients want to be done later is answered with 202.
        names: parameters that have another name on the wire than in Python. rules: those that pass another rule than
        the one annotated. words: the vocabulary of the route, for handlers that serve two. returns: the answer's
        model, where the handler's annotation does not say it. several: the method for requests that name
        several things at once. body: the JSON Schema of a body that is no object of
        parameters, which the handler reads by itself.
        """

        def declare(handler: HandlerT) -> HandlerT:
            full, stage = self.prefix + path, f"{self.name}.{sdk}"
            params, annotated = _read_signature(handler, verb, full, names or {}, rules or {})
            route = Route(
                service=self.name, verb=verb, path=full, handler=handler, sdk_method=sdk,
                scopes=frozenset((scope,) if isinstance(scope, str) else scope), params=params,
                returns=annotated if returns is None else returns,
                status=status, aliases=tuple(aliases), callers=callers, event=event, audit=audit, abuse=abuse,
                auth_method=auth_method, guests_only=guests_only, before_second_factor=before_second_factor,
                impersonators=impersonators, in_person=in_person,
                recent_factor=recent_factor, also=tuple(also),
                error_page=error_page, any_origin=any_origin,
                hidden=hidden, deprecated=deprecated, description=inspect.cleandoc(handler.__doc__ or ""),
                within=self.within, self_recorded=self_recorded, words=words, repeats=repeats, switched=switched,
                deferrable=deferrable, files=frozenset(param.name for param in params if param.rule.in_bytes),
                lists=frozenset(param.name for param in params if param.rule.schema().get("type") == "array"),
                stage=stage if stage in STAGES else "", body=body, several=several,
            )  # fmt: skip
            _check(route)
            self.routes.append(route)
            return handler

        return declare

    def get(self, path: str, **promises: Any) -> Callable[[HandlerT], HandlerT]:
        """Declare a GET route; HEAD is answered, too."""
        return self.route("GET", path, **promises)

    def post(self, path: str, **promises: Any) -> Callable[[HandlerT], HandlerT]:
        """Declare a POST route."""
        return self.route("POST", path, **promises)

    def put(self, path: str, **promises: Any) -> Callable[[HandlerT], HandlerT]:
        """Declare a PUT route."""
        return self.route("PUT", path, **promises)

    def patch(self, path: str, **promises: Any) -> Callable[[HandlerT], HandlerT]:
        """Declare a PATCH route."""
        return self.route("PATCH", path, **promises)

    def delete(self, path: str, **promises: Any) -> Callable[[HandlerT], HandlerT]:
        """Declare a DELETE route; it answers 204."""
        return self.route("DELETE", path, **({"status": 204} | promises))


class BadDeclaration(Exception):
    """A route that contradicts itself or the contract's vocabulary; found at import."""


def _read_signature(
    handler: Handler, verb: str, path: str, names: Mapping[str, str], rules: Mapping[str, Rule]
) -> tuple[tuple[Param, ...], Any]:
    hints = get_type_hints(handler, include_extras=True)
    in_path = set(_PATH_PARAMETER.findall(path))
    params = []
    for argument, parameter in list(inspect.signature(handler).parameters.items())[1:]:
        name = names.get(argument, argument)
        rule, nullable, aliases = _read_annotation(hints[argument], f"{verb} {path}: {name}")
        rule = rules.get(argument, rule)
        required = parameter.default is inspect.Parameter.empty
        place = "path" if in_path & {name, *aliases} else ("query" if verb == "GET" else "body")
        default = None if required else parameter.default
        params.append(Param(name, rule, required, nullable, default, place, aliases, argument))
    missing = in_path - {known for param in params for known in (param.name, *param.aliases)}
    if missing:
        raise BadDeclaration(f"{verb} {path}: the handler takes no {', '.join(sorted(missing))}")
    return tuple(params), hints.get("return")


class Also(NamedTuple):
    """In an annotation: other names under which the parameter is read when its own is absent."""

    names: tuple[str, ...]


def _read_annotation(annotation: Any, where: str) -> tuple[Rule, bool, tuple[str, ...]]:
    nullable = False
    if get_origin(annotation) in (Union, types.UnionType):
        options = [option for option in get_args(annotation) if option is not type(None)]
        nullable = len(options) < len(get_args(annotation))
        annotation = options[0]
    if get_origin(annotation) is Annotated:
        rule = next((extra for extra in annotation.__metadata__ if isinstance(extra, Rule)), None)
        aliases = next((extra.names for extra in annotation.__metadata__ if isinstance(extra, Also)), ())
        if rule is not None:
            return rule, nullable, aliases
    raise BadDeclaration(f"{where} has no rule; use a type of http/params.py or Annotated[type, rule]")


def _check(route: Route) -> None:
    where = f"{route.verb} {route.path}"
    names = {param.name for param in route.params}
    if unknown := route.scopes - KNOWN_SCOPES:
        raise BadDeclaration(f"{where}: unknown scope {', '.join(sorted(unknown))}")
    if not route.description:
        raise BadDeclaration(f"{where}: the handler has no docstring")
    fields = _answer_fields(route.returns)
    for placeholder in _PLACEHOLDER.findall(route.event or "")[:-1]:
        if placeholder not in names | fields | {"userId", "projectId"}:
            raise BadDeclaration(f"{where}: the event names [{placeholder}], no parameter and no answer's field")
    for key in route.abuse.keys if route.abuse else ():
        for word in _LIMIT_KEY.findall(key):
            if word not in _LIMIT_WORDS and word.removeprefix("param-") not in names:
                raise BadDeclaration(f"{where}: the rate limit's key names {{{word}}}, which does not exist")


def _answer_fields(returns: Any) -> set[str]:
    options = get_args(returns) if get_origin(returns) in (Union, types.UnionType) else (returns,)
    return {name for option in options for name in getattr(option, "__annotations__", {})}
