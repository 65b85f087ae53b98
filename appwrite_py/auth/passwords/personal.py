"""Passwords that others can guess from what they know of the user."""

from __future__ import annotations

from appwrite_py import errors

_LEAST = 3  # shorter names and ids turn up in passwords by chance


def check_personal_data(password: str, user_id: str, email: str, name: str, phone: str) -> None:
    """Raises PASSWORD_PERSONAL_DATA for a password that holds the user's id, e-mail, name or phone number."""
    folded = password.casefold()
    known = (user_id, email, email.partition("@")[0], name, phone, phone.lstrip("+"))
    if any(len(part) >= _LEAST and part.casefold() in folded for part in known):
        raise errors.PASSWORD_PERSONAL_DATA
