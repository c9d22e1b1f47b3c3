"""Who reads a case: let in, shut out, asked for, and shown to the reporter."""

from __future__ import annotations

from uuid import uuid4

import pytest

from api.models.account import Membership
from api.models.base import Work
from api.rules import organisations
from tests.api import clients, sealed
from tests.api.checks import MARK, check_problem, nothing_stored, outsiders_refused, refused, text
from tests.api.handling import (
    DAY,
    acts,
    ask,
    by_hours,
    consent,
    grant,
    let_in,
    named,
    new_keys,
    not_granted,
    opens,
    person,
    readers,
    request,
    retire,
    until,
)
from tests.service import STAFF, Service


def test_it_works(service: Service) -> None:
    reference, token = service.open_case()
    reporter, path = service.reporter(token), f"/cases/{reference}"
    not_granted(service, reference, "handler-3")
    asked = ask(service, reference, "handler-3")
    thread = service.get("/case/messages", reporter).get_json()["items"]
    assert thread[-1]["content"]["type"] == "consent-request"
    assert thread[-1]["content"]["names"] == ["handler-3"]
    granted = consent(service, reporter, asked)
    answer = grant(service, reference, "handler-3", granted)
    assert answer.status_code == 200, answer.text
    assert readers(service, reporter) == {"handler-1", "handler-2", "handler-3"}
    shown = service.get(path, service.handler("handler-3")).get_json()
    assert shown["report"]["content"]["story"]
    assert [one["role"] for one in shown["consents"]] == ["Investigating manager"]
    assert service.get("/case", reporter).get_json()["consents"] == shown["consents"]
    reply = service.post(f"{path}/messages", text(), service.handler("handler-3"))
    assert reply.status_code == 201
    last = service.get("/case/messages", reporter).get_json()["items"][-1]
    assert last["content"]["text"] == "An invented answer."
    assert "problem" not in last


def test_outsiders_change_no_reader(service: Service) -> None:
    reference, _ = service.open_case()
    body = {"handler": str(service.handlers["handler-3"].id)}
    outsiders_refused(service, "POST", "/cases/{}/readers", reference, body)
    outsiders_refused(service, "GET", "/cases/{}/epochs", reference)
    outsiders_refused(service, "GET", "/cases/{}/consents", reference)
    outsiders_refused(
        service, "POST", "/cases/{}/consents", reference, request(service, "handler-3")
    )
    who = service.handlers["handler-1"].id
    outsiders_refused(service, "DELETE", f"/cases/{{}}/readers/{who}", reference)


def test_somebody_excluded_is_never_let_in(service: Service) -> None:
    left_out = str(service.handlers["handler-2"].id)
    reference, token = service.open_case(excluded=[left_out])
    not_granted(service, reference, "handler-2")
    answer = service.post("/case/epochs", {"add": [left_out]}, service.reporter(token))
    assert answer.status_code == 200
    shown = service.get(f"/cases/{reference}", service.handler("handler-2")).get_json()
    assert shown["report"]["content"]["story"]


def test_the_last_handler_stays(service: Service) -> None:
    reference, _ = service.open_case(excluded=[str(service.handlers["handler-2"].id)])
    me = service.handlers["handler-1"].id
    path = f"/cases/{reference}/readers/{me}"
    refused(service, "DELETE", path, None, service.handler(), status=409, code="no_reader")


def test_within_the_desk_no_consent_is_needed(service: Service) -> None:
    reference, token = service.open_case()
    gone, path = person(service, "handler-2"), f"/cases/{reference}/readers"
    answer = service.call("DELETE", f"{path}/{gone}", bearer=service.handler())
    assert answer.status_code == 200
    assert not opens(service, reference, "handler-2")
    assert service.get("/cases", service.handler("handler-2")).get_json()["items"] == []
    assert grant(service, reference, "handler-2").status_code == 200
    assert opens(service, reference, "handler-2")
    assert readers(service, service.reporter(token)) == {"handler-1", "handler-2"}
    assert acts(service, reference) == [
        ("reader_removed", {"handler": gone}),
        ("reader_added", {"handler": gone}),
    ]


