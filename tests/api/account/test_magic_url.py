"""Magic URLs: a link in a mail that signs in whoever has the mailbox, once and for an hour."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from appwrite.models.session import Session
from appwrite.models.token import Token

from appwrite_py.kit import ids
from tests.api.account import flows
from tests.client import PASSWORD, Answer, Api, Sandbox
from tests.mailbox import Letter, Mailbox

PAGE = "http://localhost:3000/welcome?theme=dark&userId=x#top"


def ask(caller: Api, email: str, **more: object) -> Answer:
    return caller.post("/account/tokens/magic-url", userId="unique()", email=email, **more)


def get(sandbox: Sandbox, mailbox: Mailbox, email: str, **more: object) -> Letter:
    ask(sandbox.guest, email, **more).ok(201)
    return mailbox.wait(email)


def address() -> str:
    return f"{ids.unique()}@example.com"


def use(sandbox: Sandbox, letter: Letter) -> Answer:
    return flows.redeem(sandbox.guest, letter.query["userId"], letter.query["secret"])


def test_an_existing_user_signs_in(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user("Ada")
    before = len(sandbox.events())
    token = ask(sandbox.guest, user.email.upper(), url=PAGE).ok(201)
    assert (token["userId"], token["secret"], token["phrase"]) == (user.id, "", "")
    assert Token.model_validate(token).expire == token["expire"]
    lives = datetime.fromisoformat(token["expire"]) - datetime.fromisoformat(token["$createdAt"])
    assert abs(lives - timedelta(hours=1)) < timedelta(minutes=1)
    assert len(sandbox.events()) == before
    assert sandbox.audits()[-1] == ("session.create", f"user/{user.id}")

    letter = mailbox.wait(user.email)
    assert "Ada" in letter.text
    assert letter.link.startswith("http://localhost:3000/welcome?theme=dark&")
    assert letter.link.endswith("#top")
    query = letter.query
    assert (query["userId"], query["project"], query["expire"]) == (user.id, sandbox.id, token["expire"])
    assert len(query["secret"]) == 64
    session = use(sandbox, letter).ok(201)
    assert (session["userId"], session["provider"], session["providerUid"]) == (user.id, "magic-url", "")
    assert (session["factors"], session["current"], session["secret"]) == (["email"], True, "")
    assert Session.model_validate(session).userid == user.id
    assert sandbox.events()[before:] == [f"users.{user.id}.sessions.{session['$id']}.create"]
    assert sandbox.audits()[-1] == ("session.create", f"user/{user.id}")


def test_the_route_of_older_clients(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    sandbox.guest.post("/account/sessions/magic-url", userId="unique()", email=user.email).ok(201)
    query = mailbox.wait(user.email).query
    answer = sandbox.guest.put("/account/sessions/magic-url", userId=query["userId"], secret=query["secret"])
    assert answer.ok(201)["provider"] == "magic-url"
    assert flows.signed_in(sandbox, answer).get("/account").ok()["emailVerification"] is True


def test_a_new_user_signs_up(sandbox: Sandbox, mailbox: Mailbox) -> None:
    email = address()
    token = sandbox.guest.post("/account/tokens/magic-url", userId="newcomer", email=email.upper()).ok(201)
    assert token["userId"] == "newcomer"
    assert sandbox.events() == ["users.newcomer.create"]
    kept = flows.row(sandbox, "newcomer")
    assert (kept["email"], kept["email_verification"], kept["password_hash"]) == (email, False, "")
    again = ask(sandbox.guest, email).ok(201)
    assert again["userId"] == "newcomer"
    assert sandbox.events() == ["users.newcomer.create"]

    user = flows.signed_in(sandbox, use(sandbox, mailbox.wait(email))).get("/account").ok()
    assert (user["$id"], user["email"], user["emailVerification"]) == ("newcomer", email, True)
    assert (user["name"], user["passwordUpdate"]) == ("", "")
    assert [target["identifier"] for target in user["targets"]] == [email]


def test_it_works_once(sandbox: Sandbox, mailbox: Mailbox) -> None:
    letter = get(sandbox, mailbox, sandbox.user().email)
    use(sandbox, letter).ok(201)
    with flows.nothing_happens(sandbox):
        answer = use(sandbox, letter).fails(401, "user_invalid_token")
    assert "set-cookie" not in answer.headers


def test_it_expires(sandbox: Sandbox, mailbox: Mailbox) -> None:
    letter = get(sandbox, mailbox, sandbox.user().email)
    flows.let_tokens_expire(sandbox)
    with flows.nothing_happens(sandbox):
        use(sandbox, letter).fails(401, "user_invalid_token")


def test_only_a_keyed_hash_is_kept(sandbox: Sandbox, mailbox: Mailbox) -> None:
    secret = get(sandbox, mailbox, sandbox.user().email).query["secret"]
    (token,) = sandbox.guest.sql("SELECT t.*, t::text AS whole FROM tokens t WHERE project_id = $1", sandbox.id)
    assert token["secret_hash"] == sandbox.guest.resources.vault.fingerprint(secret)
    assert secret not in token["whole"]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/steal",
        "https://localhost@evil.test/",
        "https://evil.test\\@localhost/",
        "https://localhost.evil.test/",
        "//evil.test",
        "javascript:alert(1)",
        "nonsense",
    ],
)
def test_a_page_of_a_foreign_host(sandbox: Sandbox, url: str) -> None:
    with flows.nothing_happens(sandbox):
        ask(sandbox.guest, address(), url=url).fails(400, "general_argument_invalid")


def test_a_page_of_a_platform(sandbox: Sandbox, mailbox: Mailbox) -> None:
    email = address()
    sandbox.admin.post("/project/platforms/web", platformId="web", name="Web", hostname="app.example.com").ok(201)
    assert get(sandbox, mailbox, email, url="https://app.example.com/in").link.startswith("https://app.example.com/in?")
    native = f"appwrite-callback-{sandbox.id}://in"
    assert get(sandbox, mailbox, email, url=native).link.startswith(native + "?")


@pytest.mark.parametrize(
    "host", ["evil.test", "localhost@evil.test", "localhost:80@evil.test", "localhost/.evil.test", ""]
)
def test_a_forged_host_is_never_linked_to(sandbox: Sandbox, mailbox: Mailbox, host: str) -> None:
    email = address()
    ask(sandbox.guest.as_(Host=host, X_Forwarded_Host="evil.test"), email).ok(201)
    parts = urlsplit(mailbox.wait(email).link)
    assert (parts.netloc, parts.path) == ("localhost", "/auth/magic-url")


def test_a_name_of_ours_is_linked_to(sandbox: Sandbox, mailbox: Mailbox) -> None:
    email = address()
    ask(sandbox.guest.as_(Host="LOCALHOST:8080", X_Forwarded_Proto="https"), email).ok(201)
    assert mailbox.wait(email).link.startswith("https://localhost:8080/auth/magic-url?userId=")


def test_phrase(sandbox: Sandbox, mailbox: Mailbox) -> None:
    email = address()
    token = ask(sandbox.guest, email, phrase=True).ok(201)
    assert len(token["phrase"].split()) == 2
    assert token["phrase"] in mailbox.wait(email).text
    others = {ask(sandbox.guest, email, phrase=True).ok(201)["phrase"] for _ in range(3)}
    assert others != {token["phrase"]}


def test_servers_see_the_secret(sandbox: Sandbox, mailbox: Mailbox) -> None:
    email = address()
    for caller in (sandbox.key, sandbox.admin):
        token = ask(caller, email).ok(201)
        assert token["secret"] == mailbox.wait(email).query["secret"]
        session = flows.redeem(caller if caller is sandbox.key else sandbox.guest, token["userId"], token["secret"])
        session.ok(201)
    assert not flows.is_recorded(sandbox, token["secret"])
    few = flows.limited_key(sandbox, "users.write")
    ask(few, email).fails(401, "general_unauthorized_scope")


def test_callers_who_are_signed_in(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    ask(user, user.email).ok(201)
    query = mailbox.wait(user.email).query
    flows.redeem(user, query["userId"], query["secret"]).fails(401, "user_session_already_exists")
    flows.redeem(sandbox.guest, query["userId"], query["secret"]).ok(201)  # it was not used up


def test_a_taken_identity_email(sandbox: Sandbox) -> None:
    flows.identity(sandbox, sandbox.user().id, "taken@example.com")
    with flows.nothing_happens(sandbox):
        ask(sandbox.guest, "Taken@example.com").fails(409, "user_email_already_exists")


def test_a_taken_id(sandbox: Sandbox) -> None:
    user = sandbox.user()
    with flows.nothing_happens(sandbox):
        answer = sandbox.guest.post("/account/tokens/magic-url", userId=user.id, email=address())
        answer.fails(409, "user_already_exists")


def test_limit_of_users(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    flows.policy(sandbox, '{"user-limit": {"total": 1}}')
    with flows.nothing_happens(sandbox):
        ask(sandbox.guest, address()).fails(400, "user_count_exceeded")
    use(sandbox, get(sandbox, mailbox, user.email)).ok(201)


def test_blocked_users_stay_out(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    letter = get(sandbox, mailbox, user.email)
    flows.block(sandbox, user.id)
    with flows.nothing_happens(sandbox):
        answer = use(sandbox, letter).fails(403, "user_blocked")
    assert "set-cookie" not in answer.headers
    assert flows.row(sandbox, user.id)["email_verification"] is False


def test_another_address_voids_what_went_to_the_old_one(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    letter = get(sandbox, mailbox, user.email)
    user.patch("/account/email", email=address(), password=PASSWORD).ok()
    use(sandbox, letter).fails(401, "user_invalid_token")


@pytest.mark.parametrize(
    "change",
    [{"email": "nobody"}, {"email": None}, {"userId": "_x"}, {"userId": None}, {"url": 3}, {"phrase": "perhaps"}],
)
def test_bad_input(sandbox: Sandbox, change: dict[str, object]) -> None:
    body = {"userId": "unique()", "email": address()} | change
    with flows.nothing_happens(sandbox):
        sandbox.guest.post("/account/tokens/magic-url", **body).fails(400, "general_argument_invalid")


def test_method_that_is_off(sandbox: Sandbox) -> None:
    flows.switch_off(sandbox, "magic-url")
    with flows.nothing_happens(sandbox):
        ask(sandbox.guest, address()).fails(501, "user_auth_method_unsupported")


def test_without_a_mail_server(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.guest.resources.settings, "smtp_host", "")
    with flows.nothing_happens(sandbox):
        ask(sandbox.guest, address()).fails(503, "general_smtp_disabled")
