"""Secrets of a deployment that lie in the tree go into no commit, and into no image."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]


def test_none_is_committed() -> None:
    if not (TREE / ".git").exists():
        pytest.skip("this is no repository")
    for name in ("postgres", "superuser", "pgpass"):
        asked = ["git", "check-ignore", "--quiet", f"deploy/secrets/{name}"]
        assert subprocess.run(asked, cwd=TREE, check=False).returncode == 0, name


def test_none_is_sent_to_what_builds_images() -> None:
    left_out = (TREE / ".dockerignore").read_text("utf-8").split()
    assert {"deploy/secrets/", "var/", ".git/"} <= set(left_out)
