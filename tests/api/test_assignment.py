"""Assignment, cover during leave, and handing over all cases of a leaving handler."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from api.models.audit import AuditEntry
from api.models.case import CaseAccess
from api.rules import handovers, notes
from shared.errors import WrongKey
from shared.sealing.epochs import MESSAGES
from tests.api import clients, sealed
from tests.api.checks import MARK, check_problem, nothing_stored, outsiders_refused, refused, text
from tests.api.handling import (
    DAY,
    acts,
    change,
    let_in,
    new_keys,
    note,
    opens,
    person,
    readers,
    retire,
)
from tests.service import STAFF, Service


def assigned(service: Service, who: str, name: str = "handler-1") -> set[str]:
    """The references in an inbox of what is `me`'s or `nobody`'s."""
    answer = service.get(f"/cases?assigned={who}", service.handler(name))
    return {one["reference"] for one in answer.get_json()["items"]}


def test_it_works(service: Service) -> None:
    reference, token = service.open_case()
    two = person(service, "handler-2")
    assert assigned(service, "nobody") == {reference}
    assert change(service, reference, assigned_to=two)["assigned_to"] == two
    assert service.get("/case", service.reporter(token)).get_json()["assigned_to"] == two
    assert assigned(service, "me") == assigned(service, "nobody") == set()
    assert assigned(service, "me", "handler-2") == {reference}
    assert acts(service, reference) == [("case_changed", {"assigned_to": two})]
    bearer = service.handler()
    with nothing_stored(service):
        service.call("PATCH", f"/cases/{reference}", {"assigned_to": two}, bearer)
    assert change(service, reference, assigned_to=None)["assigned_to"] is None


def test_outsiders_assign_nothing(service: Service) -> None:
    reference, _ = service.open_case()
    body = {"assigned_to": person(service, "handler-3")}
    outsiders_refused(service, "PATCH", "/cases/{}", reference, body)


def test_only_to_who_reads_it(service: Service) -> None:
    reference, token = service.open_case(excluded=[person(service, "handler-2")])
    path, bearer = f"/cases/{reference}", service.handler()
    wrong = ("handler-2", "handler-3", "handler-5", *STAFF)
    for who in (*(person(service, name) for name in wrong), str(uuid4())):
        told = refused(
            service, "PATCH", path, {"assigned_to": who}, bearer, status=422, code="invalid"
        )
        assert set(told["errors"]) == {"assigned_to"}
    for value in (MARK, 7, "", []):
        told = refused(
            service, "PATCH", path, {"assigned_to": value}, bearer, status=422, code="invalid"
        )
        assert set(told["errors"]) == {"assigned_to"}
    let_in(service, reference, token, "handler-3")
    assert change(service, reference, assigned_to=person(service, "handler-3"))
    retire(service, "handler-3")
    refused(service, "PATCH", path, {"assigned_to": person(service, "handler-2")},
            service.handler(), status=422, code="invalid")  # fmt: skip


def test_all_or_nothing(service: Service) -> None:
    reference, _ = service.open_case()
    body = {"status": "acknowledged", "urgent": True, "assigned_to": str(uuid4())}
    refused(service, "PATCH", f"/cases/{reference}", body, service.handler(),
            status=422, code="invalid")  # fmt: skip
    body = {"urgent": True, "assigned_to": person(service, "handler-1"), "status": "new"}
    change(service, reference, status="acknowledged")
    refused(service, "PATCH", f"/cases/{reference}", body, service.handler(),
            status=409, code="wrong_status")  # fmt: skip


def test_who_is_taken_out_has_it_no_more(service: Service) -> None:
    reference, _ = service.open_case()
    two = person(service, "handler-2")
    change(service, reference, assigned_to=two)
    path = f"/cases/{reference}/readers/{two}"
    assert service.call("DELETE", path, bearer=service.handler()).status_code == 200
    assert assigned(service, "nobody") == {reference}


# --- leave ------------------------------------------------------------------------------------


def leave(service: Service, name: str, cover: str | None, days: int, slug: str = "eeast") -> None:
    """Notes somebody's leave, and who covers for them."""
    body: dict[str, Any] = {
        "organisation": slug,
        "away_until": str(date.today() + timedelta(days=days)),
        "cover": person(service, cover) if cover else None,
    }
    answer = service.call("PATCH", "/account", body, service.handler(name))
    assert answer.status_code == 200, answer.text


def test_cover_sees_it_as_theirs(service: Service) -> None:
    reference, _ = service.open_case()
    change(service, reference, assigned_to=person(service, "handler-2"))
    assert assigned(service, "me") == set()
    leave(service, "handler-2", "handler-1", 5)
    assert assigned(service, "me") == {reference}
    assert assigned(service, "me", "handler-2") == {reference}
    service.clock.now += 5 * DAY
    assert assigned(service, "me") == {reference}
    service.clock.now += DAY + 3600  # the day that it ends is UTC's
    assert assigned(service, "me") == set()


