"""Zoho: an OpenID provider at a fixed place, whose keys its discovery document names."""

from __future__ import annotations

from appwrite_py.auth.oauth.oidc import OpenId

PROVIDER = OpenId(id="zoho", well_known="https://accounts.zoho.com/.well-known/openid-configuration")
