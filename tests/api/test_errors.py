"""Errors: every one is a problem, and none tells what was sent or what went wrong inside."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from api.rules import inbox, opening, organisations
from shared import errors
from tests.api.checks import MARK, check_problem, nothing_stored, refused
from tests.service import Service
from tests.web.checks import check_page


def test_it_works(service: Service) -> None:
    told = refused(service, "GET", f"/{MARK}", status=404, code="not_found")
    assert set(told) == {"type", "title", "status", "detail", "code"}


def test_addresses_that_are_not_there(service: Service, subtests: pytest.Subtests) -> None:
    for path in (
        "/api", "/api/v1", "/api/v1/", f"/api/v1/{MARK}", "/api/v1/cases/",
        "/api/v1//cases", "/api/v2/cases", "/api/v1/health/", "/api/v1/%00",
        "/api/v1/docs/wren/..%2f..%2fapp.py", "/api/v1/docs/wren/../../app.py",
        "/api/v1/docs/ui/%2e%2e/%2e%2e/__init__.py", f"/api/v1/docs/ui/{MARK}",
        "/api/v1/cases/x/y", "/bootstrap", f"/bootstrap/{MARK}", f"/bootstrap/static/{MARK}",
    ):  # fmt: skip
        with subtests.test(path):
            check_problem(service.http.get(path), 404, "not_found")


def test_elsewhere_the_refusal_is_a_page(service: Service, subtests: pytest.Subtests) -> None:
    for path in (
        "//api/v1/cases", "/apis", f"/{MARK}", f"/o/{MARK}", "/o//eeast", "/swagger.json",
        "/swaggerui/index.css", "/static/web.css", f"/look/{MARK}", "/look/..%2fweb.css",
    ):  # fmt: skip
        with subtests.test(path):
            answer = service.http.get(path)
            check_page(answer, 404)
            assert MARK not in answer.text + str(answer.headers)


def test_a_zero_in_an_address_is_refused_before_anything_reads_it(
    service: Service, subtests: pytest.Subtests
) -> None:
    # PostgreSQL can't compare with it: it would end as 503.
    for path in ("/%00", "/o/%00", "/o/eeast%00", "/o/eeast%00/begin", "/look/%00"):
        with subtests.test(path):
            check_page(service.http.get(path), 404)
            check_page(service.http.post(path), 404)


def test_other_methods_of_a_page(service: Service) -> None:
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "POST"):
        answer = service.http.open("/", method=method)
        check_page(answer, 405)
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_methods_that_are_not_there(service: Service) -> None:
    for method, path, allowed in (
        ("DELETE", "/cases", "GET, POST"),
        ("PUT", "/case/messages", "GET, POST"),
        ("PUT", "/sessions", "GET, POST"),
        ("PUT", "/organisations/eeast", "GET, PATCH"),
        ("TRACE", "/health", "GET"),
    ):
        answer = service.call(method, path)
        check_problem(answer, 405, "wrong_method")
        listed = set(answer.headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"}
        assert listed == set(allowed.split(", "))


def test_head_has_no_body(service: Service) -> None:
    answer = service.call("HEAD", "/health")
    assert (answer.status_code, answer.data) == (200, b"")


def test_an_unexpected_error_tells_nothing(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise RuntimeError(MARK)

    monkeypatch.setattr(opening, "open_case", fail)
    body, token = service.report(content={"story": f"{MARK} and more"})
    with caplog.at_level(logging.DEBUG), nothing_stored(service):
        answer = service.post("/organisations/eeast/cases", body)
    told = check_problem(answer, 500, "internal")
    written = capsys.readouterr().err
    (line,) = map(json.loads, written.splitlines())
    assert line == {"event": "fault", "level": "error", "type": "RuntimeError", "id": told["id"]}
    assert not [one for one in caplog.records if one.exc_info]
    for secret in (MARK, token, body["case_id"]):
        assert secret not in caplog.text + written
    again = service.post("/organisations/eeast/cases", body).get_json()
    assert again["id"] != told["id"]


def test_a_line_of_the_log_has_a_type_and_no_time(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError(MARK)

    # Once where errors are answered, and once after that, where Flask would log the path.
    monkeypatch.setattr("api.rules.organisations.list_all", fail)
    assert service.get("/organisations").status_code == 500
    monkeypatch.setitem(service.app.after_request_funcs, None, [fail])
    assert service.get(f"/organisations/{MARK}").status_code == 500
    written = re.sub('"[0-9a-f]{16}"', '"<id>"', capsys.readouterr().err)
    fault = {"event": "fault", "level": "error"}
    assert [json.loads(one) for one in written.splitlines()] == [
        fault | {"type": "ZeroDivisionError", "id": "<id>"},
        fault | {"type": "ZeroDivisionError"},
        fault | {"type": "InternalServerError", "id": "<id>"},
        {"event": "library", "level": "error", "logger": "wren"},
    ]


def test_a_fault_halfway_stores_nothing(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    real = organisations.receipt_key

    def fail(*_args: object, **_more: object) -> None:
        raise RuntimeError(MARK)

    body, token = service.report()
    monkeypatch.setattr(organisations, "receipt_key", fail)
    with nothing_stored(service):
        check_problem(service.post("/organisations/eeast/cases", body), 500, "internal")
    monkeypatch.setattr(organisations, "receipt_key", real)
    assert service.post("/organisations/eeast/cases", body).status_code == 201
    assert service.reporter(token)


def test_a_database_that_fails_is_not_available(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise OperationalError(f"SELECT '{MARK}'", {}, Exception(MARK))

    monkeypatch.setattr(inbox, "inbox", fail)
    answer = service.get("/cases", service.handler())
    check_problem(answer, 503, "unavailable")
    assert answer.headers["Retry-After"]
    written = capsys.readouterr().err
    assert "OperationalError" in written
    assert MARK not in written


def test_health(service: Service) -> None:
    with nothing_stored(service):
        answer = service.get("/health")
    assert answer.status_code == 200
    found = answer.get_json()
    assert (found["status"], set(found)) == ("ok", {"status", "version", "parts"})
    assert found["parts"] == {"database": "ok", "vault": "ok", "worker": "away"}


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere-at-all/wren.db", "postgresql://wren@127.0.0.1:9/wren"]
)
def test_health_without_a_database(url: str, tmp_path: Path) -> None:
    broken = Service(url, {})
    answer = broken.get("/health")
    told = check_problem(answer, 503, "unavailable")
    assert "wren@" not in answer.text
    assert told["id"]
    broken.close()


def test_health_before_the_tables_are_made(tmp_path: Path) -> None:
    empty = Service(f"sqlite:///{tmp_path / 'empty.db'}", {})
    check_problem(empty.get("/health"), 503, "unavailable")
    empty.close()


def test_codes_are_stable() -> None:
    # Others' programs read these: a code never changes and none is used twice.
    assert set(errors.BY_CODE) == {
        "internal", "sealing", "bad_token", "bad_key", "wrong_key", "damaged",
        "unknown_version", "too_long", "bad_signature", "broken_chain", "missing_earlier",
        "epoch_changed", "bad_request", "sign_in", "unknown_token", "wrong_sign_in",
        "not_allowed", "not_found", "invitation", "wrong_method", "conflict", "readers_changed",
        "no_reader", "wrong_status", "too_early", "too_large", "wrong_type", "invalid",
        "slow_down", "unavailable", "line", "unreachable", "timed_out", "not_wren", "bad_address",
        "faulty", "wrong_date", "no_proxy", "bad_proxy", "unfinished", "no_room", "refused_file",
        "not_cleaned", "work_needed",
    }  # fmt: skip
    assert all(errors.BY_CODE[code].code == code for code in errors.BY_CODE)
