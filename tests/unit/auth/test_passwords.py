"""Every password algorithm: what it hashes it verifies, and nothing else."""

from __future__ import annotations

import asyncio

import pytest

from appwrite_py import errors
from appwrite_py.auth import passwords
from appwrite_py.auth.passwords.base import ALGORITHMS
from appwrite_py.identity.users import PasswordHash


def test_new_hashes_are_argon2id_with_the_contract_parameters() -> None:
    kept = asyncio.run(passwords.hash_password("correct horse"))
    assert kept.text.startswith("$argon2id$v=19$m=7168,t=5,p=1$")
    assert (kept.algorithm, kept.options) == ("argon2", {"memoryCost": 7168, "timeCost": 5, "threads": 1})
    assert passwords.is_current(kept)
    assert passwords.describe(kept) == {"type": "argon2", "memoryCost": 7168, "timeCost": 5, "threads": 1}


@pytest.mark.parametrize("password", ["correct horse", "p" * 256, "pässwörter 🐎", "  spaces  "])
def test_verify(password: str) -> None:
    kept = asyncio.run(passwords.hash_password(password))
    assert asyncio.run(passwords.verify_password(password, kept))
    assert not asyncio.run(passwords.verify_password(password + "x", kept))
    assert not asyncio.run(passwords.verify_password("", kept))


def test_the_same_password_twice_gives_two_hashes() -> None:
    first, second = (asyncio.run(passwords.hash_password("correct horse")) for _ in range(2))
    assert first.text != second.text


@pytest.mark.parametrize("name", sorted(ALGORITHMS))
@pytest.mark.parametrize("text", ["", "nonsense", "$argon2id$broken", "$argon2id$v=19$m=1$x$y", "\u00e9"])
def test_broken_hashes_verify_nothing(name: str, text: str) -> None:
    assert not ALGORITHMS[name].verify("password", PasswordHash(text, name))


def test_nothing_kept_and_unknown_algorithms() -> None:
    assert not asyncio.run(passwords.verify_password("x", None))
    assert not asyncio.run(passwords.verify_password("x", PasswordHash("x", "unknown")))
    assert passwords.describe(PasswordHash("x", "unknown")) is None
    assert not passwords.is_current(PasswordHash("x", "unknown"))


def test_former_passwords() -> None:
    texts = [asyncio.run(passwords.hash_password(word)).text for word in ("one-password", "two-password")]
    assert asyncio.run(passwords.was_used("two-password", texts))
    assert not asyncio.run(passwords.was_used("three-password", texts))
    assert not asyncio.run(passwords.was_used("one-password", []))


@pytest.mark.parametrize("password", ["xADALOVELACEx", "user-77 rules", "ada.l@example.com", "14155550100!"])
def test_personal_data(password: str) -> None:
    with pytest.raises(errors.PASSWORD_PERSONAL_DATA):
        passwords.check_personal_data(password, "user-77", "ada.l@example.com", "AdaLovelace", "+14155550100")


def test_no_personal_data() -> None:
    passwords.check_personal_data("correct horse", "user-77", "a@example.com", "", "")
