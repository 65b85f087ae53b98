"""Identifiers and secrets."""

from __future__ import annotations

import re

import pytest

from appwrite_py.kit import ids
from appwrite_py.kit.crypto import Vault, digest, same


def test_ids_are_unique_and_sort_by_age() -> None:
    made = [ids.unique() for _ in range(10_000)]
    assert len(set(made)) == len(made)
    assert made == sorted(made)
    assert all(re.fullmatch(r"[0-9a-f]{20}", one) for one in made)


def test_ids_go_on_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = ids.unique()
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1_000_000_000)
    assert ids.unique() > first


def test_secrets() -> None:
    assert re.fullmatch(r"[0-9a-f]{256}", ids.secret(256))
    assert ids.secret(64) != ids.secret(64)


def test_digest_and_comparison() -> None:
    assert digest("a") == digest(b"a")
    assert len(digest("a")) == 32
    assert digest("a") != digest("b")
    assert same("ä", "ä".encode())
    assert not same("a", "b")
    assert not same("a", "aa")


def test_what_is_sealed_can_be_opened_by_its_own_key_for_its_own_row() -> None:
    vault = Vault("key")
    for text in ("", "a", "ä\U0001f98a" * 1000):
        sealed = vault.seal(text, "row")
        assert len(text) < 4 or text.encode() not in sealed  # a single letter may turn up by chance
        assert vault.open(sealed, "row") == text
        assert Vault("key").open(sealed, "row") == text
    assert vault.seal("a") != vault.seal("a")
    sealed = vault.seal("secret", "row")
    changed = bytearray(sealed)
    changed[-1] ^= 1
    for wrong in (
        lambda: Vault("other").open(sealed, "row"), lambda: vault.open(sealed, "other row"), lambda: vault.open(sealed),
        lambda: vault.open(bytes(changed), "row"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="sealed with another key"):
            wrong()


def test_keys_of_different_purposes() -> None:
    vault = Vault("key")
    assert vault.derive("a") == Vault("key").derive("a")
    assert len({vault.derive("a"), vault.derive("b"), Vault("other").derive("a")}) == 3
    assert len(vault.derive("a")) == 32
    with pytest.raises(ValueError, match="empty"):
        Vault("")
