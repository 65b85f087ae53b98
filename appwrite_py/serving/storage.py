"""Whether the settings of the storage device do, before anything is started."""

from __future__ import annotations

from appwrite_py.serving.problems import Problem
from appwrite_py.settings import Settings


def check_storage(settings: Settings) -> None:
    """Raises Problem, which says what setting is wrong or missing. Nothing is asked of the device."""
    if settings.storage_device.lower() == "local":
        return  # whose settings are those of the data folder; the libraries for stores take time to load
    from appwrite_py.files.devices import BadDevice, make_device

    try:
        make_device(settings)
    except BadDevice as cause:
        raise Problem(str(cause)) from cause
