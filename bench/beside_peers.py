"""Beside PocketBase and other peers: runs the shared harness with this server as its target `ours`.

    OURS_START=… OURS_INIT=… python bench/beside_peers.py --targets pocketbase,ours --workloads W1,W2,W3,W4,W7

See bench/README.md.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HARNESS = Path(os.environ.get("BENCH_HARNESS", Path(__file__).parents[2] / "shared/tools/bench")).resolve()
sys.path.insert(0, str(HARNESS))

from harness import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main.main())
