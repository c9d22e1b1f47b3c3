"""What the reporter allowed, and no more: nobody lets in, stays or changes things beyond it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from api.models.account import Account
from api.rules import rosters
from shared.sealing.encoding import b64
from shared.sealing.epochs import MESSAGES
from tests.api import sealed
from tests.api.checks import refused
from tests.api.clients import signed_by_hand
from tests.api.handling import (
    DAY,
    answering,
    ask,
    at,
    by_hours,
    change,
    consent,
    grant,
    let_in,
    note,
    opens,
    person,
    readers,
    request,
    until,
)
from tests.api.test_epochs import parties, post
from tests.service import Service


def named_report(service: Service, reference: str, bearer: str, *names: str) -> dict[str, object]:
    """A "consent" that names the report: a message of the reporter's that grants nothing."""
    items = service.get(f"/cases/{reference}/messages", bearer).get_json()["items"]
    handlers = [person(service, one) for one in names]
    return {"message_id": items[0]["id"], "handlers": handlers, "role": "x", "until": until(700)}


def test_it_works(service: Service) -> None:
    # A desk's handler names the report as a consent.
    reference, _ = service.open_case()
    bearer = sealed.handler(service, "handler-2")
    case = sealed.by_handler(service, reference, bearer, "handler-2")
    new = case.grant(parties(service, case, "handler-1", "handler-2", "handler-3"))
    claimed = named_report(service, reference, bearer, "handler-3")
    assert post(service, reference, new, "handler-2", consent=claimed).status_code == 403
    assert not opens(service, reference, "handler-3")


def test_nobody_extends_their_own_consent(service: Service) -> None:
    reference, token = service.open_case()
    granted = let_in(service, reference, token, "handler-3", until=until(1))
    bearer = sealed.handler(service, "handler-3")
    case = sealed.by_handler(service, reference, bearer, "handler-3")
    same = case.records[MESSAGES][-1].readers
    claimed = named_report(service, reference, bearer, "handler-3")
    for told in (claimed, claimed | {"message_id": str(granted)}):
        answer = post(service, reference, case.grant(same), "handler-3", consent=told)
        assert answer.status_code == 403
    service.clock.now += 5 * DAY
    assert not opens(service, reference, "handler-3")


def test_whom_the_reporter_took_out_no_handler_lets_in(service: Service) -> None:
    reference, token = service.open_case()
    reporter, taken = service.reporter(token), {"remove": [person(service, "handler-2")]}
    assert service.post("/case/epochs", taken, reporter).status_code == 200
    assert grant(service, reference, "handler-2").status_code == 403
    assert readers(service, reporter) == {"handler-1"}
    granted = consent(service, reporter, ask(service, reference, "handler-2"))
    assert grant(service, reference, "handler-2", granted).status_code == 200
    assert readers(service, reporter) == {"handler-1", "handler-2"}


def test_an_old_consent_lets_nobody_in_again(service: Service) -> None:
    reference, token = service.open_case()
    granted = let_in(service, reference, token, "handler-3")
    reporter, taken = service.reporter(token), {"remove": [person(service, "handler-3")]}
    assert service.post("/case/epochs", taken, reporter).status_code == 200
    ended = service.get("/case", reporter).get_json()["consents"]
    assert ended[0]["revoked_on"]
    assert grant(service, reference, "handler-3", granted).status_code == 403
    assert service.get("/case", reporter).get_json()["consents"] == ended


def test_the_reporter_lets_in_whom_they_took_out(service: Service) -> None:
    reference, token = service.open_case()
    reporter = service.reporter(token)
    for how in ("remove", "add"):
        body = {how: [person(service, "handler-2")]}
        assert service.post("/case/epochs", body, reporter).status_code == 200
    assert opens(service, reference, "handler-2")
    gone = f"/cases/{reference}/readers/{person(service, 'handler-2')}"
    assert service.call("DELETE", gone, bearer=service.handler()).status_code == 200
    assert grant(service, reference, "handler-2").status_code == 200


def test_a_consent_can_be_taken_back_by_the_last_reader(service: Service) -> None:
    reference, token = service.open_case()
    let_in(service, reference, token, "handler-3")
    for name in ("handler-1", "handler-2"):
        gone = f"/cases/{reference}/readers/{person(service, name)}"
        assert service.call("DELETE", gone, bearer=service.handler(name)).status_code == 200
    reporter = service.reporter(token)
    thread = service.get("/case/messages", reporter).get_json()["items"]
    asked = next(one["id"] for one in thread if one["content"]["type"] == "consent-request")
    answer = service.post("/case/consents", answering(asked, granted=False), reporter)
    assert answer.status_code == 201, answer.text
    assert not opens(service, reference, "handler-3")
    back = service.post("/case/epochs", {"add": [person(service, "handler-1")]}, reporter)
    assert back.status_code == 200
    assert opens(service, reference, "handler-1")


