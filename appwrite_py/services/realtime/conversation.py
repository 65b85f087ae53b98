"""What happens on an open socket: each message of the client is followed or refused, one after the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import structlog

from appwrite_py import errors
from appwrite_py.auth.caller import Caller
from appwrite_py.data.pg import Work
from appwrite_py.events import outbox
from appwrite_py.http.context import Resources
from appwrite_py.http.people import User, show_user
from appwrite_py.identity import presences, users
from appwrite_py.identity.presences import Holder, Person
from appwrite_py.kit import ids
from appwrite_py.services.realtime import messages, replay
from appwrite_py.services.realtime.hub import Hub, in_good_standing
from appwrite_py.services.realtime.messages import FAILED, FORMAT, POLICY, PONG, TOO_MANY, Refused
from appwrite_py.services.realtime.socket import MOST_CHARACTERS, MOST_SUBSCRIPTIONS, Socket

log = structlog.get_logger("appwrite_py.realtime")
Handler = Callable[[Socket, Any], Awaitable[None]]


class Conversation:
    """Follows the messages of clients."""

    def __init__(self, app: Resources, hub: Hub) -> None:
        self._app, self._hub = app, hub
        self._handlers: dict[str, Handler] = {
            "ping": self._ping,
            "authentication": self._authenticate,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "presence": self._say_presence,
        }

    async def follow(self, socket: Socket, raw: str | bytes) -> int:
        """Follow one message, or say why not; the code to close the socket with, 0 where it stays open."""
        try:
            if self._app.settings.abuse and not socket.may_speak():
                raise Refused(TOO_MANY, "Too many messages.")
            message = messages.read(raw)
            handler = self._handlers.get(message.type)
            if handler is None:
                raise Refused(FORMAT, "Message type is not valid.")
            await handler(socket, message.data)
        except Refused as refused:
            socket.send(messages.error(refused.code, refused.text))
            return POLICY if refused.code == POLICY else 0
        except errors.ApiError as error:
            socket.send(messages.error(error.status, error.message))
        except Exception as problem:
            log.error("a message was not followed", exc_info=problem)
            socket.send(messages.error(500, "Error: Server Error"))
            return FAILED if isinstance(problem, replay.Broken) else 0
        return 0

    async def account(self, caller: Caller) -> User | None:
        """The account of who listens, as its user sees it; None for guests."""
        if caller.user is None:
            return None
        row = await users.get(Work(self._app.lookups), caller.user.project_id, caller.user.id)
        return show_user(row, impersonator_id=None if caller.impersonator is None else caller.impersonator.id)

    async def _ping(self, socket: Socket, _: Any) -> None:
        socket.send(PONG)

    async def _authenticate(self, socket: Socket, data: Any) -> None:
        session = messages.session_of(data)
        if socket.caller.impersonator is not None:
            raise Refused(FORMAT, "Cannot re-authenticate on an impersonated connection.")
        shown = replace(socket.shown, session=session, jwt="", acts_as=None)
        try:
            _, found = await self._app.gate.identify(shown)
        except errors.ApiError as cause:
            raise Refused(FORMAT, "Session is not valid.") from cause
        caller = in_good_standing(found)
        user = await self.account(caller)
        if user is None or caller.session is None:
            raise Refused(FORMAT, "Session is not valid.")
        socket.shown = shown
        self._hub.become(socket, caller, caller.session.expire)
        await self._hub.look_again([socket])
        if socket.caller.user is None:
            raise Refused(FORMAT, "Session is not valid.")
        socket.send(messages.response("authentication", success=True, user=user))

    async def _subscribe(self, socket: Socket, data: Any) -> None:
        wanted = messages.subscriptions(data)
        if not socket.has_room(wanted):
            most = f"{MOST_SUBSCRIPTIONS} at most, {MOST_CHARACTERS} characters of channels and queries in all"
            raise Refused(FORMAT, f"There are too many subscriptions on the socket, or too large ones: {most}.")
        await self._hub.authorise(socket.caller, wanted)
        async with replay.of(self._app, self._hub, socket, wanted):
            told = []
            for each in wanted:
                heard = self._hub.subscribe(socket, each)
                told.append({"subscriptionId": each.id, "channels": heard, "queries": each.queries})
            socket.send(messages.response("subscribe", success=True, subscriptions=told))

    async def _say_presence(self, socket: Socket, data: Any) -> None:
        said = messages.presence_of(data)
        user, caller = socket.caller.user, socket.caller
        if user is None:
            raise Refused(401, "User must be authorized")
        actor = outbox.Actor(
            (caller.impersonator or caller).actor_type, (caller.impersonator or caller).id, *socket.origin
        )
        socket.holder = socket.holder or Holder(self._hub.server_id, ids.unique())
        shown = await presences.say_on_socket(
            self._app.pool, socket.project_id, actor, Person(user.project_id, user.id), caller.roles,
            holder=socket.holder, status=said.status, presence_id=said.id, metadata=said.metadata,
            given=said.permissions,
        )  # fmt: skip
        self._app.wakes.said()
        socket.send(messages.response("presence", presence=shown))

    async def _unsubscribe(self, socket: Socket, data: Any) -> None:
        told = [
            {"subscriptionId": each, "removed": self._hub.unsubscribe(socket, each)} for each in messages.ended(data)
        ]
        socket.send(messages.response("unsubscribe", success=True, subscriptions=told))
