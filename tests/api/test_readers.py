"""Who reads a case: let in, shut out, asked for, and shown to the reporter."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from tests.api.checks import outsiders_refused, refused, text
from tests.service import Service


def ask(service: Service, reference: str, *names: str, **more: Any) -> str:
    """Asks the reporter for consent to these handlers; the request's id."""
    body = request(service, *names, **more)
    answer = service.post(f"/cases/{reference}/consents", body, service.handler())
    assert answer.status_code == 201, answer.text
    return str(body["id"])


def request(service: Service, *names: str, **more: Any) -> dict[str, Any]:
    """A readable request for consent."""
    content = {
        "handlers": [str(service.handlers[one].id) for one in names],
        "role": "Investigating manager",
        "purpose": "To look into an invented group chat",
        "until": str(date.today() + timedelta(days=60)),
    }
    return {"id": str(uuid4()), "content": content | more}


def consent(service: Service, bearer: str, asked: str, *, granted: bool = True) -> str:
    """The reporter's answer; its id."""
    body = {"id": str(uuid4()), "content": {"request": asked, "granted": granted}}
    answer = service.post("/case/consents", body, bearer)
    assert answer.status_code == 201, answer.text
    return body["id"]


def named(service: Service, name: str, consent_id: str | None = None) -> dict[str, str]:
    """The request that lets somebody in."""
    by = {"consent": consent_id} if consent_id is not None else {}
    return {"handler": str(service.handlers[name].id)} | by


def grant(service: Service, reference: str, name: str, consent_id: str | None = None) -> Any:
    """The answer to handler-1 letting somebody in."""
    body = named(service, name, consent_id)
    return service.post(f"/cases/{reference}/readers", body, service.handler())


def not_granted(
    service: Service, reference: str, name: str, consent_id: str | None = None
) -> None:
    """Handler-1 may not let this one in."""
    refused(
        service, "POST", f"/cases/{reference}/readers", named(service, name, consent_id),
        service.handler(), status=403, code="not_allowed",
    )  # fmt: skip


def readers(service: Service, bearer: str, path: str = "/case") -> set[str]:
    """The names of those who read a case now."""
    return {one["display_name"] for one in service.get(path, bearer).get_json()["handlers"]}


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


def test_a_consent_that_was_refused_lets_nobody_in(service: Service) -> None:
    reference, token = service.open_case()
    answered = consent(service, service.reporter(token), ask(service, reference, "handler-3"),
                       granted=False)  # fmt: skip
    not_granted(service, reference, "handler-3", answered)


def test_the_reporter_takes_a_consent_back(service: Service) -> None:
    reference, token = service.open_case()
    reporter = service.reporter(token)
    asked = ask(service, reference, "handler-3")
    granted = consent(service, reporter, asked)
    assert grant(service, reference, "handler-3", granted).status_code == 200
    consent(service, reporter, asked, granted=False)
    assert readers(service, reporter) == {"handler-1", "handler-2"}
    assert service.get(f"/cases/{reference}", service.handler("handler-3")).status_code == 404
    assert service.get("/case", reporter).get_json()["consents"][0]["revoked_on"]
    not_granted(service, reference, "handler-3", granted)


def test_at_its_end_nothing_is_served(service: Service) -> None:
    reference, token = service.open_case()
    reporter = service.reporter(token)
    last = date.today() + timedelta(days=5)
    asked = ask(service, reference, "handler-3", until=str(last))
    granted = consent(service, reporter, asked)
    assert grant(service, reference, "handler-3", granted).status_code == 200
    path = f"/cases/{reference}"
    service.clock.now += 5 * 86_400
    assert service.get(path, service.handler("handler-3")).status_code == 200
    service.clock.now += 86_400
    assert service.get(path, service.handler("handler-3")).status_code == 404
    assert service.get("/cases", service.handler("handler-3")).get_json()["items"] == []
    gone = service.handlers["handler-2"].id
    assert (
        service.call("DELETE", f"{path}/readers/{gone}", bearer=service.handler()).status_code
        == 200
    )
    assert readers(service, service.reporter(token)) == {"handler-1"}


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


def test_another_desk_after_a_deadline(service: Service) -> None:
    reference, token = service.open_case()
    body = {"desk": "senior-manager"}
    refused(service, "POST", "/case/epochs", body, service.reporter(token), status=409,
            code="too_early")  # fmt: skip
    service.clock.now += 10 * 86_400
    reporter = service.reporter(token)
    assert service.get("/case", reporter).get_json()["overdue"] == "acknowledge"
    answer = service.post("/case/epochs", body, reporter)
    assert answer.status_code == 200, answer.text
    assert readers(service, reporter) == {"handler-3", "handler-4"}
    assert service.get(f"/cases/{reference}", service.handler()).status_code == 404
    found = service.get("/cases", service.handler("handler-3")).get_json()["items"]
    assert [(one["reference"], one["status"]) for one in found] == [(reference, "new")]
    shown = service.get(f"/cases/{reference}", service.handler("handler-4")).get_json()
    assert shown["desk"] == "senior-manager"
    assert shown["report"]["content"]["story"]