@pytest.mark.parametrize("what", ["hold", "status", "classify", "link", "disclose", "ask"])
def test_who_reads_by_consent_does_not_handle(service: Service, what: str) -> None:
    reference, token = service.open_case()
    let_in(service, reference, token, "handler-3")
    path, ask_for = f"/cases/{reference}", request(service, "handler-4")
    method, where, body = {
        "hold": ("PATCH", "", {"legal_hold": {"reason": "A claim"}}),
        "status": ("PATCH", "", {"status": "closed"}),
        "classify": ("PUT", "/classification", {"id": str(uuid4()), "content": FEW}),
        "link": ("POST", "/links", {"reference": second(service)}),
        "disclose": ("POST", "/disclosures", {"id": str(uuid4()), "content": TOLD}),
        "ask": ("POST", "/consents", ask_for),
    }[what]
    bearer = service.handler("handler-3")
    answer = service.call(method, path + where, body, bearer)
    assert answer.status_code == (422 if what == "link" else 403), answer.text
    assert service.post(f"{path}/notes", note(), bearer).status_code == 201


FEW = {"national": "2026", "local": 0}
TOLD = {"told": "The police, invented", "reason": "Somebody was in danger"}


def second(service: Service) -> str:
    """Another case, of the guardian's desk."""
    return service.open_case()[0]


def test_a_withdrawn_case_takes_nothing(service: Service) -> None:
    reference, token = service.open_case()
    other, _ = service.open_case()
    granted = consent(service, service.reporter(token), ask(service, reference, "handler-3"))
    change(service, reference, legal_hold={"reason": "A claim"})
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).get_json()["held"]
    path, bearer = f"/cases/{reference}", service.handler()
    for method, where, body in (
        ("POST", "/readers", {"handler": person(service, "handler-3"), "consent": granted}),
        ("DELETE", f"/readers/{person(service, 'handler-2')}", None),
        ("POST", "/notes", note()),
        ("POST", "/links", {"reference": other}),
        ("PUT", "/classification", {"id": str(uuid4()), "content": FEW}),
        ("PATCH", "", {"status": "in_progress"}),
    ):
        refused(service, method, path + where, body, bearer, status=403, code="not_allowed")


def test_whom_the_reporter_adds_shows_at_release(service: Service) -> None:
    reference, token = service.open_case()
    by_hours(service)
    handler, path = service.handler(), f"/cases/{reference}"
    before = service.get(path, handler).get_json()["handlers"]
    added = {"add": [person(service, "handler-3")]}
    assert service.post("/case/epochs", added, service.reporter(token)).status_code == 200
    assert service.get(path, handler).get_json()["handlers"] == before
    wanted = {"assigned_to": person(service, "handler-3")}
    refused(service, "PATCH", path, wanted, handler, status=422, code="invalid")
    service.clock.now += DAY
    shown = service.get(path, service.handler()).get_json()["handlers"]
    assert len(shown) == len(before) + 1


def test_names_and_days_are_not_a_clients_word(service: Service) -> None:
    reference, token = service.open_case()
    bearer = sealed.handler(service, "handler-2")
    case = sealed.by_handler(service, reference, bearer, "handler-2")
    asked = {"handlers": [person(service, "handler-3")], "names": ["The union"], "role": "Union"}
    reporter = service.reporter(token)
    for seq, (last, status) in enumerate(((until(3 * 366), 422), (until(30), 201)), 1):
        one = uuid4()
        told = json.dumps(asked | {"purpose": "x", "until": last})
        envelope = signed_by_hand(case, "message", one, "consent-request", told, seq)
        body = {"id": str(one), "sealed": {"envelope": b64(envelope)}}
        assert service.post(f"/cases/{reference}/consents", body, bearer).status_code == 201
        given = service.post("/case/consents", answering(str(one)), reporter)
        assert given.status_code == status, given.text
    last_said = service.get("/case/messages", reporter).get_json()["items"][-1]["content"]
    assert last_said["names"] == ["handler-3"]


def test_a_consent_ends_with_the_organisations_day(service: Service) -> None:
    # Half past midnight in summer: by UTC the day before is not over.
    day = date(date.today().year + 1, 7, 1)
    at(service, f"{day} 12:00")
    reference, token = service.open_case()
    let_in(service, reference, token, "handler-3", until=str(day))
    assert opens(service, reference, "handler-3")
    at(service, f"{day + timedelta(days=1)} 00:30")
    assert not opens(service, reference, "handler-3")


def test_a_request_is_a_repeat_after_a_change_of_name(service: Service) -> None:
    reference, _ = service.open_case()
    sent, path = request(service, "handler-3"), f"/cases/{reference}/consents"
    assert service.post(path, sent, service.handler()).status_code == 201
    who, one = service.handlers["handler-3"].id, service.handlers["handler-1"]
    renamed = update(Account).where(Account.id == who).values(display_name="handler-three")
    service.database.write(lambda db: db.execute(renamed))
    service.database.write(
        lambda db: rosters.next_record(db, "eeast", one.id, one.keyring, {"approve": who})
    )
    assert service.post(path, sent, service.handler()).status_code == 200


def test_leaving_while_a_colleagues_consent_is_over(service: Service) -> None:
    reference, token = service.open_case()
    let_in(service, reference, token, "handler-3", until=until(1))
    let_in(service, reference, token, "handler-4", until=until(60))
    service.clock.now += 5 * DAY
    gone = f"/cases/{reference}/readers/{person(service, 'handler-4')}"
    assert service.call("DELETE", gone, bearer=service.handler("handler-4")).status_code == 200