def test_somebody_who_reads_it_already_is_no_fault(service: Service) -> None:
    reference, _ = service.open_case()
    path, bearer = f"/cases/{reference}/readers", service.handler()
    with nothing_stored(service):
        answer = service.post(path, named(service, "handler-2"), bearer)
    assert answer.status_code == 200
    assert len(answer.get_json()["items"]) == 1


def test_a_handler_leaves_a_case(service: Service) -> None:
    reference, token = service.open_case()
    service.post(f"/cases/{reference}/notes", {"id": str(uuid4()), "content": {"text": "One."}},
                 service.handler())  # fmt: skip
    path = f"/cases/{reference}/readers/{person(service, 'handler-1')}"
    answer = service.call("DELETE", path, bearer=service.handler())
    assert answer.status_code == 200
    newest = [one for one in answer.get_json()["items"] if one["purpose"] == 0][-1]
    assert newest["sealed_key"] is None
    assert not opens(service, reference, "handler-1")
    assert readers(service, service.reporter(token)) == {"handler-2"}
    # The next note of who stays makes the notes' epoch.
    body = {"id": str(uuid4()), "content": {"text": "Two."}}
    two = service.handler("handler-2")
    assert service.post(f"/cases/{reference}/notes", body, two).status_code == 201
    seen = service.get(f"/cases/{reference}/notes", two).get_json()["items"]
    assert [one["content"]["text"] for one in seen] == ["One.", "Two."]


def test_who_does_not_read_it_can_not_be_taken_out(service: Service) -> None:
    reference, _ = service.open_case()
    for who in (person(service, "handler-3"), str(uuid4())):
        path = f"/cases/{reference}/readers/{who}"
        refused(service, "DELETE", path, bearer=service.handler(), status=404, code="not_found")
    reporter = "00000000-0000-0000-0000-000000000000"
    path = f"/cases/{reference}/readers/{reporter}"
    refused(service, "DELETE", path, bearer=service.handler(), status=404, code="not_found")


@pytest.mark.parametrize("name", ["handler-5", *STAFF])
def test_nobody_outside_the_roster_comes_in(service: Service, name: str) -> None:
    # Another organisation's handler, an administrator and an analyst: by every way there is.
    reference, token = service.open_case()
    path, who = f"/cases/{reference}", person(service, name)
    told = refused(
        service, "POST", f"{path}/readers", {"handler": who}, service.handler(),
        status=422, code="invalid",
    )  # fmt: skip
    assert set(told["errors"]) == {"handler"}
    told = refused(
        service, "POST", f"{path}/consents", request(service, name), service.handler(),
        status=422, code="invalid",
    )  # fmt: skip
    assert set(told["errors"]["content"]) == {"handlers"}
    told = refused(
        service, "POST", "/case/epochs", {"add": [who]}, service.reporter(token),
        status=422, code="invalid",
    )  # fmt: skip
    assert set(told["errors"]) == {"add"}
    assert not opens(service, reference, name)


@pytest.mark.parametrize("name", ["handler-3", "handler-5", *STAFF])
def test_nobody_lets_themselves_or_others_in(service: Service, name: str) -> None:
    reference, _ = service.open_case()
    bearer, path = service.handler(name), f"/cases/{reference}"
    for who in (name, "handler-3", "handler-2"):
        body = {"handler": person(service, who)}
        refused(service, "POST", f"{path}/readers", body, bearer, status=404, code="not_found")
    body = {"organisation": "eeast", "from": person(service, "handler-1"),
            "to": person(service, "handler-3")}  # fmt: skip
    if name == "handler-3":
        # Of the organisation, but not of the case: there is nothing to hand over.
        answer = service.post("/handovers", body, bearer)
        assert answer.get_json() == {"moved": 0, "left": 0}
    else:
        refused(service, "POST", "/handovers", body, bearer, status=404, code="not_found")
    # With sealed records of their own they come no further.
    new = clients.handler(service, reference).prepare_epoch(
        [service.handlers["handler-1"].id, service.handlers["handler-3"].id], purpose=0
    )
    bearer = sealed.handler(service, name)
    refused(service, "POST", f"{path}/epochs", new.body, bearer, status=404, code="not_found")


