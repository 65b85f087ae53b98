"""Passkeys with the Python SDK, unchanged, against a started server; the device is software.

The SDK is one of servers: it names no page, so what it asks for is for pages of the host that it calls.
"""

from __future__ import annotations

import pytest
from appwrite.enums.project_policy_id import ProjectPolicyId
from appwrite.query import Query
from appwrite.services.account import Account
from appwrite.services.project import Project as ProjectService
from appwrite.services.users import Users

from tests.authenticator import Device
from tests.sdk.conftest import Project
from tests.sdk.python import guest, refused, server, user

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("quietly")]


@pytest.fixture
def project(new_project: Project) -> Project:
    """A project that is called by a name, as passkeys have none for addresses."""
    return Project(new_project.endpoint.replace("127.0.0.1", "localhost"), new_project.id, new_project.key)


def test_from_registration_to_removal(project: Project) -> None:
    account, device = Account(user(project, "ada@example.com", "Ada")), Device("http://localhost:3000")
    begun = account.create_passkey("phone", "Phone")
    assert (begun.passkeyid, begun.publickey["rp"]["id"]) == ("phone", "localhost")
    assert account.list_passkeys().passkeys == []
    passkey = account.update_passkey_verification("phone", device.create(begun.publickey))
    assert (passkey.id, passkey.name, passkey.accessedat) == ("phone", "Phone", "")
    assert account.get_passkey("phone") == passkey
    listed = account.list_passkeys([Query.equal("name", ["Phone"]), Query.order_desc("accessedAt")], True)
    assert (listed.total, listed.passkeys) == (1, [passkey])
    assert account.update_passkey("phone", "Mobile").name == "Mobile"

    nobody = Account(guest(project))
    challenge = nobody.create_passkey_token()
    assert (challenge.passkeyid, challenge.publickey["userVerification"]) == ("", "required")
    credential = device.get(challenge.publickey)
    token = nobody.update_passkey_token(challenge.id, credential)
    refused(401, "user_invalid_token", nobody.update_passkey_token, challenge.id, credential)
    session = Account(server(project)).create_session(token.userid, token.secret)
    assert (session.provider, session.factors) == ("passkey", ["passkey", "userVerification"])
    again = Account(guest(project).set_session(session.secret))
    assert again.get().name == "Ada"
    assert again.get_passkey("phone").accessedat

    again.delete_passkey("phone")
    assert again.list_passkeys().total == 0
    challenge = nobody.create_passkey_token()
    late = device.get(challenge.publickey)
    refused(401, "user_passkey_invalid", nobody.update_passkey_token, challenge.id, late)


def test_servers_manage_them(project: Project) -> None:
    account, device = Account(user(project, "bob@example.com")), Device("http://localhost")
    begun = account.create_passkey()
    account.update_passkey_verification(begun.passkeyid, device.create(begun.publickey))
    users, bob = Users(server(project)), account.get().id
    assert [one.id for one in users.list_passkeys(bob).passkeys] == [begun.passkeyid]
    assert users.update_passkey(bob, begun.passkeyid, "Key").name == "Key"
    assert users.get_passkey(bob, begun.passkeyid).name == "Key"
    users.delete_passkey(bob, begun.passkeyid)
    refused(404, "user_passkey_not_found", users.get_passkey, bob, begun.passkeyid)


def test_the_policy(project: Project) -> None:
    service = ProjectService(server(project))
    service.create_web_platform("app", "App", "app.example.com")
    service.update_passkey_policy("example.com")
    policy = service.get_policy(ProjectPolicyId.PASSKEY)
    assert (policy.rpid, policy.origins[0]) == ("example.com", "https://app.example.com")
    account, device = Account(user(project, "eve@example.com")), Device("https://app.example.com")
    begun = account.create_passkey()
    assert begun.publickey["rp"]["id"] == "example.com"
    account.update_passkey_verification(begun.passkeyid, device.create(begun.publickey))
    refused(400, "general_argument_invalid", service.update_passkey_policy, "example.org")
    assert len(service.list_policies().policies) > 0
