"""The authorization-code flow, once for all providers: the way there, the exchange of the code, the refresh, the user.

A provider is declared by its addresses and by where its answer names the user. What differs is overridden, in one
file per provider. Requests go out through the client that is handed in, which decides where they may go.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote

import httpx
import orjson
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from appwrite_py.kit.text import is_url
from appwrite_py.kit.urls import with_query

_LARGEST_ANSWER_BYTES = 1 << 20
_HOSTS = ("endpoint", "domain")
_NO = (None, False, 0, "", "0", "false", "False")


class ProviderFailure(Exception):
    """The provider has refused, or answers what nobody can use."""


@dataclass(slots=True, frozen=True)
class Client:
    """What a project is known by at a provider; `parameters` are the others that the provider asks for."""

    id: str
    secret: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """A parameter as text."""
        return str(self.parameters.get(name) or default)

    def host(self, name: str) -> str:
        """A parameter that says where an instance is reached, as a URL without a slash at the end."""
        place = self.text(name).rstrip("/")
        return place if place.startswith(("https://", "http://")) or not place else f"https://{place}"


class Flow(NamedTuple):
    """What belongs to one sign-in and is kept until it comes back."""

    state: str
    verifier: str
    nonce: str


class Tokens(NamedTuple):
    """What the exchange of a code, or a refresh, has given. `answer` is all of it."""

    access: str
    refresh: str
    seconds: int | None
    answer: dict[str, Any]


class Profile(NamedTuple):
    """The user as the provider tells of them. Only a verified e-mail says whose account it is."""

    uid: str
    email: str = ""
    email_verified: bool = False
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One provider.

    Addresses may name parameters, `{endpoint}/oauth/token`, which `places` lists with their defaults. `uid`, `email`,
    `verified` and `name` are paths into the user's JSON, such as `data.0.id`; of several names the parts are joined.
    verified: a path, or True where the provider shows verified addresses only, or False where it does not say.
    """

    id: str
    places: Mapping[str, str] = field(default_factory=dict)
    authorize_url: str = ""
    exchange_url: str = ""
    refresh_url: str = ""
    user_url: str = ""
    scopes: tuple[str, ...] = ()
    scope_separator: str = " "
    authorize_params: Mapping[str, str] = field(default_factory=dict)
    basic: bool = False
    pkce: bool = False
    user_method: str = "GET"
    user_scheme: str = "Bearer"
    user_headers: Mapping[str, str] = field(default_factory=dict)
    uid: str = "id"
    email: str = "email"
    verified: str | bool = False
    name: str | tuple[str, ...] = "name"

    # --- the way there ----------------------------------------------------------------------------------
    async def login_url(
        self, http: httpx.AsyncClient, client: Client, redirect_uri: str, flow: Flow, scopes: Sequence[str] = ()
    ) -> str:
        """Where the user signs in. `scopes` are asked for beside the provider's own."""
        return with_query(
            self.address(self.authorize_url, client), self.login_params(client, redirect_uri, flow, scopes)
        )

    def login_params(self, client: Client, redirect_uri: str, flow: Flow, scopes: Sequence[str]) -> dict[str, str]:
        """What the login URL says."""
        wanted = self.scope_separator.join(dict.fromkeys((*self.scopes, *scopes)))
        params = {"response_type": "code", "client_id": client.id, "redirect_uri": redirect_uri, "state": flow.state}
        params |= {"scope": wanted} if wanted else {}
        if prompt := client.parameters.get("prompt"):
            params["prompt"] = " ".join(prompt)
        return params | (challenge(flow) if self.pkce else {}) | dict(self.authorize_params)

    # --- tokens -----------------------------------------------------------------------------------------
    async def exchange(
        self, http: httpx.AsyncClient, client: Client, code: str, redirect_uri: str, flow: Flow
    ) -> Tokens:
        """Tokens for the code that came back. Raises ProviderFailure."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        if self.pkce:
            form["code_verifier"] = flow.verifier
        return await self.ask_token(http, client, self.address(self.exchange_url, client), form)

    async def refresh(self, http: httpx.AsyncClient, client: Client, refresh_token: str) -> Tokens:
        """New tokens for a refresh token, which stays where the provider gives no other. Raises ProviderFailure."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        url = self.address(self.refresh_url or self.exchange_url, client)
        tokens = await self.ask_token(http, client, url, form)
        return tokens if tokens.refresh else tokens._replace(refresh=refresh_token)

    async def ask_token(self, http: httpx.AsyncClient, client: Client, url: str, form: dict[str, str]) -> Tokens:
        """Send the form with the client's credentials."""
        headers, credentials = {}, {"client_id": client.id, "client_secret": self.client_secret(client)}
        if self.basic:
            login = f"{client.id}:{credentials.pop('client_secret')}"  # unquoted, as most providers read it
            headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
        return self.read_tokens(await self.call(http, "POST", url, headers=headers, form=form | credentials))

    def client_secret(self, client: Client) -> str:
        """What the client proves itself with."""
        return client.secret

    def read_tokens(self, answer: dict[str, Any]) -> Tokens:
        """The tokens of an answer. Raises ProviderFailure where there are none."""
        access, seconds = answer.get("access_token"), answer.get("expires_in")
        if not access or not isinstance(access, str):
            raise ProviderFailure("The provider has given no access token.")
        try:
            lifetime = int(seconds) if seconds else None
        except (TypeError, ValueError):
            lifetime = None
        return Tokens(access, str(answer.get("refresh_token") or ""), lifetime, answer)

    # --- the user ---------------------------------------------------------------------------------------
    async def profile(self, http: httpx.AsyncClient, client: Client, tokens: Tokens, flow: Flow) -> Profile:
        """Whom the tokens are for. Raises ProviderFailure."""
        return self.read_profile(await self.user(http, client, tokens))

    async def user(self, http: httpx.AsyncClient, client: Client, tokens: Tokens) -> dict[str, Any]:
        """The user's JSON."""
        headers = {name: value.format(client_id=client.id) for name, value in self.user_headers.items()}
        headers["Authorization"] = f"{self.user_scheme} {tokens.access}"
        return await self.call(http, self.user_method, self.address(self.user_url, client), headers=headers)

    def read_profile(self, user: dict[str, Any]) -> Profile:
        """The user's id, e-mail and name out of the JSON."""
        email = text_at(user, self.email)
        verified = self.verified if isinstance(self.verified, bool) else value_at(user, self.verified) not in _NO
        paths = (self.name,) if isinstance(self.name, str) else self.name
        name = " ".join(filter(None, (text_at(user, path) for path in paths)))
        return Profile(text_at(user, self.uid), email, bool(email) and verified, name)

    # --- tools ------------------------------------------------------------------------------------------
    def check(self, client: Client) -> None:
        """Whether the client's values can be used. Raises ProviderFailure."""
        for name in _HOSTS:
            if self.places.get(name) == "" and not is_url(client.host(name), ("https", "http")):
                raise ProviderFailure(f"The {name} is not a host name or a URL.")

    def address(self, template: str, client: Client) -> str:
        """An address with the client's parameters filled in."""
        values = {
            name: (client.host(name) if name in _HOSTS else quote(client.text(name), safe="")) or default
            for name, default in self.places.items()
        }
        return template.format(**values) if values else template

    @staticmethod
    async def call(
        http: httpx.AsyncClient,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Ask the provider, whose answer is a JSON object (or a form, as a few still write it)."""
        answer = await fetch(http, method, url, headers=headers, form=form)
        if not isinstance(answer, dict):
            raise ProviderFailure("The provider's answer is not a JSON object.")
        return answer


def challenge(flow: Flow) -> dict[str, str]:
    """What PKCE adds to the login URL: the verifier's hash, with which only we can use the code that comes back."""
    hashed = create_s256_code_challenge(flow.verifier)  # type: ignore[no-untyped-call]
    return {"code_challenge": str(hashed), "code_challenge_method": "S256"}


async def fetch(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
) -> Any:
    """The JSON that the provider answers. Raises ProviderFailure for errors, and for answers of a megabyte."""
    try:
        async with http.stream(
            method, url, headers={"Accept": "application/json"} | dict(headers or {}), data=form
        ) as response:
            body = b""
            async for part in response.aiter_bytes():
                body += part
                if len(body) > _LARGEST_ANSWER_BYTES:
                    raise ProviderFailure("The provider's answer is too large.")
    except (httpx.HTTPError, httpx.InvalidURL) as cause:
        raise ProviderFailure(f"The provider cannot be reached: {type(cause).__name__}.") from cause
    answer = _read(body)
    if isinstance(answer, dict) and (said := answer.get("error")):
        raise ProviderFailure(_complaint(said, answer))
    if not 200 <= response.status_code < 300:
        raise ProviderFailure(f"The provider has answered with status {response.status_code}.")
    if answer is None:
        raise ProviderFailure("The provider's answer cannot be read.")
    return answer


def _read(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return dict(parse_qsl(body.decode("utf-8", "replace"))) or None


def _complaint(said: Any, answer: dict[str, Any]) -> str:
    if isinstance(said, dict):
        said, more = said.get("type") or said.get("code") or "error", said.get("message")
    else:
        more = answer.get("error_description")
    return f"{said}: {more}"[:300] if more else str(said)[:300]


def value_at(value: Any, path: str) -> Any:
    """The value under a path of keys and positions; None where it leads nowhere."""
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def text_at(value: Any, path: str) -> str:
    """Text or a number under a path, as text; empty where there is none."""
    found = value_at(value, path)
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def entries(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; none where it is no list."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
