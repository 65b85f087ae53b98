"""Tokens of files: who makes them, what their secrets say, what they open and when they no longer do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from jose import jwt

from appwrite_py import errors
from appwrite_py.data.pg import Work
from appwrite_py.files import shares
from appwrite_py.files.shares import SECRET_LENGTH, Secrets
from appwrite_py.kit import clock
from tests.api.project.tools import key_with, last, query
from tests.api.storage.tools import make_bucket, upload
from tests.client import Answer, Api, Console, Sandbox
from tests.pictures import encode, halves

BYTES = b"The cat sat on the mat."
OF_CAT = "/tokens/buckets/pictures/files/cat"
FILE = "/storage/buckets/{}/files/{}"
PAST = "2020-01-01T00:00:00.000+00:00"


@pytest.fixture
def cat(sandbox: Sandbox) -> Sandbox:
    """A project with a file in a bucket that nobody but servers may use."""
    make_bucket(sandbox, "pictures", permissions=[])
    put(sandbox, "pictures", "cat")
    return sandbox


def put(sandbox: Sandbox, bucket: str, file: str, content: bytes = BYTES, name: str = "cat.txt") -> None:
    upload(sandbox.key, file, content, name, path=f"/storage/buckets/{bucket}/files").ok(201)


def share(caller: Api, path: str = OF_CAT, **body: Any) -> dict[str, Any]:
    return dict(caller.post(path, **body).ok(201))


def ahead(**delta: int) -> str:
    return clock.iso(clock.now() + timedelta(**delta))


def claims_of(token: dict[str, Any]) -> dict[str, Any]:
    return dict(jwt.get_unverified_claims(token["secret"]))


def fired(sandbox: Sandbox) -> list[str]:
    return [event for event in sandbox.events() if event.startswith("tokens.")]


def audited(sandbox: Sandbox) -> list[tuple[str, str]]:
    return [audit for audit in sandbox.audits() if audit[0].startswith("token")]


def download(caller: Api, secret: str, bucket: str = "pictures", file: str = "cat", how: str = "download") -> Answer:
    return caller.get(f"{FILE.format(bucket, file)}/{how}", token=secret)


# --- making them -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("caller", ["key", "admin"])
def test_a_token_of_a_file(cat: Sandbox, caller: str) -> None:
    token = share(getattr(cat, caller))
    assert token["resourceId"] == "pictures:cat"
    assert token["resourceType"] == "files"
    assert (token["expire"], token["accessedAt"]) == ("", "")
    assert fired(cat) == [f"tokens.{token['$id']}.create"]
    assert audited(cat) == [("token.create", f"token/{token['$id']}")]
    assert cat.key.get(f"/tokens/{token['$id']}").ok(200) == token


def test_what_a_secret_says(cat: Sandbox) -> None:
    token = share(cat.key)
    row = cat.guest.sql(
        "SELECT f.seq AS file, b.seq AS bucket FROM files f JOIN buckets b ON b.project_id = f.project_id "
        "AND b.id = f.bucket_id WHERE f.project_id = $1 AND f.id = 'cat'",
        cat.id,
    )[0]
    assert jwt.get_unverified_header(token["secret"]) == {"typ": "JWT", "alg": "HS256"}
    assert claims_of(token) == {
        "tokenId": token["$id"],
        "resourceId": "pictures:cat",
        "resourceType": "files",
        "resourceInternalId": f"{row['bucket']}:{row['file']}",
        "projectId": cat.id,
        "iat": int(datetime.fromisoformat(token["$createdAt"]).timestamp()),
    }


def test_secrets_are_kept_nowhere(cat: Sandbox) -> None:
    token = share(cat.key)
    row = dict(cat.guest.sql("SELECT * FROM file_tokens WHERE project_id = $1", cat.id)[0])
    assert token["secret"] not in str(row)
    told = last(cat)["payload"]
    assert told == token | {"secret": ""}


def test_a_token_that_expires(cat: Sandbox) -> None:
    until = ahead(hours=1)
    token = share(cat.key, expire=until)
    assert token["expire"] == until
    assert claims_of(token)["exp"] == int(datetime.fromisoformat(until).timestamp())


def test_the_longest_ids_make_no_secret_too_long(sandbox: Sandbox) -> None:
    bucket, file = "b" * 36, "f" * 36
    make_bucket(sandbox, bucket, permissions=[])
    put(sandbox, bucket, file)
    token = share(sandbox.key, f"/tokens/buckets/{bucket}/files/{file}", expire="9999-12-31T23:59:59.999+00:00")
    assert len(token["secret"]) <= SECRET_LENGTH - 60  # numbers of rows grow, and so may project ids
    assert download(sandbox.guest, token["secret"], bucket, file).content == BYTES


@pytest.mark.parametrize("expire", [PAST, "tomorrow", "", 5, {"in": "a day"}])
def test_ends_that_cannot_be(cat: Sandbox, expire: Any) -> None:
    token = share(cat.key)
    cat.key.post(OF_CAT, expire=expire).fails(400, "general_argument_invalid")
    cat.key.patch(f"/tokens/{token['$id']}", expire=expire).fails(400, "general_argument_invalid")
    assert cat.key.get(OF_CAT).ok(200)["total"] == 1
    assert fired(cat) == [f"tokens.{token['$id']}.create"]


def test_files_that_there_are_not(cat: Sandbox) -> None:
    for path, error in (
        ("/tokens/buckets/nowhere/files/cat", "storage_bucket_not_found"),
        ("/tokens/buckets/pictures/files/dog", "storage_file_not_found"),
    ):
        cat.key.post(path).fails(404, error)
        cat.key.get(path).fails(404, error)
    cat.key.post("/tokens/buckets/_/files/cat").fails(400, "general_argument_invalid")
    assert fired(cat) == []


def test_a_file_that_goes_meanwhile(cat: Sandbox) -> None:
    """Between the look at the file and the token's row."""

    async def create() -> None:
        work = Work(cat.guest.resources.pool)
        try:
            await shares.create(work, cat.id, "pictures", "gone", None, clock.now())
        finally:
            await work.rollback()

    portal = cat.guest.http.portal
    assert portal is not None
    with pytest.raises(errors.ApiError) as raised:
        portal.call(create)
    assert raised.value.type == "storage_file_not_found"


