"""Checks for detriment, three, six and twelve months after closing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import clients, sealed
from tests.api.checks import MARK, nothing_stored, outsiders_refused, refused
from tests.api.handling import acts, at, change, note
from tests.service import Service


def made(service: Service, reference: str, months: int, name: str = "handler-1") -> Any:
    """The answer to a note that a check was made."""
    body = note("Asked in the thread: none so far.", months=months)
    return service.post(f"/cases/{reference}/checks", body, service.handler(name))


def checks(service: Service, reference: str) -> list[tuple[int, str, str | None]]:
    """Months, when due, when made."""
    found = service.get(f"/cases/{reference}", service.handler()).get_json()["checks"]
    return [(one["months"], one["due_on"], one["done_on"]) for one in found]


def due(service: Service) -> list[tuple[str, str | None]]:
    """Reference, and what is due, of the cases with a check that is due."""
    items = service.get("/cases?due=checks", service.handler()).get_json()["items"]
    return [(one["reference"], one["due"]) for one in items]


def closed(service: Service, day: str = "2026-05-31") -> str:
    """The reference of a case that was closed on a day."""
    at(service, f"{day} 12:00")
    reference, _ = service.open_case()
    change(service, reference, status="closed")
    return reference


def test_it_works(service: Service) -> None:
    reference = closed(service)
    assert checks(service, reference) == [
        (3, "2026-08-31", None), (6, "2026-11-30", None), (12, "2027-05-31", None),
    ]  # fmt: skip
    at(service, "2026-08-30 12:00")
    assert due(service) == []
    at(service, "2026-08-31 12:00")
    assert due(service) == [(reference, "check")]
    answer = made(service, reference, 3)
    assert (answer.status_code, answer.get_json()) == (201, {"number": 1})
    assert due(service) == []
    assert checks(service, reference)[0] == (3, "2026-08-31", "2026-08-31")
    written = service.get(f"/cases/{reference}/notes", service.handler("handler-2")).get_json()
    assert written["items"][0]["content"]["text"] == "Asked in the thread: none so far."
    assert acts(service, reference)[-1] == ("detriment_checked", {})
    at(service, "2027-05-31 12:00")
    assert due(service) == [(reference, "check")]
    assert made(service, reference, 6).status_code == 201
    assert due(service) == [(reference, "check")]
    assert made(service, reference, 12, "handler-2").status_code == 201
    assert due(service) == []


def test_outsiders_make_none(service: Service) -> None:
    reference = closed(service)
    outsiders_refused(service, "POST", "/cases/{}/checks", reference, note(months=3))
    at(service, "2026-09-01 12:00")
    for name in ("handler-3", "handler-5"):
        page = service.get("/cases?due=checks", service.handler(name)).get_json()
        assert page["items"] == []


def test_an_open_case_has_none(service: Service) -> None:
    reference, _ = service.open_case()
    body, bearer = note(months=3), service.handler()
    path = f"/cases/{reference}/checks"
    refused(service, "POST", path, body, bearer, status=404, code="not_found")


def test_reopened_and_closed_again(service: Service) -> None:
    reference = closed(service)
    at(service, "2026-09-01 12:00")
    made(service, reference, 3)
    change(service, reference, status="in_progress")
    assert checks(service, reference) == [(3, "2026-08-31", "2026-09-01")]
    assert due(service) == []
    at(service, "2026-10-01 12:00")
    change(service, reference, status="closed")
    # The one that was made stays made; the others count from the new day.
    assert checks(service, reference) == [
        (3, "2026-08-31", "2026-09-01"), (6, "2027-04-01", None), (12, "2027-10-01", None),
    ]  # fmt: skip


def test_the_same_again_is_the_first_answer(service: Service) -> None:
    reference = closed(service)
    path, bearer, body = f"/cases/{reference}/checks", service.handler(), note(months=3)
    first = service.post(path, body, bearer)
    with nothing_stored(service):
        again = service.post(path, body, bearer)
    assert (again.status_code, again.data) == (200, first.data)
    # Somebody looks again: another note, and the day of the first look stays.
    day = checks(service, reference)[0]
    at(service, "2026-06-20 12:00")
    assert made(service, reference, 3).status_code == 201
    assert checks(service, reference)[0] == day


def test_sealed(service: Service) -> None:
    at(service, "2026-05-31 12:00")
    reference, _ = sealed.open_case(service)
    change(service, reference, sealed.handler(service), status="closed")
    mine = clients.handler(service, reference)
    mine.add_note("So that there is a notes key.")
    prepared = mine._seal("note", {"text": "Asked, sealed."}, "checks", months=3)
    path = f"/cases/{reference}/checks"
    answer = service.post(path, prepared.body, sealed.handler(service))
    assert answer.status_code == 201, answer.text
    assert checks(service, reference)[0][2] == "2026-05-31"


def test_fields_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    reference = closed(service)
    bearer, path = service.handler(), f"/cases/{reference}/checks"
    for what, (body, name) in {
        "no months": (note(), "months"),
        "four months": (note(months=4), "months"),
        "a text": (note(months="3"), "months"),
        "a fraction": (note(months=3.5), "months"),
        "null": (note(months=None), "months"),
        "an empty note": (note(" ", months=3), "content"),
        "unknown": (note(months=3) | {MARK: MARK}, "_unknown"),
    }.items():
        with subtests.test(what):
            told = refused(service, "POST", path, body, bearer, status=422, code="invalid")
            assert name in told["errors"]
