"""Runs a function written in Python: takes its calls over a socket it was started with, and answers them there.

The work is done by the package beside this file. It is imported from here, as nothing of it shall be in the way of what
the function imports.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback


def _prefer() -> None:
    """Where memory runs out, functions go first."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


if __name__ == "__main__":
    _prefer()
    try:
        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
        from function_server.worker import Worker  # type: ignore[import-not-found]

        del sys.path[0]
        Worker(int(sys.argv[1]), int(sys.argv[2])).run()
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    os._exit(1)
