"""Writes what is made from `appwrite_py/settings/`: the table of settings in README.md, and .env.example.

`--check` writes nothing, and fails when one of them is not as it would be written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pydantic_core import PydanticUndefined

from appwrite_py import settings

ROOT = Path(__file__).resolve().parent.parent
README, ENV = ROOT / "README.md", ROOT / ".env.example"
_BEGIN, _END = "<!-- settings: made by `make reference` -->", "<!-- end of settings -->"


class Setting(NamedTuple):
    """A field of the settings."""

    name: str
    default: str
    text: str


def sections() -> Iterator[tuple[str, list[Setting]]]:
    """The settings in their order, under the headings of their sections."""
    for section in settings.SECTIONS:
        yield (
            str(section.__doc__).removesuffix("."),
            [
                Setting(str(field.alias), _shown(field.default), str(field.description))
                for field in section.model_fields.values()
            ],
        )


def table() -> str:
    """The settings as Markdown."""
    lines = ["| name | default | what it is for |", "|---|---|---|"]
    for heading, found in sections():
        lines.append(f"| **{heading}** | | |")
        for setting in found:
            default = f"`{setting.default}`" if setting.default else ""
            lines.append(f"| `{setting.name}` | {default} | {setting.text.replace('|', '&#124;')} |")
    return "\n".join(lines)


def env_example() -> str:
    """The settings as a file that changes nothing until a line is uncommented."""
    parts = ["# Every setting with its default. Copy the file to .env and uncomment what you change; `chmod 600 .env`."]
    for heading, found in sections():
        parts.append(f"\n# --- {heading} ---")
        parts += [f"\n# {setting.text}\n#{setting.name}={setting.default}" for setting in found]
    return "\n".join(parts) + "\n"


def readme() -> str:
    """README.md with a current table."""
    text = README.read_text()
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    if not after:
        sys.exit(f"README.md has no lines {_BEGIN} and {_END}")
    return f"{before}{_BEGIN}\n{table()}\n{_END}{after}"


def main() -> None:
    """Write both, or check them."""
    made = {README: readme(), ENV: env_example()}
    stale = [path for path, text in made.items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv[1:]:
        if stale:
            sys.exit(f"Not current: {', '.join(path.name for path in stale)}. Run: make reference")
        return
    for path in stale:
        path.write_text(made[path])


def _shown(default: Any) -> str:
    return "" if default is PydanticUndefined or default is None else str(default)


if __name__ == "__main__":
    main()
