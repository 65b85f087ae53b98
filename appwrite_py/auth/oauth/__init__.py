"""OAuth2 providers: one table for the plain ones, one file for each that is special."""

from __future__ import annotations

from appwrite_py.auth.oauth import (
    apple,
    bitbucket,
    bitly,
    disqus,
    etsy,
    github,
    mock,
    oidc,
    paypal,
    podio,
    stripe,
    yammer,
    zoho,
)
from appwrite_py.auth.oauth.base import Provider
from appwrite_py.auth.oauth.plain import PLAIN

_SPECIAL = (apple, bitbucket, bitly, disqus, etsy, github, oidc, podio, stripe, yammer, zoho)

ADAPTERS: dict[str, Provider] = {
    provider.id: provider
    for provider in (*PLAIN, *(module.PROVIDER for module in _SPECIAL), *paypal.PROVIDERS, *mock.PROVIDERS)
}
"""Every provider by its id."""

MOCKS = frozenset(provider.id for provider in mock.PROVIDERS)
"""Those that are never there in production."""
