"""What stands in for previews of files that none can be made of. Drawn for this project."""

from __future__ import annotations

from typing import Literal

Kind = Literal["image", "video", "file"]
BACKGROUND = "eceff1"
"""What they are shown on, where no other colour is asked for."""
_VIDEOS = frozenset({"application/x-mpegURL", "application/vnd.apple.mpegurl", "application/x-flash-video"})

_SHEET = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="512" height="512" viewBox="0 0 512 512" fill="none" '
    'stroke="#78909c" stroke-width="18" stroke-linecap="round" stroke-linejoin="round">{}</svg>'
)
_PAGE = '<path fill="#fff" d="M152 88h142l74 74v246a16 16 0 0 1-16 16H160a16 16 0 0 1-16-16V104a16 16 0 0 1 16-16z"/>'
DRAWINGS: dict[Kind, str] = {
    # Hills below a sun, in a frame
    "image": _SHEET.format(
        '<rect x="96" y="128" width="320" height="256" rx="24" fill="#fff"/>'
        '<circle cx="184" cy="208" r="28" fill="#ffca28" stroke="none"/>'
        '<path d="M104 356l88-84 60 56 76-92 80 96"/>'
    ),
    # A triangle to begin with, on a screen
    "video": _SHEET.format(
        '<rect x="96" y="128" width="320" height="256" rx="24" fill="#fff"/>'
        '<path fill="#78909c" d="M220 200l96 56-96 56z"/>'
    ),
    # A page with a folded corner and some lines
    "file": _SHEET.format(_PAGE + '<path d="M294 88v74h74M196 232h120M196 290h120M196 348h72"/>'),
}


def for_type(media_type: str) -> Kind:
    """The one for files of this type that are no images."""
    return "video" if media_type.startswith("video/") or media_type in _VIDEOS else "file"
