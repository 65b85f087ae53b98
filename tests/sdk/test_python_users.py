"""Users as servers manage them, with the Python SDK, unchanged. Its models refuse answers of a wrong shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from appwrite.enums.authentication_factor import AuthenticationFactor
from appwrite.enums.authenticator_type import AuthenticatorType
from appwrite.enums.messaging_provider_type import MessagingProviderType
from appwrite.enums.password_hash import PasswordHash
from appwrite.id import ID
from appwrite.models.user import User
from appwrite.query import Query
from appwrite.services.account import Account
from appwrite.services.project import Project as ProjectService
from appwrite.services.teams import Teams
from appwrite.services.users import Users

from tests.api.users.test_imports import ARGON2I, FIREBASE_HASH, FIREBASE_PARAMS, SHA1
from tests.sdk.conftest import PASSWORD, Project, Server
from tests.sdk.providers import AWAY, BACK, let_in_by_mock, there_and_back
from tests.sdk.python import guest, refused, server
from tests.unit.auth.test_password_algorithms import RFC_7914

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("quietly")]

# how a user with such a hash is made, and the password that it is of
IMPORTS: dict[str, tuple[Callable[[Users, str], User[Any]], str]] = {
    "argon2": (lambda users, email: users.create_argon2_user(ID.unique(), email, ARGON2I, "Ada"), "password"),
    "bcrypt": (
        lambda users, email: users.create_bcrypt_user(
            ID.unique(), email, "$2y$07$usesomesillystringfore2uDLvp1Ii2e./U9C8sBjqp8I90dH6hi", "Ada"
        ),
        "rasmuslerdorf",
    ),
    "md5": (
        lambda users, email: users.create_md5_user(ID.unique(), email, "5f4dcc3b5aa765d61d8327deb882cf99", "Ada"),
        "password",
    ),
    "phpass": (
        lambda users, email: users.create_ph_pass_user(ID.unique(), email, "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", "Ada"),
        "test12345",
    ),
    "scrypt": (
        lambda users, email: users.create_scrypt_user(
            ID.unique(), email, RFC_7914, "SodiumChloride", 16384, 8, 1, 64, "Ada"
        ),
        "pleaseletmein",
    ),
    "scryptMod": (
        lambda users, email: users.create_scrypt_modified_user(
            ID.unique(), email, FIREBASE_HASH, *FIREBASE_PARAMS.values(), "Ada"
        ),
        "user1password",
    ),
    "sha": (
        lambda users, email: users.create_sha_user(ID.unique(), email, SHA1, PasswordHash.SHA1, "Ada"),
        "password",
    ),
}


@pytest.fixture
def users(project: Project) -> Users:
    return Users(server(project))


@pytest.fixture
def ada(users: Users, email: str) -> User[Any]:
    return users.create(ID.unique(), email, None, PASSWORD, "Ada")


def signed_in(project: Project, email: str, password: str = PASSWORD) -> Account:
    session = Account(server(project)).create_email_password_session(email, password)
    return Account(guest(project).set_session(session.secret))


@pytest.mark.parametrize("kind", IMPORTS)
def test_imports(project: Project, users: Users, email: str, kind: str) -> None:
    """Someone who comes with a hash from elsewhere signs in, and gets a new one by that."""
    make, password = IMPORTS[kind]
    made = make(users, email)
    assert (made.hash, made.email, made.name) == (kind, email, "Ada")
    assert made.hashoptions is not None
    refused(401, "user_invalid_credentials", signed_in, project, email, password + "x")
    assert signed_in(project, email, password).get().id == made.id
    after = users.get(made.id)
    assert (after.hash, after.password != made.password) == ("argon2", True)
    assert signed_in(project, email, password).get().id == made.id


def test_profile(users: Users, ada: User[Any], project: Project) -> None:
    assert users.get(ada.id).model_dump() == ada.model_dump()
    assert users.update_name(ada.id, "Ada Lovelace").name == "Ada Lovelace"
    assert users.update_email(ada.id, f"new-{ada.email}").email == f"new-{ada.email}"
    assert users.update_phone(ada.id, "+4930111111").phone == "+4930111111"
    assert users.update_email_verification(ada.id, True).emailverification
    assert users.update_phone_verification(ada.id, True).phoneverification
    assert users.update_labels(ada.id, ["vip", "beta"]).labels == ["vip", "beta"]
    assert users.update_prefs(ada.id, {"theme": "dark", "none": None}).data == {"theme": "dark", "none": None}
    assert users.get_prefs(ada.id).data == {"theme": "dark", "none": None}
    assert users.update_impersonator(ada.id, True).impersonator
    assert users.update_password(ada.id, "another horse battery").passwordupdate > ada.passwordupdate
    assert signed_in(project, f"new-{ada.email}", "another horse battery").get().labels == ["vip", "beta"]
    assert users.update_status(ada.id, False).status is False
    refused(403, "user_blocked", signed_in, project, f"new-{ada.email}", "another horse battery")
    users.delete(ada.id)
    refused(404, "user_not_found", users.get, ada.id)


def test_list(users: Users, email: str) -> None:
    bare = users.create(ID.unique())
    assert (bare.email, bare.phone, bare.name, bare.password, bare.passwordupdate) == ("", "", "", None, "")
    person = users.create(ID.unique(), email, "+4930222222", PASSWORD, "Grace Hopper")
    listed = users.list([Query.equal("email", email), Query.limit(1)])
    assert (listed.total, [user.id for user in listed.users]) == (1, [person.id])
    assert [user.id for user in users.list(search="Hopper").users] == [person.id]
    assert users.list([Query.is_null("email"), Query.equal("name", "")], total=False).total == 0
    refused(409, "user_already_exists", users.create, ID.unique(), email)
    refused(400, "general_argument_invalid", users.list, [Query.equal("password", "x")])


def test_sessions_and_tokens(project: Project, users: Users, ada: User[Any]) -> None:
    session = users.create_session(ada.id)
    mine = Account(guest(project).set_session(session.secret))
    assert (mine.get().id, session.provider) == (ada.id, "server")
    token = users.create_token(ada.id, 32, 600)
    second = Account(server(project)).create_session(ada.id, token.secret)
    assert (len(token.secret), [item.id for item in users.list_sessions(ada.id).sessions]) == (
        32, [session.id, second.id],
    )  # fmt: skip
    jwt = users.create_jwt(ada.id, session.id, 60).jwt
    by_jwt = Account(guest(project).set_jwt(jwt))
    assert by_jwt.get().id == ada.id
    users.delete_session(ada.id, session.id)
    refused(401, "general_unauthorized_scope", mine.get)
    refused(401, "user_jwt_invalid", by_jwt.get)
    users.delete_sessions(ada.id)
    assert users.list_sessions(ada.id).total == 0


def test_targets(users: Users, ada: User[Any]) -> None:
    made = users.create_target(ada.id, ID.unique(), MessagingProviderType.SMS, "+4930333333", name="Office")
    assert (made.providertype, made.identifier, made.name, made.providerid) == ("sms", "+4930333333", "Office", None)
    assert users.get_target(ada.id, made.id).model_dump() == made.model_dump()
    changed = users.update_target(ada.id, made.id, "+4930444444", name="Home")
    assert (changed.identifier, changed.name, changed.expired) == ("+4930444444", "Home", False)
    assert [target.providertype for target in users.list_targets(ada.id).targets] == ["email", "sms"]
    assert users.list_targets(ada.id, [Query.equal("providerType", "sms")]).total == 1
    users.delete_target(ada.id, made.id)
    refused(404, "user_target_not_found", users.get_target, ada.id, made.id)


def test_memberships(project: Project, users: Users, ada: User[Any]) -> None:
    team = Teams(server(project)).create(ID.unique(), "Crew")
    Teams(server(project)).create_membership(team.id, ["pilot"], user_id=ada.id)
    [membership] = users.list_memberships(ada.id).memberships
    assert (membership.teamname, membership.username, membership.roles, membership.confirm) == (
        "Crew", "Ada", ["pilot"], True,
    )  # fmt: skip


def test_second_factors(project: Project, users: Users, ada: User[Any]) -> None:
    """The server sees and takes away what the user has set up, and delivers codes by ways of its own."""
    mine = signed_in(project, ada.email)
    app = mine.create_mfa_authenticator(AuthenticatorType.TOTP)
    mine.update_mfa_authenticator(AuthenticatorType.TOTP, pyotp.TOTP(app.secret).now())
    assert users.update_mfa(ada.id, True).mfa
    codes = users.create_mfa_recovery_codes(ada.id).recoverycodes
    assert users.get_mfa_recovery_codes(ada.id).recoverycodes == codes
    assert not set(users.update_mfa_recovery_codes(ada.id).recoverycodes) & set(codes)
    factors = users.list_mfa_factors(ada.id)
    assert (factors.totp, factors.recoverycode, factors.custom) == (True, True, False)

    ProjectService(server(project)).update_mfa_factors_policy(custom=True)
    halfway = signed_in(project, ada.email)
    challenge = halfway.create_mfa_challenge(AuthenticationFactor.CUSTOM)
    code = users.get_mfa_challenge(ada.id, challenge.id).code
    assert halfway.update_mfa_challenge(challenge.id, code).factors == ["password", "custom"]
    ProjectService(server(project)).update_mfa_factors_policy(custom=False)
    users.delete_mfa_authenticator(ada.id, AuthenticatorType.TOTP)
    assert users.list_mfa_factors(ada.id).totp is False
    refused(404, "user_authenticator_not_found", users.delete_mfa_authenticator, ada.id, AuthenticatorType.TOTP)


def test_identities(new_project: Project, server: Server) -> None:
    let_in_by_mock(server, new_project)
    given = there_and_back(Account(guest(new_project)).create_o_auth2_token("mock", BACK, AWAY))
    users = Users(guest(new_project).set_key(new_project.key))
    [identity] = users.list_identities([Query.equal("userId", given["userId"])]).identities
    assert (identity.provider, identity.provideremail) == ("mock", "useroauth@localhost.test")
    assert users.list_identities(search="nobody").total == 0
    users.delete_identity(identity.id)
    assert users.list_identities().total == 0