def test_cover_is_no_access(service: Service) -> None:
    # Who covers sees what they read anyway, and nothing else.
    reference, _ = service.open_case(excluded=[person(service, "handler-1")])
    change(service, reference, service.handler("handler-2"),
           assigned_to=person(service, "handler-2"))  # fmt: skip
    leave(service, "handler-2", "handler-1", 5)
    assert assigned(service, "me") == set()
    assert not opens(service, reference, "handler-1")


# --- handing over -----------------------------------------------------------------------------


def hand_over(
    service: Service, leaver: str, taker: str, by: str = "handler-1", slug: str = "eeast"
) -> Any:
    """The answer to handing all cases over."""
    body = {"organisation": slug, "from": person(service, leaver), "to": person(service, taker)}
    return service.post("/handovers", body, service.handler(by))


def test_a_leaving_handlers_cases(service: Service) -> None:
    reference, token = service.open_case()
    other, _ = service.open_case()
    service.post(f"/cases/{reference}/notes", note("Before"), service.handler("handler-2"))
    change(service, reference, assigned_to=person(service, "handler-2"))
    retire(service, "handler-2")
    answer = hand_over(service, "handler-2", "handler-1")
    assert (answer.status_code, answer.get_json()) == (200, {"moved": 2, "left": 0})
    assert assigned(service, "me") == {reference}
    for one in (reference, other):
        assert not opens(service, one, "handler-2")
        handlers = service.get(f"/cases/{one}", service.handler()).get_json()["handlers"]
        assert [who["display_name"] for who in handlers] == ["handler-1"]
    # They read nothing that comes after: no message and no note, with the whole database.
    service.post("/case/messages", text("After they left"), service.reporter(token))
    service.post(f"/cases/{reference}/notes", note("After"), service.handler())
    outside = clients.with_the_database(service, reference, "handler-2")
    for kind, path in (("message", "messages"), ("note", "notes")):
        page = service.get(f"/cases/{reference}/{path}", service.handler()).get_json()["items"]
        assert [clients.can_read(outside, one, kind) for one in page] == [True, False]
    named = {"handler": person(service, "handler-2")}
    mine = {"assigned_to": person(service, "handler-1")}
    assert acts(service, reference)[-3:-1] == [("reader_removed", named), ("case_changed", mine)]


def test_to_a_colleague_of_the_desk_who_comes_in(service: Service) -> None:
    reference, _ = service.open_case()
    hidden, _ = service.open_case(excluded=[person(service, "handler-1")])
    path = f"/cases/{reference}/readers/{person(service, 'handler-2')}"
    assert service.call("DELETE", path, bearer=service.handler()).status_code == 200
    change(service, reference, assigned_to=person(service, "handler-1"))
    answer = hand_over(service, "handler-1", "handler-2")
    # The other case is not the caller's: not a word of it, not a count.
    assert answer.get_json() == {"moved": 1, "left": 0}
    assert opens(service, reference, "handler-2")
    assert assigned(service, "me", "handler-2") == {reference}
    # Handler-1 is still of the roster, so they go on reading.
    assert opens(service, reference, "handler-1")
    assert opens(service, hidden, "handler-2")
    assert hand_over(service, "handler-1", "handler-2").get_json() == {"moved": 1, "left": 0}


def test_whom_the_reporter_left_out_gets_nothing(service: Service) -> None:
    reference, _ = service.open_case(excluded=[person(service, "handler-2")])
    change(service, reference, assigned_to=person(service, "handler-1"))
    answer = hand_over(service, "handler-1", "handler-2")
    assert answer.get_json() == {"moved": 0, "left": 1}
    assert not opens(service, reference, "handler-2")
    # Nor does somebody of another desk: that takes the reporter's consent.
    assert hand_over(service, "handler-1", "handler-3").get_json() == {"moved": 0, "left": 1}
    assert not opens(service, reference, "handler-3")


def test_who_has_new_keys_hands_nothing_on_yet(service: Service) -> None:
    reference, _ = service.open_case()
    path = f"/cases/{reference}/readers/{person(service, 'handler-2')}"
    service.call("DELETE", path, bearer=service.handler())
    new_keys(service, "handler-1", by="handler-2")
    assert hand_over(service, "handler-1", "handler-2").get_json() == {"moved": 0, "left": 1}
    assert not opens(service, reference, "handler-2")


def taken_out(service: Service, name: str, *references: str) -> None:
    """Takes a handler out as a reader of these cases."""
    for one in references:
        path = f"/cases/{one}/readers/{person(service, name)}"
        assert service.call("DELETE", path, bearer=service.handler()).status_code == 200


