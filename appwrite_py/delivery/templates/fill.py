"""Placeholders and their values, and the ways from plain text to HTML and back.

A placeholder is replaced by its value and nothing else happens: there are no expressions, and what a value holds is
not looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser

_PLACEHOLDER = re.compile(r"\{\{\s{0,8}(\w{1,64})\s{0,8}\}\}")
_TAG = re.compile(r"<[a-zA-Z/!]")
_BLOCKS = frozenset("p div h1 h2 h3 h4 h5 h6 ul ol table tr blockquote section article header footer".split())
_HIDDEN = frozenset("head style script title".split())
_SPACES = re.compile(r"[ \t\r\f\v]*\n[ \t\r\f\v]*")


def fill(text: str, values: Mapping[str, str]) -> str:
    """Replace the placeholders that have a value; others stay as they are."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def is_plain(text: str) -> bool:
    """Whether a text has no HTML in it."""
    return not _TAG.search(text)


def from_plain(text: str) -> str:
    """Plain text as HTML, with its lines and paragraphs."""
    paragraphs = re.split(r"\n\s*\n", escape(text.strip(), quote=False).replace("\r\n", "\n"))
    return "\n".join(f"<p>{paragraph.replace(chr(10), '<br>')}</p>" for paragraph in paragraphs)


def to_plain(html: str) -> str:
    """HTML as plain text, with the addresses that its links go to."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    text = _SPACES.sub("\n", "".join(reader.parts))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0
        self._link, self._link_text = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in ("td", "th"):
            self.parts.append(" ")
        elif tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag == "a":
            self._link, self._link_text = dict(attrs).get("href") or "", ""

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag == "a":
            if self._link and self._link_text.strip() != self._link:
                self.parts.append(f": {self._link}")
            self._link = ""

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._link:
            self._link_text += data
        self.parts.append(re.sub(r"\s+", " ", data))
