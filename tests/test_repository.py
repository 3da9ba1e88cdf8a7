"""What must never be in the repository is not in it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# What a workspace keeps beside a notebook or in a checkout; a secret among it is a secret told.
KEPT = {"data", "secrets", "postgres", "quarantine", "archive_spool"}
LARGEST_BYTES = 2_000_000


def _tracked() -> list[Path]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout: what is tracked cannot be listed")
    listed = subprocess.run(
        [git, "-C", str(ROOT), "ls-files", "-z"], check=True, capture_output=True, text=True
    ).stdout
    return [Path(name) for name in listed.split("\0") if name]


def test_no_data_folder_of_a_workspace_is_tracked() -> None:
    tracked = _tracked()
    assert Path("README.md") in tracked
    assert [str(path) for path in tracked if KEPT & set(path.parts[:-1])] == []


def test_no_tracked_file_is_a_dump_or_a_lab_file() -> None:
    tracked = [path for path in _tracked() if (ROOT / path).is_file()]
    assert [str(path) for path in tracked if path.suffix in {".parquet", ".dump", ".key"}] == []
    large = [str(path) for path in tracked if (ROOT / path).stat().st_size > LARGEST_BYTES]
    assert large == []
