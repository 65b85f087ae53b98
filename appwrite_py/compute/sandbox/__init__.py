"""Sandboxes: how a program of a function is started so that it can reach little, and ended so that nothing is left.

Three kinds: bubblewrap, with namespaces of its own for processes, files and, where wanted, the network; a user of its
own, where the server is root; and limits only. A server takes the first of the former two that works on its machine.
"""

from __future__ import annotations

from appwrite_py.compute.sandbox.base import BUILD, FUNCTION, PATH, Command, Contained, Limits, Mount
from appwrite_py.compute.sandbox.bubblewrap import Bubblewrap
from appwrite_py.compute.sandbox.choice import Choice, NoSandbox, check_network, make_sandbox
from appwrite_py.compute.sandbox.own_user import OwnUser
from appwrite_py.compute.sandbox.places import open_place
from appwrite_py.compute.sandbox.plain import Sandbox

__all__ = [
    "BUILD", "FUNCTION", "PATH", "Bubblewrap", "Choice", "Command", "Contained", "Limits", "Mount", "NoSandbox",
    "OwnUser", "Sandbox", "check_network", "make_sandbox", "open_place",
]  # fmt: skip
