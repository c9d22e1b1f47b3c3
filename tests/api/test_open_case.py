"""Opening a case by a readable call."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.schemas.base import read
from shared.schemas.messages import Receipt as ReceiptSchema
from shared.sealing import receipt, tokens
from shared.sealing.encoding import unb64
from tests.api import sealed
from tests.api.checks import (
    MARK,
    at_once,
    counts,
    nothing_stored,
    outsiders_refused,
    refused,
    refused_open,
    wrong_words,
)
from tests.api.handling import change
from tests.api.sealed import with_part
from tests.service import OUTSIDERS, Service

CASES = "/organisations/eeast/cases"
EMOJI = "\N{GRINNING FACE}" * 20_000


def test_it_works(service: Service) -> None:
    body, token = service.report()
    answer = service.post(CASES, body)
    assert answer.status_code == 201
    assert service.reporter(token).startswith("wr_")
    inbox = service.get("/cases", service.handler()).get_json()["items"]
    assert [one["reference"] for one in inbox] == [answer.get_json()["reference"]]


def test_every_field_arrives(service: Service) -> None:
    content = {
        "concerns": ["bullying", "social-media"],
        "channel": "whatsapp-group",
        "story": "An invented story.\nIn two lines.\tAnd a tab.",
        "when": "Most weeks",
        "place": "An invented station",
        "people": "Some of a team",
        "who_knows": "About ten",
        "told_before": "No",
        "wanted": "That it stops",
        "professional_group": "ambulance",
        "immediate_danger": "No",
    }
    reference, token = service.open_case(content=content)
    for report in (
        service.get(f"/cases/{reference}", service.handler()).get_json()["report"],
        service.get("/case/messages", service.reporter(token)).get_json()["items"][0],
    ):
        assert report["content"] == content | {
            "type": "report",
            "excluded": [],
            "attachments": [],
        }
        assert report["author"] == "reporter"
        assert "problem" not in report


def test_the_receipt_holds(service: Service) -> None:
    body, token = service.report()
    given = read(ReceiptSchema(), service.post(CASES, body).get_json()["receipt"])
    first = service.get("/case/messages", service.reporter(token)).get_json()["items"][0]
    receipt.check(
        receipt.Receipt(**given),
        sealed.read_roster(service).newest.receipt_keys,
        UUID(body["case_id"]),
        UUID(first["id"]),
        unb64(first["sealed"]["envelope"]),
        "eeast",
    )


def test_references_are_random(service: Service) -> None:
    one, two = (service.open_case()[0] for _ in range(2))
    for reference in (one, two):
        prefix, _, rest = reference.partition("-")
        assert (prefix, len(rest)) == ("EEA", 10)
    assert one[:8] != two[:8]


def test_outsiders_do_not_see_it(service: Service) -> None:
    reference, _ = service.open_case()
    outsiders_refused(service, "GET", "/cases/{}", reference)
    for name in OUTSIDERS:
        assert service.get("/cases", service.handler(name)).get_json()["items"] == []


def test_the_same_again_is_the_first_answer(service: Service) -> None:
    body, _ = service.report(excluded=[str(service.handlers["handler-2"].id)], urgent=True)
    first = service.post(CASES, body)
    with nothing_stored(service):
        again = service.post(CASES, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.data == first.data


def test_something_else_under_the_same_id_is_a_conflict(
    service: Service, subtests: pytest.Subtests
) -> None:
    body, _ = service.report()
    assert service.post(CASES, body).status_code == 201
    others = {
        "content.story": "Another invented story.",
        "content.when": "Last invented week",
        "desk": "senior-manager",
        "urgent": True,
        "excluded": [str(service.handlers["handler-2"].id)],
        "token": tokens.new_token(),
    }
    for path, value in others.items():
        with subtests.test(path):
            refused_open(service, with_part(body, path, value), 409, "conflict")
    path = "/organisations/elsewhere/cases"
    refused(service, "POST", path, body, status=409, code="conflict")


def test_a_repeat_after_what_was_changed_since(
    service: Service, subtests: pytest.Subtests
) -> None:
    two = str(service.handlers["handler-2"].id)

    def urgent(reference: str, _token: str) -> None:
        change(service, reference, urgent=True)

    def moved(_reference: str, token: str) -> None:
        body = {"desk": "senior-manager"}
        assert service.post("/case/epochs", body, service.reporter(token)).status_code == 200

    def let_in(_reference: str, token: str) -> None:
        body = {"add": [two]}
        assert service.post("/case/epochs", body, service.reporter(token)).status_code == 200

    for what, since, days in (("urgent", urgent, 0), ("desk", moved, 40), ("reader", let_in, 0)):
        for report in (
            service.report(excluded=[two]),
            sealed_report(service, excluded=[UUID(two)]),
        ):
            body, token = report
            with subtests.test(what, sealed="sealed" in body):
                first = service.post(CASES, body)
                service.clock.now += days * 86_400
                since(first.get_json()["reference"], token)
                with nothing_stored(service):
                    again = service.post(CASES, body)
                assert (again.status_code, again.data) == (200, first.data), again.text
                # Another text is another report still.
                other, _ = service.report(excluded=[two])
                case_id = {"case_id": body["case_id"]}
                refused_open(service, other | case_id, 409, "conflict")


def sealed_report(service: Service, **fields: Any) -> tuple[dict[str, Any], str]:
    """As `service.report`, sealed."""
    token = tokens.new_token()
    return dict(sealed.prepare(service, token, **fields).body), token


def test_words_are_used_for_one_case(service: Service) -> None:
    _, token = service.open_case()
    body, _ = service.report()
    told = refused_open(service, body | {"token": token}, 409, "conflict")
    assert "words" in told["detail"]


def test_two_at_the_same_time_are_one(service: Service) -> None:
    body, token = service.report()
    before = counts(service)
    one, two = at_once(service, [("POST", CASES, body, None)] * 2)
    assert sorted((one.status_code, two.status_code)) == [200, 201]
    assert one.data == two.data
    added = {name: rows - before[name] for name, rows in counts(service).items()}
    assert (added["cases"], added["messages"], added["case_access"]) == (1, 1, 2)
    assert len(service.get("/cases", service.handler()).get_json()["items"]) == 1
    assert service.reporter(token)


def test_two_others_with_the_same_words_at_the_same_time(service: Service) -> None:
    body, _ = service.report()
    other = body | {"case_id": str(uuid4())}
    answers = at_once(service, [("POST", CASES, body, None), ("POST", CASES, other, None)])
    assert sorted(one.status_code for one in answers) == [201, 409]


def test_twenty_thousand_emoji(service: Service) -> None:
    reference, _ = service.open_case(content={"story": EMOJI})
    seen = service.get(f"/cases/{reference}", service.handler()).get_json()["report"]
    assert seen["content"]["story"] == EMOJI


def test_the_longest_report_of_the_widest_characters(service: Service) -> None:
    answers = ("when", "who_knows", "people", "wanted", "told_before", "place")
    content = dict.fromkeys((*answers, "immediate_danger"), EMOJI[:2000])
    reference, _ = service.open_case(content={"story": EMOJI, **content})
    seen = service.get(f"/cases/{reference}", service.handler()).get_json()["report"]
    assert seen["content"]["place"] == EMOJI[:2_000]


BAD: dict[str, tuple[str, Any, dict[str, Any]]] = {
    # what: path of the field, its value, where the errors are
    "story too long": ("content.story", "x" * 25_000, {"content": {"story": 1}}),
    "story a letter too long": ("content.story", "x" * 20_001, {"content": {"story": 1}}),
    "story empty": ("content.story", "", {"content": {"story": 1}}),
    "story of spaces": ("content.story", " \n\t ", {"content": {"story": 1}}),
    "story a number": ("content.story", 12345678, {"content": {"story": 1}}),
    "story null": ("content.story", None, {"content": {"story": 1}}),
    "story a list": ("content.story", [MARK], {"content": {"story": 1}}),
    "answer too long": ("content.when", "x" * 2_001, {"content": {"when": 1}}),
    "null character": ("content.story", f"{MARK}\0", {"content": {"story": 1}}),
    "escape character": ("content.story", f"{MARK}\x1b[2J", {"content": {"story": 1}}),
    "C1 character": ("content.place", f"{MARK}\x9b", {"content": {"place": 1}}),
    "lone surrogate": ("content.story", f"{MARK}\ud83d", {"content": {"story": 1}}),
    "other half": ("content.people", f"\ude00{MARK}", {"content": {"people": 1}}),
    "concerns a string": ("content.concerns", "bullying", {"content": {"concerns": 1}}),
    "a concern a number": ("content.concerns", [1], {"content": {"concerns": {"0": 1}}}),
    "unknown concern": ("content.concerns", [MARK], {"content": {"concerns": 1}}),
    "unknown channel": ("content.channel", MARK, {"content": {"channel": 1}}),
    "unknown group": (
        "content.professional_group",
        MARK,
        {"content": {"professional_group": 1}},
    ),
    "unknown field": (MARK, MARK, {"_unknown": 1}),
    "unknown field of the report": (f"content.{MARK}", MARK, {"content": {"_unknown": 1}}),
    "excluded in the report": ("content.excluded", [], {"content": {"_unknown": 1}}),
    "content a list": ("content", [MARK], {"content": {"_schema": 1}}),
    "content a string": ("content", MARK, {"content": {"_schema": 1}}),
    "content null": ("content", None, {"content": 1}),
    "urgent 1": ("urgent", 1, {"urgent": 1}),
    "urgent a string": ("urgent", "true", {"urgent": 1}),
    "urgent null": ("urgent", None, {"urgent": 1}),
    "unknown desk": ("desk", MARK, {"desk": 1}),
    "desk a number": ("desk", 1, {"desk": 1}),
    "desk in capitals": ("desk", "GUARDIAN", {"desk": 1}),
    "unknown handler": ("excluded", [str(uuid4())], {"excluded": 1}),
    "handler a number": ("excluded", [1], {"excluded": {"0": 1}}),
    "handler by name": ("excluded", ["handler-1"], {"excluded": {"0": 1}}),
    "excluded a string": ("excluded", MARK, {"excluded": 1}),
    "case id a number": ("case_id", 1, {"case_id": 1}),
    "case id in capitals": ("case_id", str(uuid4()).upper(), {"case_id": 1}),
    "case id of version 1": (
        "case_id",
        "c232ab00-9414-11ec-b3c8-9f68deced846",
        {"case_id": 1},
    ),
    "token a number": ("token", 12345678, {"token": 1}),
    "token null": ("token", None, {"token": 1}),
    "token too long": ("token", "word " * 100, {"token": 1}),
}


def shape(errors: Any) -> Any:
    """The names in `errors`, without their sentences."""
    if not isinstance(errors, dict):
        assert isinstance(errors, list)
        assert all(isinstance(one, str) and len(one) > 10 for one in errors)
        return 1
    return {name: shape(one) for name, one in errors.items()}


def test_bad_fields_are_named(service: Service, subtests: pytest.Subtests) -> None:
    for what, (path, value, errors) in BAD.items():
        with subtests.test(what):
            body, _ = service.report()
            told = refused_open(service, with_part(body, path, value), 422, "invalid")
            assert shape(told["errors"]) == errors


def test_missing_fields_are_named(service: Service, subtests: pytest.Subtests) -> None:
    for name, at in {
        "case_id": "case_id",
        "desk": "desk",
        "token": "token",
        "content": "content",
    }.items():
        with subtests.test(name):
            body, _ = service.report()
            del body[name]
            assert set(refused_open(service, body, 422, "invalid")["errors"]) == {at}
    body, _ = service.report()
    body["content"] = {"when": "An invented week"}
    told = refused_open(service, body, 422, "invalid")
    assert shape(told["errors"]) == {"content": {"story": 1}}


def test_bodies_that_are_no_object(service: Service) -> None:
    for body in ([MARK], MARK, 12345678, True):
        told = refused_open(service, body, 422, "invalid")
        assert set(told["errors"]) == {"_schema"}


def test_both_forms_at_once(service: Service) -> None:
    body, _ = service.report()
    both = body | {"sealed": sealed.prepare(service).body["sealed"]}
    assert shape(refused_open(service, both, 422, "invalid")["errors"]) == {"content": 1}
    del both["content"]
    assert shape(refused_open(service, both, 422, "invalid")["errors"]) == {"token": 1}


def test_words_that_are_none(service: Service, subtests: pytest.Subtests) -> None:
    body, _ = service.report()
    for what, wrong in wrong_words().items():
        with subtests.test(what):
            refused_open(service, body | {"token": wrong}, 422, "bad_token")


def test_a_handler_of_elsewhere_can_not_be_excluded(service: Service) -> None:
    body, _ = service.report(excluded=[str(service.handlers["handler-5"].id)])
    assert set(refused_open(service, body, 422, "invalid")["errors"]) == {"excluded"}


def test_everybody_excluded(service: Service) -> None:
    both = [str(service.handlers[name].id) for name in ("handler-1", "handler-2")]
    body, _ = service.report(excluded=both)
    told = refused_open(service, body, 409, "no_reader")
    assert "another desk" in told["detail"]
    assert "outside body" in told["detail"]
    assert service.post(CASES, body | {"desk": "senior-manager"}).status_code == 201


def test_an_organisation_that_is_not_there(service: Service) -> None:
    body, _ = service.report()
    for slug in (MARK, "EEAST", "%00", "eeast%0a"):
        path = f"/organisations/{slug}/cases"
        refused(service, "POST", path, body, status=404, code="not_found")


def test_no_query_is_taken(service: Service) -> None:
    body, _ = service.report()
    path = f"{CASES}?{MARK}={MARK}"
    told = refused(service, "POST", path, body, status=422, code="invalid")
    assert set(told["errors"]) == {"_unknown"}


def test_words_made_by_the_service_are_forgotten(service: Service) -> None:
    with nothing_stored(service):
        answer = service.call("POST", "/tokens")
    assert answer.status_code == 201
    token = answer.get_json()["token"]
    assert len(token.split()) == 8
    body, _ = service.report()
    assert service.post(CASES, body | {"token": token}).status_code == 201
