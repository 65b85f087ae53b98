"""Countries of addresses and their names; what a User-Agent header tells."""

from __future__ import annotations

import asyncio

import pytest

from appwrite_py.kit import agents, geo


@pytest.mark.parametrize(
    ("ip", "country"),
    [
        ("8.8.8.8", "us"),
        ("2a00:1450::1", "ie"),
        ("::ffff:8.8.8.8", "us"),
        ("127.0.0.1", "--"),
        ("10.0.0.1", "--"),
        ("nonsense", "--"),
        ("", "--"),
    ],
)
def test_country_of(ip: str, country: str) -> None:
    assert geo.country_of(ip) == country


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [
        ("de", "en", "Germany"), ("de", "de", "Deutschland"), ("de", "pt-br", "Alemanha"), ("DE", "xx-yy", "Germany"),
        ("--", "en", "Unknown"), ("zz", "en", "Unknown Region"), ("qq", "de", "Unknown"), ("de", "../..", "Germany"),
        ("de", "", "Germany"),
    ],
)  # fmt: skip
def test_country_name(code: str, language: str, name: str) -> None:
    assert geo.country_name(code, language) == name


def describe(user_agent: str) -> dict[str, str]:
    return asyncio.run(agents.describe(user_agent))


def test_a_browser() -> None:
    told = describe(
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
    )
    assert (told["osCode"], told["clientCode"], told["clientName"]) == ("LIN", "CH", "Chrome")
    assert (told["clientType"], told["clientEngine"]) == ("browser", "Blink")


def test_the_command_line() -> None:
    told = describe("AppwriteCLI/12.0.1 (Linux; x64)")
    assert (told["clientType"], told["clientCode"], told["clientVersion"]) == ("desktop", "cli", "12.0.1")


def test_nothing() -> None:
    assert describe("") == dict.fromkeys(agents.FIELDS, "")
    assert set(describe("\xff(((")) == set(agents.FIELDS)
