"""Classification: sealed as a note, counted in the same transaction, versions kept apart."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from api.rules import categories, classification, notes, organisations
from shared.sealing.encoding import b64
from shared.sealing.message import Message
from tests.api import clients, sealed
from tests.api.checks import (
    MARK,
    at_once,
    check_problem,
    nothing_stored,
    outsiders_refused,
    refused,
)
from tests.api.handling import acts, change, note, person, tally
from tests.service import Service

OWN = {
    "categories": [{"code": "system-process", "name": "System and Process"}],
    "regions": [{"code": "north", "name": "North"}, {"code": "south", "name": "South"}],
}
FIRST = {("case", "classified"): 1, ("confidentiality", "anonymous"): 1}


def own_lists(service: Service, items: dict[str, Any] = OWN, slug: str = "eeast") -> int | None:
    """Gives an organisation the next version of its own categories; its number."""
    return service.database.write(
        lambda db: categories.change(db, organisations.find(db, slug), items)
    )


def content(**more: Any) -> dict[str, Any]:
    """A classification by the national list."""
    return {"national": "2026", "local": 0, "elements": ["bullying_harassment"]} | more


def put(service: Service, reference: str, name: str = "handler-1", **more: Any) -> Any:
    """The answer to a readable classification."""
    body = {"id": str(uuid4()), "content": content(**more)}
    path = f"/cases/{reference}/classification"
    return service.call("PUT", path, body, service.handler(name))


def current(service: Service, reference: str, name: str = "handler-1") -> dict[str, Any]:
    """What the newest classification says."""
    path = f"/cases/{reference}/classification"
    return dict(service.get(path, service.handler(name)).get_json()["current"]["content"])


def test_it_works(service: Service) -> None:
    own_lists(service)
    reference, _ = service.open_case()
    path = f"/cases/{reference}/classification"
    assert service.get(path, service.handler()).get_json() == {"current": None}
    answer = put(service, reference, local=1, categories=["system-process"], region="north",
                 channel="whatsapp-group", professional_group="ambulance")  # fmt: skip
    assert (answer.status_code, answer.get_json()) == (201, {"number": 1})
    assert tally(service) == FIRST | {
        ("element", "bullying_harassment"): 1,
        ("category", "system-process"): 1,
        ("region", "north"): 1,
        ("channel", "whatsapp-group"): 1,
        ("professional_group", "ambulance"): 1,
    }
    shown = current(service, reference, "handler-2")
    assert (shown["type"], shown["national"], shown["local"]) == ("classification", "2026", 1)
    assert (shown["elements"], shown["region"]) == (["bullying_harassment"], "north")
    # Another one moves what has changed, and nothing else.
    put(service, reference, "handler-2", elements=["patient_safety", "detriment"],
        local=1, region="south", channel="feed")  # fmt: skip
    assert tally(service) == FIRST | {
        ("element", "patient_safety"): 1,
        ("element", "detriment"): 1,
        ("region", "south"): 1,
        ("channel", "feed"): 1,
        ("professional_group", "not-known"): 1,
    }
    assert [act for act, _ in acts(service, reference)] == ["classified", "classified"]
    kinds = service.get(f"/cases/{reference}/notes", service.handler()).get_json()["items"]
    assert [one["kind"] for one in kinds] == ["classification"] * 2


def test_outsiders_classify_nothing(service: Service) -> None:
    reference, _ = service.open_case()
    body = {"id": str(uuid4()), "content": content()}
    outsiders_refused(service, "GET", "/cases/{}/classification", reference)
    outsiders_refused(service, "PUT", "/cases/{}/classification", reference, body)
    assert tally(service) == {}


def test_a_repeat_moves_nothing(service: Service) -> None:
    reference, _ = service.open_case()
    bearer, path = service.handler(), f"/cases/{reference}/classification"
    body = {"id": str(uuid4()), "content": content()}
    first = service.call("PUT", path, body, bearer)
    with nothing_stored(service):
        again = service.call("PUT", path, body, bearer)
    assert (again.status_code, again.data) == (200, first.data)
    other = body | {"content": content(elements=["detriment"])}
    refused(service, "PUT", path, other, bearer, status=409, code="conflict")
    written = note()
    service.post(f"/cases/{reference}/notes", written, bearer)
    other = {"id": written["id"], "content": content(elements=["detriment"])}
    refused(service, "PUT", path, other, bearer, status=409, code="conflict")


def test_two_at_the_same_time(service: Service) -> None:
    reference, _ = service.open_case()
    calls = [
        (
            "PUT",
            f"/cases/{reference}/classification",
            {"id": str(uuid4()), "content": content(elements=[element])},
            service.handler(name),
        )
        for name, element in (("handler-1", "detriment"), ("handler-2", "patient_safety"))
    ]
    assert [one.status_code for one in at_once(service, calls)] == [201, 201]
    counted = {place: count for place, count in tally(service).items() if place[0] == "element"}
    assert counted == {("element", current(service, reference)["elements"][0]): 1}
    assert tally(service)[("case", "classified")] == 1


def test_two_cases_are_two(service: Service) -> None:
    for _ in range(2):
        put(service, service.open_case()[0])
    assert tally(service)[("element", "bullying_harassment")] == 2
    assert tally(service)[("case", "classified")] == 2
    assert tally(service, "elsewhere") == {}


def test_nothing_moves_when_it_is_not_stored(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference, _ = service.open_case()
    bearer, path = service.handler(), f"/cases/{reference}/classification"
    body = {"id": str(uuid4()), "content": content()}

    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError

    for where in ("audit.record", "next_seq"):
        with monkeypatch.context() as broken, nothing_stored(service):
            target, _, name = where.rpartition(".")
            broken.setattr(getattr(notes, target) if target else notes, name, fails)
            check_problem(service.call("PUT", path, body, bearer), 500, "internal")
    assert service.call("PUT", path, body, bearer).status_code == 201


def test_codes_are_of_the_versions_named(service: Service, subtests: pytest.Subtests) -> None:
    own_lists(service)
    reference, _ = service.open_case()
    bearer, path = service.handler(), f"/cases/{reference}/classification"
    for what, (changed, name) in {
        "an unknown element": ({"elements": ["detriment", "gossip"]}, "elements"),
        "an element of the outcomes": ({"elements": ["referred"]}, "elements"),
        "an unknown national version": ({"national": "1999"}, "national"),
        "no national version": ({"national": ""}, "national"),
        "an unknown version": ({"local": 2}, "local"),
        "a version below none": ({"local": -1}, "local"),
        "a version beyond any": ({"local": 10**30}, "local"),
        "a version that is a text": ({"local": "1"}, "local"),
        "a category with no version": ({"categories": ["system-process"]}, "categories"),
        "a category of none": ({"local": 1, "categories": ["gossip"]}, "categories"),
        "a region with no version": ({"region": "north"}, "region"),
        "an unknown region": ({"local": 1, "region": "west"}, "region"),
        "an unknown channel": ({"channel": "pigeon"}, "channel"),
        "an unknown group": ({"professional_group": "pilots"}, "professional_group"),
        "no group": ({"professional_group": None}, "professional_group"),
        "an unknown outcome": ({"outcome": "gossip"}, "outcome"),
        "free text": ({"elements": [f"{MARK} and more"]}, "elements"),
        "too many": ({"elements": ["detriment"] * 21}, "elements"),
        "unknown": ({MARK: MARK}, "_unknown"),
    }.items():
        with subtests.test(what):
            body = {"id": str(uuid4()), "content": content(**changed)}
            told = refused(service, "PUT", path, body, bearer, status=422, code="invalid")
            assert set(told["errors"]["content"]) == {name}
    body = {"id": str(uuid4()), "content": content(), "tally": []}
    told = refused(service, "PUT", path, body, bearer, status=422, code="invalid")
    assert set(told["errors"]) == {"tally"}


def test_of_another_organisation_a_version_is_none(service: Service) -> None:
    own_lists(service, slug="elsewhere")
    reference, _ = service.open_case()
    answer = put(service, reference, local=1)
    check_problem(answer, 422, "invalid")


def test_old_versions_stay_valid(service: Service) -> None:
    own_lists(service)
    reference, _ = service.open_case()
    put(service, reference, local=1, categories=["system-process"], region="north")
    newer = {"categories": [{"code": "leadership", "name": "Leadership"}], "regions": []}
    assert own_lists(service, newer) == 2
    assert current(service, reference)["categories"] == ["system-process"]
    # What a later one moves is counted from what the older one said.
    assert put(service, reference, local=1, categories=["system-process"]).status_code == 201
    check_problem(put(service, reference, local=2, categories=["system-process"]), 422, "invalid")
    assert put(service, reference, local=2, categories=["leadership"]).status_code == 201
    counted = tally(service)
    assert ("category", "system-process") not in counted
    assert ("region", "north") not in counted
    assert counted[("category", "leadership")] == 1


def test_named_twice_counts_once(service: Service) -> None:
    reference, _ = service.open_case()
    put(service, reference, elements=["detriment", "detriment"])
    assert tally(service)[("element", "detriment")] == 1
    put(service, reference, elements=[])
    assert ("element", "detriment") not in tally(service)


# --- closing, confidentiality -----------------------------------------------------------------


def test_the_outcome_on_closing(service: Service) -> None:
    reference, _ = service.open_case()
    put(service, reference, professional_group="ambulance")
    shown = change(service, reference, status="closed", outcome="action-taken")
    assert shown["status"] == "closed"
    found = current(service, reference)
    assert (found["outcome"], found["elements"]) == ("action-taken", ["bullying_harassment"])
    assert found["professional_group"] == "ambulance"
    assert tally(service)[("outcome", "action-taken")] == 1
    bearer = service.handler()
    with nothing_stored(service):
        body = {"status": "closed", "outcome": "action-taken"}
        again = service.call("PATCH", f"/cases/{reference}", body, bearer)
    assert again.status_code == 200
    change(service, reference, status="closed", outcome="not-upheld")
    assert ("outcome", "action-taken") not in tally(service)
    assert tally(service)[("outcome", "not-upheld")] == 1


def test_the_outcome_of_a_case_never_classified(service: Service) -> None:
    reference, _ = service.open_case()
    change(service, reference, status="closed", outcome="advice-given")
    assert tally(service) == FIRST | {
        ("outcome", "advice-given"): 1,
        ("professional_group", "not-known"): 1,
        ("days_to_acknowledge", "0"): 1,
    }


def test_outcomes_that_can_not_be(service: Service) -> None:
    reference, _ = service.open_case()
    bearer, path = service.handler(), f"/cases/{reference}"
    for body in (
        {"outcome": "advice-given"},
        {"status": "in_progress", "outcome": "advice-given"},
        {"status": "closed", "outcome": "gossip"},
        {"status": "closed", "outcome": f"{MARK} free text"},
        {"status": "closed", "outcome": None},
    ):
        told = refused(service, "PATCH", path, body, bearer, status=422, code="invalid")
        assert set(told["errors"]) == {"outcome"}
    body = {"status": "closed", "outcome": "advice-given"}
    refused(service, "PATCH", path, body, sealed.handler(service), status=403, code="not_allowed")


def test_a_change_of_confidentiality_moves(service: Service) -> None:
    reference, _ = service.open_case()
    change(service, reference, confidentiality="confidential")
    assert tally(service) == {}
    put(service, reference)
    assert tally(service)[("confidentiality", "confidential")] == 1
    change(service, reference, confidentiality="open")
    change(service, reference, confidentiality="open")
    counted = {place for place in tally(service) if place[0] == "confidentiality"}
    assert counted == {("confidentiality", "open")}
    assert tally(service)[("confidentiality", "open")] == 1


def test_times_are_counted_once_at_closing(service: Service) -> None:
    reference, _ = service.open_case()
    change(service, reference, status="closed", feedback_given=True)
    counted = {("days_to_acknowledge", "0"): 1, ("days_to_feedback", "0"): 1}
    assert tally(service) == counted
    change(service, reference, status="in_progress")
    change(service, reference, status="closed")
    assert tally(service) == counted


# --- sealed -----------------------------------------------------------------------------------


def move(field: str, before: str | None, after: str | None) -> dict[str, str | None]:
    """How a client says that the counts move."""
    return {"field": field, "from": before, "to": after}


def test_sealed(service: Service) -> None:
    reference, _ = sealed.open_case(service)
    mine = clients.handler(service, reference)
    moves = [move("element", None, "detriment"), move("professional_group", None, "not-known")]
    mine.classify(content(elements=["detriment"]), moves)
    counted = FIRST | {("element", "detriment"): 1, ("professional_group", "not-known"): 1}
    assert tally(service) == counted
    assert current(service, reference, "handler-2")["elements"] == ["detriment"]
    mine.classify(content(elements=[]), [move("element", "detriment", None)])
    del counted[("element", "detriment")]
    assert tally(service) == counted
    # A readable one goes on from it.
    put(service, reference, "handler-2", elements=["patient_safety"])
    assert tally(service) == counted | {("element", "patient_safety"): 1}


def test_moves_that_can_not_be(service: Service, subtests: pytest.Subtests) -> None:
    reference, _ = sealed.open_case(service)
    mine, bearer = clients.handler(service, reference), sealed.handler(service)
    mine.add_note("So that there is a notes key.")
    note_id = uuid4()
    written = Message(mine.keys.author(), date.today(), 2, "classification", content())
    envelope = b64(mine.keys.write("note", note_id, written))
    whole = {"id": str(note_id), "sealed": {"envelope": envelope}}
    path = f"/cases/{reference}/classification"
    for what, wrong in {
        "the reporters' answers": move("speak_up_again", None, "yes"),
        "the cases": move("case", None, "classified"),
        "times": move("days_to_feedback", None, "1"),
        "confidentiality": move("confidentiality", "anonymous", "open"),
        "free text": move("element", None, f"{MARK} told me"),
        "a text without spaces": move("element", None, MARK),
        "no code at all": move("element", None, ""),
        "an element of the outcomes": move("element", None, "referred"),
        "an unknown region": move("region", "north", None),
        "a number": {"field": "element", "from": None, "to": 7},
        "no end": {"field": "element", "from": None},
        "unknown": move("element", None, "detriment") | {MARK: MARK},
        "no object": MARK,
    }.items():
        with subtests.test(what):
            body = whole | {"tally": [move("element", None, "detriment"), wrong]}
            told = refused(service, "PUT", path, body, bearer, status=422, code="invalid")
            assert set(told["errors"]) == {"tally"}
            assert set(told["errors"]["tally"]) == {"1"}
    body = whole | {"tally": [move("element", None, "detriment")]}
    first = service.call("PUT", path, body, bearer)
    assert first.status_code == 201
    with nothing_stored(service):
        assert service.call("PUT", path, body, bearer).data == first.data
    assert tally(service)[("element", "detriment")] == 1
    count_below = [move("element", "patient_safety", None)]
    mine.classify(content(), count_below)
    assert min(tally(service).values()) == 1


def test_one_case_counts_once(service: Service, subtests: pytest.Subtests) -> None:
    reference, _ = sealed.open_case(service)
    mine, bearer = clients.handler(service, reference), sealed.handler(service)
    mine.add_note("So that there is a notes key.")
    note_id = uuid4()
    written = Message(mine.keys.author(), date.today(), 2, "classification", content())
    envelope = b64(mine.keys.write("note", note_id, written))
    whole = {"id": str(note_id), "sealed": {"envelope": envelope}}
    path = f"/cases/{reference}/classification"
    up = move("element", None, "detriment")
    for what, moves in {
        "up again": [up, up],
        "up again from another": [up, move("element", "patient_safety", "detriment")],
        "down again": [move("element", "detriment", None)] * 2,
        "two outcomes": [move("outcome", None, one) for one in ("action-taken", "not-upheld")],
        "one outcome twice": [move("outcome", None, "action-taken")] * 2,
    }.items():
        with subtests.test(what):
            body = whole | {"tally": moves}
            told = refused(service, "PUT", path, body, bearer, status=422, code="invalid")
            assert set(told["errors"]["tally"]) == {"1"}
    body = whole | {"tally": [up] * 200}
    refused(service, "PUT", path, body, bearer, status=422, code="invalid")
    moves = [up, move("element", "patient_safety", "bullying_harassment")]
    body = whole | {"tally": [*moves, move("outcome", None, "action-taken")]}
    assert service.call("PUT", path, body, bearer).status_code == 201
    assert tally(service)[("element", "detriment")] == 1


WRONG: dict[str, dict[str, Any]] = {
    "numbers": {"elements": 7},
    "lists in a list": {"elements": [[]], "categories": [{}]},
    "no version": {"national": None},
    "a list as version": {"national": []},
    "a version that is too long": {"local": 10**30},
    "free text": {"elements": [f"{MARK} and more"]},
    "an object as outcome": {"outcome": {"a": 1}, "region": [1], "professional_group": {}},
    "more than there is": {"something": "else"},
    "another body": {"body": [1], "content": {"text": 7}},
}
"""What a client may seal in the place of a classification."""


def sealed_badly(service: Service, **wrong: Any) -> str:
    """A case that a colleague's client classified with something else; its reference."""
    reference, _ = sealed.open_case(service)
    mine, bearer = clients.handler(service, reference), sealed.handler(service)
    mine.add_note("So that there is a notes key.")
    note_id = uuid4()
    written = Message(mine.keys.author(), date.today(), 2, "classification", content(**wrong))
    envelope = b64(mine.keys.write("note", note_id, written))
    body = {"id": str(note_id), "sealed": {"envelope": envelope}}
    path = f"/cases/{reference}/classification"
    assert service.call("PUT", path, body, bearer).status_code == 201
    return reference


