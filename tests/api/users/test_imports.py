"""Users with hashes from elsewhere: they sign in with their password, and it is hashed anew."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.account.test_create import set_policy
from tests.client import Sandbox, sign_in
from tests.unit.auth.test_password_algorithms import FIREBASE, RFC_7914

ARGON2I = "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA"
SHA1 = "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8"  # of "password"
SCRYPT = {
    "passwordSalt": "SodiumChloride", "passwordCpu": 16384, "passwordMemory": 8, "passwordParallel": 1,
    "passwordLength": 64,
}  # fmt: skip
FIREBASE_PARAMS = {
    "passwordSalt": FIREBASE["salt"], "passwordSaltSeparator": FIREBASE["saltSeparator"],
    "passwordSignerKey": FIREBASE["signerKey"],
}  # fmt: skip
FIREBASE_HASH = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="

# path, hash, other parameters, password, hashOptions
KINDS: list[tuple[str, str, dict[str, Any], str, dict[str, Any]]] = [
    (
        "argon2", ARGON2I, {}, "password", {"type": "argon2", "memoryCost": 65536, "timeCost": 2, "threads": 1}
    ),
    ("bcrypt", "$2y$07$usesomesillystringfore2uDLvp1Ii2e./U9C8sBjqp8I90dH6hi", {}, "rasmuslerdorf", {"type": "bcrypt"}),
    ("md5", "5f4dcc3b5aa765d61d8327deb882cf99", {}, "password", {"type": "md5"}),
    ("phpass", "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", {}, "test12345", {"type": "phpass"}),
    ("sha", SHA1, {"passwordVersion": "SHA1"}, "password", {"type": "sha"}),
    (
        "scrypt", RFC_7914, SCRYPT, "pleaseletmein",
        {"type": "scrypt", "costCpu": 16384, "costMemory": 8, "costParallel": 1, "length": 64},
    ),
    ("scrypt-modified", FIREBASE_HASH, FIREBASE_PARAMS, "user1password", {"type": "scryptMod", **FIREBASE}),
]  # fmt: skip
NAMES = {"scrypt-modified": "scryptMod"}


@pytest.mark.parametrize(("path", "text", "more", "password", "options"), KINDS)
def test_imported_hash_signs_in_and_becomes_argon2id(
    sandbox: Sandbox, path: str, text: str, more: dict[str, Any], password: str, options: dict[str, Any]
) -> None:
    email = f"{path}@example.com"
    user = sandbox.key.post(f"/users/{path}", userId="unique()", email=email, password=text, name="N", **more).ok(201)
    assert (user["password"], user["hash"], user["hashOptions"]) == (text, NAMES.get(path, path), options)
    assert (user["email"], user["name"], [t["identifier"] for t in user["targets"]]) == (email, "N", [email])
    assert sandbox.audits() == [("user.create", f"user/{user['$id']}")]
    wrong = sandbox.guest.post("/account/sessions/email", email=email, password=password + "x")
    wrong.fails(401, "user_invalid_credentials")
    kept = sandbox.key.get(f"/users/{user['$id']}").ok()
    assert kept["password"] == text
    sign_in(sandbox.guest, email, password)
    renewed = sandbox.key.get(f"/users/{user['$id']}").ok()
    assert renewed["password"].startswith("$argon2id$v=19$m=7168,t=5,p=1$")
    assert renewed["hashOptions"] == {"type": "argon2", "memoryCost": 7168, "timeCost": 5, "threads": 1}
    assert renewed["passwordUpdate"] == user["passwordUpdate"]
    sign_in(sandbox.guest, email, password)


def test_default_version_of_sha(sandbox: Sandbox) -> None:
    text = (
        "e9a75486736a550af4fea861e2378305c4a555a05094dee1dca2f68afea49cc3"
        "a50e8de6ea131ea521311f4d6fb054a146e8282f8e35ff2e6368c1a62e909716"
    )
    sandbox.key.post("/users/sha", userId="s", email="s@example.com", password=text).ok(201)
    sign_in(sandbox.guest, "s@example.com", "password")
    sandbox.key.post(
        "/users/sha", userId="t", email="t@example.com", password=text, passwordVersion="sha2"
    ).fails(400, "general_argument_invalid")  # fmt: skip


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("scrypt", {"password": RFC_7914, **SCRYPT, "passwordCpu": 2**30}),
        ("scrypt", {"password": RFC_7914, **SCRYPT, "passwordMemory": 2**30}),
        ("scrypt", {"password": RFC_7914, **SCRYPT, "passwordCpu": 1000}),
        ("scrypt", {"password": RFC_7914, **SCRYPT, "passwordLength": 8}),
        ("scrypt", {"password": RFC_7914, **SCRYPT, "passwordSalt": ""}),
        ("scrypt", {"password": RFC_7914, **SCRYPT, "passwordCpu": "16384"}),
        ("scrypt", {"password": RFC_7914}),
        ("scrypt-modified", {"password": FIREBASE_HASH, **FIREBASE_PARAMS, "passwordSalt": "*"}),
        ("scrypt-modified", {"password": FIREBASE_HASH, **FIREBASE_PARAMS, "passwordSignerKey": "abc"}),
        ("bcrypt", {"password": "$2a$31$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"}),
        ("argon2", {"password": ARGON2I.replace("m=65536", "m=4194304")}),
        ("phpass", {"password": "$P$zIQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0"}),
        ("md5", {"password": "short"}),
        ("md5", {}),
    ],
)  # fmt: skip
def test_hashes_that_are_refused(sandbox: Sandbox, path: str, body: dict[str, Any]) -> None:
    answer = sandbox.key.post(f"/users/{path}", userId="x", email="x@example.com", **body)
    answer.fails(400, "general_argument_invalid")
    sandbox.key.get("/users/x").fails(404, "user_not_found")


def test_text_that_is_no_hash_signs_nobody_in(sandbox: Sandbox) -> None:
    for path in ("argon2", "bcrypt", "md5", "phpass", "sha"):
        email = f"{path}@example.com"
        sandbox.key.post(f"/users/{path}", userId=path, email=email, password="password").ok(201)
        login = sandbox.guest.post("/account/sessions/email", email=email, password="password")
        login.fails(401, "user_invalid_credentials")


def test_duplicates(sandbox: Sandbox) -> None:
    body = {"email": "a@example.com", "password": SHA1}
    sandbox.key.post("/users/md5", userId="a", **body).ok(201)
    sandbox.key.post("/users/md5", userId="b", **body).fails(409, "user_already_exists")
    sandbox.key.post("/users/md5", userId="a", email="b@example.com", password=SHA1).fails(409, "user_already_exists")


def test_imported_passwords_are_remembered(sandbox: Sandbox) -> None:
    set_policy(sandbox, '{"password-history": {"total": 3}}')
    body = {"email": "f@example.com", "password": FIREBASE_HASH, **FIREBASE_PARAMS}
    sandbox.key.post("/users/scrypt-modified", userId="f", **body).ok(201)
    again = sandbox.key.patch("/users/f/password", password="user1password")
    again.fails(400, "password_recently_used")
    sandbox.key.patch("/users/f/password", password="another password").ok()
    sandbox.key.patch("/users/f/password", password="user1password").fails(400, "password_recently_used")
    sandbox.key.patch("/users/f/password", password="another password").fails(400, "password_recently_used")
