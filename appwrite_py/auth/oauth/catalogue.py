"""The OAuth2 providers that a project can be set up with, and what each asks for.

How each of them is talked to is said beside this file, by its adapter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Kind = Literal["text", "secret", "key file", "url", "domain", "prompt", "seconds"]
_SECRETS = ("secret", "key file")


class Parameter(NamedTuple):
    """A value that a provider gives out, or that says how to reach it.

    The first one of a provider is what the project is known by. `needed` ones must be set before it can be enabled;
    `choices` are those of a prompt, `default` holds until another value is set.
    """

    id: str
    name: str
    example: str
    hint: str = ""
    kind: Kind = "text"
    needed: bool = False
    choices: tuple[str, ...] = ()
    default: Any = ""

    @property
    def secret(self) -> bool:
        """Whether the value can be set, but is never shown."""
        return self.kind in _SECRETS


class Provider(NamedTuple):
    """A provider under the id that the API uses; `offered`: whether consoles have a form for it."""

    id: str
    name: str
    parameters: tuple[Parameter, ...]
    offered: bool = True

    @property
    def secret(self) -> Parameter:
        """The parameter that the project proves itself with."""
        return next(parameter for parameter in self.parameters if parameter.secret)

    def lacking(self, values: Mapping[str, Any]) -> list[str]:
        """The parameters that these values leave open, though nobody can sign in without them."""
        missing = [part.id for part in self.parameters if part.needed and not values.get(part.id)]
        addresses = ("authorizationURL", "tokenURL", "userInfoURL")
        if self.id == "oidc" and not values.get("wellKnownURL") and not all(map(values.get, addresses)):
            missing.append("wellKnownURL, or authorizationURL, tokenURL and userInfoURL")
        return missing


def _secret(id_: str, name: str, example: str, hint: str = "") -> Parameter:
    return Parameter(id_, name, example, hint, "secret", needed=True)


def _known_by(id_: str, name: str, example: str) -> Parameter:
    return Parameter(id_, name, example, needed=True)


_ID = _known_by("clientId", "Client ID", "a1b2c3d4e5f6a7b8c9d0")
_SECRET = _secret("clientSecret", "Client Secret", "0f1e2d3c4b5a69788796a5b4c3d2e1f0")
_CLIENT = (_ID, _SECRET)
_OAUTH2_CLIENT = (
    _known_by("oauth2ClientId", "OAuth2 Client ID", "example.store-app"),
    _secret("oauth2ClientSecret", "OAuth2 Client Secret", _SECRET.example),
)
_PAYPAL = (_ID, _secret("secretKey", "Secret Key", _SECRET.example))


def _host(example: str) -> Parameter:
    return Parameter("endpoint", "Endpoint", example, "Where your instance is reached.", needed=True)


_DECLARED: tuple[tuple[str, str, tuple[Parameter, ...]], ...] = (
    ("amazon", "Amazon", _CLIENT),
    (
        "apple",
        "Apple",
        (
            _known_by("serviceId", "Service ID", "com.example.app.signin"),
            Parameter(
                "keyId", "Key ID", "A1B2C3D4E5", "Of the key that is allowed to sign in with Apple.", needed=True
            ),
            _known_by("teamId", "Team ID", "F6G7H8I9J0"),
            Parameter(
                "p8File",
                "P8 file",
                "-----BEGIN PRIVATE KEY-----",
                "The key's file as it was downloaded.",
                "key file",
                needed=True,
            ),
        ),
    ),
    ("appwrite", "Appwrite", _CLIENT),
    ("auth0", "Auth0", (*_CLIENT, _host("example.eu.auth0.com"))),
    ("authentik", "Authentik", (*_CLIENT, _host("auth.example.com"))),
    ("autodesk", "Autodesk", _CLIENT),
    ("bitbucket", "BitBucket", (_known_by("key", "Key", _ID.example), _secret("secret", "Secret", _SECRET.example))),
    ("bitly", "Bitly", _CLIENT),
    ("box", "Box", _CLIENT),
    (
        "dailymotion",
        "Dailymotion",
        (_known_by("apiKey", "API Key", _ID.example), _secret("apiSecret", "API Secret", _SECRET.example)),
    ),
    ("discord", "Discord", _CLIENT),
    (
        "disqus",
        "Disqus",
        (_known_by("publicKey", "Public Key", _ID.example), _secret("secretKey", "Secret Key", _SECRET.example)),
    ),
    (
        "dropbox",
        "Dropbox",
        (_known_by("appKey", "App Key", _ID.example), _secret("appSecret", "App Secret", _SECRET.example)),
    ),
    (
        "etsy",
        "Etsy",
        (
            _known_by("keyString", "Keystring", _ID.example),
            _secret("sharedSecret", "Shared Secret", _SECRET.example),
        ),
    ),
    (
        "facebook",
        "Facebook",
        (_known_by("appId", "App ID", "123456789012345"), _secret("appSecret", "App Secret", _SECRET.example)),
    ),
    ("figma", "Figma", _CLIENT),
    ("fusionauth", "FusionAuth", (*_CLIENT, _host("id.example.com"))),
    ("github", "GitHub", _CLIENT),
    (
        "gitlab",
        "GitLab",
        (
            _known_by("applicationId", "Application ID", _ID.example),
            _secret("secret", "Secret", _SECRET.example),
            Parameter("endpoint", "Endpoint", "https://gitlab.example.com", "Empty for gitlab.com.", "url"),
        ),
    ),
    (
        "google",
        "Google",
        (
            _known_by("clientId", "Client ID", "1234567890-a1b2c3.apps.googleusercontent.com"),
            _SECRET,
            Parameter(
                "prompt",
                "Prompt",
                "consent",
                "What Google asks at a sign-in: none, consent, select_account.",
                "prompt",
                choices=("none", "consent", "select_account"),
                default=["consent"],
            ),
        ),
    ),
    ("huggingface", "Hugging Face", _CLIENT),
    (
        "keycloak",
        "Keycloak",
        (*_CLIENT, _host("keycloak.example.com"), Parameter("realmName", "Realm Name", "example", needed=True)),
    ),
    ("kick", "Kick", _CLIENT),
    ("linkedin", "LinkedIn", (_ID, _secret("primaryClientSecret", "Primary Client Secret", _SECRET.example))),
    (
        "microsoft",
        "Microsoft",
        (
            _known_by("applicationId", "Application ID", "01234567-89ab-cdef-0123-456789abcdef"),
            _secret("applicationSecret", "Application Secret", _SECRET.example, "The value, not the ID of the secret."),
            Parameter("tenant", "Tenant", "common", "common, organizations, consumers, or the ID of a tenant."),
        ),
    ),
    (
        "notion",
        "Notion",
        (
            _known_by("oauthClientId", "OAuth Client ID", _ID.example),
            _secret("oauthClientSecret", "OAuth Client Secret", _SECRET.example),
        ),
    ),
    (
        "oidc",
        "OpenID Connect",
        (
            *_CLIENT,
            Parameter(
                "wellKnownURL",
                "Well-Known URL",
                "https://id.example.com/.well-known/openid-configuration",
                "Stands for the three URLs below, which are then left empty.",
                "url",
            ),
            Parameter("authorizationURL", "Authorization URL", "https://id.example.com/authorize", kind="url"),
            Parameter("tokenURL", "Token URL", "https://id.example.com/token", kind="url"),
            Parameter("userInfoURL", "User Info URL", "https://id.example.com/userinfo", kind="url"),
            Parameter(
                "prompt",
                "Prompt",
                "consent",
                "What the provider asks at each sign-in.",
                "prompt",
                choices=("none", "login", "consent", "select_account"),
                default=[],
            ),
            Parameter(
                "maxAge",
                "Max Age",
                "3600",
                "Seconds after which the provider asks for the password again.",
                "seconds",
                default=None,
            ),
        ),
    ),
    (
        "okta",
        "Okta",
        (
            *_CLIENT,
            Parameter("domain", "Domain", "example.okta.com", kind="domain", needed=True),
            Parameter("authorizationServerId", "Authorization Server ID", "default", "Empty for the org's own server."),
        ),
    ),
    ("paypal", "PayPal", _PAYPAL),
    ("paypalSandbox", "PayPal Sandbox", _PAYPAL),
    ("podio", "Podio", _CLIENT),
    (
        "salesforce",
        "Salesforce",
        (
            _known_by("customerKey", "Customer Key", _ID.example),
            _secret("customerSecret", "Customer Secret", _SECRET.example),
        ),
    ),
    ("slack", "Slack", _CLIENT),
    ("spotify", "Spotify", _CLIENT),
    ("stripe", "Stripe", (_ID, _secret("apiSecretKey", "API Secret Key", "sk_live_example"))),
    ("tradeshift", "Tradeshift", _OAUTH2_CLIENT),
    ("tradeshiftBox", "Tradeshift Sandbox", _OAUTH2_CLIENT),
    ("twitch", "Twitch", _CLIENT),
    ("wordpress", "WordPress", _CLIENT),
    (
        "x",
        "X",
        (_known_by("customerKey", "Customer Key", _ID.example), _secret("secretKey", "Secret Key", _SECRET.example)),
    ),
    ("yahoo", "Yahoo", _CLIENT),
    ("yandex", "Yandex", _CLIENT),
    ("zoho", "Zoho", _CLIENT),
    ("zoom", "Zoom", _CLIENT),
)

# Older clients can still set these up, and tests the mock ones
_NOT_OFFERED = (("yammer", "Yammer"), ("mock", "Mock"), ("mock-unverified", "MockUnverified"))

PROVIDERS: dict[str, Provider] = {id_: Provider(id_, name, parameters) for id_, name, parameters in _DECLARED} | {
    id_: Provider(id_, name, _CLIENT, offered=False) for id_, name in _NOT_OFFERED
}

OFFERED = tuple(provider for provider in PROVIDERS.values() if provider.offered)
"""Those that consoles have a form for."""
