"""The server's own key: from the settings, or made once and kept in the data folder for its user alone."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from appwrite_py.serving.problems import Problem
from appwrite_py.settings import Settings

_BYTES = 32
_FIELD = "openssl_key"


def server_key(settings: Settings) -> str:
    """The key that encrypts secrets at rest: `_APP_OPENSSL_KEY_V1`, else the kept one, else a new one that is kept.

    Raises Problem.
    """
    if settings.openssl_key:
        return settings.openssl_key
    path = secrets_file(settings)
    try:
        if not path.exists():
            _make(path)
        return _read(path)
    except OSError as cause:
        raise Problem(
            f"The server's key in {path} cannot be read or made: {cause.strerror}. Give the data folder to this user, "
            "or set _APP_OPENSSL_KEY_V1."
        ) from cause


def secrets_file(settings: Settings) -> Path:
    """Where the key is kept."""
    return settings.data_dir / "secrets.json"


def _make(path: Path) -> None:
    """Write a new key. The file appears whole or not at all; where two processes try, the first one's key stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with open(fd, "w") as file:
            json.dump({_FIELD: secrets.token_urlsafe(_BYTES)}, file)
            file.write("\n")
            file.flush()
            os.fsync(fd)
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
    _sync(path.parent)


def _read(path: Path) -> str:
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise Problem(f"{path} is open to other users (mode {mode:o}). Close it: chmod 600 {path}")
    try:
        key = json.loads(path.read_text())[_FIELD]
    except (ValueError, KeyError, TypeError):
        key = ""
    if not isinstance(key, str) or not key:
        raise Problem(
            f"{path} holds no key. Put the file of your backup there: without its key, what it encrypted is lost."
        )
    return key


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
