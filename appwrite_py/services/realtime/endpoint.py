"""`/v1/realtime` as WebSocket: who may open one, and its life from the first frame to the last."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

import structlog
from starlette.types import Receive, Send

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.auth.caller import Caller
from appwrite_py.auth.identify import Credentials
from appwrite_py.http import origin
from appwrite_py.http.context import Resources
from appwrite_py.http.credentials import read_socket_credentials
from appwrite_py.http.outlets import outlet_of
from appwrite_py.http.request import Request
from appwrite_py.platform.projects import Project
from appwrite_py.services.realtime import messages, opening, replay
from appwrite_py.services.realtime.conversation import Conversation
from appwrite_py.services.realtime.hub import Hub, in_good_standing
from appwrite_py.services.realtime.messages import FAILED, POLICY, TOO_MANY, Refused
from appwrite_py.services.realtime.opening import Asked
from appwrite_py.services.realtime.socket import Socket

log = structlog.get_logger("appwrite_py.realtime")
PATH = "/v1/realtime"
CONNECTIONS = Limit(128, 60, "url:{url},ip:{ip}")


class Realtime:
    """Answers those who open a socket."""

    def __init__(self, app: Resources) -> None:
        self._app = app
        self.hub = Hub(app)
        app.wakes.add(self.hub.tail.wake)
        self._conversation = Conversation(app, self.hub)

    async def serve(self, request: Request, receive: Receive, send: Send) -> None:
        """Take a socket from its opening to its end."""
        await receive()
        await send({"type": "websocket.accept"})
        try:
            socket = await self._open(request, send)
        except Refused as refused:
            await _turn_away(send, refused.code, refused.text)
        except errors.ApiError as error:
            await _turn_away(send, error.status, error.message)
        except Exception as problem:
            log.error("a socket was not opened", exc_info=problem)
            await _turn_away(send, 500, "Error: Server Error")
        else:
            try:
                await self._talk(socket, receive)
            finally:
                self.hub.leave(socket)

    def running(self) -> AbstractAsyncContextManager[None]:
        """Serve for as long as the block runs."""
        return self.hub.running()

    async def _open(self, request: Request, send: Send) -> Socket:
        shown, project, caller = await self._identify(request)
        await self._count(request, project)
        self._check_origin(request, shown, project)
        asked = opening.asked(request.scope["query_string"])
        made = Socket(outlet_of(request.scope, send), shown, caller, _origin_of(request), self._end_of(shown, caller))
        await self.hub.authorise(caller, asked.subscriptions.values())
        made.numbered = asked.numbered
        try:
            await self.hub.join(made)
            await self._greet(made, asked)
        except BaseException:
            self.hub.leave(made)
            raise
        return made

    async def _greet(self, socket: Socket, asked: Asked) -> None:
        """Begin with the subscriptions of the URL, and say so."""
        wanted = list(asked.subscriptions.values())
        account = await self._conversation.account(socket.caller)
        more = {"since": await replay.beginning(self._app)} if asked.numbered else {}
        async with replay.of(self._app, self.hub, socket, wanted):
            heard = [self.hub.subscribe(socket, each) for each in wanted]
            channels = list(dict.fromkeys(channel for each in heard for channel in each))
            told = {"channels": channels, "subscriptions": opening.shown(asked.subscriptions), "user": account}
            socket.send(messages.frame("connected", told | more))

    async def _talk(self, socket: Socket, receive: Receive) -> None:
        """Follow the client's messages until it goes, or has to."""
        while (message := await receive())["type"] == "websocket.receive":
            raw = message.get("text")
            if code := await self._conversation.follow(socket, message.get("bytes") or b"" if raw is None else raw):
                await socket.outlet.close(code)
                return
            await socket.outlet.ready()  # who does not read the answers is not asked for more

    async def _identify(self, request: Request) -> tuple[Credentials, Project, Caller]:
        """Who wants to listen to which project. Raises ApiError for wrong credentials, not where there are none."""
        try:
            shown = read_socket_credentials(request)
            project, caller = await self._app.gate.identify(shown)
        except errors.PROJECT_NOT_FOUND as cause:
            raise Refused(POLICY, "Missing or unknown project ID") from cause
        if "websocket" in project.protocols_off and not caller.trusted:
            raise errors.GENERAL_API_DISABLED
        return shown, project, in_good_standing(caller)

    async def _count(self, request: Request, project: Project) -> None:
        if not self._app.settings.abuse:
            return
        standing = await self._app.limits.attempt(CONNECTIONS, f"{project.id}|GET {PATH}|url:{PATH},ip:{request.ip}")
        if standing.exceeded:
            raise Refused(TOO_MANY, "Too many requests")

    def _check_origin(self, request: Request, shown: Credentials, project: Project) -> None:
        """Any page can open a socket with the user's cookies, and reads what comes: so the console's, too."""
        called = None if shown.admin_mode or project.is_console else project
        try:
            origin.check_page(request, called, self._app.settings)
        except errors.ApiError as cause:
            raise Refused(POLICY, cause.message) from cause

    def _end_of(self, shown: Credentials, caller: Caller) -> datetime | None:
        """When the right to listen ends by itself: with the session, or with a JWT that was made without one."""
        real = caller.impersonator or caller
        if real.session is not None:
            return real.session.expire
        claims = self._app.tokens.read_user(shown.jwt) if shown.jwt else None
        return None if claims is None else datetime.fromtimestamp(int(claims["exp"]), UTC)


def _origin_of(request: Request) -> tuple[str, str]:
    return request.ip, request.header(b"user-agent")[:512]


async def _turn_away(send: Send, code: int, text: str) -> None:
    """Say why, then close. The numbers of HTTP are no close codes; clients try again unless it is POLICY."""
    await send({"type": "websocket.send", "text": messages.error(code, text).decode()})
    await send({"type": "websocket.close", "code": code if code >= 1000 else FAILED if code >= 500 else POLICY})
