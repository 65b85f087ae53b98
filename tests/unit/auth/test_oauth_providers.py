"""What every OAuth2 provider can do: send users there, exchange and refresh, and tell who they are."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from appwrite_py.auth.oauth import ADAPTERS, MOCKS
from appwrite_py.auth.oauth.base import Client, Flow, Profile, ProviderFailure, Tokens
from appwrite_py.auth.oauth.catalogue import PROVIDERS

BACK = "https://api.example.com/v1/account/sessions/oauth2/callback/x/project"
FLOW = Flow("the-state", "verifier-" + "v" * 43, "the-nonce")
KEY = RSAKey.generate_key(2048, {"kid": "k"})
P8 = ECKey.generate_key("P-256")
PLACES = {
    "endpoint": "https://id.example.com/", "domain": "id.example.com", "realmName": "my realm", "tenant": "tenant-1",
    "authorizationServerId": "server", "teamId": "TEAM", "keyId": "KEY",
    "wellKnownURL": "https://id.example.com/.well-known/openid-configuration",
}  # fmt: skip
ADA = {"sub": "7", "email": "ada@example.org", "email_verified": True, "name": "Ada"}
SEEN_BY_ALL = Profile("7", "ada@example.org", True, "Ada")
_UNVERIFIED = Profile("7", "ada@example.org", False, "Ada")

# What providers answer when they are asked for the user (as recorded, cut down), and whom we read in it
ANSWERS: dict[str, tuple[Any, Profile]] = {
    "amazon": ({"user_id": "7", "email": "ada@example.org", "name": "Ada", "postal_code": "1"}, SEEN_BY_ALL),
    "box": ({"type": "user", "id": "7", "login": "ada@example.org", "name": "Ada"}, SEEN_BY_ALL),
    "dailymotion": ({"id": "7", "email": "ada@example.org", "username": "Ada"}, _UNVERIFIED),
    "discord": ({"id": "7", "username": "Ada", "email": "ada@example.org", "verified": True}, SEEN_BY_ALL),
    "disqus": ({"code": 0, "response": {"id": "7", "email": "ada@example.org", "username": "Ada"}}, _UNVERIFIED),
    "dropbox": (
        {"account_id": "7", "name": {"display_name": "Ada"}, "email": "ada@example.org", "email_verified": True},
        SEEN_BY_ALL,
    ),
    "etsy": (
        {"user_id": 7, "primary_email": "ada@example.org", "first_name": "Ada", "last_name": "Lovelace"},
        SEEN_BY_ALL._replace(name="Ada Lovelace"),
    ),
    "facebook": ({"id": "7", "email": "ada@example.org", "name": "Ada"}, SEEN_BY_ALL),
    "figma": ({"id": "7", "email": "ada@example.org", "handle": "Ada", "img_url": ""}, _UNVERIFIED),
    "gitlab": ({"id": 7, "email": "ada@example.org", "name": "Ada", "confirmed_at": "2020-01-01"}, SEEN_BY_ALL),
    "kick": ({"data": [{"user_id": 7, "email": "ada@example.org", "name": "Ada"}], "message": "OK"}, SEEN_BY_ALL),
    "microsoft": ({"id": "7", "userPrincipalName": "ada@example.org", "displayName": "Ada"}, _UNVERIFIED),
    "notion": (
        {"type": "bot", "bot": {"owner": {"user": {
            "id": "7", "name": "Ada", "person": {"email": "ada@example.org"}}}}},
        SEEN_BY_ALL,
    ),
    "podio": (
        {"user_id": 7, "mail": "ada@example.org", "mails": [
            {"mail": "old@example.org", "verified": True}, {"mail": "ada@example.org", "verified": False}]},
        _UNVERIFIED._replace(name=""),
    ),
    "salesforce": ({"user_id": "7", "email": "ada@example.org", "email_verified": True, "name": "Ada"}, SEEN_BY_ALL),
    "spotify": ({"id": "7", "email": "ada@example.org", "display_name": "Ada"}, _UNVERIFIED),
    "stripe": ({"id": "7", "email": "ada@example.org", "business_profile": {"name": "Ada"}}, _UNVERIFIED),
    "twitch": ({"data": [{"id": "7", "email": "ada@example.org", "display_name": "Ada"}]}, _UNVERIFIED),
    "wordpress": ({"ID": 7, "email": "ada@example.org", "username": "Ada", "email_verified": False}, _UNVERIFIED),
    "x": ({"data": {"id": "7", "name": "Ada", "confirmed_email": "ada@example.org"}}, SEEN_BY_ALL),
    "yammer": ({"id": 7, "email": "ada@example.org", "full_name": "Ada"}, SEEN_BY_ALL),
    "yandex": ({"id": "7", "default_email": "ada@example.org", "display_name": "Ada"}, _UNVERIFIED),
    "zoom": (
        {"id": "7", "email": "ada@example.org", "first_name": "Ada", "last_name": "L", "verified": 1},
        SEEN_BY_ALL._replace(name="Ada L"),
    ),
    "bitly": (
        {"login": "7", "name": "Ada", "emails": [
            {"email": "old@example.org", "is_verified": False}, {"email": "ada@example.org", "is_verified": True}]},
        SEEN_BY_ALL,
    ),
    "github": ({"id": 7, "login": "ada", "name": "Ada", "email": None}, SEEN_BY_ALL),
    "bitbucket": ({"uuid": "7", "display_name": "Ada"}, SEEN_BY_ALL),
}  # fmt: skip
for _id in ("paypal", "paypalSandbox"):
    ANSWERS[_id] = (
        {"payer_id": "7", "name": "Ada", "verified_account": "true",
         "emails": [{"value": "ada@example.org", "primary": True, "confirmed": True}]},
        SEEN_BY_ALL,
    )  # fmt: skip
for _id in ("tradeshift", "tradeshiftBox"):
    ANSWERS[_id] = (
        {"Id": "7", "Username": "ada@example.org", "FirstName": "Ada", "LastName": "L"},
        _UNVERIFIED._replace(name="Ada L"),
    )
EMAILS = {
    "github": [{"email": "old@example.org", "verified": True, "primary": False},
               {"email": "ada@example.org", "verified": True, "primary": True},
               {"email": "new@example.org", "verified": False, "primary": False}],
    "bitbucket": {"values": [{"email": "old@example.org", "is_primary": False, "is_confirmed": True},
                             {"email": "ada@example.org", "is_primary": True, "is_confirmed": True}]},
}  # fmt: skip
REAL = sorted(set(ADAPTERS) - MOCKS)
WITH_ID_TOKEN = {
    "apple": "https://appleid.apple.com",
    "zoho": "https://accounts.zoho.com",
    "oidc": "https://id.example.com",
}


def client_of(provider: str) -> Client:
    parts = {part.id for part in PROVIDERS[provider].parameters}
    secret = P8.as_pem(private=True).decode() if provider == "apple" else "the-secret"
    return Client("the-client", secret, {name: value for name, value in PLACES.items() if name in parts})


class World:
    """The provider's side of one sign-in: answers, and keeps what it was asked."""

    def __init__(self, provider: str, **changes: Any) -> None:
        self.provider, self.changes = provider, changes
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        assert request.url.scheme == "https"
        path = request.url.path
        if "openid-configuration" in path:
            return httpx.Response(200, json=self._discovery())
        if request.method == "POST" and b"grant_type=" in request.content:
            return httpx.Response(200, json=self._tokens())
        if path.endswith("/keys"):
            return httpx.Response(200, json={"keys": [KEY.as_dict(private=False)]})
        if path.endswith("/emails"):
            return httpx.Response(200, json=EMAILS[self.provider])
        return httpx.Response(200, json=ANSWERS.get(self.provider, (ADA,))[0])

    def _discovery(self) -> dict[str, Any]:
        issuer = WITH_ID_TOKEN[self.provider]
        return {"issuer": issuer, "authorization_endpoint": f"{issuer}/authorize", "token_endpoint": f"{issuer}/token",
                "userinfo_endpoint": f"{issuer}/userinfo", "jwks_uri": f"{issuer}/keys"}  # fmt: skip

    def _tokens(self) -> dict[str, Any]:
        token: Any = "7.access-token" if self.provider == "etsy" else "access-token"
        if self.provider == "yammer":
            token = {"token": "access-token", "user_id": 7}
        body = {
            "access_token": token,
            "refresh_token": "next-refresh",
            "expires_in": "3600",
            "stripe_user_id": "acct_7",
        }
        if issuer := WITH_ID_TOKEN.get(self.provider):
            now = int(time.time())
            claims = {"iss": issuer, "aud": "the-client", "exp": now + 60, "iat": now, "nonce": "the-nonce", **ADA}
            body["id_token"] = jwt.encode({"alg": "RS256", "kid": "k"}, claims | self.changes, KEY)
        return body


