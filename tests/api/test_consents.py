"""Consent: asked for named people, in a role, until a day; signed by the reporter, taken back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.sealing.encoding import b64
from shared.sealing.message import Message
from tests.api import clients, sealed
from tests.api.checks import (
    MARK,
    check_problem,
    nothing_stored,
    outsiders_refused,
    refused,
    text,
)
from tests.api.handling import (
    DAY,
    acts,
    answering,
    ask,
    at,
    by_hours,
    change,
    consent,
    grant,
    let_in,
    named,
    not_granted,
    opens,
    person,
    readers,
    request,
    retire,
    until,
)
from tests.service import Service

DESK = {"handler-1", "handler-2"}


def test_it_works(service: Service) -> None:
    reference, token = service.open_case()
    reporter = service.reporter(token)
    asked = ask(service, reference, "handler-3", text="May they read it?")
    thread = service.get("/case/messages", reporter).get_json()["items"]
    wanted = thread[-1]["content"]
    assert (wanted["type"], wanted["names"]) == ("consent-request", ["handler-3"])
    assert (wanted["until"], wanted["text"]) == (until(60), "May they read it?")
    granted = consent(service, reporter, asked)
    assert grant(service, reference, "handler-3", granted).status_code == 200
    # What was asked stands in what the reporter signed.
    answered = service.get("/case/messages", reporter).get_json()["items"][-1]
    content = answered["content"]
    assert (answered["author"], content["type"], content["granted"]) == (
        "reporter", "consent", True,
    )  # fmt: skip
    for name in ("handlers", "names", "role", "purpose", "until"):
        assert content[name] == wanted[name]
    shown = {
        "message_id": granted,
        "handlers": [person(service, "handler-3")],
        "role": "Investigating manager",
        "until": until(60),
        "revoked_on": None,
    }
    assert service.get("/case", reporter).get_json()["consents"] == [shown]
    path = f"/cases/{reference}/consents"
    assert service.get(path, service.handler()).get_json() == {"items": [shown]}
    handler_3 = {"handler": person(service, "handler-3")}
    assert acts(service, reference) == [
        ("consent_asked", {}),
        ("reader_added", handler_3 | {"consent": granted}),
    ]


def test_outsiders_ask_for_nothing(service: Service) -> None:
    reference, _ = service.open_case()
    body = request(service, "handler-3")
    outsiders_refused(service, "POST", "/cases/{}/consents", reference, body)
    outsiders_refused(service, "GET", "/cases/{}/consents", reference)


def test_a_consent_that_was_refused_lets_nobody_in(service: Service) -> None:
    reference, token = service.open_case()
    asked = ask(service, reference, "handler-3")
    answered = consent(service, service.reporter(token), asked, granted=False)
    not_granted(service, reference, "handler-3", answered)
    assert service.get("/case", service.reporter(token)).get_json()["consents"] == []


def test_it_is_for_those_named_and_no_others(service: Service) -> None:
    reference, token = service.open_case()
    granted = consent(service, service.reporter(token), ask(service, reference, "handler-3"))
    not_granted(service, reference, "handler-4", granted)
    assert grant(service, reference, "handler-3", granted).status_code == 200
    not_granted(service, reference, "handler-4", granted)
    assert not opens(service, reference, "handler-4")


def test_other_messages_are_no_consent(service: Service) -> None:
    reference, token = service.open_case()
    reporter = service.reporter(token)
    asked, message = ask(service, reference, "handler-3"), text("I consent to everything.")
    assert service.post("/case/messages", message, reporter).status_code == 201
    report = service.get(f"/cases/{reference}", service.handler()).get_json()["report"]["id"]
    for other in (asked, message["id"], report, str(uuid4())):
        not_granted(service, reference, "handler-3", other)


def test_consent_in_one_case_is_none_in_another(service: Service) -> None:
    one, token = service.open_case()
    other, other_token = service.open_case()
    asked = ask(service, one, "handler-3")
    granted = consent(service, service.reporter(token), asked)
    not_granted(service, other, "handler-3", granted)
    # Nor can the other's reporter answer what was asked of this one.
    told = refused(
        service, "POST", "/case/consents", answering(asked), service.reporter(other_token),
        status=422, code="invalid",
    )  # fmt: skip
    assert set(told["errors"]["content"]) == {"request"}


def test_what_was_not_asked_can_not_be_answered(service: Service) -> None:
    reference, token = service.open_case()
    reporter, message = service.reporter(token), text()
    service.post("/case/messages", message, reporter)
    reply = text()
    service.post(f"/cases/{reference}/messages", reply, service.handler())
    for other in (str(uuid4()), message["id"], reply["id"]):
        told = refused(
            service, "POST", "/case/consents", answering(other), reporter,
            status=422, code="invalid",
        )  # fmt: skip
        assert set(told["errors"]["content"]) == {"request"}


def test_the_same_again_is_the_first_answer(service: Service) -> None:
    reference, token = service.open_case()
    reporter, handler = service.reporter(token), service.handler()
    asked = request(service, "handler-3")
    path = f"/cases/{reference}/consents"
    first = service.post(path, asked, handler)
    body = answering(asked["id"])
    answered = service.post("/case/consents", body, reporter)
    with nothing_stored(service):
        again = service.post(path, asked, handler)
        assert (again.status_code, again.data) == (200, first.data)
        again = service.post("/case/consents", body, reporter)
        assert (again.status_code, again.data) == (200, answered.data)
    other = {"id": body["id"], "content": body["content"] | {"granted": False}}
    refused(service, "POST", "/case/consents", other, reporter, status=409, code="conflict")
    other = {"id": asked["id"], "content": asked["content"] | {"role": "Another role"}}
    refused(service, "POST", path, other, handler, status=409, code="conflict")
    two = service.handler("handler-2")
    refused(service, "POST", path, asked, two, status=409, code="conflict")


def test_granted_twice_lets_in_once(service: Service) -> None:
    reference, token = service.open_case()
    reporter = service.reporter(token)
    asked = ask(service, reference, "handler-3")
    first, second = consent(service, reporter, asked), consent(service, reporter, asked)
    assert grant(service, reference, "handler-3", first).status_code == 200
    bearer = service.handler()
    with nothing_stored(service):
        body = named(service, "handler-3", second)
        again = service.post(f"/cases/{reference}/readers", body, bearer)
    assert again.status_code == 200


def test_taken_back_before_anybody_came_in(service: Service) -> None:
    reference, token = service.open_case()
    reporter = service.reporter(token)
    asked = ask(service, reference, "handler-3")
    granted = consent(service, reporter, asked)
    refusal = consent(service, reporter, asked, granted=False)
    not_granted(service, reference, "handler-3", granted)
    not_granted(service, reference, "handler-3", refusal)
    # And granted again it holds again.
    again = consent(service, reporter, asked)
    assert grant(service, reference, "handler-3", again).status_code == 200


def test_taken_back_afterwards_ends_the_reading(service: Service) -> None:
    reference, token = service.open_case()
    reporter, three = service.reporter(token), "handler-3"
    asked = ask(service, reference, three)
    granted = consent(service, reporter, asked)
    assert grant(service, reference, three, granted).status_code == 200
    change(service, reference, assigned_to=person(service, three))
    consent(service, reporter, asked, granted=False)
    assert readers(service, reporter) == DESK
    assert not opens(service, reference, three)
    found = service.get("/case", reporter).get_json()
    assert found["consents"][0]["revoked_on"] == str(date.today())
    assert found["assigned_to"] is None
    not_granted(service, reference, three, granted)
    # With the whole database they open what they could, and nothing that comes after.
    service.post("/case/messages", text("Without them"), reporter)
    thread = service.get("/case/messages", reporter).get_json()["items"]
    outside = clients.with_the_database(service, reference, three)
    assert [clients.can_read(outside, one) for one in thread] == [True] * 4 + [False]


def test_a_late_repeat_of_a_refusal_ends_nothing(service: Service) -> None:
    reference, token = service.open_case()
    reporter = service.reporter(token)
    asked = ask(service, reference, "handler-3")
    refusal = answering(asked, granted=False)
    assert service.post("/case/consents", refusal, reporter).status_code == 201
    granted = consent(service, reporter, asked)
    assert grant(service, reference, "handler-3", granted).status_code == 200
    assert service.post("/case/consents", refusal, reporter).status_code == 200
    assert opens(service, reference, "handler-3")


def test_another_consent_gives_a_later_end(service: Service) -> None:
    reference, token = service.open_case()
    let_in(service, reference, token, "handler-3", until=until(5))
    longer = let_in(service, reference, token, "handler-3", until=until(90))
    # A shorter one beside it takes nothing away.
    let_in(service, reference, token, "handler-3", until=until(3))
    service.clock.now += 6 * DAY
    assert opens(service, reference, "handler-3")
    shown = service.get("/case", service.reporter(token)).get_json()["consents"]
    assert longer in [one["message_id"] for one in shown]


def test_another_consent_still_holds(service: Service) -> None:
    reference, token = service.open_case()
    let_in(service, reference, token, "handler-3", until=until(5))
    reporter = service.reporter(token)
    asked = ask(service, reference, "handler-3", until=until(90))
    longer = consent(service, reporter, asked)
    assert grant(service, reference, "handler-3", longer).status_code == 200
    consent(service, reporter, asked, granted=False)
    assert opens(service, reference, "handler-3")
    service.clock.now += 6 * DAY
    assert not opens(service, reference, "handler-3")


def test_a_refusal_of_another_request_ends_nothing(service: Service) -> None:
    reference, token = service.open_case()
    let_in(service, reference, token, "handler-3")
    other = ask(service, reference, "handler-3", "handler-4", role="Another role")
    consent(service, service.reporter(token), other, granted=False)
    assert opens(service, reference, "handler-3")


def test_the_desk_reads_on_when_a_consent_is_taken_back(service: Service) -> None:
    reference, token = service.open_case()
    asked = ask(service, reference, "handler-2", "handler-3")
    granted = consent(service, service.reporter(token), asked)
    assert grant(service, reference, "handler-3", granted).status_code == 200
    consent(service, service.reporter(token), asked, granted=False)
    assert readers(service, service.reporter(token)) == DESK


def test_at_its_end_nothing_is_served(service: Service) -> None:
    reference, token = service.open_case()
    let_in(service, reference, token, "handler-3", until=until(5))
    assert service.get("/cases", service.handler("handler-3")).get_json()["items"]
    path, three = f"/cases/{reference}", "handler-3"
    service.clock.now += 5 * DAY
    assert opens(service, reference, three)
    service.clock.now += DAY
    assert not opens(service, reference, three)
    assert service.get("/cases", service.handler(three)).get_json()["items"] == []
    body = {"assigned_to": person(service, three)}
    told = refused(service, "PATCH", path, body, service.handler(), status=422, code="invalid")
    assert set(told["errors"]) == {"assigned_to"}
    # The next change of readers leaves them out.
    gone = f"{path}/readers/{person(service, 'handler-2')}"
    assert service.call("DELETE", gone, bearer=service.handler()).status_code == 200
    assert readers(service, service.reporter(token)) == {"handler-1"}
    not_granted(service, reference, three)


def test_after_its_end_it_is_asked_again(service: Service) -> None:
    reference, token = service.open_case()
    first = let_in(service, reference, token, "handler-3", until=until(5))
    service.clock.now += 7 * DAY
    not_granted(service, reference, "handler-3", first)
    let_in(service, reference, token, "handler-3", until=until(30))
    assert opens(service, reference, "handler-3")


def test_it_counts_once_it_is_released(service: Service) -> None:
    by_hours(service)
    reference, token = service.open_case(urgent=True)
    asked = ask(service, reference, "handler-3", until="2026-03-01")
    granted = consent(service, service.reporter(token), asked)
    not_granted(service, reference, "handler-3", granted)
    at(service, "2026-01-15 12:59:59")
    not_granted(service, reference, "handler-3", granted)
    at(service, "2026-01-15 13:00")
    assert grant(service, reference, "handler-3", granted).status_code == 200
    assert opens(service, reference, "handler-3")


def test_taken_back_it_counts_before_the_release(service: Service) -> None:
    by_hours(service)
    reference, token = service.open_case(urgent=True)
    asked = ask(service, reference, "handler-3", until="2026-03-01")
    granted = consent(service, service.reporter(token), asked)
    at(service, "2026-01-15 13:00")
    assert grant(service, reference, "handler-3", granted).status_code == 200
    consent(service, service.reporter(token), asked, granted=False)
    assert not opens(service, reference, "handler-3")
    not_granted(service, reference, "handler-3", granted)


def test_whom_the_reporter_left_out_is_not_asked_for(service: Service) -> None:
    reference, _ = service.open_case(excluded=[person(service, "handler-3")])
    told = refused(
        service, "POST", f"/cases/{reference}/consents", request(service, "handler-3"),
        service.handler(), status=422, code="invalid",
    )  # fmt: skip
    assert set(told["errors"]["content"]) == {"handlers"}


def test_who_left_meanwhile_is_not_let_in(service: Service) -> None:
    reference, token = service.open_case()
    granted = consent(service, service.reporter(token), ask(service, reference, "handler-3"))
    retire(service, "handler-3")
    told = refused(
        service, "POST", f"/cases/{reference}/readers", named(service, "handler-3", granted),
        service.handler(), status=422, code="invalid",
    )  # fmt: skip
    assert set(told["errors"]) == {"handler"}


# --- sealed -----------------------------------------------------------------------------------


def test_sealed(service: Service) -> None:
    reference, token = sealed.open_case(service)
    handler, three = clients.handler(service, reference), service.handlers["handler-3"].id
    last = date.today() + timedelta(days=30)
    asked = handler.ask_consent([three], "Investigating manager", "To look into it", last)
    handler.send(asked)
    reporter = clients.reporter(service, token)
    granted = reporter.answer_consent(asked.id, True)
    reporter.send(granted)
    handler.send_epoch(handler.let_in(three, granted.id))
    assert handler.refresh()["consents"][0]["until"] == last
    theirs = clients.handler(service, reference, "handler-3")
    assert [one.problem for one in theirs.thread()] == [None] * 3
    assert opens(service, reference, "handler-3")
    # Taken back: the app signs the record without them.
    reporter.refresh()
    reporter.send(reporter.answer_consent(asked.id, False))
    reporter.send_epoch(reporter.shut_out([three]))
    assert reporter.refresh()["consents"][0]["revoked_on"] is not None
    assert not opens(service, reference, "handler-3")
    # That consent is over, whatever a program says.
    body = {
        "message_id": str(granted.id),
        "handlers": [str(three)],
        "role": "Investigating manager",
        "until": str(last),
    }
    handler.refresh()
    new = handler.prepare_epoch([*handler.handlers(), three], purpose=0, consent=body)
    bearer = sealed.handler(service)
    path = f"/cases/{reference}/epochs"
    refused(service, "POST", path, new.body, bearer, status=403, code="not_allowed")


def test_sealed_it_counts_once_it_is_released(service: Service) -> None:
    by_hours(service)
    reference, token = sealed.open_case(service, urgent=True)
    handler, three = clients.handler(service, reference), service.handlers["handler-3"].id
    asked = handler.ask_consent([three], "Adviser", "To look into it", date(2026, 3, 1))
    handler.send(asked)
    reporter = clients.reporter(service, token)
    granted = reporter.answer_consent(asked.id, True)
    reporter.send(granted)
    claimed = {
        "message_id": str(granted.id),
        "handlers": [str(three)],
        "role": "Adviser",
        "until": "2026-03-01",
    }
    new = handler.prepare_epoch([*handler.handlers(), three], purpose=0, consent=claimed)
    path, bearer = f"/cases/{reference}/epochs", sealed.handler(service)
    with nothing_stored(service):
        answer = service.post(path, new.body, bearer)
    check_problem(answer, 403, "not_allowed")
    at(service, "2026-01-15 13:00")
    assert service.post(path, new.body, sealed.handler(service)).status_code == 200
    assert opens(service, reference, "handler-3")


def write(case: Any, type_: str, body: dict[str, Any], seq: int = 1) -> dict[str, Any]:
    """A sealed message of any type, well made or not."""
    message_id = uuid4()
    content = Message(case.author(), date.today(), seq, type_, body)
    envelope = case.write("message", message_id, content)
    return {"id": str(message_id), "sealed": {"envelope": b64(envelope)}}


def test_a_request_that_a_program_made_badly(service: Service, subtests: pytest.Subtests) -> None:
    reference, token = sealed.open_case(service)
    bearer, reporter = sealed.handler(service), service.reporter(token)
    case = sealed.by_handler(service, reference, bearer)
    whole = request(service, "handler-3")["content"] | {"names": ["handler-3"]}
    for what, changed in {
        "no handlers": {"handlers": None},
        "handlers that are none": {"handlers": [7, {}]},
        "a name that is none": {"names": [7]},
        "no names": {"names": None},
        "no day": {"until": "soon"},
        "a role too long": {"role": "r" * 201},
        "a role with nothing seen": {"role": "\0"},
        "a purpose that is none": {"purpose": 7},
    }.items():
        with subtests.test(what):
            body = write(case, "consent-request", whole | changed)
            path = f"/cases/{reference}/consents"
            assert service.post(path, body, bearer).status_code == 201
            told = refused(
                service, "POST", "/case/consents", answering(body["id"]), reporter,
                status=422, code="invalid",
            )  # fmt: skip
            assert set(told["errors"]["content"]) == {"request"}


def test_a_consent_that_a_program_made_badly(service: Service, subtests: pytest.Subtests) -> None:
    reference, token = sealed.open_case(service)
    asked = ask(service, reference, "handler-3")
    bearer = sealed.reporter(service, token)
    case = sealed.by_reporter(service, token, bearer)
    whole = request(service, "handler-3")["content"] | {"request": asked, "granted": True}
    for seq, (what, changed) in enumerate(
        {
            "granted in words": {"granted": "yes"},
            "no handlers": {"handlers": None},
            "a role too long": {"role": "r" * 5000},
            "a role with nothing seen": {"role": "\0"},
            "no day": {"until": 7},
            "a day that has passed": {"until": until(-2)},
        }.items(),
        2,
    ):
        with subtests.test(what):
            body = write(case, "consent", whole | changed, seq)
            assert service.post("/case/consents", body, bearer).status_code == 201
            not_granted(service, reference, "handler-3", body["id"])


def test_a_session_that_seals_says_nothing_readable(service: Service) -> None:
    reference, token = sealed.open_case(service)
    body = request(service, "handler-3")
    refused(
        service, "POST", f"/cases/{reference}/consents", body, sealed.handler(service),
        status=403, code="not_allowed",
    )  # fmt: skip
    asked = ask(service, reference, "handler-3")
    refused(
        service, "POST", "/case/consents", answering(asked), sealed.reporter(service, token),
        status=403, code="not_allowed",
    )  # fmt: skip


# --- fields -----------------------------------------------------------------------------------


def test_fields_of_a_request(service: Service, subtests: pytest.Subtests) -> None:
    reference, _ = service.open_case()
    bearer, path = service.handler(), f"/cases/{reference}/consents"
    whole = request(service, "handler-3")
    for what, (changed, name) in {
        "a day that has passed": ({"until": until(-1)}, "until"),
        "a day in three years": ({"until": until(3 * 366)}, "until"),
        "no day": ({"until": MARK}, "until"),
        "a day that there is not": ({"until": "2027-02-30"}, "until"),
        "nobody": ({"handlers": []}, "handlers"),
        "somebody unknown": ({"handlers": [str(uuid4())]}, "handlers"),
        "one of them unknown": (
            {"handlers": [person(service, "handler-3"), str(uuid4())]}, "handlers",
        ),
        "too many": ({"handlers": [str(uuid4()) for _ in range(21)]}, "handlers"),
        "no list": ({"handlers": MARK}, "handlers"),
        "an empty role": ({"role": " "}, "role"),
        "a role too long": ({"role": "r" * 201}, "role"),
        "an empty purpose": ({"purpose": ""}, "purpose"),
        "a purpose too long": ({"purpose": "p" * 2001}, "purpose"),
        "a text too long": ({"text": "t" * 20_001}, "text"),
        "control characters": ({"purpose": f"{MARK}\0"}, "purpose"),
        "names": ({"names": [MARK]}, "_unknown"),
    }.items():  # fmt: skip
        with subtests.test(what):
            body = whole | {"content": whole["content"] | changed}
            told = refused(service, "POST", path, body, bearer, status=422, code="invalid")
            assert set(told["errors"]["content"]) == {name}
    for missing in ("handlers", "role", "purpose", "until"):
        content = {name: one for name, one in whole["content"].items() if name != missing}
        told = refused(service, "POST", path, whole | {"content": content}, bearer,
                       status=422, code="invalid")  # fmt: skip
        assert set(told["errors"]["content"]) == {missing}
    both = whole | {"sealed": {"envelope": "AA"}}
    for body in ({"id": whole["id"]}, both):
        told = refused(service, "POST", path, body, bearer, status=422, code="invalid")
        assert "content" in told["errors"]


def test_fields_of_an_answer(service: Service, subtests: pytest.Subtests) -> None:
    reference, token = service.open_case()
    bearer, whole = service.reporter(token), answering(ask(service, reference, "handler-3"))
    for what, (changed, name) in {
        "no request": ({"request": None}, "request"),
        "a request that is none": ({"request": MARK}, "request"),
        "granted in words": ({"granted": "yes"}, "granted"),
        "granted as a number": ({"granted": 1}, "granted"),
        "other handlers": ({"handlers": [person(service, "handler-4")]}, "_unknown"),
    }.items():
        with subtests.test(what):
            body = whole | {"content": whole["content"] | changed}
            told = refused(
                service, "POST", "/case/consents", body, bearer, status=422, code="invalid"
            )
            assert set(told["errors"]["content"]) == {name}
    for who in (service.handler(), None):
        check_problem(service.post("/case/consents", whole, who), 401, "sign_in")
    assert UUID(whole["id"])