def test_what_a_program_sealed_badly_is_in_nobodys_way(
    service: Service, subtests: pytest.Subtests
) -> None:
    for what, wrong in WRONG.items():
        with subtests.test(what):
            reference = sealed_badly(service, **wrong)
            before = tally(service).get(("element", "bullying_harassment"), 0)
            assert put(service, reference).status_code == 201
            assert tally(service)[("element", "bullying_harassment")] == before + 1
            assert current(service, reference)["elements"] == ["bullying_harassment"]


def test_what_a_program_sealed_badly_keeps_nobody_from_closing(service: Service) -> None:
    reference = sealed_badly(service, elements=7)
    change(service, reference, status="closed", outcome="action-taken")
    assert tally(service)[("outcome", "action-taken")] == 1
    assert current(service, reference)["outcome"] == "action-taken"


def test_who_can_not_open_it_can_not_move_it(service: Service) -> None:
    reference, token = service.open_case()
    put(service, reference)
    reporter = service.reporter(token)
    for body in (
        {"add": [person(service, "handler-3")]},
        {"remove": [person(service, name) for name in ("handler-1", "handler-2")]},
    ):
        assert service.post("/case/epochs", body, reporter).status_code == 200
    path = f"/cases/{reference}/classification"
    three = service.handler("handler-3")
    assert service.get(path, three).get_json()["current"]["problem"]["code"] == "wrong_key"
    body = {"id": str(uuid4()), "content": content()}
    told = refused(service, "PUT", path, body, three, status=422, code="invalid")
    assert "colleague" in told["detail"]


def test_only_these_have_one_value() -> None:
    assert set(classification.EXCLUSIVE) == {"region", "channel", "professional_group", "outcome"}