Asked = Callable[[httpx.Request], httpx.Response]


def run(provider: str, world: Asked, do: Callable[..., Coroutine[Any, Any, Any]]) -> Any:
    """Let the provider's adapter do something, with this on the other side."""

    async def going() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(world)) as http:
            return await do(ADAPTERS[provider], http, client_of(provider))

    return asyncio.run(going())


async def exchanged(adapter: Any, http: Any, client: Client) -> Tokens:
    found: Tokens = await adapter.exchange(http, client, "the-code", BACK, FLOW)
    return found


async def known(adapter: Any, http: Any, client: Client) -> Profile:
    found: Profile = await adapter.profile(http, client, await exchanged(adapter, http, client), FLOW)
    return found


def test_catalogue_and_adapters_are_of_the_same_providers() -> None:
    assert set(PROVIDERS) == set(ADAPTERS)
    assert len(ADAPTERS) == 47
    assert all(provider.parameters and provider.secret for provider in PROVIDERS.values())


@pytest.mark.parametrize("provider", REAL)
def test_the_login_url(provider: str) -> None:
    url = run(provider, World(provider), lambda a, http, client: a.login_url(http, client, BACK, FLOW, ["more"]))
    parts = urlsplit(url)
    asked = parse_qs(parts.query, keep_blank_values=True)
    assert (parts.scheme, bool(parts.hostname), "{" in url) == ("https", True, False)
    assert asked["client_id"] == ["the-client"]
    assert asked["redirect_uri"] == [BACK]
    assert asked["state"] == ["the-state"]
    assert asked["response_type"] == ["code"]
    scopes = asked["scope"][0].split(ADAPTERS[provider].scope_separator)
    assert [*ADAPTERS[provider].scopes, "more"] == scopes
    assert "the-secret" not in url
    assert FLOW.verifier not in url
    if "code_challenge" in asked:
        assert asked["code_challenge_method"] == ["S256"]
        assert len(asked["code_challenge"][0]) == 43


