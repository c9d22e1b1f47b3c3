"""Cases that came by phone, email or in person, recorded by a handler."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from shared.sealing import case as sealing
from shared.sealing import stretch, tokens
from shared.sealing.encoding import b64
from shared.sealing.message import handler as author_of
from shared.thread import epoch_body
from tests.api import clients, sealed
from tests.api.checks import MARK, check_problem, nothing_stored, refused, text, wrong_words
from tests.api.handling import acts, by_hours, case_row, person
from tests.service import OUTSIDERS, STAFF, Service

STORY = "An invented call about a group chat."


def record(**more: Any) -> dict[str, Any]:
    """A readable request that records a case at eeast's guardian desk."""
    content = {"raised": "phone", "story": STORY} | more.pop("content", {})
    return {
        "case_id": str(uuid4()),
        "organisation": "eeast",
        "desk": "guardian",
        "confidentiality": "confidential",
        "content": content,
        **more,
    }


def recorded(service: Service, name: str = "handler-1", **more: Any) -> dict[str, Any]:
    """What the recorder was answered."""
    answer = service.post("/cases", record(**more), service.handler(name))
    assert answer.status_code == 201, answer.text
    return dict(answer.get_json())


def test_it_works(service: Service) -> None:
    made = recorded(service, content={"concerns": ["bullying"], "when": "In spring"})
    assert len(made["token"].split()) == 8
    path, me = f"/cases/{made['reference']}", person(service, "handler-1")
    for name in ("handler-1", "handler-2"):
        shown = service.get(path, service.handler(name)).get_json()
        report = shown["report"]
        assert report["author"] == f"handler:{me}"
        assert (report["content"]["story"], report["content"]["raised"]) == (STORY, "phone")
        assert (shown["recorded_by"], shown["confidentiality"]) == (me, "confidential")
        assert "problem" not in report
    # The words go on in the app, as any others: signed by the person, read by the handlers.
    back = clients.reporter(service, made["token"])
    [first] = back.thread()
    assert (first.author, first.problem) == (f"handler:{me}", None)
    back.send(back.prepare("An invented answer."))
    service.post(f"{path}/messages", text("Thank you."), service.handler())
    assert [one.problem for one in back.thread()] == [None] * 3
    seen = service.get(f"{path}/messages", service.handler("handler-2")).get_json()["items"]
    assert [one.get("problem") for one in seen] == [None] * 3
    assert acts(service, made["reference"])[0] == (
        "case_recorded", {"confidentiality": "confidential"},
    )  # fmt: skip


@pytest.mark.parametrize("how", ["open", "confidential", "anonymous"])
def test_each_confidentiality(service: Service, how: str) -> None:
    made = recorded(service, confidentiality=how)
    item = service.get("/cases", service.handler("handler-2")).get_json()["items"][0]
    assert (item["reference"], item["confidentiality"]) == (made["reference"], how)
    reporter = service.reporter(made["token"])
    assert service.get("/case", reporter).get_json()["confidentiality"] == how


def test_a_report_by_the_app_is_anonymous(service: Service) -> None:
    reference, _ = service.open_case()
    shown = service.get(f"/cases/{reference}", service.handler()).get_json()
    assert (shown["confidentiality"], shown["recorded_by"]) == ("anonymous", None)


def test_outsiders_see_none_and_record_none_here(service: Service) -> None:
    made = recorded(service)
    for name in OUTSIDERS:
        bearer = service.handler(name)
        assert service.get("/cases", bearer).get_json()["items"] == []
        refused(service, "GET", f"/cases/{made['reference']}", bearer=bearer,
                status=404, code="not_found")  # fmt: skip
    # At a desk of one's own only: another one's cases come from their reporters.
    told = refused(service, "POST", "/cases", record(), service.handler("handler-3"),
                   status=422, code="invalid")  # fmt: skip
    assert set(told["errors"]) == {"desk"}
    told = refused(service, "POST", "/cases", record(desk="senior-manager"), service.handler(),
                   status=422, code="invalid")  # fmt: skip
    assert set(told["errors"]) == {"desk"}
    for name in ("handler-5", *STAFF):
        refused(service, "POST", "/cases", record(), service.handler(name),
                status=404, code="not_found")  # fmt: skip


