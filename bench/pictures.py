"""A photograph to make small, and what that costs libvips' own command line."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

WIDTH, HEIGHT, WANTED, QUALITY = 4000, 3000, 400, 82
_IN_ONE_GO = 20
_BARE = """
import sys, pyvips
wanted, quality, *places = sys.argv[1:]
for place in places:
    pyvips.Image.thumbnail(place, int(wanted)).jpegsave(place + ".small.jpg", Q=int(quality))
"""


def photograph(place: Path) -> None:
    """Write a JPEG of 12 megapixels: soft shapes in three colours, and the noise of a camera."""
    import pyvips

    shapes = [pyvips.Image.perlin(WIDTH, HEIGHT, cell_size=size, seed=size) for size in (640, 256, 96)]
    noise = pyvips.Image.gaussnoise(WIDTH, HEIGHT, sigma=6, mean=0, seed=1)
    bands = [shape * 90 + 128 + noise for shape in shapes]
    image = bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb")
    image.jpegsave(str(place), Q=88)


def costs(place: Path, rounds: int) -> dict[str, float]:
    """CPU seconds for a small picture of `place`, by the way it is made. The least of the rounds counts."""
    copies = [place.with_name(f"copy{n}.jpg") for n in range(_IN_ONE_GO)]
    for copy in copies:
        shutil.copyfile(place, copy)
    command = shutil.which("vipsthumbnail")
    if command is None:
        bare = [sys.executable, "-c", _BARE, str(WANTED), str(QUALITY)]
        return {"pyvips in a bare process (no vipsthumbnail here)": _least(bare, copies, rounds)}
    small = [command, "--size", str(WANTED), "--output", f"%s.small.jpg[Q={QUALITY}]"]
    return {
        "vipsthumbnail, each with a process": _least(small, copies[:1], rounds),
        f"vipsthumbnail, {_IN_ONE_GO} with one process": _least(small, copies, rounds),
    }


def _least(command: list[str], places: list[Path], rounds: int) -> float:
    found = []
    for _ in range(max(3, rounds)):
        before = _children()
        subprocess.run([*command, *map(str, places)], check=True, env=os.environ | {"VIPS_WARNING": "0"})
        found.append((_children() - before) / len(places))
    return min(found)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
