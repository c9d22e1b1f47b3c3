"""A handler by a client that seals: consent, readers, notes and the classification."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from shared.errors import Invalid, NotAllowed, NotFound
from shared.thread import today
from tests.online import Online
from tests.online import online as serve
from tests.service import Service

NATIONAL = {"elements": ["bullying_harassment"], "local": 0}


@pytest.fixture
def online(
    new_service: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Online]:
    with serve(new_service(), monkeypatch) as found:
        yield found


def consent(online: Online, reference: str, token: str, *, granted: bool = True) -> Any:
    """Asked by the guardian, answered by the reporter; the answer's id."""
    guardian, until = online.case(reference), today(online.directory) + timedelta(days=9)
    asked = guardian.ask_consent([online.id("handler-3")], "Helper", "To help", until, "May I?")
    guardian.send(asked)
    mine = online.reporter(token)
    answer = mine.answer_consent(asked.id, granted)
    mine.send(answer)
    return answer.id


def test_it_works(online: Online) -> None:
    reference, token = online.report()
    given = consent(online, reference, token)
    guardian = online.case(reference)
    guardian.send_epoch(guardian.let_in(online.id("handler-3"), given))
    found = guardian.refresh()
    assert [one["message_id"] for one in found["consents"]] == [given]
    assert guardian.add_note("Rang the union, an invented note.") == 1
    newcomer = online.case(reference, "handler-3")
    assert [one.content["text"] for one in newcomer.notes() if one.content] == [
        "Rang the union, an invented note."
    ]
    guardian.send_epoch(guardian.shut_out(online.id("handler-3")))
    guardian.refresh()
    assert guardian.add_note("After they left.") == 2
    assert [one.problem for one in guardian.notes()] == [None, None]
    with pytest.raises(NotFound):
        online.case(reference, "handler-3")


def test_without_a_consent_that_holds_the_client_signs_nothing(online: Online) -> None:
    reference, token = online.report()
    refused = consent(online, reference, token, granted=False)
    guardian = online.case(reference)
    report = guardian.thread()[0].id
    for named in (refused, report):
        with pytest.raises(NotAllowed):
            guardian.let_in(online.id("handler-3"), named)


def test_a_consent_that_ended_is_left_out_of_the_next_record(online: Online) -> None:
    reference, token = online.report()
    given = consent(online, reference, token)
    guardian = online.case(reference)
    guardian.send_epoch(guardian.let_in(online.id("handler-3"), given))
    online.move(10)
    again = online.case(reference)
    again.send_epoch(again.shut_out(online.id("handler-2")))
    again.refresh()
    assert again.handlers() == [online.id("handler-1")]


def test_two_handlers_write_notes_after_each_other(online: Online) -> None:
    reference, _ = online.report()
    first, second = online.case(reference), online.case(reference, "handler-2")
    first.add_note("One.")
    second.refresh()
    second.add_note("Two.")
    first.add_note("Three.")
    second.notes()
    assert [one.problem for one in second.notes()] == [None, None, None]


def test_a_classification_is_sealed_and_moves_the_tally(online: Online) -> None:
    reference, _ = online.report()
    guardian = online.case(reference)
    moved = [{"field": "element", "from": None, "to": "bullying_harassment"}]
    assert guardian.classify({"national": "2026", **NATIONAL}, moved) == 1
    newest = guardian.notes()[-1]
    assert newest.content is not None
    assert newest.content["elements"] == ["bullying_harassment"]


@pytest.mark.parametrize("text", ["", " \n ", "x" * 20_001, "\x00"])
def test_a_note_that_can_not_be_one_is_not_sealed(online: Online, text: str) -> None:
    reference, _ = online.report()
    guardian = online.case(reference)
    with pytest.raises(Invalid):
        guardian.add_note(text)
    assert guardian.notes() == []


def test_a_request_that_can_not_be_one_is_not_sealed(online: Online) -> None:
    reference, _ = online.report()
    guardian, until = online.case(reference), today(online.directory)
    for handlers, role, purpose in (
        ([], "Helper", "To help"),
        ([online.id("handler-3")], " ", "To help"),
        ([online.id("handler-3")], "Helper", ""),
    ):
        with pytest.raises(Invalid):
            guardian.ask_consent(handlers, role, purpose, until)
