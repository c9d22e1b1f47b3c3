"""A long conversation: what does not fit is a page away, and nothing is left out."""

from __future__ import annotations

import html

import pytest

from tests.api.handling import ask
from tests.web.cases import (
    STORY,
    comes_back,
    says,
    unread,
    writes,
)
from tests.web.hands import Hands

WHOLE = 32 * 1024


def test_it_works(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    for at_ in range(40):
        says(service, reference, f"Invented-{at_}-begins. " + "An invented sentence. " * 120)
    seen: list[str] = []
    path = comes_back(page_hands, words)
    pages = 0
    while True:
        pages += 1
        found = [at_ for at_ in range(40) if f"Invented-{at_}-begins" in page_hands.text]
        seen = [*map(str, found), *seen]
        assert len(page_hands.page.data) == WHOLE
        try:
            page_hands.go(page_hands.link(" earlier message"))
        except AssertionError:
            break
        assert page_hands.link("Back to the newest messages") == f"{path}#newest"
        assert 'name="text"' not in page_hands.page.text
    assert seen == [str(at_) for at_ in range(40)]
    assert STORY in page_hands.text
    assert pages > 2


def test_a_long_message_has_its_own_page(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    long = " ".join(f"word{at_}" for at_ in range(2_000))
    says(service, reference, long)
    path = comes_back(page_hands, words)
    assert "word100 " in page_hands.text
    assert "word1999" not in page_hands.text
    page_hands.go(page_hands.link("Read all of it"))
    assert long in page_hands.text
    assert "handler-1" in page_hands.text
    assert page_hands.link("Back to the conversation") == f"{path}#newest"


@pytest.mark.parametrize(
    "written",
    ["🐦" * 20_000, "\n" * 9_000 + "end", "<b>&amp;</b>" * 1_600, "مرحبا بالعالم " * 1_400],
    ids=["emoji", "lines", "signs", "right to left"],
)
def test_long_messages_of_every_kind_are_shown_whole(page_hands: Hands, written: str) -> None:
    service = page_hands.service
    _, words = service.open_case()
    writes(service, words, written)
    comes_back(page_hands, words)
    page_hands.go(page_hands.link("Read all of it"))
    shown = html.unescape(page_hands.page.text.replace("<br>", "\n"))
    assert written.strip("\n") in shown


@pytest.mark.parametrize("before", ["", "x", "-1", "1e9", "99999999999", "٣"])
def test_odd_places_in_the_thread(page_hands: Hands, before: str) -> None:
    _, words = page_hands.service.open_case()
    path = comes_back(page_hands, words)
    page_hands.go(f"{path}?before={before}")
    assert STORY in page_hands.text


def test_an_earlier_question_is_told_of(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    ask(service, reference, "handler-3")
    for at_ in range(30):
        says(service, reference, f"Invented {at_}. " * 120)
    comes_back(page_hands, words)
    assert "Among them is a question that you can answer." in page_hands.text


def test_what_was_not_shown_is_not_read(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    for at_ in range(30):
        says(service, reference, f"Invented {at_}. " * 120)
    path = comes_back(page_hands, words)
    says(service, reference, "One more.")
    page_hands.go(f"{path}?before=5")
    assert unread(service, words) == 1
    assert "One more." not in page_hands.text