@pytest.mark.parametrize("provider", REAL)
def test_the_exchange_of_the_code(provider: str) -> None:
    world = World(provider)
    tokens = run(provider, world, exchanged)
    assert tokens.access.endswith("access-token")
    assert (tokens.refresh, tokens.seconds) == ("next-refresh", 3600)
    request = world.asked[-1]
    form = dict(parse_qsl(request.content.decode()))
    assert (form["grant_type"], form["code"], form["redirect_uri"]) == ("authorization_code", "the-code", BACK)
    login = request.headers.get("authorization", "")
    if login:
        assert base64.b64decode(login.removeprefix("Basic ")) == b"the-client:the-secret"
        assert "client_secret" not in form
    else:
        assert form["client_id"] == "the-client"
        assert form["client_secret"] == "the-secret" or provider == "apple"
    url = run(provider, World(provider), lambda a, http, client: a.login_url(http, client, BACK, FLOW))
    assert ("code_challenge=" in url) == (form.get("code_verifier") == FLOW.verifier)


@pytest.mark.parametrize("provider", REAL)
def test_the_refresh(provider: str) -> None:
    world = World(provider)
    tokens = run(provider, world, lambda a, http, client: a.refresh(http, client, "old-refresh"))
    assert (tokens.access.endswith("access-token"), tokens.refresh) == (True, "next-refresh")
    form = dict(parse_qsl(world.asked[-1].content.decode()))
    assert (form["grant_type"], form["refresh_token"]) == ("refresh_token", "old-refresh")


@pytest.mark.parametrize("provider", REAL)
def test_the_user(provider: str) -> None:
    world = World(provider)
    expected = ANSWERS.get(provider, (None, SEEN_BY_ALL))[1]
    if provider == "apple":  # tells the name elsewhere, and once
        expected = expected._replace(name="")
    assert run(provider, world, known) == expected
    for request in world.asked:
        assert "the-code" not in str(request.url)


@pytest.mark.parametrize("provider", REAL)
def test_an_empty_answer_is_nobody(provider: str) -> None:
    """Whatever is missing, nobody is taken for somebody."""

    def empty(request: httpx.Request) -> httpx.Response:
        if "openid-configuration" in request.url.path:
            return World(provider)(request)
        return httpx.Response(200, json={"emails": None, "mails": {}, "data": [], "values": 1})

    tokens = Tokens("7.access", "", None, {})
    try:
        profile = run(provider, empty, lambda a, http, client: a.profile(http, client, tokens, FLOW))
    except ProviderFailure:
        return
    assert profile._replace(uid="") == Profile("")
    assert profile.uid == ("7" if provider == "etsy" else "")


