"""The server's key: given, made once, kept for one user."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from appwrite_py.serving.problems import Problem
from appwrite_py.serving.secrets import secrets_file, server_key
from appwrite_py.settings import Settings
from tests.conftest import settings_for_tests


def settings(folder: Path, key: str = "") -> Settings:
    return settings_for_tests(data_dir=folder, openssl_key=key)


def test_given_key_leaves_no_file(tmp_path: Path) -> None:
    assert server_key(settings(tmp_path / "data", "given")) == "given"
    assert not (tmp_path / "data").exists()


def test_made_key_stays(tmp_path: Path) -> None:
    kept = settings(tmp_path / "data")
    key = server_key(kept)
    assert len(key) >= 43
    assert server_key(kept) == key
    assert secrets_file(kept).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secrets.json"]
    assert server_key(settings(tmp_path / "other")) != key


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: server_key(settings(tmp_path)), range(32)))
    assert len(keys) == 1
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"openssl_key": ""}', '{"openssl_key": 5}', "not json"])
def test_broken_file_is_not_replaced(tmp_path: Path, text: str) -> None:
    file = secrets_file(settings(tmp_path))
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(Problem, match="holds no key"):
        server_key(settings(tmp_path))
    assert file.read_text() == text


def test_open_file_is_refused(tmp_path: Path) -> None:
    server_key(settings(tmp_path))
    secrets_file(settings(tmp_path)).chmod(0o640)
    with pytest.raises(Problem, match=r"mode 640.*chmod 600"):
        server_key(settings(tmp_path))


def test_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="cannot be read or made"):
        server_key(settings(tmp_path / "file" / "data"))