def test_a_bucket_that_is_off_has_tokens_all_the_same(cat: Sandbox) -> None:
    cat.key.put("/storage/buckets/pictures", name="Pictures", enabled=False).ok(200)
    share(cat.key)
    assert cat.key.get(OF_CAT).ok(200)["total"] == 1


# --- who may ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("caller", ["guest", "user"])
def test_clients_have_no_scope(cat: Sandbox, caller: str) -> None:
    token = share(cat.key)
    asking = cat.guest if caller == "guest" else cat.user()
    one = f"/tokens/{token['$id']}"
    for answer in (
        asking.post(OF_CAT), asking.get(OF_CAT), asking.get(one), asking.patch(one, expire=None), asking.delete(one),
    ):  # fmt: skip
        answer.fails(401, "general_unauthorized_scope")
    assert fired(cat) == [f"tokens.{token['$id']}.create"]
    assert audited(cat) == [("token.create", f"token/{token['$id']}")]


def test_keys_need_the_scope(cat: Sandbox) -> None:
    reading, writing = key_with(cat, "tokens.read"), key_with(cat, "tokens.write")
    token = share(writing)
    one = f"/tokens/{token['$id']}"
    assert reading.get(one).ok(200)["secret"] == token["secret"]
    reading.get(OF_CAT).ok(200)
    for answer in (reading.post(OF_CAT), reading.patch(one), reading.delete(one), writing.get(OF_CAT)):
        answer.fails(401, "general_unauthorized_scope")


