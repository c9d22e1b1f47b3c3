"""Sending: once, whatever the browser, the line or another tab does."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from api.rules import opening, report_drafts, stretching
from shared.errors import SlowDown, Unavailable
from tests.api.checks import nothing_stored
from tests.api.handling import opens
from tests.web.hands import BASE, Hands
from tests.web.reports import at, cases, reference, told, turn
from tests.web.tour import STORY, begin, shown, to


def at_check(hands: Hands) -> tuple[str, list[tuple[str, str]]]:
    """The last page before it goes; what its button sends."""
    begin(hands)
    to(hands, 7, STORY)
    return hands.filled()


def test_it_works(hands: Hands) -> None:
    path, fields = at_check(hands)
    assert cases(hands.service) == 0
    hands.send(path, fields)
    assert (at(hands), cases(hands.service)) == (8, 1)
    words, named = shown(hands), reference(hands)
    assert opens(hands.service, named, "handler-1")
    assert not opens(hands.service, named, "handler-3")
    assert not opens(hands.service, named, "handler-5")
    assert hands.service.reporter(words)


def test_a_double_click(hands: Hands) -> None:
    """Two at the same moment, each of which saw that nothing was sent yet."""
    path, fields = at_check(hands)
    data = dict(fields)
    cookies = {one.key: one.value for one in hands.http._cookies.values()}  # type: ignore[union-attr]
    answers: list[Any] = []
    barrier = threading.Barrier(4)

    def click() -> None:
        client = hands.service.app.test_client()
        for name, value in cookies.items():
            client.set_cookie(name, value, domain="wren.example", secure=True)
        barrier.wait()
        answers.append(client.post(path, data=data, base_url=BASE))

    threads = [threading.Thread(target=click) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [one.status_code for one in answers] == [303] * 4
    assert {one.location for one in answers} == {path[:-1] + "8"}
    assert cases(hands.service) == 1
    turn(hands, 8)
    assert hands.service.reporter(shown(hands))


def test_a_reload(page_hands: Hands) -> None:
    path, fields = at_check(page_hands)
    page_hands.send(path, fields)
    words = shown(page_hands)
    for _ in range(2):
        page_hands.send(path, fields)
        assert (at(page_hands), shown(page_hands), cases(page_hands.service)) == (8, words, 1)
    page_hands.go(page_hands.path)
    assert (shown(page_hands), cases(page_hands.service)) == (words, 1)


def test_the_browsers_back(page_hands: Hands) -> None:
    path, fields = at_check(page_hands)
    page_hands.send(path, fields)
    words = shown(page_hands)
    for number in range(1, 8):
        turn(page_hands, number)
        assert (at(page_hands), shown(page_hands)) == (8, words)
    assert cases(page_hands.service) == 1


def test_the_answer_is_lost(page_hands: Hands) -> None:
    """It was stored, and the line broke: the browser has nothing but the page it was on."""
    path, fields = at_check(page_hands)
    page_hands.http.post(path, data=dict(fields), base_url=BASE)
    assert cases(page_hands.service) == 1
    page_hands.send(path, fields)
    assert (at(page_hands), cases(page_hands.service)) == (8, 1)
    assert page_hands.service.reporter(shown(page_hands))


def test_all_or_nothing(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped after the case and before the draft says so: neither is there; then both are."""
    path, fields = at_check(hands)
    with monkeypatch.context() as patched:

        def stop(*_args: Any) -> None:
            raise Unavailable

        patched.setattr(report_drafts, "keep", stop)
        with nothing_stored(hands.service):
            hands.send(path, fields, 503)
    hands.send(path, fields)
    assert (at(hands), cases(hands.service)) == (8, 1)


def test_two_tabs_of_one_report(page_hands: Hands) -> None:
    """What the page showed is what is sent: another tab changed it meanwhile."""
    path, fields = at_check(page_hands)
    turn(page_hands, 3)
    page_hands.press({"story": "Another invented story."})
    with nothing_stored(page_hands.service):
        page_hands.send(path, fields)
    assert "Nothing was sent: something changed" in page_hands.text
    assert "Another invented story." in page_hands.text
    page_hands.press()
    assert told(page_hands.service, reference(page_hands)) == {"story": "Another invented story."}