def test_a_repeat_with_the_words(service: Service) -> None:
    bearer, token = service.handler(), tokens.new_token()
    body = record(token=token)
    first = service.post("/cases", body, bearer)
    assert first.get_json()["token"] == token
    with nothing_stored(service):
        again = service.post("/cases", body, bearer)
    assert (again.status_code, again.get_json()) == (200, first.get_json())
    other = tokens.new_token()
    for changed in (
        {"token": other},
        {"desk": "senior-manager"},
        {"urgent": True},
        {"excluded": [person(service, "handler-2")]},
        {"content": body["content"] | {"story": "Another invented story."}},
    ):
        refused(service, "POST", "/cases", body | changed, bearer, status=409, code="conflict")
    # The words of another case are in use.
    fresh = body | {"case_id": str(uuid4())}
    refused(service, "POST", "/cases", fresh, bearer, status=409, code="conflict")


def test_a_repeat_without_words_tells_none(service: Service) -> None:
    bearer, body = service.handler(), record()
    first = service.post("/cases", body, bearer).get_json()
    with nothing_stored(service):
        again = service.post("/cases", body, bearer)
    assert again.status_code == 200
    assert again.get_json() == first | {"token": None}
    assert service.reporter(first["token"])
    # Nobody else's is repeated by it.
    two = service.handler("handler-2")
    refused(service, "POST", "/cases", body, two, status=409, code="conflict")


def test_the_same_id_as_a_reporters(service: Service) -> None:
    opening, token = service.report()
    service.post("/organisations/eeast/cases", opening)
    bearer = service.handler()
    body = record(case_id=opening["case_id"])
    refused(service, "POST", "/cases", body, bearer, status=409, code="conflict")
    body = record(case_id=opening["case_id"], token=token)
    refused(service, "POST", "/cases", body, bearer, status=409, code="conflict")


def test_somebody_left_out(service: Service) -> None:
    left_out = [person(service, "handler-2")]
    made = recorded(service, excluded=left_out)
    shown = service.get(f"/cases/{made['reference']}", service.handler()).get_json()
    assert shown["excluded"] == shown["report"]["content"]["excluded"] == left_out
    bearer = service.handler("handler-2")
    assert service.get("/cases", bearer).get_json()["items"] == []
    told = refused(
        service, "POST", "/cases", record(excluded=[person(service, "handler-1")]),
        service.handler(), status=422, code="invalid",
    )  # fmt: skip
    assert set(told["errors"]) == {"excluded"}
    everybody = [person(service, name) for name in ("handler-1", "handler-2")]
    refused(service, "POST", "/cases", record(excluded=everybody), service.handler(),
            status=409, code="no_reader")  # fmt: skip


def test_it_is_seen_at_once(service: Service) -> None:
    # A handler's act: there is no rota to hold it against.
    by_hours(service)
    made = recorded(service)
    items = service.get("/cases", service.handler("handler-2")).get_json()["items"]
    assert [one["reference"] for one in items] == [made["reference"]]
    reporter = service.reporter(made["token"])
    service.post("/case/messages", text("By the person"), reporter)
    path = f"/cases/{made['reference']}/messages"
    assert len(service.get(path, service.handler()).get_json()["items"]) == 1
    service.clock.now += 5 * 3600
    assert len(service.get(path, service.handler()).get_json()["items"]) == 2


