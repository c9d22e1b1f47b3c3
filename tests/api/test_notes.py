"""Private notes: sealed under a key of the handlers' own, which no reporter ever gets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import clients, sealed
from tests.api.checks import (
    MARK,
    at_once,
    check_problem,
    nothing_stored,
    outsiders_refused,
    refused,
)
from tests.api.handling import acts, grant, let_in, new_keys, note, person
from tests.service import Service


def write(service: Service, reference: str, words: str, name: str = "handler-1") -> Any:
    """The answer to a readable note."""
    return service.post(f"/cases/{reference}/notes", note(words), service.handler(name))


def notes(service: Service, reference: str, name: str = "handler-1") -> list[Any]:
    """What the notes say to a handler; of one that can't be opened, the problem's code."""
    page = service.get(f"/cases/{reference}/notes", service.handler(name)).get_json()
    return [one.get("content", {}).get("text") or one["problem"]["code"] for one in page["items"]]


def test_it_works(service: Service) -> None:
    reference, token = service.open_case()
    answer = write(service, reference, "Rang the union, invented.")
    assert (answer.status_code, answer.get_json()) == (201, {"number": 1})
    assert write(service, reference, "And again.", "handler-2").get_json() == {"number": 2}
    for name in ("handler-1", "handler-2"):
        assert notes(service, reference, name) == ["Rang the union, invented.", "And again."]
    one = service.get(f"/cases/{reference}/notes", service.handler()).get_json()["items"][0]
    assert (one["kind"], one["author"]) == ("note", f"handler:{person(service, 'handler-1')}")
    assert acts(service, reference) == [("note_written", {})] * 2
    # The reporter sees neither a note nor that there is one.
    reporter = service.reporter(token)
    assert service.get("/case", reporter).get_json()["unread"] == 0
    assert len(service.get("/case/messages", reporter).get_json()["items"]) == 1
    path = f"/cases/{reference}/notes"
    check_problem(service.get(path, reporter), 401, "sign_in")


def test_outsiders_find_none(service: Service) -> None:
    reference, _ = service.open_case()
    write(service, reference, "An invented note.")
    outsiders_refused(service, "GET", "/cases/{}/notes", reference)
    outsiders_refused(service, "POST", "/cases/{}/notes", reference, note())


def test_sealed(service: Service) -> None:
    reference, token = sealed.open_case(service)
    mine = clients.handler(service, reference)
    assert mine.add_note("A sealed note.") == 1
    assert mine.add_note("Another one.") == 2
    assert [one.problem for one in mine.notes()] == [None, None]
    assert notes(service, reference, "handler-2") == ["A sealed note.", "Another one."]
    assert write(service, reference, "A readable one.", "handler-2").status_code == 201
    assert [(one.content or {})["text"] for one in mine.notes()][-1] == "A readable one."
    page = service.get(f"/cases/{reference}/notes", sealed.handler(service)).get_json()
    assert all("content" not in one for one in page["items"])
    by_reporter = sealed.by_reporter(service, token, sealed.reporter(service, token))
    assert not any(clients.can_read(by_reporter, one, "note") for one in page["items"])


def test_the_same_again_is_the_first_answer(service: Service) -> None:
    reference, _ = service.open_case()
    path, bearer, two = (
        f"/cases/{reference}/notes",
        service.handler(),
        service.handler("handler-2"),
    )
    body = note()
    first = service.post(path, body, bearer)
    with nothing_stored(service):
        again = service.post(path, body, bearer)
    assert (again.status_code, again.data) == (200, first.data)
    other = body | {"content": {"text": "Something else"}}
    refused(service, "POST", path, other, bearer, status=409, code="conflict")
    refused(service, "POST", path, body, two, status=409, code="conflict")
    content = {"national": "2026", "local": 0}
    other = {"id": body["id"], "content": content}
    path = f"/cases/{reference}/classification"
    refused(service, "PUT", path, other, bearer, status=409, code="conflict")


def test_two_at_the_same_time(service: Service) -> None:
    reference, _ = service.open_case()
    path = f"/cases/{reference}/notes"
    answers = at_once(
        service,
        [("POST", path, note(), service.handler(name)) for name in ("handler-1", "handler-2")],
    )
    assert [one.status_code for one in answers] == [201, 201]
    assert sorted(one.get_json()["number"] for one in answers) == [1, 2]
    assert len(notes(service, reference)) == 2


def test_pages(service: Service) -> None:
    reference, _ = service.open_case()
    words = [f"Note {number}" for number in range(5)]
    for one in words:
        write(service, reference, one)
    bearer, seen, after = service.handler(), [], ""
    for _ in range(3):
        page = service.get(f"/cases/{reference}/notes?limit=2{after}", bearer).get_json()
        seen += [one["content"]["text"] for one in page["items"]]
        after = f"&after={page['next']}"
    assert (seen, page["next"]) == (words, None)
    for query in ("after=x", "after=-1", f"after={'9' * 10}", "limit=0", f"{MARK}=1"):
        path = f"/cases/{reference}/notes?{query}"
        refused(service, "GET", path, bearer=bearer, status=422, code="invalid")


def test_who_comes_reads_back_at_once(service: Service) -> None:
    reference, token = service.open_case()
    write(service, reference, "Before they came.")
    let_in(service, reference, token, "handler-3")
    assert notes(service, reference, "handler-3") == ["Before they came."]
    assert write(service, reference, "By who came.", "handler-3").status_code == 201
    assert notes(service, reference) == ["Before they came.", "By who came."]


def test_who_goes_reads_nothing_that_comes(service: Service) -> None:
    reference, _ = service.open_case()
    write(service, reference, "Before they went.")
    gone = f"/cases/{reference}/readers/{person(service, 'handler-2')}"
    assert service.call("DELETE", gone, bearer=service.handler()).status_code == 200
    write(service, reference, "After they went.")
    assert notes(service, reference) == ["Before they went.", "After they went."]
    page = service.get(f"/cases/{reference}/notes", service.handler()).get_json()["items"]
    outside = clients.with_the_database(service, reference, "handler-2")
    assert [clients.can_read(outside, one, "note") for one in page] == [True, False]


def test_whom_the_reporter_lets_in_waits_for_a_note_of_another(service: Service) -> None:
    reference, token = service.open_case()
    write(service, reference, "Before they came.")
    body = {"add": [person(service, "handler-3")]}
    service.post("/case/epochs", body, service.reporter(token))
    path = f"/cases/{reference}/notes"
    told = refused(service, "POST", path, note(), service.handler("handler-3"),
                   status=409, code="epoch_changed")  # fmt: skip
    assert "next note" in told["detail"]
    assert notes(service, reference, "handler-3") == ["wrong_key"]
    assert write(service, reference, "Now they can.").status_code == 201
    assert write(service, reference, "By who came.", "handler-3").status_code == 201
    assert notes(service, reference, "handler-3") == [
        "Before they came.", "Now they can.", "By who came.",
    ]  # fmt: skip


def test_where_nobody_of_before_remains_it_begins_anew(service: Service) -> None:
    reference, token = service.open_case()
    write(service, reference, "By those before.")
    reporter = service.reporter(token)
    for body in (
        {"add": [person(service, "handler-3")]},
        {"remove": [person(service, name) for name in ("handler-1", "handler-2")]},
    ):
        assert service.post("/case/epochs", body, reporter).status_code == 200
    assert write(service, reference, "By who came.", "handler-3").status_code == 201
    # The old notes stay closed: nobody was left who could have handed the key on.
    assert notes(service, reference, "handler-3") == ["wrong_key", "By who came."]


def test_new_keys_read_back_after_a_grant(service: Service) -> None:
    reference, _ = service.open_case()
    write(service, reference, "Before the loss.", "handler-2")
    new_keys(service, "handler-2")
    assert notes(service, reference, "handler-2") == ["wrong_key"]
    assert grant(service, reference, "handler-2").status_code == 200
    assert notes(service, reference, "handler-2") == ["Before the loss."]
    assert write(service, reference, "After it.", "handler-2").status_code == 201
    mine = clients.handler(service, reference)
    assert [one.problem for one in mine.notes()] == [None, None]


def test_what_is_altered_in_the_database_shows(service: Service) -> None:
    from sqlalchemy import update

    from api.models.note import Note

    reference, _ = service.open_case()
    write(service, reference, "An invented note.")
    put = update(Note).values(author=f"handler:{person(service, 'handler-2')}")
    service.database.write(lambda db: db.execute(put))
    assert notes(service, reference) == ["bad_signature"]


def test_fields_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    reference, _ = service.open_case()
    bearer, path, whole = service.handler(), f"/cases/{reference}/notes", note()
    for what, (body, name) in {
        "nothing": ({}, "id"),
        "no id": (whole | {"id": MARK}, "id"),
        "an empty text": (whole | {"content": {"text": " \n "}}, "content"),
        "a text too long": (whole | {"content": {"text": "\N{BIRD}" * 20_001}}, "content"),
        "half a character": (whole | {"content": {"text": f"{MARK}\ud83d"}}, "content"),
        "a control character": (whole | {"content": {"text": f"{MARK}\0"}}, "content"),
        "no text": (whole | {"content": {}}, "content"),
        "both forms": (whole | {"sealed": {"envelope": "AA"}}, "content"),
        "neither": ({"id": whole["id"]}, "content"),
        "unknown": (whole | {MARK: MARK}, "_unknown"),
        "an envelope of another size": (
            {"id": whole["id"], "sealed": {"envelope": "AAAA"}}, "sealed",
        ),
    }.items():  # fmt: skip
        with subtests.test(what):
            told = refused(service, "POST", path, body, bearer, status=422, code="invalid")
            assert name in told["errors"]
    longest = "\N{BIRD}" * 20_000
    assert write(service, reference, longest).status_code == 201
    assert notes(service, reference) == [longest]


def test_a_note_for_no_notes_key(service: Service) -> None:
    # Sealed to the messages' key: the reporter could read it.
    reference, _ = sealed.open_case(service)
    bearer = sealed.handler(service)
    message = sealed.write(sealed.by_handler(service, reference, bearer))
    path = f"/cases/{reference}/notes"
    refused(service, "POST", path, message, bearer, status=422, code="wrong_key")
    write(service, reference, "Now there is a notes key.")
    refused(service, "POST", path, message, bearer, status=422, code="wrong_key")
    refused(service, "POST", path, note(), bearer, status=403, code="not_allowed")