def test_two_reports_in_one_browser(page_hands: Hands) -> None:
    path, fields = at_check(page_hands)
    other, more = at_check(page_hands)
    assert path.split("/")[3] != other.split("/")[3]
    page_hands.send(path, fields)
    first = shown(page_hands)
    page_hands.send(other, more)
    assert shown(page_hands) != first
    assert cases(page_hands.service) == 2


@pytest.mark.parametrize("number", range(1, 7), ids=str)
def test_typed_after_it_was_sent(page_hands: Hands, number: int) -> None:
    """A page that was still open: nothing of it is sent silently, and nothing is lost."""
    begin(page_hands)
    to(page_hands, number, STORY)
    names = {1: "immediate_danger", 2: "place", 3: "story", 4: "people", 5: "wanted", 6: ""}
    late = {names[number]: "An invented afterthought"} if names[number] else {}
    path, fields = page_hands.filled(late)
    to(page_hands, 8, STORY)
    words, named = shown(page_hands), reference(page_hands)
    page_hands.send(path, fields)
    assert (at(page_hands), shown(page_hands), cases(page_hands.service)) == (8, words, 1)
    assert ("An invented afterthought" in page_hands.text) is bool(late)
    assert ("This was not sent" in page_hands.text) is bool(late)
    assert told(page_hands.service, named) == STORY
    # Still there after a reload.
    page_hands.go(page_hands.path)
    assert ("An invented afterthought" in page_hands.text) is bool(late)


def test_left_while_it_is_sent(page_hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is stored that nobody could come back to."""
    path, fields = at_check(page_hands)
    stretched = opening.open_case

    def leave_first(db: Any, *args: Any) -> Any:
        report_drafts.drop(db, dict(fields)["key"])
        return stretched(db, *args)

    monkeypatch.setattr(opening, "open_case", leave_first)
    page_hands.send(path, fields, 401)
    assert cases(page_hands.service) == 0


@pytest.mark.parametrize("refusal", [Unavailable, SlowDown], ids=["unavailable", "busy"])
def test_a_refusal_loses_nothing(
    page_hands: Hands, monkeypatch: pytest.MonkeyPatch, refusal: type[Exception]
) -> None:
    path, fields = at_check(page_hands)
    with monkeypatch.context() as patched:

        def refuse(*_args: Any) -> None:
            raise refusal

        patched.setattr(opening, "open_case", refuse)
        with nothing_stored(page_hands.service):
            page_hands.send(path, fields, refusal.status)  # type: ignore[attr-defined]
    page_hands.send(path, fields)
    assert (at(page_hands), cases(page_hands.service)) == (8, 1)


def test_no_place_to_stretch_the_words(page_hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """While very many wait: the page says so, and sending it again works."""
    path, fields = at_check(page_hands)
    with monkeypatch.context() as patched:

        def refuse(*_args: Any) -> None:
            raise SlowDown

        patched.setattr(stretching, "root", refuse)
        with nothing_stored(page_hands.service):
            page_hands.send(path, fields, 429)
        assert "Nothing you typed is lost" in page_hands.text
    page_hands.send(path, fields)
    assert (at(page_hands), cases(page_hands.service)) == (8, 1)


def test_the_page_before_sending_is_not_the_page_of_another(page_hands: Hands) -> None:
    """What the form showed has to be what is there."""
    path, fields = at_check(page_hands)
    for mark in ("", "nothing"):
        wrong = [(name, mark if name == "shown" else value) for name, value in fields]
        with nothing_stored(page_hands.service):
            page_hands.send(path, wrong)
        assert "Look again" in page_hands.text


def test_two_pages_that_come_late(page_hands: Hands) -> None:
    """Each is put aside, once: the second does not take the place of the first."""
    begin(page_hands)
    to(page_hands, 8, STORY)
    key, path = page_hands.fields()["key"], page_hands.path[:-1]
    for number, name in ((3, "story"), (4, "people"), (3, "story")):
        page_hands.send(f"{path}{number}", [("key", key), (name, f"A late {name}")])
    assert page_hands.text.count("A late story") == 1
    assert page_hands.text.index("A late story") < page_hands.text.index("A late people")