def test_tokens_of_another_project(cat: Sandbox, console: Console) -> None:
    token = share(cat.key)
    other = Sandbox.create(console)
    one = f"/tokens/{token['$id']}"
    for answer in (other.key.get(one), other.key.patch(one), other.key.delete(one)):
        answer.fails(404, "token_not_found")
    other.key.get(OF_CAT).fails(404, "storage_bucket_not_found")
    cat.key.get(one).ok(200)


# --- changing them ---------------------------------------------------------------------------------------------
def test_the_end_can_be_set_and_taken_away(cat: Sandbox) -> None:
    token = share(cat.key)
    one = f"/tokens/{token['$id']}"
    until = ahead(days=3)
    changed = cat.key.patch(one, expire=until).ok(200)
    assert changed == token | {"expire": until, "secret": changed["secret"]}
    assert changed["secret"] != token["secret"]
    assert cat.key.get(one).ok(200) == changed
    assert cat.key.patch(one, expire=None).ok(200) == token
    cat.key.patch(one, expire=until).ok(200)
    assert cat.key.patch(one).ok(200)["expire"] == ""
    assert fired(cat)[1:] == [f"tokens.{token['$id']}.update"] * 4
    assert audited(cat)[1:] == [("tokens.update", f"tokens/{token['$id']}")] * 4
    assert last(cat)["payload"]["secret"] == ""


def test_a_secret_stays_the_same(cat: Sandbox) -> None:
    token = share(cat.key, expire=ahead(days=1))
    one = f"/tokens/{token['$id']}"
    again = cat.key.patch(one, expire=token["expire"]).ok(200)
    assert again["secret"] == cat.admin.get(one).ok(200)["secret"] == token["secret"]
    assert cat.key.get(OF_CAT).ok(200)["tokens"][0]["secret"] == token["secret"]


def test_deleting_a_token(cat: Sandbox) -> None:
    token, kept = share(cat.key), share(cat.key)
    assert cat.key.delete(f"/tokens/{token['$id']}").ok(204) is None
    assert last(cat)["payload"] == token | {"secret": ""}
    assert fired(cat)[2:] == [f"tokens.{token['$id']}.delete"]
    assert audited(cat)[2:] == [("tokens.delete", f"token/{token['$id']}")]
    assert [each["$id"] for each in cat.key.get(OF_CAT).ok(200)["tokens"]] == [kept["$id"]]
    cat.key.delete(f"/tokens/{token['$id']}").fails(404, "token_not_found")


def test_tokens_that_there_are_not(cat: Sandbox) -> None:
    for answer in (cat.key.get("/tokens/x"), cat.key.patch("/tokens/x"), cat.key.delete("/tokens/x")):
        answer.fails(404, "token_not_found")
    cat.key.get("/tokens/-x").fails(400, "general_argument_invalid")
    assert fired(cat) == []


# --- lists -----------------------------------------------------------------------------------------------------
def test_the_tokens_of_a_file(cat: Sandbox) -> None:
    put(cat, "pictures", "dog")
    mine = [share(cat.key) for _ in range(3)]
    share(cat.key, "/tokens/buckets/pictures/files/dog")
    assert cat.key.get(OF_CAT).ok(200) == {"total": 3, "tokens": mine}
    assert cat.key.get(OF_CAT, total=False).ok(200) == {"total": 0, "tokens": mine}


