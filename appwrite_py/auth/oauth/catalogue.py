"""The OAuth2 providers that a project can be set up with, and what each asks for."""

from __future__ import annotations

from typing import NamedTuple


class Parameter(NamedTuple):
    """A value that a provider gives out, or that says how to reach it."""

    id: str
    name: str
    example: str
    hint: str = ""


class Provider(NamedTuple):
    """A provider under the id that the API uses."""

    id: str
    name: str
    parameters: tuple[Parameter, ...]


_ID = Parameter("clientId", "Client ID", "a1b2c3d4e5f6a7b8c9d0")
_SECRET = Parameter("clientSecret", "Client Secret", "0f1e2d3c4b5a69788796a5b4c3d2e1f0")
_CLIENT = (_ID, _SECRET)
_OAUTH2_CLIENT = (
    Parameter("oauth2ClientId", "OAuth2 Client ID", "example.store-app"),
    Parameter("oauth2ClientSecret", "OAuth2 Client Secret", _SECRET.example),
)
_PAYPAL = (_ID, Parameter("secretKey", "Secret Key", _SECRET.example))


def _host(example: str) -> Parameter:
    return Parameter("endpoint", "Endpoint", example, "Where your instance is reached.")


_DECLARED: tuple[tuple[str, str, tuple[Parameter, ...]], ...] = (
    ("amazon", "Amazon", _CLIENT),
    (
        "apple",
        "Apple",
        (
            Parameter("serviceId", "Service ID", "com.example.app.signin"),
            Parameter("keyId", "Key ID", "A1B2C3D4E5", "Of the key that is allowed to sign in with Apple."),
            Parameter("teamId", "Team ID", "F6G7H8I9J0"),
            Parameter("p8File", "P8 file", "-----BEGIN PRIVATE KEY-----", "The key's file as it was downloaded."),
        ),
    ),
    ("appwrite", "Appwrite", _CLIENT),
    ("auth0", "Auth0", (*_CLIENT, _host("example.eu.auth0.com"))),
    ("authentik", "Authentik", (*_CLIENT, _host("auth.example.com"))),
    ("autodesk", "Autodesk", _CLIENT),
    ("bitbucket", "BitBucket", (Parameter("key", "Key", _ID.example), Parameter("secret", "Secret", _SECRET.example))),
    ("bitly", "Bitly", _CLIENT),
    ("box", "Box", _CLIENT),
    (
        "dailymotion",
        "Dailymotion",
        (Parameter("apiKey", "API Key", _ID.example), Parameter("apiSecret", "API Secret", _SECRET.example)),
    ),
    ("discord", "Discord", _CLIENT),
    (
        "disqus",
        "Disqus",
        (Parameter("publicKey", "Public Key", _ID.example), Parameter("secretKey", "Secret Key", _SECRET.example)),
    ),
    (
        "dropbox",
        "Dropbox",
        (Parameter("appKey", "App Key", _ID.example), Parameter("appSecret", "App Secret", _SECRET.example)),
    ),
    (
        "etsy",
        "Etsy",
        (
            Parameter("keyString", "Keystring", _ID.example),
            Parameter("sharedSecret", "Shared Secret", _SECRET.example),
        ),
    ),
    (
        "facebook",
        "Facebook",
        (Parameter("appId", "App ID", "123456789012345"), Parameter("appSecret", "App Secret", _SECRET.example)),
    ),
    ("figma", "Figma", _CLIENT),
    ("fusionauth", "FusionAuth", (*_CLIENT, _host("id.example.com"))),
    ("github", "GitHub", _CLIENT),
    (
        "gitlab",
        "GitLab",
        (
            Parameter("applicationId", "Application ID", _ID.example),
            Parameter("secret", "Secret", _SECRET.example),
            Parameter("endpoint", "Endpoint", "https://gitlab.example.com", "Empty for gitlab.com."),
        ),
    ),
    (
        "google",
        "Google",
        (
            Parameter("clientId", "Client ID", "1234567890-a1b2c3.apps.googleusercontent.com"),
            _SECRET,
            Parameter("prompt", "Prompt", "consent", "What Google asks at a sign-in: none, consent, select_account."),
        ),
    ),
    ("huggingface", "Hugging Face", _CLIENT),
    (
        "keycloak",
        "Keycloak",
        (*_CLIENT, _host("keycloak.example.com"), Parameter("realmName", "Realm Name", "example")),
    ),
    ("kick", "Kick", _CLIENT),
    ("linkedin", "LinkedIn", (_ID, Parameter("primaryClientSecret", "Primary Client Secret", _SECRET.example))),
    (
        "microsoft",
        "Microsoft",
        (
            Parameter("applicationId", "Application ID", "01234567-89ab-cdef-0123-456789abcdef"),
            Parameter(
                "applicationSecret", "Application Secret", _SECRET.example, "The value, not the ID of the secret."
            ),
            Parameter("tenant", "Tenant", "common", "common, organizations, consumers, or the ID of a tenant."),
        ),
    ),
    (
        "notion",
        "Notion",
        (
            Parameter("oauthClientId", "OAuth Client ID", _ID.example),
            Parameter("oauthClientSecret", "OAuth Client Secret", _SECRET.example),
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
            ),
            Parameter("authorizationURL", "Authorization URL", "https://id.example.com/authorize"),
            Parameter("tokenURL", "Token URL", "https://id.example.com/token"),
            Parameter("userInfoURL", "User Info URL", "https://id.example.com/userinfo"),
            Parameter("prompt", "Prompt", "consent", "What the provider asks at each sign-in."),
            Parameter("maxAge", "Max Age", "3600", "Seconds after which the provider asks for the password again."),
        ),
    ),
    (
        "okta",
        "Okta",
        (
            *_CLIENT,
            Parameter("domain", "Domain", "example.okta.com"),
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
            Parameter("customerKey", "Customer Key", _ID.example),
            Parameter("customerSecret", "Customer Secret", _SECRET.example),
        ),
    ),
    ("slack", "Slack", _CLIENT),
    ("spotify", "Spotify", _CLIENT),
    ("stripe", "Stripe", (_ID, Parameter("apiSecretKey", "API Secret Key", "sk_live_example"))),
    ("tradeshift", "Tradeshift", _OAUTH2_CLIENT),
    ("tradeshiftBox", "Tradeshift Sandbox", _OAUTH2_CLIENT),
    ("twitch", "Twitch", _CLIENT),
    ("wordpress", "WordPress", _CLIENT),
    (
        "x",
        "X",
        (Parameter("customerKey", "Customer Key", _ID.example), Parameter("secretKey", "Secret Key", _SECRET.example)),
    ),
    ("yahoo", "Yahoo", _CLIENT),
    ("yandex", "Yandex", _CLIENT),
    ("zoho", "Zoho", _CLIENT),
    ("zoom", "Zoom", _CLIENT),
)

PROVIDERS: dict[str, Provider] = {id_: Provider(id_, name, parameters) for id_, name, parameters in _DECLARED}
