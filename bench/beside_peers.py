"""Beside PocketBase and other peers: runs the shared harness with this server as its target `ours`.

    OURS_START=… OURS_INIT=… python bench/beside_peers.py --targets pocketbase,ours --workloads W1,W2,W3,W4

See bench/README.md. Workloads of services that this version does not serve (realtime) are left out.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HARNESS = Path(os.environ.get("BENCH_HARNESS", Path(__file__).parents[2] / "shared/tools/bench")).resolve()
sys.path.insert(0, str(HARNESS))

from targets import ours  # noqa: E402

SERVED = ("W1", "W2", "W2t", "W3", "W4", "W5", "W6", "W8", "W9", "W10")


class Served(ours.Ours):  # type: ignore[misc,name-defined]
    """The target without the workload that is not served yet."""

    workloads = SERVED


ours.Ours = Served

if __name__ == "__main__":
    from harness import main

    sys.exit(main.main())
