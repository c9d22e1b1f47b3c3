"""What `deploy/` has for containers, as far as it can be tried without an engine."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

TREE = Path(__file__).parents[2]
DEPLOY = TREE / "deploy"


def run(place: Path, password: str | None) -> tuple[int, str]:
    """Runs `postgres.sh` with a `psql` that tells what it was given: how it ended, and that."""
    secret, told = place / "secret", place / "told"
    if password is not None:
        secret.write_text(password)
    script = place / "postgres.sh"
    script.write_text(
        (DEPLOY / "postgres.sh").read_text().replace("/run/secrets/postgres", str(secret))
    )
    psql = place / "psql"
    psql.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{told}\ncat >>{told}\n')
    psql.chmod(0o755)
    path = f"{place}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", str(script)], env={"PATH": path}, capture_output=True, check=False
    )
    return done.returncode, told.read_text() if told.exists() else ""


def test_the_role_has_the_password(tmp_path: Path) -> None:
    code, told = run(tmp_path, "an invented one")
    assert code == 0
    assert "password=an invented one\n" in told
    assert "CREATE ROLE wren" in told


@pytest.mark.parametrize("password", [None, ""])
def test_no_role_is_made_without_its_password(tmp_path: Path, password: str | None) -> None:
    code, told = run(tmp_path, password)
    assert code != 0
    assert told == ""


def compose() -> dict[str, Any]:
    """The compose file."""
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8")))


def test_compose_has_all_that_it_names() -> None:
    found = compose()
    for name, one in found["services"].items():
        volumes = [each.split(":")[0] for each in one["volumes"] if not each.startswith(".")]
        assert set(volumes) <= set(found["volumes"]), name
        secrets = {each if isinstance(each, str) else each["source"] for each in one["secrets"]}
        assert secrets <= set(found["secrets"]), name


def test_backups_have_a_place_that_the_image_makes() -> None:
    backup = compose()["services"]["backup"]
    place = backup["command"][-1]
    assert backup["command"][:2] == ["wren", "backup"]
    assert any(one.endswith(f":{place}") for one in backup["volumes"])
    assert re.search(
        rf"install -d -o wren .*{place}$", (DEPLOY / "Containerfile").read_text(), re.M
    )


def test_nothing_is_installed_but_by_a_hash() -> None:
    text = (DEPLOY / "Containerfile").read_text().replace("\\\n", " ")
    calls = re.findall(r"/bin/pip (?:install|wheel)[^&\n]*", text)
    assert len(calls) == 4
    for one in calls:
        from_a_lock = "--require-hashes" in one
        assert from_a_lock or (
            "--no-deps" in one and ("--no-build-isolation" in one or ".whl" in one)
        )


def versions(lock: str) -> dict[str, str]:
    """Package -> version."""
    found = (TREE / f"locks/{lock}.txt").read_text("utf-8")
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", found, re.M))


@pytest.mark.parametrize("lock", ["s3", "server", "phone", "build"])
def test_each_lock_has_what_is_tried(lock: str) -> None:
    tried = versions("all")
    assert versions(lock).items() <= tried.items()
    assert "setuptools" in versions("build")
    assert versions("server").items() < versions("s3").items()
    assert "boto3" in versions("s3")
