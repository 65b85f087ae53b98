"""Mail addresses: one spelling for each mailbox, and kinds of services."""

from __future__ import annotations

import pytest

from appwrite_py.kit import emails


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        ("Ada.Love.Lace+news@GMail.com", "adalovelace@gmail.com"),
        ("ada@googlemail.com", "ada@gmail.com"),
        ("ada.l+x@hotmail.co.uk", "ada.l+x@outlook.com"),
        ("ada@ymail.com", "ada@yahoo.com"),
        ("ada@me.com", "ada@icloud.com"),
        ("ada@pm.me", "ada@protonmail.com"),
        ("ada@fastmail.fm", "ada@fastmail.com"),
        ("ada.l+news@example.org", "ada.l+news@example.org"),
        ("+news@gmail.com", "+news@gmail.com"),
    ],
)
def test_canonical(address: str, canonical: str) -> None:
    found = emails.describe(address)
    assert found.canonical == canonical
    assert found.is_canonical == (address.lower() == canonical)
    assert emails.canonical(canonical) == canonical


@pytest.mark.parametrize(
    ("address", "free", "disposable", "corporate"),
    [
        ("ada@gmail.com", True, False, False),
        ("ada@mailinator.com", False, True, False),
        ("ada@yopmail.com", False, True, False),
        ("ada@appwrite-py.example", False, False, True),
    ],
)
def test_kinds(address: str, free: bool, disposable: bool, corporate: bool) -> None:
    found = emails.describe(address)
    assert (found.is_free, found.is_disposable, found.is_corporate) == (free, disposable, corporate)
