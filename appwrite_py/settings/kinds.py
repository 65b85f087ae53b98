"""What the sections of the settings are made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator

Toggle = Literal["enabled", "disabled"]
Words = Annotated[str, BeforeValidator(lambda value: "" if value is None else str(value).strip())]
"""Text without space around it."""


class Section(BaseModel, defer_build=True):
    """Settings of one subject. Its documentation is the heading that people read.

    Nothing is read into a section alone, so no validator is built for it when it is imported.
    """
