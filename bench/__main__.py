"""Requests per second, latency and CPU seconds of this server, beside the same SQL without it.

make bench                       all parts
python -m bench documents        get, list, create and update, beside a bare application; 3 rounds of 5 seconds
python -m bench graphql          the same documents over REST and over GraphQL
python -m bench databases        large tables with row permissions, beside plain SQL
python -m bench signins          logins, and what they do to other requests
python -m bench files            1 GB up and down, small files beside a bare application, previews beside vipsthumbnail
python -m bench events           what recording an event costs a document create
python -m bench realtime         1,000 sockets that hear of 100 creates a second for 20 seconds; memory of idle sockets
python -m bench functions        warm and cold executions of functions, and 50 at once
python -m bench documents --kinds get --rounds 5 --seconds 8 --documents 100000
python -m bench databases --kinds list,count --rows 100000
python -m bench files --kinds memory --megabytes 4096
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from appwrite_py.data.embedded import EmbeddedPostgres
from bench import databases, documents, events, files, functions, graphql, realtime, signins

PARTS = {
    "documents": documents.run, "graphql": graphql.run, "databases": databases.run, "signins": signins.run,
    "files": files.run, "events": events.run, "realtime": realtime.run, "functions": functions.run,
}  # fmt: skip
KINDS = [*databases.KINDS, *files.KINDS, *realtime.KINDS, *functions.KINDS]


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"parts to run: {', '.join(PARTS)} (all)")
    parser.add_argument("--kinds", default="", help=f"comma list of: {', '.join(KINDS)} (all)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the median counts (3)")
    parser.add_argument("--seconds", type=float, help="length of one run (5; realtime: 20)")
    parser.add_argument("--connections", type=int, default=32, help="all but databases: kept-alive connections (32)")
    parser.add_argument("--documents", type=int, default=10_000, help="documents: how many to begin with (10000)")
    parser.add_argument("--rows", default="100000,1000000", help="databases: comma list of sizes (100000,1000000)")
    parser.add_argument("--megabytes", type=int, default=1024, help="files: size of the large one (1024)")
    parser.add_argument("--sockets", type=int, default=1000, help="realtime: how many listen (1000)")
    parser.add_argument("--rate", type=float, default=100, help="realtime: creates a second (100)")
    options = parser.parse_args()
    if unknown := set(options.parts) - PARTS.keys():
        parser.error(f"there is no part {', '.join(unknown)}; choose from {', '.join(PARTS)}")
    return options


def main() -> None:
    """Run the parts, each on a database of its own."""
    options = arguments()
    console = Console() if sys.stdout.isatty() else Console(width=140)
    for part in options.parts or PARTS:
        folder = Path(tempfile.mkdtemp(prefix="appwrite-py-bench-"))
        postgres = EmbeddedPostgres(folder / "postgres")
        seconds = options.seconds or (realtime.SECONDS if part == "realtime" else 5.0)
        told = argparse.Namespace(**{**vars(options), "seconds": seconds})
        try:
            PARTS[part](told, postgres, postgres.start(), folder, console)
        finally:
            postgres.stop()
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
