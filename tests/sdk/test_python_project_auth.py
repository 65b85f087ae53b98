"""What a project demands and offers of accounts, set up with the Python SDK, unchanged, and seen to hold."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from appwrite.enums.project_auth_method_id import ProjectAuthMethodId
from appwrite.enums.project_email_template_id import ProjectEmailTemplateId
from appwrite.enums.project_email_template_locale import ProjectEmailTemplateLocale
from appwrite.enums.project_o_auth2_google_prompt import ProjectOAuth2GooglePrompt
from appwrite.enums.project_o_auth_provider_id import ProjectOAuthProviderId
from appwrite.enums.project_policy_id import ProjectPolicyId
from appwrite.id import ID
from appwrite.models.session import Session
from appwrite.query import Query
from appwrite.services.account import Account
from appwrite.services.project import Project as ProjectService
from appwrite.services.users import Users
from joserfc.jwk import ECKey

from appwrite_py.auth.oauth.catalogue import OFFERED
from appwrite_py.platform.policies import DEFAULTS
from tests.mailbox import Mailbox
from tests.sdk.conftest import PASSWORD, Project
from tests.sdk.python import guest, refused, server

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("quietly")]
OTHER_PASSWORD = "another horse battery"
P8 = ECKey.generate_key("P-256").as_pem(private=True).decode()
UNREADABLE = {"appwrite", "paypal", "tradeshift"}
"""This version of the SDK does not know these ids when it reads one provider."""


@pytest.fixture(scope="module")
def service(project: Project) -> ProjectService:
    return ProjectService(server(project))


@pytest.fixture
def accounts(project: Project) -> Account:
    return Account(server(project))


def sign_up(accounts: Account, name: str, password: str = PASSWORD) -> Session:
    accounts.create(ID.unique(), f"{name}@example.com", password)
    return accounts.create_email_password_session(f"{name}@example.com", password)


# --- policies -----------------------------------------------------------------------------------------------------
def test_policies(service: ProjectService) -> None:
    """All of them can be read, one by one and in a list."""
    assert {policy.id for policy in service.list_policies([Query.limit(100)]).policies} >= set(DEFAULTS)
    for known, values in DEFAULTS.items():
        policy = service.get_policy(ProjectPolicyId(known)).model_dump()
        assert (policy["id"], {name: policy[name.lower()] for name in values}) == (known, values)
    assert len(service.list_policies([Query.limit(2), Query.offset(1)]).policies) == 2


def test_password_policies(service: ProjectService, accounts: Account, project: Project) -> None:
    def mine(session: Session) -> Account:
        return Account(guest(project).set_session(session.secret))

    service.update_password_dictionary_policy(True)
    refused(400, "general_argument_invalid", sign_up, accounts, "common", "password")
    service.update_password_dictionary_policy(False)

    service.update_password_personal_data_policy(True)
    refused(400, "password_personal_data", sign_up, accounts, "personal", "personal@example.com!")
    service.update_password_personal_data_policy(False)

    strength = service.update_password_strength_policy(min=12, uppercase=True, number=True)
    assert (strength.min, strength.uppercase, strength.symbols) == (12, True, False)
    refused(400, "general_argument_invalid", sign_up, accounts, "weak")
    strong = mine(sign_up(accounts, "strong", "Correct horse 1"))
    refused(400, "general_argument_invalid", strong.update_password, "Shorter 1", "Correct horse 1")
    service.update_password_strength_policy(8, False, False, False, False)

    service.update_password_history_policy(2)
    person = mine(sign_up(accounts, "history"))
    person.update_password(OTHER_PASSWORD, PASSWORD)
    refused(400, "password_recently_used", person.update_password, PASSWORD, OTHER_PASSWORD)
    service.update_password_history_policy(None)
    person.update_password(PASSWORD, OTHER_PASSWORD)


def test_session_policies(service: ProjectService, accounts: Account, project: Project, mails: Mailbox) -> None:
    users = Users(server(project))
    first = sign_up(accounts, "sessions")
    assert first.expire > first.createdat
    service.update_session_limit_policy(1)
    second = accounts.create_email_password_session("sessions@example.com", PASSWORD)
    assert [item.id for item in users.list_sessions(first.userid).sessions] == [second.id]
    service.update_session_limit_policy(10)

    service.update_session_duration_policy(60)
    short = accounts.create_email_password_session("sessions@example.com", PASSWORD)
    assert short.expire < first.expire
    service.update_session_duration_policy(31_536_000)

    service.update_session_alert_policy(True)
    accounts.create_email_password_session("sessions@example.com", PASSWORD)
    assert "signed in" in mails.wait("sessions@example.com").text
    service.update_session_alert_policy(False)

    service.update_session_invalidation_policy(False)
    users.update_password(first.userid, OTHER_PASSWORD)
    assert users.list_sessions(first.userid).total == 3
    service.update_session_invalidation_policy(True)
    users.update_password(first.userid, PASSWORD)
    assert users.list_sessions(first.userid).total == 0


def test_user_limit(new_project: Project) -> None:
    service = ProjectService(server(new_project))
    anybody = Account(guest(new_project))
    anybody.create("ada", "ada@example.com", PASSWORD)
    service.update_user_limit_policy(1)
    refused(400, "user_count_exceeded", anybody.create, "eve", "eve@example.com", PASSWORD)
    service.update_user_limit_policy(None)
    anybody.create("eve", "eve@example.com", PASSWORD)


def test_ways_to_sign_in(service: ProjectService, project: Project) -> None:
    ways = service.update_auth_method(ProjectAuthMethodId.ANONYMOUS, False).authmethods
    assert [way.enabled for way in ways if way.id is ProjectAuthMethodId.ANONYMOUS] == [False]
    anybody = Account(guest(project))
    refused(501, "user_auth_method_unsupported", anybody.create_anonymous_session)
    service.update_auth_method(ProjectAuthMethodId.ANONYMOUS, True)
    assert anybody.create_anonymous_session().provider == "anonymous"


# --- OAuth2 providers ---------------------------------------------------------------------------------------------
def offered() -> Iterator[tuple[str, Any]]:
    """(id, the name of the SDK's method for it) of each provider that the server has."""
    methods = [name for name, _ in inspect.getmembers(ProjectService) if name.startswith("update_o_auth2_")]
    by_id = {method.removeprefix("update_o_auth2_").replace("_", ""): method for method in methods}
    for provider in OFFERED:
        yield provider.id, by_id[provider.id.lower().replace("tradeshiftbox", "tradeshiftsandbox")]


@pytest.mark.parametrize(("provider", "method"), list(offered()))
def test_oauth2_provider(service: ProjectService, provider: str, method: str) -> None:
    """Every text that the SDK's method takes; the model that it makes of the answer. The secret is not shown."""
    call = getattr(service, method)
    names = [name for name, each in inspect.signature(call).parameters.items() if each.annotation == (str | None)]
    given = {name: _value(provider, name) for name in names}
    made = call(**given)
    assert (made.id, made.enabled) == (provider, True)
    shown = {name: getattr(made, name.replace("_", "")) for name in names}
    hidden = {name for name in names if not shown[name]}
    assert shown == given | dict.fromkeys(hidden, "")
    assert hidden == {name for name in names if "secret" in name or name == "p8_file"}
    if provider not in UNREADABLE:
        read = service.get_o_auth2_provider(ProjectOAuthProviderId(provider))
        assert (type(read), read.model_dump()) == (type(made), made.model_dump())
    assert call(enabled=False).enabled is False


def _value(provider: str, name: str) -> str:
    if name == "p8_file":
        return P8
    if name.endswith("url") or (provider, name) == ("gitlab", "endpoint"):
        return f"https://id.example.com/{name}"
    return "id.example.com" if name in ("endpoint", "domain") else f"{name}-value"


def test_oauth2_providers(new_project: Project) -> None:
    service = ProjectService(server(new_project))
    google = service.update_o_auth2_google("id", "secret", [ProjectOAuth2GooglePrompt.SELECT_ACCOUNT])
    assert (google.enabled, google.clientid, google.clientsecret) == (True, "id", "")
    assert [prompt.value for prompt in google.prompt] == ["select_account"]
    listed = service.list_o_auth2_providers([Query.limit(100)])
    assert (listed.total, [one.id for one in listed.providers if one.enabled]) == (len(OFFERED), ["google"])
    refused(400, "general_argument_invalid", service.update_o_auth2_git_hub, "id", enabled=True)
    oidc = service.update_o_auth2_oidc(
        "id", "secret", authorization_url="https://id.example.com/authorize", token_url="https://id.example.com/token",
        user_info_url="https://id.example.com/me", max_age=60, enabled=True,
    )  # fmt: skip
    assert (oidc.enabled, oidc.maxage, oidc.wellknownurl) == (True, 60, "")


# --- mails and phones ---------------------------------------------------------------------------------------------
def test_mail_server_and_templates(new_project: Project, mails: Mailbox) -> None:
    service = ProjectService(server(new_project))
    template = ProjectEmailTemplateId.OTPSESSION
    refused(400, "general_argument_invalid", service.update_email_template, template, subject="S", message="M")
    made = service.update_smtp(
        mails.host, mails.port, sender_email="team@shop.example", sender_name="The shop",
        reply_to_email="help@shop.example", reply_to_name="Help",
    )  # fmt: skip
    assert (made.smtpenabled, made.smtphost, made.smtpport) == (True, mails.host, mails.port)
    assert (made.smtpsenderemail, made.smtpreplytoemail, made.smtppassword) == (
        "team@shop.example", "help@shop.example", "",
    )  # fmt: skip
    service.create_smtp_test(["first@example.com", "second@example.com"])
    for address in ("first@example.com", "second@example.com"):
        assert mails.wait(address).sender == "team@shop.example"

    default = service.get_email_template(template, ProjectEmailTemplateLocale.DE)
    assert "{{otp}}" in default.message.replace(" ", "")
    assert service.list_email_templates().total == 0
    own = service.update_email_template(
        template, subject="Your code for {{project}}", message="<p>It is {{otp}}.</p>", sender_name="Codes"
    )
    assert (own.templateid, own.locale, own.subject) == ("otpSession", "en", "Your code for {{project}}")
    assert service.get_email_template(template).model_dump() == own.model_dump()
    assert [one.templateid for one in service.list_email_templates().templates] == ["otpSession"]
    Account(guest(new_project)).create_email_token(ID.unique(), "third@example.com")
    letter = mails.wait("third@example.com")
    assert (letter.subject, letter.message["From"]) == (
        f"Your code for {service.get().name}", "Codes <team@shop.example>",
    )  # fmt: skip
    assert f"It is {letter.code}." in letter.text

    assert service.update_smtp(enabled=False).smtpenabled is False
    refused(400, "project_smtp_config_invalid", service.update_smtp, "localhost", 9, enabled=True)


def test_mock_phones(service: ProjectService) -> None:
    made = service.create_mock_phone("+4930666666", "123456")
    assert (made.number, made.otp) == ("+4930666666", "123456")
    assert service.get_mock_phone("+4930666666").model_dump() == made.model_dump()
    assert service.update_mock_phone("+4930666666", "654321").otp == "654321"
    assert [phone.number for phone in service.list_mock_phones().mocknumbers] == ["+4930666666"]
    service.delete_mock_phone("+4930666666")
    assert service.list_mock_phones().total == 0
    refused(404, "mock_number_not_found", service.get_mock_phone, "+4930666666")