@pytest.mark.parametrize("provider", REAL)
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"error": "invalid_grant", "error_description": "Used already"}),
        httpx.Response(400, json={"error": {"message": "Used already", "type": "OAuthException"}}),
        httpx.Response(500, text="<html>Oops</html>"),
        httpx.Response(302, headers={"Location": "http://127.0.0.1/"}),
        httpx.Response(200, json=["no object"]),
        httpx.Response(200, json={"access_token": ""}),
        httpx.Response(200, json={"access_token": 5}),
        httpx.Response(200, content=b"x" * (2 << 20)),
    ],
)
def test_errors_of_the_provider(provider: str, answer: httpx.Response) -> None:
    def world(request: httpx.Request) -> httpx.Response:
        found = World(provider)(request)
        return found if request.method == "GET" and "openid" in str(request.url) else answer

    with pytest.raises(ProviderFailure) as refused:
        run(provider, world, exchanged)
    assert "the-secret" not in str(refused.value)


@pytest.mark.parametrize("provider", sorted(WITH_ID_TOKEN))
@pytest.mark.parametrize(
    "changes",
    [{"iss": "https://evil.example"}, {"aud": "other"}, {"exp": 1}, {"nonce": "other"}, {"azp": "other"}, {"sub": ""}],
)
def test_id_tokens_of_others(provider: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ProviderFailure):
        run(provider, World(provider, **changes), known)


def test_apple_is_asked_with_a_jwt_of_the_key() -> None:
    world = World("apple")
    run("apple", world, exchanged)
    secret = dict(parse_qsl(world.asked[-1].content.decode()))["client_secret"]
    made = jwt.decode(secret, P8, algorithms=["ES256"])
    assert made.header["kid"] == "KEY"
    assert (made.claims["iss"], made.claims["sub"]) == ("TEAM", "the-client")
    assert made.claims["aud"] == "https://appleid.apple.com"
    assert 0 < made.claims["exp"] - time.time() <= 300
    adapter = ADAPTERS["apple"]
    for bad in ("", "no key", KEY.as_pem(private=True).decode(), P8.as_pem(private=False).decode()):
        with pytest.raises(ProviderFailure):
            adapter.check(Client("the-client", bad, {}))


def test_instances_are_reached_where_they_are() -> None:
    def login(provider: str, **places: str) -> str:
        async def going() -> str:
            async with httpx.AsyncClient() as http:
                client = Client("c", "s", places)
                return (await ADAPTERS[provider].login_url(http, client, BACK, FLOW)).partition("?")[0]

        return asyncio.run(going())

    assert login("auth0", endpoint="a.eu.auth0.com") == "https://a.eu.auth0.com/authorize"
    assert login("gitlab") == "https://gitlab.com/oauth/authorize"
    assert login("gitlab", endpoint="http://gitlab.local:81/") == "http://gitlab.local:81/oauth/authorize"
    assert login("okta", domain="a.okta.com") == "https://a.okta.com/oauth2/default/v1/authorize"
    assert login("microsoft") == "https://login.microsoftonline.com/common/oauth2/v2.0/authorize"
    assert login("microsoft", tenant="a/../b").startswith("https://login.microsoftonline.com/a%2F..%2Fb/")
    assert login("keycloak", endpoint="k.org", realmName="my realm").startswith("https://k.org/realms/my%20realm/")


def test_discovery_decides_how_a_client_proves_itself() -> None:
    def login(**more: Any) -> tuple[str, dict[str, str], str]:
        def world(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            found = usual(request)
            if "openid-configuration" in request.url.path:
                return httpx.Response(200, json=json.loads(found.content) | more)
            return found

        asked: list[httpx.Request] = []
        usual = World("oidc")
        url = run("oidc", world, lambda a, http, client: a.login_url(http, client, BACK, FLOW))
        run("oidc", world, exchanged)
        return url, dict(parse_qsl(asked[-1].content.decode())), asked[-1].headers.get("authorization", "")

    url, form, header = login()
    assert ("code_challenge" in url, "code_verifier" in form, header) == (True, True, "")
    url, form, header = login(code_challenge_methods_supported=["plain"])
    assert ("code_challenge" in url, "code_verifier" in form) == (False, False)
    _, form, header = login(token_endpoint_auth_methods_supported=["client_secret_basic"])
    assert ("client_secret" in form, header.startswith("Basic ")) == (False, True)


@pytest.mark.parametrize("name", ["issuer", "jwks_uri", "token_endpoint"])
def test_a_discovery_document_that_says_too_little(name: str) -> None:
    def world(request: httpx.Request) -> httpx.Response:
        found = World("oidc")(request)
        if "openid-configuration" not in request.url.path:
            return found
        return httpx.Response(200, json={key: value for key, value in json.loads(found.content).items() if key != name})

    with pytest.raises(ProviderFailure):
        run("oidc", world, known)
