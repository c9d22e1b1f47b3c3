"""Search over what a session can open: in memory, in one's own cases, indexed nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from api.rules import searching
from tests.api import clients, sealed
from tests.api.checks import MARK, check_problem, nothing_stored, refused, stored, text
from tests.api.handling import by_hours, join_elsewhere, let_in, new_keys, note, person
from tests.service import OUTSIDERS, STAFF, Service


def search(service: Service, words: str, name: str = "handler-1", **more: Any) -> dict[str, Any]:
    """What a search found."""
    answer = service.post("/search", {"text": words, **more}, service.handler(name))
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def found(service: Service, words: str, name: str = "handler-1", **more: Any) -> list[str]:
    """The references that a search found."""
    return [one["reference"] for one in search(service, words, name, **more)["items"]]


def opened(service: Service, story: str, **more: Any) -> tuple[str, str]:
    """A case with this story."""
    return service.open_case(content={"story": story}, **more)


def test_it_works(service: Service) -> None:
    first, token = opened(service, "In the invented group chat they mocked a colleague.")
    second, _ = opened(service, "Jokes in the crew room.")
    assert found(service, "group chat") == [first]
    assert found(service, "chat group") == [first]
    assert found(service, "MOCKED") == [first]
    assert found(service, "in") == [second, first]
    assert found(service, "chat room") == []
    [item] = search(service, "mocked")["items"]
    assert "they mocked a colleague" in item["found"]
    assert (item["status"], item["desk"]) == ("new", "guardian")
    # In the thread, the notes and the reference too.
    service.post("/case/messages", text("It was near the lighthouse."), service.reporter(token))
    service.post(f"/cases/{second}/messages", text("Thank you, windmill."), service.handler())
    service.post(f"/cases/{second}/notes", note("Rang the aqueduct."), service.handler())
    assert found(service, "lighthouse") == [first]
    assert found(service, "windmill") == found(service, "aqueduct") == [second]
    assert found(service, first[4:].lower()) == [first]
    assert found(service, "lighthouse windmill") == []
    assert search(service, "nothing of this")["more"] is False


def test_others_find_nothing(service: Service) -> None:
    left_out = [person(service, "handler-2")]
    reference, _ = opened(service, "In the invented group chat.", excluded=left_out)
    assert found(service, "group chat") == [reference]
    for name in ("handler-2", *OUTSIDERS, *STAFF):
        for words in ("group chat", reference, reference[4:], "a", "e"):
            assert search(service, words, name) == {"items": [], "more": False}


def test_whose_consent_it_is(service: Service) -> None:
    reference, token = opened(service, "In the invented group chat.")
    assert found(service, "chat", "handler-3") == []
    let_in(service, reference, token, "handler-3")
    assert found(service, "chat", "handler-3") == [reference]
    body = {"remove": [person(service, "handler-3")]}
    service.post("/case/epochs", body, service.reporter(token))
    assert found(service, "chat", "handler-3") == []


def test_each_organisation_by_itself(service: Service) -> None:
    here, _ = opened(service, "In the invented group chat.")
    there, _ = opened(service, "In the invented group chat.", slug="elsewhere")
    assert found(service, "chat") == found(service, "chat", organisation="eeast") == [here]
    assert found(service, "chat", organisation="elsewhere") == []
    assert found(service, "chat", organisation="nowhere") == []
    assert found(service, "chat", "handler-5") == [there]


def test_a_handler_of_both(service: Service) -> None:
    join_elsewhere(service, "handler-1")
    here, _ = opened(service, "In the invented group chat.")
    there, _ = opened(service, "In the invented group chat.", slug="elsewhere")
    assert found(service, "chat") == [there, here]
    assert found(service, "chat", organisation="eeast") == [here]
    assert found(service, "chat", organisation="elsewhere") == [there]
    items = search(service, "chat")["items"]
    assert [one["organisation"] for one in items] == ["elsewhere", "eeast"]


def test_before_the_release_there_is_nothing(service: Service) -> None:
    by_hours(service)
    shown, token = opened(service, "In the invented group chat.", urgent=True)
    opened(service, "In another group chat.")
    service.post("/case/messages", text("Near the lighthouse."), service.reporter(token))
    assert found(service, "chat") == [shown]
    assert found(service, "lighthouse") == []
    service.clock.now += 5 * 3600
    assert len(found(service, "chat")) == 2
    assert found(service, "lighthouse") == [shown]


def test_letters_of_all_kinds(service: Service, subtests: pytest.Subtests) -> None:
    reference, _ = opened(
        service, "Straße, caf\u00e9, ŁÓDŹ, İstanbul, ﬁle, 東京, привет, na\u0308ive, 🐦 wren."
    )
    for words in (
        "strasse", "STRASSE", "cafe\u0301", "CAFÉ", "łódź", "file", "東京", "ПРИВЕТ",
        "näive", "🐦", "wren.", "café 東京", "  caf\u00e9\t\n wren ",
    ):  # fmt: skip
        with subtests.test(words):
            assert found(service, words) == [reference]
    for words in ("cafes", "%", "_", "*", ".*", "' OR 1=1 --", "\\", "excluded", "story"):
        with subtests.test(words):
            assert found(service, words) == []


def test_who_is_named_by_an_id_is_not_found(service: Service) -> None:
    # The ids of those left out and asked for stand in bodies, and are no text of anybody's.
    three = person(service, "handler-3")
    reference, token = service.open_case(excluded=[person(service, "handler-4")])
    let_in(service, reference, token, "handler-3")
    assert found(service, three) == found(service, person(service, "handler-4")) == []
    assert found(service, "handler-3") == [reference]


def test_sealed_cases_are_found_too(service: Service) -> None:
    reference, _ = sealed.open_case(service, story="A sealed story of a lighthouse.")
    clients.handler(service, reference).add_note("A sealed note of an aqueduct.")
    assert found(service, "lighthouse") == found(service, "aqueduct", "handler-2") == [reference]


def test_what_can_not_be_opened_is_passed_over(service: Service) -> None:
    before, _ = opened(service, "In the invented group chat.")
    new_keys(service, "handler-2")
    after, _ = opened(service, "In another group chat.")
    assert found(service, "chat", "handler-2") == [after]
    assert found(service, before, "handler-2") == [before]
    assert found(service, "chat") == [after, before]


def test_more_than_an_answer_holds(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST", 2)
    references = [opened(service, "In the invented group chat.")[0] for _ in range(3)]
    page = search(service, "chat")
    assert [one["reference"] for one in page["items"]] == references[:0:-1]
    assert page["more"] is True
    monkeypatch.setattr(searching, "MOST", 3)
    assert search(service, "chat")["more"] is False


def test_what_is_shown_around_it(service: Service) -> None:
    opened(service, f"{'before ' * 40}lighthouse {'after ' * 40}")
    [item] = search(service, "lighthouse")["items"]
    assert item["found"].startswith("…")
    assert item["found"].endswith("…")
    assert "before lighthouse after" in item["found"]
    assert len(item["found"]) <= 2 * searching.AROUND + 12


def test_it_is_written_nowhere(service: Service) -> None:
    opened(service, "In the invented group chat.")
    bearer = service.handler()
    service.post("/search", {"text": "chat"}, bearer)  # that the case was shown is noted once
    with nothing_stored(service):
        service.post("/search", {"text": MARK}, bearer)
        service.post("/search", {"text": "chat"}, bearer)
    assert MARK not in repr(stored(service))


def test_a_session_that_seals_is_refused(service: Service) -> None:
    bearer = sealed.handler(service)
    refused(service, "POST", "/search", {"text": MARK}, bearer, status=403, code="not_allowed")


def test_fields_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    opened(service, "In the invented group chat.")
    bearer = service.handler()
    for what, (body, name) in {
        "nothing": ({}, "text"),
        "null": ({"text": None}, "text"),
        "empty": ({"text": ""}, "text"),
        "spaces": ({"text": " \t\n"}, "text"),
        "too long": ({"text": "x" * 201}, "text"),
        "a control character": ({"text": f"{MARK}\0"}, "text"),
        "half a character": ({"text": f"{MARK}\ud83d"}, "text"),
        "a list": ({"text": [MARK]}, "text"),
        "no slug": ({"text": "chat", "organisation": MARK.upper()}, "organisation"),
        "unknown": ({"text": "chat", MARK: MARK}, "_unknown"),
    }.items():
        with subtests.test(what):
            told = refused(service, "POST", "/search", body, bearer, status=422, code="invalid")
            assert set(told["errors"]) == {name}
    assert found(service, ("x" * 200)) == []
    assert found(service, "a " * 100) != []
    for who in (None, service.reporter(service.open_case()[1])):
        check_problem(service.post("/search", {"text": "chat"}, who), 401, "sign_in")
    path = f"/search?text={MARK}"
    told = refused(service, "POST", path, {"text": "chat"}, bearer, status=422, code="invalid")
    assert set(told["errors"]) == {"_unknown"}
