"""A case is opened before anything is stored: nobody waits, and nobody slips in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from api.rules import own_case
from api.rules.own_case import OwnCase
from tests.api.handling import ask, change
from tests.service import Service
from tests.web.cases import comes_back, reads, rows
from tests.web.hands import Hands
from tests.web.reading import person, slip_in, stored
from tests.web.test_another_desk import DESK, late_case
from tests.web.test_consent import OTHER


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Any], times: int = 1) -> None:
    """Something happens after the case was opened, and before anything is stored."""
    real, left = own_case.open_own, [None] * times

    def opened(*values: Any) -> OwnCase:
        found = real(*values)
        if left:
            left.pop()
            happens()
        return found

    monkeypatch.setattr(own_case, "open_own", opened)


def test_it_works(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    service = hands.service
    reference, words = service.open_case()
    comes_back(hands, words)
    form = hands.filled({"text": "Not for everybody."})
    meanwhile(monkeypatch, lambda: slip_in(service, reference, OTHER))
    before = rows(service)
    hands.send(*form, status=422)
    assert f"{OTHER} can read your case" in hands.text
    assert rows(service) == before
    hands.press(button=("people", "take-away"))
    assert reads(service, reference) == ["Not for everybody."]


def test_a_consent(page_hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    request = ask(service, reference, OTHER)
    path = comes_back(page_hands, words)
    page_hands.go(f"{path}/answer/{request}/yes")
    form = page_hands.filled()
    meanwhile(monkeypatch, lambda: slip_in(service, reference, "handler-4"))
    before = rows(service)
    page_hands.send(*form, status=422)
    assert "handler-4 can read your case" in page_hands.text
    assert rows(service) == before


def test_what_changes_nothing_about_readers_holds_nothing_up(
    page_hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    comes_back(page_hands, words)
    form = page_hands.filled({"text": "At the same moment."})
    opened: list[None] = []

    def happens() -> None:
        opened.append(None)
        change(service, reference, status="in_progress")

    meanwhile(monkeypatch, happens, times=1)
    page_hands.send(*form)
    assert len(opened) == 1
    assert reads(service, reference) == ["At the same moment."]


def test_somebody_changes_it_all_the_time(
    page_hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    comes_back(page_hands, words)
    form = page_hands.filled({"text": "Kept all the same."})
    state, made = own_case.state_of, iter(range(100))
    monkeypatch.setattr(own_case, "state_of", lambda *values: (*state(*values), next(made)))
    page_hands.send(*form, status=422)
    assert "Something changed here meanwhile." in page_hands.text
    assert page_hands.fields()["text"] == "Kept all the same."
    assert reads(service, reference) == []


# --- nobody waits ----------------------------------------------------------------------------


@contextmanager
def opened_while_others_wait(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[bool]]:
    """Whether a transaction that writes was open, each time that a message was opened."""
    found: list[bool] = []
    writing: list[None] = []
    write, read = service.database.write, own_case.open_message

    def flagged(rule: Callable[..., Any], **more: Any) -> Any:
        def inside(db: Any) -> Any:
            writing.append(None)
            try:
                return rule(db)
            finally:
                writing.pop()

        return write(inside, **more)

    def counted(*values: Any) -> Any:
        found.append(bool(writing))
        return read(*values)

    with monkeypatch.context() as patched:
        patched.setattr(service.database, "write", flagged)
        patched.setattr(own_case, "open_message", counted)
        yield found


def _reply(hands: Hands) -> None:
    comes_back(hands, hands.service.open_case()[1])


def _closing(hands: Hands) -> None:
    reference, words = hands.service.open_case()
    change(hands.service, reference, status="closed")
    hands.go(f"{comes_back(hands, words)}/last")


def _consent(hands: Hands) -> None:
    reference, words = hands.service.open_case()
    request = ask(hands.service, reference, OTHER)
    hands.go(f"{comes_back(hands, words)}/answer/{request}/yes")


def _let_in(hands: Hands) -> None:
    path = comes_back(hands, hands.service.open_case()[1])
    hands.go(f"{path}/people/{person(hands.service, OTHER)}/in")


def _shut_out(hands: Hands) -> None:
    path = comes_back(hands, hands.service.open_case()[1])
    hands.go(f"{path}/people/{person(hands.service, 'handler-2')}/out")


def _desk(hands: Hands) -> None:
    hands.go(f"{late_case(hands)[1]}/other/{DESK}")


ACTS = {
    "reply": (_reply, {"text": "An invented word."}),
    "closing": (_closing, {"answer": "yes"}),
    "consent": (_consent, {}),
    "let in": (_let_in, {}),
    "shut out": (_shut_out, {}),
    "another desk": (_desk, {}),
}


@pytest.mark.parametrize(("begin", "typed"), ACTS.values(), ids=list(ACTS))
def test_no_thread_is_opened_while_others_wait(
    page_hands: Hands,
    monkeypatch: pytest.MonkeyPatch,
    begin: Callable[[Hands], None],
    typed: dict[str, str],
) -> None:
    begin(page_hands)
    before = stored(page_hands.service)
    with opened_while_others_wait(page_hands.service, monkeypatch) as found:
        page_hands.press(typed)
    assert stored(page_hands.service) != before
    assert found
    assert not any(found)
