"""The texts of mails and messages: the server's own in many languages, and what is made of them or a project's own.

`texts/` holds a file per language. A text that a language lacks is taken from English.
"""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from appwrite_py.delivery.templates.fill import fill, from_plain, is_plain, to_plain
from appwrite_py.kit.locales import CODES, ENGLISH

TEMPLATES = (
    "verification", "magicSession", "recovery", "invitation", "mfaChallenge", "sessionAlert", "otpSession",
)  # fmt: skip
LOCALES = CODES

_FOLDER = Path(__file__).parent
# Codes that name a language which has texts under another one
_SAME = {"pt": "pt-br", "no": "nb", "nn": "nb", "ua": "uk", "zh": "zh-cn", "zh-sg": "zh-cn", "zh-hk": "zh-tw"}
_UNKNOWN = ("", "UNKNOWN")

_BUTTON = """<p style="margin: 24px 0;"><a class="button" href="{{redirect}}" style="background: #1d4ed8; \
border-radius: 8px; color: #ffffff; display: inline-block; font-weight: 600; padding: 12px 24px; \
text-decoration: none;">{%s}</a></p>"""
_CODE = """<p class="code" style="background: #f0f2f5; border-radius: 8px; font: 700 28px/1.2 ui-monospace, Menlo, \
Consolas, monospace; letter-spacing: 6px; margin: 24px 0; padding: 16px; text-align: center;">{{otp}}</p>"""
_LINK = """<p class="small">{link}<br><a href="{{redirect}}">{{redirect}}</a></p>"""


class Text(NamedTuple):
    """A subject and a message, in which placeholders such as `{{user}}` stand for values."""

    subject: str
    message: str


class Letter(NamedTuple):
    """A mail's finished parts."""

    subject: str
    html: str
    text: str


@cache
def texts_of(locale: str) -> dict[str, Any]:
    """The texts of a language, in English where it has none."""
    english: dict[str, Any] = orjson.loads((_FOLDER / "texts" / f"{ENGLISH}.json").read_bytes())
    if locale == ENGLISH or locale not in languages():
        return english
    own: dict[str, Any] = orjson.loads((_FOLDER / "texts" / f"{locale}.json").read_bytes())
    return {name: text | own.get(name, {}) if isinstance(text, dict) else own.get(name, text)
            for name, text in english.items()}  # fmt: skip


@cache
def languages() -> frozenset[str]:
    """The languages that there are texts in."""
    return frozenset(file.stem for file in (_FOLDER / "texts").glob("*.json"))


def language_of(*locales: str) -> str:
    """The language of the first locale that there are texts for: `de-at` is `de`, `pt` is `pt-br`; at last English."""
    for locale in locales:
        for code in chain(locale):
            found = _SAME.get(code, code)
            if found in languages():
                return found
    return ENGLISH


def chain(locale: str) -> tuple[str, ...]:
    """A locale, and the language that it belongs to."""
    locale = locale.strip().lower().replace("_", "-")
    language = locale.partition("-")[0]
    return (locale,) if language == locale else (locale, language)


def default(template: str, language: str, values: dict[str, str] | None = None) -> Text:
    """The server's own text of a template. With values, what they leave out is not mentioned in it."""
    texts = texts_of(language)
    own = texts[template]
    return Text(own["subject"], "\n".join(_blocks(template, texts, own, values)))


def _blocks(template: str, texts: dict[str, Any], own: dict[str, str], values: dict[str, str] | None) -> list[str]:
    def given(name: str) -> bool:
        return values is None or values.get(name, "") not in _UNKNOWN

    def line(text: str, kind: str = "") -> str:
        opening = f'<p class="{kind}">' if kind else "<p>"
        return f"{opening}{escape(text, quote=False)}</p>"

    blocks = [line(texts["hello" if given("user") else "helloUnknown"]), line(own["body"])]
    if "button" in own:
        blocks.append(_BUTTON.replace("{%s}", escape(own["button"])))
        blocks.append(_LINK.replace("{link}", escape(texts["link"], quote=False), 1))
    elif "advice" in own:
        details = [escape(own[name]) for name in ("device", "ipAddress", "country") if name in own and given(name)]
        blocks += [f"<p>{'<br>'.join(details)}</p>"] if details else []
        blocks.append(line(own["advice"]))
    elif template != "smtpTest":
        blocks.append(_CODE)
    if (values is not None or template in ("magicSession", "otpSession")) and given("phrase"):
        blocks.append(line(texts["phrase"]))
    if template in ("magicSession", "otpSession", "mfaChallenge") and given("agentClient") and given("agentOs"):
        blocks.append(line(texts["device"], "small"))
    if "advice" not in own and template != "smtpTest":
        blocks.append(line(texts["ignore"], "small"))
    thanks, signature = escape(texts["thanks"]), escape(texts["signature"])
    return [*blocks, f"<p>{thanks}<br>{signature}</p>"]


def render(text: Text, values: dict[str, str], language: str) -> Letter:
    """Put the values in their places, as text that is never read as HTML, and the message into the layout."""
    direction = texts_of(language)["direction"]
    values = {"direction": direction, "locale": language} | values
    subject = fill(text.subject, values)
    values = {"heading": subject} | values
    source = from_plain(text.message) if is_plain(text.message) else text.message
    message = fill(source, {name: escape(value) for name, value in values.items()})
    around = {"subject": escape(subject), "project": escape(values.get("project", "")), "message": message}
    html = fill(_layout(), around | {"direction": direction, "locale": language})
    return Letter(subject, html, to_plain(message))


def sms(language: str, values: dict[str, str]) -> str:
    """The text of a message with a code."""
    return fill(texts_of(language)["sms"], values)


@cache
def _layout() -> str:
    return (_FOLDER / "layout.html").read_text("utf-8")
