"""Health says which parts are well: a worker that is at work, a vault that can be written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from api.worker import Worker
from tests.service import Service


def parts(service: Service) -> dict[str, str]:
    """What health says of the parts."""
    answer = service.get("/health")
    assert answer.status_code == 200
    found: dict[str, str] = answer.get_json()["parts"]
    return found


def test_it_works(service: Service) -> None:
    assert parts(service)["worker"] == "away"
    Worker(service.database).run_once()
    assert parts(service) == {"database": "ok", "vault": "ok", "worker": "ok"}
    service.clock.now += 301
    assert parts(service)["worker"] == "away"
    Worker(service.database).run_once()
    assert parts(service)["worker"] == "ok"


@pytest.mark.parametrize("by", [-86400, 86400])
def test_a_clock_that_is_set(service: Service, by: int) -> None:
    Worker(service.database).run_once()
    service.clock.now += by
    assert parts(service)["worker"] == "away"
    Worker(service.database).run_once()
    assert parts(service)["worker"] == "ok"


def test_a_vault_that_is_away(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("not a directory")
    config = replace(service.database.config, vault=str(file / "vault"))
    monkeypatch.setattr(service.database, "config", config)
    assert parts(service)["vault"] == "away"
