"""Files of forms, and the folders that they are put into."""

from __future__ import annotations

from typing import Any

from appwrite_py.http.multipart import FormFile
from appwrite_py.http.rules.base import Rule, plain_text

_LONGEST_FOLDER = 2048


class File(Rule):
    """A part of a form that is a file. That there is none is said by the handler, which looks at other things first."""

    kind = "File"
    late = True

    @property
    def says(self) -> str:
        return "must be a file of a multipart/form-data body"

    def check(self, value: Any) -> FormFile | None:
        first = value[0] if isinstance(value, list) and value else value
        return first if isinstance(first, FormFile) else None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}


class Folder(Rule):
    """A folder of a bucket, such as `images/2026`. It is given back with a slash behind it; the root is empty text."""

    kind = "Folder"

    @property
    def says(self) -> str:
        return (
            f"must be a path of at most {_LONGEST_FOLDER} bytes such as images/2026, without a slash in front, empty "
            "names, `.`, `..` and control characters"
        )

    def check(self, value: Any) -> str:
        if not plain_text(value):
            raise self.refuse()
        if not value:
            return ""
        folder = value if value.endswith("/") else value + "/"
        names = folder[:-1].split("/")
        if len(folder.encode(errors="replace")) > _LONGEST_FOLDER or any(name in ("", ".", "..") for name in names):
            raise self.refuse()
        if any(ord(letter) < 32 or ord(letter) == 127 for letter in folder):
            raise self.refuse()
        return str(folder)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": _LONGEST_FOLDER}