def test_who_left_the_roster_reads_no_more(service: Service) -> None:
    reference, token = service.open_case()
    retire(service, "handler-2")
    assert not opens(service, reference, "handler-2")
    told = refused(
        service, "POST", f"/cases/{reference}/readers", named(service, "handler-2"),
        service.handler(), status=422, code="invalid",
    )  # fmt: skip
    assert set(told["errors"]) == {"handler"}
    # The next change of readers leaves them out, whoever makes it.
    answer = service.post(
        "/case/epochs", {"add": [person(service, "handler-3")]}, service.reporter(token)
    )
    assert answer.status_code == 200, answer.text
    assert readers(service, service.reporter(token)) == {"handler-1", "handler-3"}


@pytest.mark.parametrize("by", ["colleague", "reporter"])
def test_new_keys_get_access_again(service: Service, by: str) -> None:
    reference, token = service.open_case()
    new_keys(service, "handler-2")
    shown = service.get(f"/cases/{reference}", service.handler("handler-2")).get_json()
    assert shown["report"]["problem"]["code"] == "wrong_key"
    if by == "colleague":
        assert grant(service, reference, "handler-2").status_code == 200
    else:
        # Any change of the reporter's names the keys that the roster has now.
        body = {"add": [person(service, "handler-3")]}
        answer = service.post("/case/epochs", body, service.reporter(token))
        assert answer.status_code == 200, answer.text
    assert opens(service, reference, "handler-2")
    reply = service.post(f"/cases/{reference}/messages", text(), service.handler("handler-2"))
    assert reply.status_code == 201
    last = service.get("/case/messages", service.reporter(token)).get_json()["items"][-1]
    assert "problem" not in last


def test_new_keys_that_nobody_approved_get_none(service: Service) -> None:
    reference, _ = service.open_case()
    new_keys(service, "handler-2", by=None)
    assert not opens(service, reference, "handler-2")
    # A colleague's grant goes to the keys of the roster, which are the lost ones.
    assert grant(service, reference, "handler-2").status_code == 200
    assert service.get(f"/cases/{reference}", service.handler("handler-2")).status_code == 404


def test_the_reporter_shuts_a_handler_out(service: Service) -> None:
    reference, token = service.open_case()
    body = {"remove": [person(service, "handler-1")]}
    assert service.post("/case/epochs", body, service.reporter(token)).status_code == 200
    assert not opens(service, reference, "handler-1")
    assert opens(service, reference, "handler-2")
    bearer = service.reporter(token)
    with nothing_stored(service):
        # There is nothing to do again.
        again = service.post("/case/epochs", body, bearer).get_json()["items"]
    assert again == service.get("/case", bearer).get_json()["epochs"]
    refused(
        service, "POST", "/case/epochs", {"remove": [person(service, "handler-2")]},
        service.reporter(token), status=409, code="no_reader",
    )  # fmt: skip


def test_whom_the_reporter_lets_in_has_no_end(service: Service) -> None:
    reference, token = service.open_case()
    let_in(service, reference, token, "handler-3", until=until(5))
    service.clock.now += 7 * DAY
    assert not opens(service, reference, "handler-3")
    body = {"add": [person(service, "handler-3")]}
    assert service.post("/case/epochs", body, service.reporter(token)).status_code == 200
    assert opens(service, reference, "handler-3")
    service.clock.now += 400 * DAY
    assert opens(service, reference, "handler-3")


def test_by_hours_who_the_reporter_lets_in_sees_it_at_release(service: Service) -> None:
    by_hours(service)
    reference, token = service.open_case(urgent=True)
    body = {"add": [person(service, "handler-3")]}
    assert service.post("/case/epochs", body, service.reporter(token)).status_code == 200
    assert not opens(service, reference, "handler-3")
    service.clock.now += 4 * 3600 + 44 * 60
    assert not opens(service, reference, "handler-3")
    service.clock.now += 60
    assert opens(service, reference, "handler-3")