def sealed_record(service: Service, author: str = "handler-1", **more: Any) -> dict[str, Any]:
    """A sealed request that records a case."""
    token, who, case_id, message_id = (
        tokens.new_token(),
        service.handlers[author],
        uuid4(),
        uuid4(),
    )
    salt = sealed.directory(service)["stretch"]["salt"]
    report = {"raised": "email", "story": STORY, "excluded": []}
    new = sealing.open_case(
        case_id,
        message_id,
        stretch.root(token, salt),
        sealing.readers_of(sealed.read_roster(service), "guardian", ()),
        report,
        sealed.date(2026, 11, 23),
        (author_of(who.id), who.keyring),
    )
    return {
        "case_id": str(case_id),
        "organisation": "eeast",
        "desk": "guardian",
        "confidentiality": "open",
        "sealed": {
            "verifier": b64(new.verifier),
            "seal_key": b64(new.seal_key),
            "sign_key": b64(new.sign_key),
            "epoch": epoch_body(new.epoch),
            "message": {"id": str(message_id), "envelope": b64(new.envelope)},
        },
    } | more


def test_sealed(service: Service) -> None:
    bearer, body = sealed.handler(service), sealed_record(service)
    answer = service.post("/cases", body, bearer)
    assert answer.status_code == 201, answer.text
    assert answer.get_json()["token"] is None
    with nothing_stored(service):
        again = service.post("/cases", body, bearer)
    assert (again.status_code, again.get_json()) == (200, answer.get_json())
    shown = service.get(
        f"/cases/{answer.get_json()['reference']}", service.handler("handler-2")
    ).get_json()
    assert (shown["report"]["content"]["raised"], shown["confidentiality"]) == ("email", "open")
    refused(service, "POST", "/cases", record(), bearer, status=403, code="not_allowed")


def test_signed_by_another_it_shows(service: Service) -> None:
    body = sealed_record(service, "handler-2")
    answer = service.post("/cases", body, sealed.handler(service))
    assert answer.status_code == 201
    reference = answer.get_json()["reference"]
    shown = service.get(f"/cases/{reference}", service.handler()).get_json()
    assert shown["report"]["problem"]["code"] == "bad_signature"


def test_words_that_are_none(service: Service, subtests: pytest.Subtests) -> None:
    bearer = service.handler()
    for what, words in wrong_words().items():
        if not words:
            continue
        with subtests.test(what):
            body = record(token=words)
            refused(service, "POST", "/cases", body, bearer, status=422, code="bad_token")


def test_fields_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    bearer = service.handler()
    for what, (changed, name) in {
        "no confidentiality": ({"confidentiality": None}, "confidentiality"),
        "another confidentiality": ({"confidentiality": MARK}, "confidentiality"),
        "no organisation": ({"organisation": 7}, "organisation"),
        "no such desk": ({"desk": "nowhere"}, "desk"),
        "no way it came": ({"content": {"raised": "by pigeon"}}, "content"),
        "no story": ({"content": {"story": " "}}, "content"),
        "a story too long": ({"content": {"story": "s" * 20_001}}, "content"),
        "an unknown concern": ({"content": {"concerns": ["gossip"]}}, "content"),
        "somebody unknown left out": ({"excluded": [str(uuid4())]}, "excluded"),
        "unknown": ({MARK: MARK}, "_unknown"),
    }.items():
        with subtests.test(what):
            with nothing_stored(service):
                answer = service.post("/cases", record(**changed), bearer)
            assert name in check_problem(answer, 422, "invalid")["errors"]
    body = sealed_record(service) | {"token": tokens.new_token()}
    told = refused(service, "POST", "/cases", body, bearer, status=422, code="invalid")
    assert set(told["errors"]) == {"token"}
    unknown = record(organisation="nowhere")
    refused(service, "POST", "/cases", unknown, bearer, status=404, code="not_found")


def test_a_reporters_bearer_is_not_taken(service: Service) -> None:
    _, token = service.open_case()
    check_problem(service.post("/cases", record(), service.reporter(token)), 401, "sign_in")
    check_problem(service.post("/cases", record()), 401, "sign_in")


def test_it_names_no_person_in_clear(service: Service) -> None:
    made = recorded(service, content={"people": "Somebody invented"})
    row = case_row(service, made["reference"])
    assert "Somebody invented" not in repr(vars(row))
    assert made["token"] not in repr(vars(row))
