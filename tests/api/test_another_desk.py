"""When nobody answers: past a deadline the reporter takes the case to another desk."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from api.models.account import Membership
from api.rules import organisations
from tests.api import clients, sealed
from tests.api.checks import MARK, check_problem, nothing_stored, refused, text
from tests.api.handling import (
    at,
    by_hours,
    case_row,
    change,
    let_in,
    note,
    opens,
    person,
    readers,
    retire,
)
from tests.service import Service

BODY = {"desk": "senior-manager"}
MANAGERS = {"handler-3", "handler-4"}


def move(service: Service, token: str) -> Any:
    """The answer to going to the senior managers."""
    return service.post("/case/epochs", BODY, service.reporter(token))


def late(service: Service, **more: Any) -> tuple[str, str]:
    """A case that nobody acknowledged in time."""
    at(service, "2026-06-01 12:00")
    opened = service.open_case(**more)
    at(service, "2026-06-04 12:00")
    return opened


def test_it_works(service: Service) -> None:
    reference, token = late(service)
    reporter = service.reporter(token)
    assert service.get("/case", reporter).get_json()["overdue"] == "acknowledge"
    change(service, reference, assigned_to=person(service, "handler-1"))
    answer = move(service, token)
    assert answer.status_code == 200, answer.text
    assert readers(service, reporter) == MANAGERS
    for name in ("handler-1", "handler-2"):
        assert not opens(service, reference, name)
        assert service.get("/cases", service.handler(name)).get_json()["items"] == []
    found = service.get("/cases", service.handler("handler-3")).get_json()["items"]
    assert [(one["reference"], one["status"], one["desk"]) for one in found] == [
        (reference, "new", "senior-manager"),
    ]  # fmt: skip
    assert opens(service, reference, "handler-4")
    # It begins anew there, with days of its own.
    mine = service.get("/case", reporter).get_json()
    assert (mine["acknowledge_by"], mine["feedback_by"]) == ("2026-06-08", "2026-09-04")
    assert (mine["overdue"], mine["assigned_to"], mine["opened_on"]) == (
        None, None, "2026-06-01",
    )  # fmt: skip
    # Those before read nothing that comes after, with the whole database.
    service.post("/case/messages", text("Only for the managers"), reporter)
    thread = service.get("/case/messages", reporter).get_json()["items"]
    outside = clients.with_the_database(service, reference, "handler-1")
    assert [clients.can_read(outside, one) for one in thread] == [True, False]
    shown = service.get(f"/cases/{reference}/messages", service.handler("handler-3")).get_json()
    assert [one.get("problem") for one in shown["items"]] == [None, None]


def test_too_early(service: Service) -> None:
    at(service, "2026-06-01 12:00")
    reference, token = service.open_case()
    for when in ("2026-06-01 12:00", "2026-06-03 23:59:59"):
        at(service, when)
        refused(service, "POST", "/case/epochs", BODY, service.reporter(token),
                status=409, code="too_early")  # fmt: skip
    at(service, "2026-06-04 00:00")
    change(service, reference, status="acknowledged")
    refused(service, "POST", "/case/epochs", BODY, service.reporter(token),
            status=409, code="too_early")  # fmt: skip
    at(service, "2026-09-02 12:00")
    change(service, reference, status="closed")
    refused(service, "POST", "/case/epochs", BODY, service.reporter(token),
            status=409, code="too_early")  # fmt: skip


def test_when_feedback_is_late(service: Service) -> None:
    reference, token = late(service)
    change(service, reference, status="in_progress")
    at(service, "2026-09-02 12:00")
    assert move(service, token).status_code == 200
    row = case_row(service, reference)
    assert (row.acknowledged_on, row.status) == (None, "new")


def test_the_same_again_is_no_fault(service: Service) -> None:
    _, token = late(service)
    reporter = service.reporter(token)
    first = service.post("/case/epochs", BODY, reporter)
    with nothing_stored(service):
        again = service.post("/case/epochs", BODY, reporter)
    assert (again.status_code, again.data) == (200, first.data)


def test_by_hours_the_new_desk_sees_it_at_the_release(service: Service) -> None:
    by_hours(service, "2026-06-01 08:15")
    reference, token = service.open_case()
    at(service, "2026-06-04 08:15")
    assert opens(service, reference, "handler-1")
    assert move(service, token).status_code == 200
    for name in ("handler-1", "handler-3"):
        assert not opens(service, reference, name)
    at(service, "2026-06-04 12:59:59")
    assert service.get("/cases", service.handler("handler-3")).get_json()["items"] == []
    at(service, "2026-06-04 13:00")
    items = service.get("/cases", service.handler("handler-3")).get_json()["items"]
    assert [one["reference"] for one in items] == [reference]
    assert opens(service, reference, "handler-4")
    assert not opens(service, reference, "handler-1")


def test_whom_the_reporter_left_out_stays_out(service: Service) -> None:
    reference, token = late(service, excluded=[person(service, "handler-3")])
    assert move(service, token).status_code == 200
    assert readers(service, service.reporter(token)) == {"handler-4"}
    assert not opens(service, reference, "handler-3")


def test_a_desk_where_everybody_is_left_out(service: Service) -> None:
    _, token = late(service, excluded=[person(service, name) for name in MANAGERS])
    refused(service, "POST", "/case/epochs", BODY, service.reporter(token),
            status=409, code="no_reader")  # fmt: skip
    _, token = late(service)
    for name in MANAGERS:
        retire(service, name)
    refused(service, "POST", "/case/epochs", BODY, service.reporter(token),
            status=409, code="no_reader")  # fmt: skip


def test_somebody_of_both_desks_reads_on(service: Service) -> None:
    reference, token = late(service)
    let_in(service, reference, token, "handler-3", until="2026-06-20")
    assert move(service, token).status_code == 200
    # Now of the case's desk: no consent ends their reading.
    at(service, "2026-07-20 12:00")
    assert opens(service, reference, "handler-3")


def test_notes_stay_with_those_who_wrote_them(service: Service) -> None:
    reference, token = late(service)
    service.post(f"/cases/{reference}/notes", note("By the first desk"), service.handler())
    assert move(service, token).status_code == 200
    three, path = service.handler("handler-3"), f"/cases/{reference}/notes"
    assert service.post(path, note("By the second"), three).status_code == 201
    page = service.get(path, three).get_json()["items"]
    assert [one.get("problem", {}).get("code") for one in page] == ["wrong_key", None]


def test_sealed(service: Service) -> None:
    at(service, "2026-06-01 12:00")
    reference, token = sealed.open_case(service, excluded=[service.handlers["handler-4"].id])
    at(service, "2026-06-04 12:00")
    mine, bearer = clients.reporter(service, token), sealed.reporter(service, token)
    new = mine.take_to_desk("senior-manager")
    # The readers are exactly the desk's: not one more, and none of those left out.
    for names in (("handler-3", "handler-1"), ("handler-3", "handler-4"), ("handler-1",)):
        other = mine.prepare_epoch([service.handlers[one].id for one in names], **BODY)
        with nothing_stored(service):
            answer = service.post("/case/epochs", other.body, bearer)
        check_problem(answer, 409, "readers_changed")
    other = {"epoch": new.body["epoch"], "desk": "guardian"}
    with nothing_stored(service):
        answer = service.post("/case/epochs", other, bearer)
    check_problem(answer, 409, "readers_changed")
    mine.send_epoch(new)
    assert opens(service, reference, "handler-3")
    assert not opens(service, reference, "handler-1")
    mine.send_epoch(new)
    mine.refresh()
    assert [str(one) for one in mine.handlers()] == [person(service, "handler-3")]


def test_sealed_it_can_be_too_early(service: Service) -> None:
    _, token = sealed.open_case(service)
    mine = clients.reporter(service, token)
    new = mine.take_to_desk("senior-manager")
    bearer = sealed.reporter(service, token)
    with nothing_stored(service):
        answer = service.post("/case/epochs", new.body, bearer)
    check_problem(answer, 409, "too_early")


def test_desks_that_are_none(service: Service, subtests: pytest.Subtests) -> None:
    _, token = late(service)
    bearer = service.reporter(token)
    for desk in ("nowhere", MARK, "", None, 7, ["guardian"]):
        with subtests.test(repr(desk)):
            told = refused(service, "POST", "/case/epochs", {"desk": desk}, bearer,
                           status=422, code="invalid")  # fmt: skip
            assert set(told["errors"]) == {"desk"}


def test_a_desk_by_the_roster_not_by_the_database(service: Service) -> None:
    # A row that nobody signed for makes no reader.
    def joins(db: Any) -> None:
        desk = organisations.find_desk(db, organisations.find(db, "eeast"), "senior-manager")
        who = service.handlers["handler-2"].id
        db.execute(update(Membership).where(Membership.account_id == who).values(desk_id=desk))

    reference, token = late(service)
    service.database.write(joins)
    assert move(service, token).status_code == 200
    assert not opens(service, reference, "handler-2")
