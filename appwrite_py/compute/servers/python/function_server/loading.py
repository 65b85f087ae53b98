"""The function's module: how it is found, what it may import, and what is told when it cannot be loaded."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import sys
import traceback
import types
from collections.abc import Callable
from typing import Any

NO_HANDLER = "Function signature invalid. Did you forget to export a 'main' function?"

_BEFORE = (os.path.dirname(os.path.abspath(__file__)) + os.sep, importlib.__file__, "<frozen importlib")
"""Files that lead to the function's code, as tracebacks name them."""


class Unloadable(Exception):
    """The function cannot be loaded; the text says why."""


def traced(error: BaseException) -> str:
    """The traceback without what comes before the function's own code."""
    step = error.__traceback__
    while step is not None and step.tb_frame.f_code.co_filename.startswith(_BEFORE):
        step = step.tb_next
    return "".join(traceback.format_exception(type(error), error, step)).rstrip("\n")


def load(folder: str, entrypoint: str) -> Callable[..., Any]:
    """The handler. Its module is one of the package `function`, which is the folder."""
    file = os.path.realpath(os.path.join(folder, entrypoint))
    if not entrypoint or not os.path.isfile(file):
        raise Unloadable(f"Failed to load entrypoint, file {entrypoint} does not exist.")
    name = "function." + re.sub(r"\.py$", "", os.path.normpath(entrypoint)).replace(os.sep, ".")
    try:
        handler = importlib.import_module(name).main
    except SyntaxError as error:
        where = f"{os.path.relpath(error.filename or entrypoint, folder)}:{error.lineno}"
        raise Unloadable(f"Syntax error in {where}: {error.msg}") from error
    except ModuleNotFoundError as error:
        raise Unloadable(f"Module not found: {error.name}\n{traced(error)}") from error
    except AttributeError as error:
        raise Unloadable(f"{error}\n{traced(error)}") from error
    except BaseException as error:
        raise Unloadable(f"Failed to load module: {traced(error)}") from error
    if not callable(handler):
        raise Unloadable(NO_HANDLER)
    return handler  # type: ignore[no-any-return]


def prepare(folder: str) -> None:
    """Make the package, and what the build has installed, importable."""
    package = types.ModuleType("function")
    package.__path__ = [folder]
    first = os.path.join(folder, "__init__.py")
    if os.path.isfile(first):
        spec = importlib.util.spec_from_file_location("function", first, submodule_search_locations=[folder])
        if spec is not None:
            package = importlib.util.module_from_spec(spec)
    sys.modules["function"] = package
    _add_packages(folder)
    sys.path.append(folder)


def _add_packages(folder: str) -> None:
    """Those of the virtual environment; the machine's own are out of sight (`-S`)."""
    import site

    site.setquit()
    site.sethelper()
    home = os.path.join(folder, "runtime-env")
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    packages = os.path.join(home, "lib", version, "site-packages")
    if os.path.isdir(packages):
        site.addsitedir(packages)
        os.environ["VIRTUAL_ENV"] = home
        os.environ["PATH"] = os.path.join(home, "bin") + os.pathsep + os.environ.get("PATH", "")
