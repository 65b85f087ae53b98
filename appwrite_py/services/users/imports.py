"""Users who bring the hash of their password along from elsewhere. It is renewed when they sign in first."""

from __future__ import annotations

from typing import Annotated, Any

from appwrite_py import errors
from appwrite_py.auth import passwords
from appwrite_py.auth.passwords.digests import DEFAULT_VERSION, VERSIONS
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, Email, Text128
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.identity import users as kept
from appwrite_py.identity.users import PasswordHash
from appwrite_py.platform import policies
from appwrite_py.services.users import access
from appwrite_py.services.users.models import User

imports = Service("users", "/v1/users", within="project")

Hashed = Annotated[str, rules.Password()]
Version = Annotated[str, rules.OneOf(*VERSIONS, ci=True)]
Number = Annotated[int, rules.Integer(32)]
Base64 = Annotated[str, rules.Base64(128)]
_PROMISES: dict[str, Any] = {
    "scope": "users.write", "callers": SERVER, "status": 201, "event": "users.[userId].create",
    "audit": "user.create user/{response.$id}",
}  # fmt: skip


@imports.post("/argon2", sdk="createArgon2User", **_PROMISES)
async def argon2(ctx: Ctx, userId: CustomId, email: Email, password: Hashed, name: Text128 = "") -> User:
    """Create a user whose password is an Argon2 hash."""
    return await _create(ctx, userId, email, name, passwords.imported(password))


@imports.post("/bcrypt", sdk="createBcryptUser", **_PROMISES)
async def bcrypt(ctx: Ctx, userId: CustomId, email: Email, password: Hashed, name: Text128 = "") -> User:
    """Create a user whose password is a bcrypt hash."""
    return await _create(ctx, userId, email, name, PasswordHash(password, "bcrypt"))


@imports.post("/md5", sdk="createMD5User", **_PROMISES)
async def md5(ctx: Ctx, userId: CustomId, email: Email, password: Hashed, name: Text128 = "") -> User:
    """Create a user whose password is an MD5 digest in hexadecimal."""
    return await _create(ctx, userId, email, name, PasswordHash(password, "md5"))


@imports.post("/phpass", sdk="createPHPassUser", **_PROMISES)
async def phpass(ctx: Ctx, userId: CustomId, email: Email, password: Hashed, name: Text128 = "") -> User:
    """Create a user whose password is a phpass hash, as WordPress has them."""
    return await _create(ctx, userId, email, name, PasswordHash(password, "phpass"))


@imports.post("/sha", sdk="createSHAUser", **_PROMISES)
async def sha(
    ctx: Ctx, userId: CustomId, email: Email, password: Hashed, passwordVersion: Version = "", name: Text128 = ""
) -> User:
    """Create a user whose password is a SHA digest in hexadecimal, of SHA3-512 if no version is named."""
    options = {"version": passwordVersion.lower() or DEFAULT_VERSION}
    return await _create(ctx, userId, email, name, PasswordHash(password, "sha", options))


@imports.post("/scrypt", sdk="createScryptUser", **_PROMISES)
async def scrypt(
    ctx: Ctx, userId: CustomId, email: Email, password: Hashed, passwordSalt: Text128, passwordCpu: Number,
    passwordMemory: Number, passwordParallel: Number, passwordLength: Number, name: Text128 = "",
) -> User:  # fmt: skip
    """Create a user whose password is a scrypt hash in hexadecimal.

    passwordCpu is the cost N, a power of two; passwordMemory the block size r; passwordParallel p.
    """
    options = {
        "salt": passwordSalt, "costCpu": passwordCpu, "costMemory": passwordMemory, "costParallel": passwordParallel,
        "length": passwordLength,
    }  # fmt: skip
    return await _create(ctx, userId, email, name, PasswordHash(password, "scrypt", options))


@imports.post("/scrypt-modified", sdk="createScryptModifiedUser", **_PROMISES)
async def scrypt_modified(
    ctx: Ctx, userId: CustomId, email: Email, password: Hashed, passwordSalt: Base64, passwordSaltSeparator: Base64,
    passwordSignerKey: Base64, name: Text128 = "",
) -> User:  # fmt: skip
    """Create a user whose password is a hash of Firebase; salt, separator and key are those of its export."""
    options = {"salt": passwordSalt, "saltSeparator": passwordSaltSeparator, "signerKey": passwordSignerKey}
    return await _create(ctx, userId, email, name, PasswordHash(password, "scryptMod", options))


async def _create(ctx: Ctx, user_id: str, email: str, name: str, hashed: PasswordHash) -> User:
    """Raises GENERAL_ARGUMENT_INVALID for a hash whose verification would take too much of the server."""
    if not passwords.is_affordable(hashed):
        raise errors.GENERAL_ARGUMENT_INVALID("The costs of the password hash are not valid, or too high.")
    await access.check_free_email(ctx, email)
    remember = policies.password_history(ctx.project) > 0
    new = kept.NewUser(ctx.new_id(user_id), name, email, password=hashed, keep_history=remember)
    return access.show(ctx, await kept.create(ctx.db, ctx.project.id, new, ctx.now))
