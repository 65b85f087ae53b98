"""The texts of mails: every language complete, values never read as anything but text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from appwrite_py.delivery import templates
from appwrite_py.delivery.templates import LOCALES, TEMPLATES, Text, default, language_of, languages, render, texts_of
from appwrite_py.delivery.templates.fill import fill, from_plain, is_plain, to_plain

REQUIRED = "de fr es it pt-br nl pl sv da nb fi cs tr ru uk ja zh-cn ko ar hi".split()
VALUES = {
    "user": "Eve", "project": "Shop", "redirect": "https://shop.example/?a=1&b=2", "otp": "123456",
    "phrase": "Calm owl", "owner": "Bob", "team": "Crew", "device": "Firefox", "ipAddress": "192.0.2.1",
    "country": "Peru", "date": "1 May", "year": "2026", "time": "12:00:00", "agentClient": "Firefox",
    "agentOs": "Linux", "agentDevice": "PC", "from": "Me", "replyTo": "Me", "webhook": "Hook",
    "url": "https://hooks.example", "error": "No answer.", "attempts": "10",
}  # fmt: skip


def flat(texts: dict[str, Any], path: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in texts.items():
        found |= flat(text, f"{path}{name}.") if isinstance(text, dict) else {path + name: text}
    return found


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{\{(\w+)\}\}", text))


def test_the_languages() -> None:
    assert set(REQUIRED) <= languages()
    english = flat(texts_of("en"))
    for language in languages():
        texts = flat(texts_of(language))
        assert texts.keys() == english.keys()
        for_owners = ("smtpTest.", "webhookPaused.")  # in English
        same = [name for name, text in texts.items() if text == english[name] and not name.startswith(for_owners)]
        assert language == "en" or set(same) <= {"direction", "signature", "hello", "helloUnknown"}, language
        for name, text in texts.items():
            assert placeholders(text) == placeholders(english[name]), (language, name)
            assert "<" not in text


def test_every_template_in_every_language() -> None:
    for language in languages():
        for template in (*TEMPLATES, "smtpTest", "webhookPaused"):
            letter = render(default(template, language, VALUES), VALUES, language)
            assert "{{" not in letter.html + letter.subject + letter.text, (language, template)
            assert f'lang="{language}"' in letter.html
            assert letter.text.strip()
            assert len(letter.subject) < 120
        assert placeholders(templates.sms(language, {})) == {"secret", "project"}
    assert 'dir="rtl"' in render(default("recovery", "ar", VALUES), VALUES, "ar").html
    assert 'dir="rtl"' not in render(default("recovery", "fr", VALUES), VALUES, "fr").html


@pytest.mark.parametrize(
    ("locales", "language"),
    [
        (["de"], "de"), (["de-AT"], "de"), (["de_CH"], "de"), (["pt"], "pt-br"), (["pt-pt"], "pt-br"), (["no"], "nb"),
        (["nn"], "nb"), (["ua"], "uk"), (["zh-sg"], "zh-cn"), (["zh-hk"], "zh-tw"), (["xx"], "en"), ([""], "en"),
        (["xx", "fr"], "fr"), (["../de"], "en"), (["af", "xx-yy"], "en"), (["ar-eg"], "ar"),
    ],
)  # fmt: skip
def test_which_language_a_locale_is_answered_in(locales: list[str], language: str) -> None:
    assert language_of(*locales) == language


def test_all_locales_lead_somewhere() -> None:
    assert len(LOCALES) == 131
    assert all(language_of(locale) in languages() for locale in LOCALES)


def test_what_is_not_known_is_not_mentioned() -> None:
    few = VALUES | {"user": "", "phrase": "", "agentClient": "UNKNOWN"}
    text = render(default("magicSession", "en", few), few, "en").text
    assert text.startswith("Hello,")
    assert "phrase" not in text
    assert "UNKNOWN" not in text
    full = default("magicSession", "en").message
    assert placeholders(full) >= {"user", "phrase", "agentClient", "agentOs", "redirect", "project"}


def test_values_are_text() -> None:
    evil = {"user": "<script>alert(1)</script>{{otp}}\"'&", "otp": "654321", "redirect": 'x"><b>'}
    letter = render(Text("{{user}}", '<a href="{{redirect}}">{{user}}</a>'), evil, "en")
    assert "<script>" not in letter.html
    assert "<b>" not in letter.html
    assert "654321" not in letter.html
    assert "<script>alert(1)</script>{{otp}}" in letter.text
    assert letter.subject == evil["user"]


def test_no_template_language() -> None:
    text = Text("s", "<p>{% for x in y %}{{ 7*7 }}{{user.name}}{{__class__}}{{unknown}}{{ user }}</p>")
    html = render(text, {"user": "Eve"}, "en").html
    assert "<p>{% for x in y %}{{ 7*7 }}{{user.name}}{{__class__}}{{unknown}}Eve</p>" in html


def test_plain_messages() -> None:
    assert is_plain("Hi {{user}}, 1 < 2 & 3")
    assert not is_plain("Hi<br>")
    letter = render(Text("s", "Hi {{user}} & co,\nline\n\nBye"), {"user": "<Eve>"}, "en")
    assert "<p>Hi &lt;Eve&gt; &amp; co,<br>line</p>\n<p>Bye</p>" in letter.html
    assert letter.text == "Hi <Eve> & co,\nline\n\nBye\n"
    assert from_plain("a\r\nb") == "<p>a<br>b</p>"


def test_html_as_text() -> None:
    html = """<style>p {}</style><script>x()</script><h1>A &amp; B</h1><ul><li>one</li><li>two</li></ul>
    <a href="https://x.example">here</a> <a href="https://y.example">https://y.example</a><table><tr><td>c</td></tr>"""
    text = to_plain(html)
    assert text.split() == "A & B - one - two here: https://x.example https://y.example c".split()
    assert fill("{{a}}{{a}}", {"a": "{{a}}"}) == "{{a}}{{a}}"


def test_the_files_belong_to_the_package() -> None:
    folder = Path(templates.__file__).parent
    assert (folder / "layout.html").exists()
    assert {file.stem for file in (folder / "texts").iterdir()} == languages()
