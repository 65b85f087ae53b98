"""A small OpenID provider on loopback, as strict as real ones: clients, addresses, codes and PKCE are checked."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "app-of-the-tests", "secret/of+the=tests"


class OidcServer:
    """Signs in whoever `user` names. `spoil` changes the claims of the next ID tokens, `sign` how they are signed."""

    def __init__(self) -> None:
        self.user: dict[str, Any] = {}
        self.spoil: dict[str, Any] = {}
        self.sign = "RS256"
        self.no_refresh = False
        self.pkce_checked = 0
        self.seen: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, Any]] = {}
        self._access: dict[str, dict[str, Any]] = {}
        self._refresh: dict[str, dict[str, Any]] = {}
        self._key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self._foreign = RSAKey.generate_key(2048, {"kid": "one"})
        self.url = ""
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/jwks", self._jwks),
                Route("/userinfo", self._userinfo),
                Route("/elsewhere", self._elsewhere),
            ]
        )

    def becomes(self, sub: str, email: str = "", verified: bool = True, name: str = "") -> None:
        """Who sits at the provider's login page from now on."""
        self.user = {"sub": sub, "email": email, "email_verified": verified, "name": name}
        self.spoil, self.sign, self.no_refresh, self.seen = {}, "RS256", False, []

    async def _discovery(self, request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "userinfo_endpoint": f"{self.url}/userinfo",
                "jwks_uri": f"{self.url}/jwks",
                "code_challenge_methods_supported": ["S256"],
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            }
        )

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.seen.append(asked)
        if asked.get("client_id") != CLIENT_ID or asked.get("response_type") != "code":
            return Response("unknown client", 400)
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            return Response("PKCE is missing", 400)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked | {"user": dict(self.user)}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 302)

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return JSONResponse({"error": "invalid_client"}, 401)
        if form.get("grant_type") == "refresh_token":
            held = self._refresh.pop(form.get("refresh_token", ""), None)
            return self._given(held) if held else JSONResponse({"error": "invalid_grant"}, 400)
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return JSONResponse({"error": "invalid_grant", "error_description": "The code is not known."}, 400)
        hashed = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(hashed).rstrip(b"=").decode() != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant", "error_description": "The verifier is wrong."}, 400)
        self.pkce_checked += 1
        return self._given(asked)

    def _given(self, asked: dict[str, Any]) -> Response:
        access, refresh = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        self._access[access], self._refresh[refresh] = asked, asked
        body = {"access_token": access, "token_type": "Bearer", "expires_in": 3600, "id_token": self._id_token(asked)}
        return JSONResponse(body if self.no_refresh else body | {"refresh_token": refresh})

    def _id_token(self, asked: dict[str, Any]) -> str:
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "sub": asked["user"]["sub"]}
        claims |= {"nonce": asked.get("nonce"), "auth_time": now} | self.spoil
        if self.sign == "HS256":  # with what everybody knows, the public key
            key = OctKey.import_key(self._key.as_pem(private=False))
            return jwt.encode({"alg": "HS256"}, claims, key, algorithms=["HS256"])
        if self.sign == "none":
            return f"{_packed({'alg': 'none'})}.{_packed(claims)}."
        key = self._foreign if self.sign == "foreign" else self._key
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)

    async def _jwks(self, request: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    async def _userinfo(self, request: Request) -> Response:
        held = self._access.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        return JSONResponse(held["user"]) if held else JSONResponse({"error": "invalid_token"}, 401)

    async def _elsewhere(self, request: Request) -> Response:
        return RedirectResponse(f"{self.url}/.well-known/openid-configuration", 302)


def _packed(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@contextmanager
def serving() -> Iterator[OidcServer]:
    """A provider that listens, for as long as the block runs."""
    provider = OidcServer()
    config = uvicorn.Config(provider.app, host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    provider.url = f"http://127.0.0.1:{port}"
    yield provider
    server.should_exit = True
    thread.join(10)