def test_pages_and_filters_of_a_list(cat: Sandbox) -> None:
    ids = [share(cat.key)["$id"] for _ in range(4)]
    cat.guest.sql("UPDATE file_tokens SET created_at = created_at + interval '1 hour' WHERE id = ANY($1)", ids[2:])

    def listed(*queries: str) -> tuple[list[int], int]:
        answer = cat.key.get(OF_CAT, list(queries)).ok(200)
        return [ids.index(token["$id"]) for token in answer["tokens"]], answer["total"]

    assert listed(query("limit", "", 2), query("offset", "", 1)) == ([1, 2], 4)
    assert listed(query("cursorAfter", "", ids[1])) == ([2, 3], 4)
    assert listed(query("cursorBefore", "", ids[2]), query("limit", "", 1)) == ([1], 4)
    assert listed(query("orderDesc", "$sequence")) == ([3, 2, 1, 0], 4)
    assert listed(query("equal", "$id", ids[2])) == ([2], 1)
    assert listed(query("greaterThan", "$createdAt", ahead(minutes=1))) == ([2, 3], 2)


@pytest.mark.parametrize(
    "wrong",
    [
        query("isNull", "expire"),
        query("equal", "resourceId", "pictures:cat"),
        query("orderAsc", "bucket_id"),
        query("select", "", "$id"),
        "{",
    ],
)
def test_queries_that_tokens_do_not_answer(cat: Sandbox, wrong: str) -> None:
    cat.key.get(OF_CAT, [wrong]).fails(400, "general_argument_invalid")


def test_cursors_are_tokens_of_the_file(cat: Sandbox) -> None:
    put(cat, "pictures", "dog")
    foreign = share(cat.key, "/tokens/buckets/pictures/files/dog")
    for id_ in ("nothing", foreign["$id"]):
        cat.key.get(OF_CAT, [query("cursorAfter", "", id_)]).fails(400, "general_cursor_not_found")


# --- what they open --------------------------------------------------------------------------------------------
def test_a_secret_opens_its_file_to_anybody(cat: Sandbox) -> None:
    token = share(cat.key)
    for caller in (cat.guest, cat.user()):
        caller.get(f"{FILE.format('pictures', 'cat')}/download").fails(401, "user_unauthorized")
        for how in ("download", "view"):
            answer = download(caller, token["secret"], how=how)
            answer.ok(200)
            assert answer.content == BYTES


def test_a_secret_opens_previews(cat: Sandbox) -> None:
    put(cat, "pictures", "flag", encode(halves(20, 10)), "flag.png")
    secret = share(cat.key, "/tokens/buckets/pictures/files/flag")["secret"]
    preview = f"{FILE.format('pictures', 'flag')}/preview"
    for _ in range(2):  # made, and kept
        cat.guest.get(preview).fails(401, "user_unauthorized")
        answer = cat.guest.get(preview, token=secret)
        assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    cat.guest.get(preview, token=share(cat.key)["secret"]).fails(401, "user_unauthorized")
    cat.key.put("/storage/buckets/pictures", name="Pictures", transformations=False).ok(200)
    cat.guest.get(preview, token=secret).fails(403, "storage_bucket_transformations_disabled")
    cat.key.put("/storage/buckets/pictures", name="Pictures", enabled=False).ok(200)
    cat.guest.get(preview, token=secret).fails(404, "storage_bucket_not_found")


def test_a_secret_in_a_link(cat: Sandbox) -> None:
    """A link sends no headers, so it names the project, too."""
    anybody = Api(cat.guest.http)
    link = f"{FILE.format('pictures', 'cat')}/view"
    answer = anybody.get(link, project=cat.id, token=share(cat.key)["secret"])
    assert (answer.status, answer.content) == (200, BYTES)
    anybody.get(link, project=cat.id).fails(401, "user_unauthorized")


def test_a_secret_opens_no_more_than_bytes(cat: Sandbox) -> None:
    token = share(cat.key)
    for path in (FILE.format("pictures", "cat"), "/storage/buckets/pictures/files"):
        cat.guest.get(path, token=token["secret"]).fails(401, "user_unauthorized")
    answer = cat.guest.send("DELETE", FILE.format("pictures", "cat"), json={"token": token["secret"]})
    answer.fails(401, "user_unauthorized")
    cat.key.get(FILE.format("pictures", "cat")).ok(200)


