"""Numbers that tell when nobody did anything: held for a day or an hour, lumped, nameless."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as open_metrics

from api import config, metrics, setup
from api.app import create_app
from api.config import Config, ConfigError
from api.metrics import DAY, HOUR, Numbers
from api.models.base import Database
from tests.api.checks import MARK
from tests.postgres import free_port
from tests.service import SECRET, Clock, Service


@pytest.fixture
def watched(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Service, Numbers, Clock]]:
    """A service of its own that is watched, and the clock of its numbers."""
    clock = Clock()
    app = create_app(service.database.config)
    numbers = Numbers(app.extensions["wren"], clock)
    metrics.watch(app, numbers)
    monkeypatch.setattr(service, "http", app.test_client())
    yield service, numbers, clock
    app.extensions["wren"].engine.dispose()


def read(numbers: Numbers) -> str:
    """What a reader gets."""
    return generate_latest(numbers.registry).decode()


Watched = tuple[Service, Numbers, Clock]


def test_it_works(watched: Watched) -> None:
    service, numbers, clock = watched
    service.open_case()
    service.get("/cases", service.handler())
    service.http.get("/console/inbox")
    clock.now += HOUR
    told = read(numbers)
    line = 'wren_staff_requests_total{method="GET",route="/api/v1/cases",status="2xx"} 1.0'
    assert line in told
    assert "wren_reporter_requests_total{" not in told
    clock.now += DAY
    told = read(numbers)
    assert 'wren_reporter_requests_total{status="2xx"} 1.0' in told
    assert "wren_reporter_seconds_bucket" in told


def test_what_reporters_do_changes_no_reading(watched: Watched) -> None:
    """Read all the time, it is the same whether somebody reports, writes, withdraws or not."""
    service, numbers, clock = watched
    before = read(numbers)
    _, token = service.open_case()
    assert read(numbers) == before
    bearer = service.reporter(token)
    for _ in range(8):
        clock.now += DAY / 9
        service.get("/case", bearer)
        service.http.get("/o/eeast")
        service.http.get(f"/{MARK}")
        assert read(numbers) == before
        assert open_metrics(numbers.registry) == open_metrics(numbers.registry)
    service.call("DELETE", "/case", bearer=bearer)
    assert read(numbers) == before
    clock.now += DAY / 9
    assert read(numbers) != before


def test_hours_of_staff_are_told_by_the_hour(watched: Watched) -> None:
    service, numbers, clock = watched
    bearer, before = service.handler(), read(numbers)
    for _ in range(3):
        service.get("/cases", bearer)
        clock.now += HOUR / 4
        assert read(numbers) == before
    clock.now += HOUR / 4
    assert read(numbers) != before


def test_it_has_no_times_and_no_values(watched: Watched) -> None:
    service, numbers, clock = watched
    reference, _ = service.open_case(content={"story": MARK})
    bearer = service.handler()
    service.get(f"/cases/{reference}", bearer)
    service.get(f"/cases/{MARK}", bearer)
    service.http.open(f"/{MARK}", method=MARK.upper().replace(" ", ""))
    clock.now += 2 * DAY
    for told in (read(numbers), open_metrics(numbers.registry).decode()):
        assert "/api/v1/cases/<string:reference>" in told
        for secret in (reference, MARK, "eeast", "_created", "process_", "python_"):
            assert secret not in told


def test_a_fault_is_told_at_once(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    service, numbers, _ = watched

    def fail(*_args: object) -> None:
        raise RuntimeError(MARK)

    monkeypatch.setattr("api.rules.organisations.list_all", fail)
    assert service.get("/organisations").status_code == 500
    assert "wren_faults_total 1.0" in read(numbers)


def test_every_process_has_a_port_of_its_own(tmp_path: Path) -> None:
    port = free_port()
    settings = Config(f"sqlite:///{tmp_path / 'wren.db'}", SECRET, metrics=("127.0.0.1", port))
    setup.init(Database(settings))
    first, second = (metrics.serve(create_app(settings)) for _ in range(2))
    assert first is not None
    assert second is not None
    assert port <= first < second
    for one in (first, second):
        with urllib.request.urlopen(f"http://127.0.0.1:{one}/metrics") as answer:
            assert b"wren_worker_alive 0.0" in answer.read()
    assert metrics.serve(create_app(replace(settings, metrics=None))) is None


def test_settings() -> None:
    assert config.metrics({}) is None
    assert config.metrics({"WREN_METRICS": "127.0.0.1:9464"}) == ("127.0.0.1", 9464)
    for wrong in ("9464", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "a b:1"):
        with pytest.raises(ConfigError, match="WREN_METRICS"):
            config.metrics({"WREN_METRICS": wrong})