def test_each_case_is_stored_by_itself(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    references = [service.open_case()[0] for _ in range(3)]
    taken_out(service, "handler-2", *references)
    seen = []

    def look(*args: Any) -> bool:
        # Another connection sees what was moved so far: nobody waits until all of it is done.
        with service.database.read() as db:
            seen.append(len(db.scalars(of_the_taker).all()))
        return one_of_them(*args)

    taker = service.handlers["handler-2"].id
    of_the_taker = select(CaseAccess.case_id).where(CaseAccess.handler == taker)
    one_of_them = handovers._hand_over_one
    monkeypatch.setattr(handovers, "_hand_over_one", look)
    answer = hand_over(service, "handler-1", "handler-2")
    assert answer.get_json() == {"moved": 3, "left": 0}
    assert seen == [0, 1, 2]
    with service.database.read() as db:
        newest = select(AuditEntry).order_by(AuditEntry.number.desc())
        last = db.scalars(newest.where(AuditEntry.act != "case_opened").limit(1)).one()
    assert (last.act, last.case_id) == ("cases_handed_over", None)


def test_of_a_case_that_can_not_be_moved_nothing_is_stored(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    references = [service.open_case()[0] for _ in range(3)]
    for one in references:
        service.post(f"/cases/{one}/notes", note(), service.handler())
    taken_out(service, "handler-2", *references)
    faulty = references[1]

    def fail(db: Any, organisation: Any, case: Any, *args: Any) -> Any:
        if case.reference == faulty:  # its notes can't be opened, but its messages can
            raise WrongKey
        return unlock_for_notes(db, organisation, case, *args)

    unlock_for_notes = notes.unlock_for_notes
    monkeypatch.setattr(notes, "unlock_for_notes", fail)
    before = acts(service, faulty), readers(service, service.handler(), f"/cases/{faulty}")
    answer = hand_over(service, "handler-1", "handler-2")
    assert answer.get_json() == {"moved": 2, "left": 1}
    path = f"/cases/{faulty}"
    assert (acts(service, faulty), readers(service, service.handler(), path)) == before
    assert [opens(service, one, "handler-2") for one in references] == [True, False, True]
    records = service.get(f"{path}/epochs", service.handler()).get_json()["items"]
    assert [one["epoch"] for one in records if one["purpose"] == MESSAGES] == [0, 1]


def test_who_reads_by_consent_hands_nothing_over(service: Service) -> None:
    reference, token = service.open_case()
    change(service, reference, assigned_to=person(service, "handler-1"))
    let_in(service, reference, token, "handler-3")
    answer = hand_over(service, "handler-1", "handler-2", by="handler-3")
    assert answer.get_json() == {"moved": 0, "left": 1}
    assert assigned(service, "me") == {reference}


def test_who_may_hand_over(service: Service) -> None:
    reference, _ = service.open_case()
    for by in ("handler-5", *STAFF):
        check_problem(hand_over(service, "handler-1", "handler-2", by), 404, "not_found")
    answer = hand_over(service, "handler-5", "handler-6", "handler-1", "elsewhere")
    check_problem(answer, 404, "not_found")
    assert hand_over(service, "handler-1", "handler-4", "handler-3").get_json() == {
        "moved": 0, "left": 0,
    }  # fmt: skip
    check_problem(hand_over(service, "handler-2", "handler-2"), 409, "conflict")
    for name in ("handler-5", *STAFF):
        told = check_problem(hand_over(service, "handler-2", name), 422, "invalid")
        assert set(told["errors"]) == {"to"}
    assert not opens(service, reference, "handler-4")
    body = {"organisation": "eeast", "from": person(service, "handler-2"),
            "to": person(service, "handler-1")}  # fmt: skip
    refused(service, "POST", "/handovers", body, sealed.handler(service),
            status=403, code="not_allowed")  # fmt: skip


def test_fields_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    whole = {"organisation": "eeast", "from": person(service, "handler-2"),
             "to": person(service, "handler-1")}  # fmt: skip
    bearer = service.handler()
    for what, (changed, name) in {
        "no organisation": ({"organisation": None}, "organisation"),
        "no slug": ({"organisation": MARK.upper()}, "organisation"),
        "nobody": ({"from": None}, "from"),
        "no id": ({"to": MARK}, "to"),
        "unknown": ({MARK: MARK}, "_unknown"),
    }.items():
        with subtests.test(what):
            told = refused(service, "POST", "/handovers", whole | changed, bearer,
                           status=422, code="invalid")  # fmt: skip
            assert set(told["errors"]) == {name}
    unknown = whole | {"organisation": "nowhere"}
    refused(service, "POST", "/handovers", unknown, bearer, status=404, code="not_found")
