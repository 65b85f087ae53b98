"""What is told of how a password was hashed: the hash's kind, and what it was made with where that is of use."""

from __future__ import annotations

from typing import Literal

from appwrite_py.http.models import TypedDict


class AlgoArgon2(TypedDict):
    type: Literal["argon2"]
    memoryCost: int
    timeCost: int
    threads: int


class AlgoBcrypt(TypedDict):
    type: Literal["bcrypt"]


class AlgoMd5(TypedDict):
    type: Literal["md5"]


class AlgoPhpass(TypedDict):
    type: Literal["phpass"]


class AlgoSha(TypedDict):
    type: Literal["sha"]


class AlgoScrypt(TypedDict):
    type: Literal["scrypt"]
    costCpu: int
    costMemory: int
    costParallel: int
    length: int


class AlgoScryptModified(TypedDict):
    type: Literal["scryptMod"]
    salt: str
    saltSeparator: str
    signerKey: str


HashOptions = AlgoArgon2 | AlgoScrypt | AlgoScryptModified | AlgoBcrypt | AlgoMd5 | AlgoPhpass | AlgoSha
