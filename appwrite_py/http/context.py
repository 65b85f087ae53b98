"""What a handler gets: the caller, the project, its unit of work, and the server's shared parts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from appwrite_py import errors
from appwrite_py.auth.abuse import RateLimits
from appwrite_py.auth.caller import Caller, CallingUser
from appwrite_py.auth.identify import Credentials, Gate
from appwrite_py.auth.secrets import Tokens
from appwrite_py.compute.builds import Builder
from appwrite_py.compute.executors.base import Executor
from appwrite_py.compute.runtimes import Runtimes
from appwrite_py.data.pg import Pool, Work
from appwrite_py.data.store import Store
from appwrite_py.events.history import History
from appwrite_py.events.payloads import Payloads
from appwrite_py.events.wakes import Wakes
from appwrite_py.files.antivirus import Scanner
from appwrite_py.files.content import Contents
from appwrite_py.files.intake import Intake
from appwrite_py.files.lookups import Lookups
from appwrite_py.files.push_links import PushLinks
from appwrite_py.files.renditions import Renditions
from appwrite_py.files.shares import Secrets
from appwrite_py.http.answers import Answer, json_answer
from appwrite_py.http.hosts import Hosts
from appwrite_py.http.request import Request
from appwrite_py.kit import clock, ids
from appwrite_py.kit.crypto import Vault
from appwrite_py.kit.outbound import Outbound
from appwrite_py.platform.projects import Project, Projects
from appwrite_py.settings import Settings

if TYPE_CHECKING:
    from appwrite_py.http.graphql import Graph
    from appwrite_py.http.registry import Route


@dataclass(slots=True)
class Turns:
    """What one process does only so often at once."""

    assembling: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, 4))
    """Files that are put together from chunks: more would only make the disk seek."""
    fetching: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, 16))
    """Images of other servers, which are held in memory while they wait to be worked on."""


@dataclass(slots=True)
class Resources:
    """The parts that all requests share; made once in `app.py`."""

    settings: Settings
    pool: Pool
    lookups: Pool
    vault: Vault
    tokens: Tokens
    projects: Projects
    gate: Gate
    limits: RateLimits
    store: Store
    outbound: Outbound
    contents: Contents
    files: Lookups
    intake: Intake
    scanner: Scanner | None
    shares: Secrets
    push_links: PushLinks
    renditions: Renditions
    wakes: Wakes
    hosts: Hosts
    payloads: Payloads
    history: History
    runtimes: Runtimes
    executor: Executor
    builds: Builder
    graph: Graph | None = None
    """The API as a GraphQL schema, while the application answers."""
    turns: Turns = field(default_factory=Turns)


class Calling(NamedTuple):
    """Who calls what where, as it was found for a request: all that is done for the request is done for them."""

    shown: Credentials
    project: Project
    caller: Caller
    more: list[tuple[bytes, bytes]]
    """Headers that the answer gets, whatever comes of it."""


@dataclass(slots=True, frozen=True)
class Event:
    """Something that happened on the way to what the route declares."""

    name: str
    payload: Any
    roles: tuple[str, ...] = ()


@dataclass(slots=True)
class Ctx:
    """One request on its way. Handlers read from it and write through `db`; the pipeline commits."""

    app: Resources
    route: Route
    request: Request
    project: Project
    caller: Caller
    db: Work
    params: dict[str, Any]
    calling: Calling
    now: datetime = field(default_factory=clock.now)
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    event_params: dict[str, str] = field(default_factory=dict)
    event_payload: Any = None
    event_roles: tuple[str, ...] | None = None
    """Who may see the declared event, where its name does not tell."""
    event_left_roles: tuple[str, ...] = ()
    """Who could see until now what the declared event is about, and no longer can."""
    uneventful: bool = False
    """Set by a handler that found nothing to change, so that the declared event does not tell of it."""
    signed_in: str = ""
    """The id of the user whom a guest's request has signed in: whose doing it is then."""
    unrecorded: bool = False
    """Set by a handler that has only looked, so that neither an event nor an audit tells of it."""
    status: int = 0
    """The answer's status, where it is another one than the route's."""
    render: Callable[[object, int], Answer] = json_answer
    """What makes the answer of the handler's result, in another form than JSON where the client has asked for one."""
    after_commit: Callable[[], Awaitable[None]] | None = None
    """What is done when the changes are durable, before the answer is sent. It should not fail: nothing is undone."""

    @property
    def settings(self) -> Settings:
        """The server's settings."""
        return self.app.settings

    @property
    def store(self) -> Store:
        """Documents and their schemas."""
        return self.app.store

    @property
    def user(self) -> CallingUser:
        """The calling user. Raises USER_UNAUTHORIZED for callers who are none."""
        if self.caller.user is None:
            raise errors.USER_UNAUTHORIZED
        return self.caller.user

    @property
    def language(self) -> str:
        """The language of names and texts that the client asks for, such as `de` or `pt-br`."""
        asked = self.request.query.get("locale") or self.request.header(b"x-appwrite-locale")
        return (asked[:16].lower() if isinstance(asked, str) else "") or self.settings.locale

    def new_id(self, wanted: str = "unique()") -> str:
        """The id that the client asked for, or a new one for `unique()`."""
        return ids.unique() if wanted == "unique()" else wanted

    def set_header(self, name: str, value: str) -> None:
        """Add a header to the answer."""
        self.headers.append((name.lower().encode("latin-1"), value.encode("latin-1")))

    def emit(self, name: str, payload: Any, roles: tuple[str, ...] = ()) -> None:
        """Record an event ahead of the declared one, in the same transaction."""
        self.events.append(Event(name, payload, roles))
