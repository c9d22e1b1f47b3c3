"""A setting that is wrong is named, with what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Deployment


@pytest.mark.parametrize("command", ["init", "serve", "doctor"])
def test_a_misspelt_name(deployment: Deployment, command: str) -> None:
    said = deployment.refused(command, DATABSE_URL="sqlite:///x.db")
    assert said.startswith("WREN_DATABSE_URL: there is no such setting. Known: ")
    assert "WREN_DATABASE_URL" in said


@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_a_missing_secret(deployment: Deployment, command: str) -> None:
    (deployment.place / "secret").unlink()
    said = deployment.refused(command)
    assert said.startswith("WREN_SECRET_FILE: ")
    assert said.endswith("for a new installation run: wren init")


@pytest.mark.parametrize("content", ["", "abc", "é", "A" * 42, "=" * 43, "A" * 44])
def test_a_secret_that_is_none(deployment: Deployment, content: str) -> None:
    (deployment.place / "secret").write_text(content)
    assert deployment.refused("doctor").startswith("WREN_SECRET_FILE: ")


def test_a_secret_that_can_not_be_read(deployment: Deployment) -> None:
    said = deployment.refused("doctor", SECRET_FILE=str(deployment.place))
    assert "can't be read" in said


@pytest.mark.parametrize("url", ["mysql://x/y", "wren.db", "sqlite://", ""])
def test_a_database_of_another_kind(deployment: Deployment, url: str) -> None:
    said = deployment.refused("serve", DATABASE_URL=url)
    assert said == "WREN_DATABASE_URL: begin it with sqlite:/// or postgresql://"


def test_a_database_that_is_not_there(deployment: Deployment, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'nowhere' / 'wren.db'}"
    assert "database" in deployment.refused("organisation", "add", "abc", "x", DATABASE_URL=url)


def test_a_server_that_is_not_there(deployment: Deployment) -> None:
    url = "postgresql://wren:hidden@127.0.0.1:9/wren"
    said = deployment.refused("organisation", "add", "abc", "x", DATABASE_URL=url)
    assert said == "The database can't be used (OperationalError). Run: wren init"
    assert "hidden" not in said
