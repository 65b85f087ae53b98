"""Hashes that others have made: public test vectors and the examples of the products that the hashes come from."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import bcrypt
import pytest

from appwrite_py.auth import passwords
from appwrite_py.auth.passwords.base import ALGORITHMS
from appwrite_py.auth.passwords.digests import VERSIONS
from appwrite_py.identity.users import PasswordHash

# The example of Firebase's own scrypt project
FIREBASE = {
    "salt": "42xEC+ixf3L2lw==",
    "saltSeparator": "Bw==",
    "signerKey": "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
}
# RFC 7914, section 12: scrypt(P="pleaseletmein", S="SodiumChloride", N=16384, r=8, p=1, dkLen=64)
RFC_7914 = (
    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
    "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
)
SCRYPT = {"salt": "SodiumChloride", "costCpu": 16384, "costMemory": 8, "costParallel": 1, "length": 64}

# name, hash, options, password
KNOWN: list[tuple[str, str, dict[str, Any], str]] = [
    ("md5", "5f4dcc3b5aa765d61d8327deb882cf99", {}, "password"),
    ("md5", "5F4DCC3B5AA765D61D8327DEB882CF99", {}, "password"),
    # FIPS 180 and 202: the digests of "abc"
    ("sha", "a9993e364706816aba3e25717850c26c9cd0d89d", {"version": "sha1"}, "abc"),
    ("sha", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7", {"version": "sha224"}, "abc"),
    ("sha", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", {"version": "sha256"}, "abc"),
    ("sha", "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa", {"version": "sha512/224"}, "abc"),
    ("sha", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23", {"version": "sha512/256"}, "abc"),
    ("sha", "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf", {"version": "sha3-224"}, "abc"),
    ("sha", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532", {"version": "sha3-256"}, "abc"),
    (
        "sha",
        "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
        "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
        {},
        "abc",
    ),
    # bcrypt: vectors of jBCrypt and of PHP's crypt
    ("bcrypt", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i", {}, "abc"),
    ("bcrypt", "$2y$07$usesomesillystringfore2uDLvp1Ii2e./U9C8sBjqp8I90dH6hi", {}, "rasmuslerdorf"),
    # phpass: the test of its author, and the same as phpBB writes it
    ("phpass", "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", {}, "test12345"),
    ("phpass", "$H$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", {}, "test12345"),
    ("phpass", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i", {}, "abc"),
    ("scrypt", RFC_7914, SCRYPT, "pleaseletmein"),
    (
        "scryptMod",
        "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
        FIREBASE,
        "user1password",
    ),
    # the reference implementation of Argon2
    (
        "argon2",
        "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
        {},
        "password",
    ),
    (
        "argon2",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        {},
        "password",
    ),
]


@pytest.mark.parametrize(("name", "text", "options", "password"), KNOWN)
def test_known_hashes(name: str, text: str, options: dict[str, Any], password: str) -> None:
    kept, algorithm = PasswordHash(text, name, options), ALGORITHMS[name]
    assert algorithm.verify(password, kept)
    assert not algorithm.verify(password + "x", kept)
    assert not algorithm.verify("", kept)
    assert passwords.is_affordable(kept)
    assert not passwords.is_current(kept)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_of_sha(version: str) -> None:
    openssl = version.replace("/", "_").replace("-", "_")
    text = hashlib.new(openssl if openssl in hashlib.algorithms_available else version, b"correct horse").hexdigest()
    kept = PasswordHash(text, "sha", {"version": version})
    assert ALGORITHMS["sha"].verify("correct horse", kept)
    assert not ALGORITHMS["sha"].verify("correct horses", kept)
    assert ALGORITHMS["sha"].describe(kept) == {"type": "sha"}


def test_bcrypt_reads_the_first_72_bytes() -> None:
    text = "$2b$04$" + "." * 21 + "u"
    kept = PasswordHash(bcrypt.hashpw(b"p" * 72, text.encode()).decode(), "bcrypt")
    assert ALGORITHMS["bcrypt"].verify("p" * 100, kept)
    assert not ALGORITHMS["bcrypt"].verify("p" * 71, kept)


def test_descriptions_are_the_contracts() -> None:
    assert passwords.describe(PasswordHash(RFC_7914, "scrypt", SCRYPT)) == {
        "type": "scrypt", "costCpu": 16384, "costMemory": 8, "costParallel": 1, "length": 64
    }  # fmt: skip
    assert passwords.describe(PasswordHash("x", "scryptMod", FIREBASE)) == {"type": "scryptMod", **FIREBASE}
    for name in ("md5", "bcrypt", "phpass"):
        assert passwords.describe(PasswordHash("x", name)) == {"type": name}
    argon2 = passwords.imported("$argon2i$v=19$m=64,t=2,p=3$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA")
    assert passwords.describe(argon2) == {"type": "argon2", "memoryCost": 64, "timeCost": 2, "threads": 3}


@pytest.mark.parametrize(
    ("name", "text", "options"),
    [
        ("argon2", "$argon2id$v=19$m=1048576,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", {}),
        ("argon2", "$argon2id$v=19$m=65536,t=900,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", {}),
        ("argon2", "$argon2id$v=19$m=65536,t=1,p=64$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", {}),
        ("bcrypt", "$2a$31$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i", {}),
        ("phpass", "$2a$31$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i", {}),
        ("phpass", "$P$SIQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", {}),
        ("scrypt", RFC_7914, SCRYPT | {"costCpu": 2**20}),
        ("scrypt", RFC_7914, SCRYPT | {"costMemory": 2**20}),
        ("scrypt", RFC_7914, SCRYPT | {"costParallel": 2**20}),
        ("scrypt", RFC_7914, SCRYPT | {"length": 2**31 - 1}),
        ("scrypt", RFC_7914, SCRYPT | {"costCpu": 16383}),
        ("scrypt", RFC_7914, SCRYPT | {"costCpu": 1}),
        ("scrypt", RFC_7914, SCRYPT | {"costMemory": 0}),
        ("scrypt", RFC_7914, SCRYPT | {"costParallel": -1}),
    ],
)
def test_costs_that_no_sign_in_can_bear(name: str, text: str, options: dict[str, Any]) -> None:
    kept = PasswordHash(text, name, options)
    assert not passwords.is_affordable(kept)
    assert not ALGORITHMS[name].verify("pleaseletmein", kept)  # at once, without trying


def test_costs_that_do_not_go_together() -> None:
    kept = PasswordHash("00" * 64, "scrypt", SCRYPT | {"costCpu": 2**17, "costMemory": 1})
    assert not ALGORITHMS["scrypt"].verify("pleaseletmein", kept)


def test_salt_that_is_no_base64() -> None:
    assert not ALGORITHMS["scryptMod"].verify("user1password", PasswordHash("x", "scryptMod", FIREBASE | {"salt": "*"}))


def test_remembered_hashes_keep_their_algorithm() -> None:
    first = PasswordHash(RFC_7914, "scrypt", SCRYPT)
    second = PasswordHash("5f4dcc3b5aa765d61d8327deb882cf99", "md5")
    third = asyncio.run(passwords.hash_password("correct horse"))
    odd = PasswordHash("[no hash", "argon2")
    history = [one.remembered() for one in (first, second, third, odd)]
    assert [PasswordHash.read(entry).algorithm for entry in history] == ["scrypt", "md5", "argon2", "argon2"]
    for word in ("pleaseletmein", "password", "correct horse"):
        assert asyncio.run(passwords.was_used(word, history))
    assert not asyncio.run(passwords.was_used("another one", history))


@pytest.mark.parametrize("word", ["12345678", "PASSWORD", "iloveyou", "TrustNo1"])
def test_common_passwords(word: str) -> None:
    assert passwords.is_common(word)


def test_uncommon_passwords() -> None:
    assert not passwords.is_common("correct horse battery")