def test_a_secret_that_has_expired(cat: Sandbox) -> None:
    token = share(cat.key, expire=ahead(hours=1))
    download(cat.guest, token["secret"]).ok(200)
    cat.guest.sql("UPDATE file_tokens SET expire = now() WHERE project_id = $1", cat.id)
    download(cat.guest, token["secret"]).fails(401, "user_unauthorized")
    renewed = cat.key.get(f"/tokens/{token['$id']}").ok(200)["secret"]
    download(cat.guest, renewed).fails(401, "user_unauthorized")


def test_an_earlier_end_is_also_that_of_secrets_given_away(cat: Sandbox) -> None:
    token = share(cat.key)
    cat.key.patch(f"/tokens/{token['$id']}", expire=ahead(minutes=5)).ok(200)
    download(cat.guest, token["secret"]).ok(200)
    cat.guest.sql("UPDATE file_tokens SET expire = now() WHERE project_id = $1", cat.id)
    download(cat.guest, token["secret"]).fails(401, "user_unauthorized")


def test_a_later_end_is_that_of_the_new_secret() -> None:
    now = clock.now()
    secrets = Secrets(b"k" * 32)
    row: Any = {
        "project_id": "p", "id": "t", "bucket_id": "b", "file_id": "f", "bucket_seq": 1, "file_seq": 2,
        "created_at": now, "expire": now + timedelta(seconds=60),
    }  # fmt: skip
    given = secrets.of(row)
    assert secrets.read(given, "p", now + timedelta(seconds=59)) is not None
    assert secrets.read(given, "p", now + timedelta(seconds=61)) is None
    renewed = secrets.of(row | {"expire": now + timedelta(seconds=90)})
    assert secrets.read(renewed, "p", now + timedelta(seconds=61)) is not None
    assert secrets.read(renewed, "q", now) is None
    assert Secrets(b"l" * 32).read(renewed, "p", now) is None


def test_a_secret_whose_token_is_deleted(cat: Sandbox) -> None:
    token = share(cat.key)
    cat.key.delete(f"/tokens/{token['$id']}").ok(204)
    download(cat.guest, token["secret"]).fails(401, "user_unauthorized")


def test_secrets_that_nobody_has_made(cat: Sandbox) -> None:
    good = share(cat.key)["secret"]
    head, body, signature = good.split(".")
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
    for bad in (
        f"{head}.{body}.{signature[:-2]}AA",
        f"{head}.{body}.",
        f"{unsigned}.{body}.",
        f"{unsigned}.{body}.{signature}",
        str(jwt.encode(jwt.get_unverified_claims(good), "guessed", algorithm="HS256")),
        "nonsense",
        "a.b.c",
        "tökén",
        "..",
    ):
        download(cat.guest, bad).fails(401, "user_unauthorized")
    cat.guest.get(f"{FILE.format('pictures', 'cat')}/download", token=good + "A" * 512).fails(
        400, "general_argument_invalid"
    )


def test_other_signed_things_are_no_secrets(cat: Sandbox) -> None:
    user = cat.user()
    session = user.post("/account/jwts").ok(201)["jwt"]
    download(cat.guest, session).fails(401, "user_unauthorized")
    cat.guest.as_(X_Appwrite_JWT=share(cat.key)["secret"]).get("/account").fails(401, "user_jwt_invalid")


def test_a_secret_of_another_project(cat: Sandbox, console: Console) -> None:
    other = Sandbox.create(console)
    make_bucket(other, "pictures", permissions=[])
    put(other, "pictures", "cat", b"Another cat.")
    secret = share(other.key)["secret"]
    download(cat.guest, secret).fails(401, "user_unauthorized")
    assert download(other.guest, secret).content == b"Another cat."


