"""Withdrawing: everything goes at once, or is kept closed until a legal hold is lifted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import inspect

from api.models.base import Work
from api.models.notice import NoticeMark
from api.rules import outbox
from shared.errors import UnknownToken
from shared.sealing import tokens
from tests.api import clients, sealed
from tests.api.checks import (
    UNKNOWN,
    at_once,
    check_problem,
    counts,
    nothing_stored,
    refused,
    stored,
    text,
)
from tests.api.handling import (
    by_hours,
    case_row,
    change,
    change_settings,
    let_in,
    note,
    person,
    tally,
)
from tests.journeys.marks import rows
from tests.service import Service

KEPT = {"audit", "tally"}
"""What stays: acts of handlers, and counts. Neither says what the case was."""


def withdraw(service: Service, token: str) -> Any:
    """What the reporter is answered."""
    answer = service.call("DELETE", "/case", bearer=service.reporter(token))
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def lived(service: Service) -> tuple[str, str]:
    """A case that has something in every table that a case can have something in."""
    reference, token = service.open_case(excluded=[person(service, "handler-4")])
    other, _ = service.open_case()
    path, bearer = f"/cases/{reference}", service.handler()
    let_in(service, reference, token, "handler-3")
    service.post(f"{path}/notes", note(), bearer)
    content = {"national": "2026", "local": 0, "elements": ["detriment"]}
    service.call("PUT", f"{path}/classification", {"id": str(uuid4()), "content": content}, bearer)
    service.post(f"{path}/links", {"reference": other}, bearer)
    service.call("PUT", f"{path}/draft", {"content": {"text": "A draft"}}, bearer)
    change(service, reference, assigned_to=person(service, "handler-1"))
    change(service, reference, status="closed", outcome="referred")
    tell(service, reference)
    return reference, token


def tell(service: Service, reference: str) -> None:
    """A notice of the case waits for handler-1."""
    case, reader = case_row(service, reference), service.handlers["handler-1"].id

    def put(db: Work) -> None:
        delivery = outbox.put(db, kind="notice", target=reader, event="notice.new", body={},
                              organisation_id=case.organisation_id)  # fmt: skip
        db.add(NoticeMark(delivery_id=delivery, case_id=case.id))

    service.database.write(put)


def test_it_works(service: Service) -> None:
    empty = counts(service)
    reference, token = lived(service)
    case = case_row(service, reference)
    service.post("/case/messages", text(), service.reporter(token))
    tables = {name for name, count in counts(service).items() if count > empty[name]}
    assert tables >= {
        "cases", "messages", "notes", "case_access", "case_checks", "case_consents",
        "case_epochs", "case_excluded", "case_keys", "case_links", "drafts", "notice_marks", *KEPT,
    }  # fmt: skip
    counted = tally(service)
    assert withdraw(service, token) == {
        "deleted": True,
        "held": False,
        "backups_until": str(date.today() + timedelta(days=30)),
        "exports": 0,
    }
    # Not a row of any other table has to do with it; the id stands in the audit alone.
    for name, table in rows(service.database_url).items():
        forms = (case.id.hex, str(case.id))
        named = any(form in str(value) for row in table for value in row for form in forms)
        assert named == (name == "audit"), name
    after = counts(service)
    # The notice waits still, of no case any more: then none is sent.
    assert {name for name in tables if after[name] > empty[name]} - KEPT == {
        "cases", "messages", "case_access", "case_epochs", "case_keys", "outbox", "sessions",
    }  # fmt: skip
    assert after["cases"] == 1
    # What was in clear of it stays counted: that there was a case, at which desk.
    assert tally(service) == counted | {("kept.left", "guardian"): 1}
    for name in ("handler-1", "handler-3"):
        refused(service, "GET", f"/cases/{reference}", bearer=service.handler(name),
                status=404, code="not_found")  # fmt: skip


def test_each_table_of_a_case_was_thought_of(service: Service) -> None:
    # A new table that names a case has to be looked at in the test above.
    with service.database.engine.connect() as connection:
        known = inspect(connection)
        named = {
            table
            for table in known.get_table_names()
            if {"case_id", "first"} & {one["name"] for one in known.get_columns(table)}
        }
    assert named == {
        "attachments", "audit", "messages", "notes", "vault_leftovers",
        "case_exports", "case_access", "case_checks", "case_consents",
        "case_epochs", "case_excluded", "case_keys", "case_links", "case_shut_out", "drafts",
        "held_acts", "notice_marks", "outbox", "overdue_told",
    }  # fmt: skip


def test_the_words_are_as_if_they_never_were(service: Service) -> None:
    _, token = service.open_case()
    bearer = service.reporter(token)
    seals = sealed.reporter(service, token)
    assert service.call("DELETE", "/case", bearer=bearer).status_code == 200
    # Every session of the reporter's has ended with it.
    for one in (bearer, seals):
        for path in ("/case", "/case/messages", "/case/proof"):
            refused(service, "GET", path, bearer=one, status=401, code="sign_in")
        refused(service, "DELETE", "/case", bearer=one, status=401, code="sign_in")
    never = service.post("/sessions", {"token": tokens.new_token()})
    gone = service.post("/sessions", {"token": token})
    check_problem(gone, 401, "unknown_token")
    assert gone.data == never.data
    assert list(gone.headers) == list(never.headers)


def test_the_same_words_can_be_used_anew(service: Service) -> None:
    body, token = service.report()
    service.post("/organisations/eeast/cases", body)
    withdraw(service, token)
    assert service.post("/organisations/eeast/cases", body).status_code == 201


def held(service: Service) -> tuple[str, str]:
    """A case under a legal hold."""
    reference, token = lived(service)
    change(service, reference, status="in_progress")
    change(service, reference, legal_hold={"reason": "A claim, invented."})
    return reference, token


def test_with_a_hold_it_is_kept(service: Service) -> None:
    reference, token = held(service)
    told = withdraw(service, token)
    assert (told["deleted"], told["held"]) == (False, True)
    shown = service.get(f"/cases/{reference}", service.handler()).get_json()
    assert (shown["status"], shown["withdrawn_on"]) == ("closed", str(date.today()))
    assert shown["report"]["content"]["story"]
    # To the reporter it is gone: the words open nothing.
    never = service.post("/sessions", {"token": tokens.new_token()})
    gone = service.post("/sessions", {"token": token})
    check_problem(gone, 401, "unknown_token")
    assert gone.data == never.data
    # Nobody is left to write to, and nothing of it can be changed but the hold.
    bearer, path = service.handler(), f"/cases/{reference}"
    refused(service, "POST", f"{path}/messages", text(), bearer, status=403, code="not_allowed")
    for body in (
        {"status": "in_progress"},
        {"urgent": True},
        {"legal_hold": None, "status": "in_progress"},
    ):
        refused(service, "PATCH", path, body, bearer, status=403, code="not_allowed")
    items = service.get("/cases?due=checks", bearer).get_json()["items"]
    assert items == []
    change(service, reference, legal_hold={"reason": "Another claim, invented."})


def test_it_goes_when_the_hold_is_lifted(service: Service) -> None:
    reference, token = held(service)
    case = case_row(service, reference)
    withdraw(service, token)
    shown = change(service, reference, legal_hold=None)
    assert (shown["deleted"], shown["legal_hold"]) == (True, None)
    bearer = service.handler()
    refused(service, "GET", f"/cases/{reference}", bearer=bearer, status=404, code="not_found")
    assert counts(service)["cases"] == 1
    assert {name for name, table in stored(service).items() if str(case.id) in repr(table)} <= KEPT
    with nothing_stored(service):
        answer = service.call("PATCH", f"/cases/{UNKNOWN}", {"legal_hold": None}, bearer)
    check_problem(answer, 404, "not_found")


def test_a_hold_lifted_without_withdrawal_deletes_nothing(service: Service) -> None:
    reference, token = held(service)
    assert "deleted" not in change(service, reference, legal_hold=None)
    assert service.get("/case", service.reporter(token)).status_code == 200


def test_the_organisations_backups(service: Service) -> None:
    change_settings(service, backup_days=7)
    _, token = service.open_case()
    assert withdraw(service, token)["backups_until"] == str(date.today() + timedelta(days=7))


def test_before_the_release(service: Service) -> None:
    by_hours(service)
    reference, token = service.open_case()
    assert withdraw(service, token)["deleted"] is True
    service.clock.now += 5 * 3600
    assert service.get("/cases", service.handler()).get_json()["items"] == []
    refused(service, "GET", f"/cases/{reference}", bearer=service.handler(),
            status=404, code="not_found")  # fmt: skip


def test_by_an_app(service: Service) -> None:
    _, token = sealed.open_case(service)
    mine = clients.reporter(service, token)
    assert mine.withdraw()["deleted"] is True
    with pytest.raises(UnknownToken):
        mine.refresh()
    assert counts(service)["cases"] == 0


def test_while_a_handler_writes(service: Service) -> None:
    reference, token = service.open_case()
    path = f"/cases/{reference}"
    calls = [
        ("DELETE", "/case", None, service.reporter(token)),
        ("POST", f"{path}/messages", text(), service.handler()),
        ("PATCH", path, {"status": "acknowledged"}, service.handler("handler-2")),
        ("POST", f"{path}/notes", note(), service.handler("handler-2")),
    ]
    answers = at_once(service, calls)
    assert answers[0].status_code == 200
    assert {one.status_code for one in answers[1:]} <= {200, 201, 404}
    assert counts(service)["cases"] == 0


def test_a_handlers_bearer_is_not_taken(service: Service) -> None:
    service.open_case()
    for bearer in (service.handler(), None):
        refused(service, "DELETE", "/case", bearer=bearer, status=401, code="sign_in")