def test_a_member_of_the_desk_is_not_held_to_a_consents_end(service: Service) -> None:
    reference, token = service.open_case()
    let_in(service, reference, token, "handler-3", until=until(5))
    who = service.handlers["handler-3"]

    def joins(db: Work) -> None:
        desk = organisations.find_desk(db, organisations.find(db, "eeast"), "guardian")
        db.add(Membership(account_id=who.id, desk_id=desk))

    service.database.write(joins)
    answer = service.post(
        "/organisations/eeast/roster", {"approve": str(who.id)}, service.handler()
    )
    assert answer.status_code == 200
    service.clock.now += 7 * DAY
    assert not opens(service, reference, "handler-3")
    assert grant(service, reference, "handler-3").status_code == 200
    assert opens(service, reference, "handler-3")


def test_a_session_that_seals_sends_records(service: Service) -> None:
    reference, token = sealed.open_case(service)
    bearer, path = sealed.handler(service), f"/cases/{reference}/readers"
    body = {"handler": person(service, "handler-2")}
    refused(service, "POST", path, body, bearer, status=403, code="not_allowed")
    gone = f"{path}/{person(service, 'handler-2')}"
    refused(service, "DELETE", gone, bearer=bearer, status=403, code="not_allowed")
    reporter, body = sealed.reporter(service, token), {"remove": [person(service, "handler-2")]}
    refused(service, "POST", "/case/epochs", body, reporter, status=403, code="not_allowed")


def test_fields_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    reference, token = service.open_case()
    bearer, path = service.handler(), f"/cases/{reference}/readers"
    who = person(service, "handler-2")
    for what, (body, name) in {
        "nothing": ({}, "handler"),
        "no id": ({"handler": MARK}, "handler"),
        "upper case": ({"handler": who.upper()}, "handler"),
        "null": ({"handler": None}, "handler"),
        "a list": ({"handler": [who]}, "handler"),
        "a consent that is no id": ({"handler": who, "consent": 7}, "consent"),
        "unknown": ({"handler": who, MARK: MARK}, "_unknown"),
        "no object": ([MARK], "_schema"),
    }.items():
        with subtests.test(what):
            told = refused(service, "POST", path, body, bearer, status=422, code="invalid")
            assert name in told["errors"]
    reporter = service.reporter(token)
    for what, (body, name) in {
        "nothing": ({}, "epoch"),
        "two at once": ({"add": [who], "remove": [who]}, "epoch"),
        "nobody to add": ({"add": []}, "add"),
        "no list": ({"remove": who}, "remove"),
        "too many": ({"add": [str(uuid4()) for _ in range(21)]}, "add"),
        "no desk": ({"desk": MARK.upper()}, "desk"),
        "an epoch that is none": ({"epoch": {}}, "epoch"),
        "unknown": ({"add": [who], MARK: MARK}, "_unknown"),
    }.items():
        with subtests.test(what):
            told = refused(
                service, "POST", "/case/epochs", body, reporter, status=422, code="invalid"
            )
            assert name in told["errors"]


def test_each_bearer_at_the_others_calls(service: Service) -> None:
    reference, token = service.open_case()
    body = {"handler": person(service, "handler-2")}
    for bearer in (service.reporter(token), None):
        answer = service.post(f"/cases/{reference}/readers", body, bearer)
        check_problem(answer, 401, "sign_in")
    check_problem(service.post("/case/epochs", {"add": []}, service.handler()), 401, "sign_in")


def test_a_handlers_change_leaves_out_again_whom_the_reporter_had_let_in(service: Service) -> None:
    # By the format a handler signs no record that names somebody left out.
    left_out = person(service, "handler-2")
    reference, token = service.open_case(excluded=[left_out])
    body = {"add": [left_out, person(service, "handler-3")]}
    assert service.post("/case/epochs", body, service.reporter(token)).status_code == 200
    assert opens(service, reference, "handler-2")
    gone = f"/cases/{reference}/readers/{person(service, 'handler-3')}"
    assert service.call("DELETE", gone, bearer=service.handler()).status_code == 200
    assert readers(service, service.reporter(token)) == {"handler-1"}