def test_a_secret_of_another_file(cat: Sandbox) -> None:
    make_bucket(cat, "open", permissions=['read("any")'])
    for file in ("cat", "dog"):
        put(cat, "open", file)
    secret = share(cat.key, "/tokens/buckets/open/files/dog")["secret"]
    assert download(cat.guest, secret, "open", "dog").content == BYTES
    # Of the same bucket: a mistake, even for those who need no token
    download(cat.guest, secret, "open", "cat").fails(401, "user_unauthorized")
    # Of another bucket: as if there were none
    assert download(cat.guest, share(cat.key)["secret"], "open", "cat").content == BYTES
    download(cat.guest, secret, "pictures", "cat").fails(401, "user_unauthorized")


def test_a_secret_does_not_open_a_bucket_that_is_off(cat: Sandbox) -> None:
    secret = share(cat.key)["secret"]
    cat.key.put("/storage/buckets/pictures", name="Pictures", enabled=False).ok(200)
    download(cat.guest, secret).fails(404, "storage_bucket_not_found")
    cat.key.put("/storage/buckets/pictures", name="Pictures").ok(200)
    download(cat.guest, secret).ok(200)


def test_a_file_of_the_same_id_is_another_file(cat: Sandbox) -> None:
    token = share(cat.key)
    cat.key.delete(FILE.format("pictures", "cat")).ok(204)
    download(cat.guest, token["secret"]).fails(401, "user_unauthorized")
    put(cat, "pictures", "cat", b"A secret cat.")
    download(cat.guest, token["secret"]).fails(401, "user_unauthorized")
    cat.key.get(f"/tokens/{token['$id']}").fails(404, "token_not_found")
    assert cat.key.get(OF_CAT).ok(200)["total"] == 0


def test_secrets_of_an_earlier_file_of_the_same_id(cat: Sandbox) -> None:
    """What is restored from elsewhere may bring a token's row back without its file."""
    secret = share(cat.key)["secret"]
    row = cat.guest.sql("SELECT id, created_at FROM file_tokens WHERE project_id = $1", cat.id)[0]
    cat.key.delete(FILE.format("pictures", "cat")).ok(204)
    put(cat, "pictures", "cat", b"A secret cat.")
    cat.guest.sql(
        "INSERT INTO file_tokens (project_id, id, created_at, bucket_id, file_id) VALUES ($1, $2, $3, $4, $5)",
        cat.id, row["id"], row["created_at"], "pictures", "cat",
    )  # fmt: skip
    download(cat.guest, secret).fails(401, "user_unauthorized")
    download(cat.guest, cat.key.get(f"/tokens/{row['id']}").ok(200)["secret"]).ok(200)


def test_with_file_security_a_useless_secret_hides_the_file(cat: Sandbox) -> None:
    cat.key.put("/storage/buckets/pictures", name="Pictures", fileSecurity=True).ok(200)
    token = share(cat.key)
    assert download(cat.guest, token["secret"]).content == BYTES
    cat.key.delete(f"/tokens/{token['$id']}").ok(204)
    download(cat.guest, token["secret"]).fails(404, "storage_file_not_found")


def test_use_is_noted_once_a_day(cat: Sandbox) -> None:
    token = share(cat.key)
    one = f"/tokens/{token['$id']}"
    download(cat.guest, token["secret"]).ok(200)
    first = cat.key.get(one).ok(200)["accessedAt"]
    assert abs(datetime.fromisoformat(first) - clock.now()) < timedelta(minutes=1)
    with cat.statements() as sent:
        download(cat.guest, token["secret"]).ok(200)
    assert not [sql for sql in sent if "UPDATE file_tokens" in sql]
    assert cat.key.get(one).ok(200)["accessedAt"] == first
    cat.guest.sql("UPDATE file_tokens SET accessed_at = now() - interval '25 hours' WHERE project_id = $1", cat.id)
    download(cat.guest, token["secret"]).ok(200)
    assert cat.key.get(one).ok(200)["accessedAt"] >= first
    assert fired(cat) == [f"tokens.{token['$id']}.create"]
