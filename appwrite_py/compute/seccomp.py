"""A filter of system calls for what runs in a sandbox, as a program that the kernel takes (cBPF).

It leaves out what only helps to attack the kernel: namespaces, mounts, modules, eBPF, io_uring, keyrings, rare sockets.
"""

from __future__ import annotations

import errno
import platform
import struct
from typing import NamedTuple


class _Machine(NamedTuple):
    audit: int
    numbers: dict[str, int]
    others: int
    """Numbers from here on belong to another interface of the same machine; 0 for none."""


_X86 = _Machine(
    0xC000003E,
    {
        "clone": 56, "clone3": 435, "socket": 41, "ioctl": 16, "ptrace": 101,
        "unshare": 272, "setns": 308, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161,
        "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433,
        "mount_setattr": 442, "open_by_handle_at": 304, "add_key": 248, "request_key": 249, "keyctl": 250,
        "bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "io_uring_setup": 425, "io_uring_enter": 426,
        "io_uring_register": 427, "kexec_load": 246, "kexec_file_load": 320, "init_module": 175,
        "finit_module": 313, "delete_module": 176, "quotactl": 179, "swapon": 167, "swapoff": 168, "reboot": 169,
        "acct": 163, "settimeofday": 164, "clock_settime": 227, "sethostname": 170, "setdomainname": 171,
        "vhangup": 153, "iopl": 172, "ioperm": 173, "syslog": 103,
    },
    0x40000000,
)  # fmt: skip
_ARM = _Machine(
    0xC00000B7,
    {
        "clone": 220, "clone3": 435, "socket": 198, "ioctl": 29, "ptrace": 117,
        "unshare": 97, "setns": 268, "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51,
        "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433,
        "mount_setattr": 442, "open_by_handle_at": 265, "add_key": 217, "request_key": 218, "keyctl": 219,
        "bpf": 280, "perf_event_open": 241, "userfaultfd": 282, "io_uring_setup": 425, "io_uring_enter": 426,
        "io_uring_register": 427, "kexec_load": 104, "kexec_file_load": 294, "init_module": 105,
        "finit_module": 273, "delete_module": 106, "quotactl": 60, "swapon": 224, "swapoff": 225, "reboot": 142,
        "acct": 89, "settimeofday": 170, "clock_settime": 112, "sethostname": 161, "setdomainname": 162,
        "vhangup": 58, "syslog": 116,
    },
    0,
)  # fmt: skip
_MACHINES = {"x86_64": _X86, "aarch64": _ARM}
_SPECIAL = {"clone", "clone3", "socket", "ioctl"}

_NAMESPACES = 0x7E020000  # CLONE_NEWNS, -CGROUP, -UTS, -IPC, -USER, -PID, -NET
_FAMILIES = (1, 2, 10, 16)  # unix, IPv4, IPv6, netlink
_TERMINAL = (0x5412, 0x541C)  # TIOCSTI and TIOCLINUX, which type into a terminal

_LOAD, _EQUAL, _FROM, _ANY, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_REFUSE, _MISSING = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS

_Instruction = tuple[int, int, int, int]


def make_filter() -> bytes:
    """The program for this machine; empty where none has been written."""
    machine = _MACHINES.get(platform.machine())
    return _assembled(machine) if machine else b""


def _assembled(machine: _Machine) -> bytes:
    program: list[_Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, machine.audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine.others:
        program += [(_FROM, 0, 1, machine.others), (_RETURN, 0, 0, _REFUSE)]
    numbers = machine.numbers
    for name, number in numbers.items():
        if name not in _SPECIAL:
            program += _when(number, [(_RETURN, 0, 0, _REFUSE)])
    # glibc falls back to clone, whose flags can be looked at
    program += _when(numbers["clone3"], [(_RETURN, 0, 0, _MISSING)])
    program += _when(numbers["clone"], [*_argument(0), (_ANY, 0, 1, _NAMESPACES), *_verdicts()])
    program += _when(numbers["ioctl"], [*_argument(1), *_one_of(_TERMINAL), *_verdicts()])
    program += _when(numbers["socket"], [*_argument(0), *_one_of(_FAMILIES), *reversed(_verdicts())])
    program.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _when(number: int, then: list[_Instruction]) -> list[_Instruction]:
    return [(_EQUAL, 0, len(then), number), *then]


def _argument(place: int) -> list[_Instruction]:
    return [(_LOAD, 0, 0, _ARGUMENTS + 8 * place)]


def _one_of(values: tuple[int, ...]) -> list[_Instruction]:
    """Goes on to the first verdict behind these for one of the values, else to the second."""
    last = len(values) - 1
    return [(_EQUAL, last - place, 1 if place == last else 0, value) for place, value in enumerate(values)]


def _verdicts() -> list[_Instruction]:
    """First what is said to a match, then what is said to all others."""
    return [(_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)]
