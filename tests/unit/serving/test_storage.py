"""A storage device that cannot be used is told before anything is started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from appwrite_py.serving.checks import findings
from appwrite_py.serving.problems import Problem
from appwrite_py.serving.serve import serve
from appwrite_py.settings import Settings


def settings(folder: Path, **values: Any) -> Settings:
    return Settings(_env_file=None, data_dir=folder / "data", port=0, **values)


def test_the_server_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="needs _APP_STORAGE_S3_ACCESS_KEY and _APP_STORAGE_S3_SECRET"):
        serve(settings(tmp_path, storage_device="s3"), lambda *_: None, lambda *_: None)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("values", "level", "text"),
    [
        ({}, "good", "in the data folder"),
        ({"storage_device": "floppy"}, "problem", "there are azure, gcs, local, s3"),
        (
            {
                "storage_device": "S3",
                "storage_s3_access_key": "key",
                "storage_s3_secret": "secret",
                "storage_s3_bucket": "files",
            },
            "good",
            "in a store (s3)",
        ),
    ],
)
def test_doctor_looks_at_it(tmp_path: Path, values: dict[str, str], level: str, text: str) -> None:
    found = next(finding for finding in findings(settings(tmp_path, **values)) if finding.about == "Files")
    assert found.level == level
    assert text in found.text
