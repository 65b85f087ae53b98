"""The limit for idle sockets: uvicorn with this server's WebSocket protocol, and an application that only waits."""

from __future__ import annotations

import sys
from typing import Any

import uvicorn

from appwrite_py.serving.sockets import SocketProtocol


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Accept, greet, wait for the end."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": '{"type":"connected"}'})
    while (await receive())["type"] == "websocket.receive":
        pass


def main() -> None:
    """Serve as the product does; the port is the argument."""
    uvicorn.run(
        app, port=int(sys.argv[1]), loop="uvloop", ws=SocketProtocol, ws_per_message_deflate=False, lifespan="off",
        log_level="warning", access_log=False, server_header=False, proxy_headers=False,
    )  # fmt: skip


if __name__ == "__main__":
    main()
