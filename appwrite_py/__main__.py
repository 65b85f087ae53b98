"""The entry of `appwrite-py` and `python -m appwrite_py`."""

from __future__ import annotations

from appwrite_py.commands.main import main

if __name__ == "__main__":
    main()
