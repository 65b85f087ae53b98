"""The verifier that PostgreSQL keeps of a password."""

from __future__ import annotations

import base64

from appwrite_py.kit import scram


def test_the_example_of_the_rfc() -> None:
    """RFC 7677, section 3: the password `pencil`."""
    salt = "W22ZaJ0SNY7soEsUEjb6gQ=="
    assert scram.verifier("pencil", base64.b64decode(salt)) == (
        f"SCRAM-SHA-256$4096:{salt}$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
        "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


def test_each_has_a_salt_of_its_own() -> None:
    assert scram.verifier("pencil") != scram.verifier("pencil")
