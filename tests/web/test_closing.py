"""The closing question: asked once the case is closed, answered once, counted apart."""

from __future__ import annotations

import pytest

from tests.api.checks import nothing_stored
from tests.api.handling import change, tally
from tests.service import Service
from tests.web.cases import HOUR, case_of, comes_back, rows
from tests.web.hands import Hands
from tests.web.reading import slip_in, stored
from tests.web.samples import opens
from tests.web.screen import Place


def closed(hands: Hands) -> tuple[str, str, str]:
    """A case that is closed and open in this browser: its reference, words, and address."""
    reference, words = hands.service.open_case()
    change(hands.service, reference, status="closed")
    return reference, words, comes_back(hands, words)


def feedback(service: Service, reference: str) -> list[tuple[str, str]]:
    """The answers as a handler reads them."""
    answer = service.get(f"/cases/{reference}/messages", service.handler()).get_json()
    return [
        (one["content"]["answer"], one["content"]["comment"])
        for one in answer["items"]
        if one["content"]["type"] == "feedback"
    ]


def test_it_works(hands: Hands) -> None:
    service = hands.service
    reference, _, path = closed(hands)
    hands.go(hands.link("Answer"))
    assert hands.path == f"{path}/last"
    hands.press({"answer": "yes", "comment": " It took\nlong. "})
    assert hands.path == path
    assert feedback(service, reference) == [("yes", "It took\nlong.")]
    assert tally(service)[("speak_up_again", "yes")] == 1
    assert "Would I speak up again?" in hands.text
    assert "would you speak up again?" not in hands.text
    assert case_of(service, reference).answered


@pytest.mark.parametrize("answer", ["no", "maybe", "dont_know"])
def test_a_comment_is_not_needed(page_hands: Hands, answer: str) -> None:
    reference, _, path = closed(page_hands)
    page_hands.go(f"{path}/last")
    page_hands.press({"answer": answer})
    assert feedback(page_hands.service, reference) == [(answer, "")]


def test_once(page_hands: Hands) -> None:
    service = page_hands.service
    reference, _, path = closed(page_hands)
    page_hands.go(f"{path}/last")
    form = page_hands.filled({"answer": "yes"})
    page_hands.go(f"{path}/last")
    other = page_hands.filled({"answer": "no"})
    page_hands.send(*form)
    page_hands.send(*form)  # a reload
    page_hands.send(*other, status=422)  # the other tab
    assert "You have answered this question." in page_hands.text
    assert feedback(service, reference) == [("yes", "")]
    page_hands.go(f"{path}/last")
    assert "You have answered this question." in page_hands.text
    assert 'name="answer"' not in page_hands.page.text


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"comment": "Kept."}, "Choose one of the four."),
        ({"answer": "perhaps", "comment": "Kept."}, "Choose one of the four."),
        ({"answer": "yes", "comment": "a" * 2_001}, "This is 1 character too long to send."),
    ],
    ids=["none chosen", "another", "too long"],
)
def test_what_is_refused_is_kept(page_hands: Hands, typed: dict[str, str], says: str) -> None:
    _, _, path = closed(page_hands)
    before = rows(page_hands.service)
    page_hands.go(f"{path}/last")
    page_hands.press(typed, status=422)
    assert rows(page_hands.service) == before
    assert says in page_hands.text
    assert page_hands.fields()["comment"] == typed["comment"]
    if typed.get("answer") == "yes":
        assert page_hands.fields()["answer"] == "yes"


def test_what_nobody_can_see_is_taken_out(page_hands: Hands) -> None:
    reference, _, path = closed(page_hands)
    page_hands.go(f"{path}/last")
    page_hands.press({"answer": "yes", "comment": "An invented\x00 comment."}, status=422)
    assert "Something was pasted here that nobody can see." in page_hands.text
    assert page_hands.fields()["comment"] == "An invented comment."
    page_hands.press()
    assert feedback(page_hands.service, reference) == [("yes", "An invented comment.")]


def test_not_while_it_is_open(page_hands: Hands) -> None:
    _, words = page_hands.service.open_case()
    path = comes_back(page_hands, words)
    assert f"{path}/last" not in page_hands.page.text
    key = page_hands.fields()["key"]
    page_hands.go(f"{path}/last")
    assert "asked when the case is closed" in page_hands.text
    with nothing_stored(page_hands.service):
        page_hands.send(f"{path}/last", [("key", key), ("answer", "yes")], 422)


def test_strangers_are_asked_about_first(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    slip_in(service, reference, "handler-3")
    change(service, reference, status="closed")
    path = comes_back(page_hands, words)
    page_hands.go(f"{path}/last")
    page_hands.press({"answer": "no", "comment": "Kept."}, status=422)
    assert "handler-3 can read your case" in page_hands.text
    assert feedback(service, reference) == []
    page_hands.press(button=("people", "take-away"))
    assert page_hands.path == path
    assert feedback(service, reference) == [("no", "Kept.")]


def test_enter_takes_nobodys_key(place: Place) -> None:
    """In a form, Enter presses the first button that there is."""
    service = place.service
    reference, words = service.open_case()
    slip_in(service, reference, "handler-3")
    change(service, reference, status="closed")
    place.go(f"{opens(place, words)}/last")
    place.tick("answer", "no")
    place.press()
    before = stored(service)
    place.page.locator('[name="answer"][value="no"]').focus()
    with place.page.expect_navigation():
        place.page.keyboard.press("Enter")
    assert place.page.get_by_role("heading", name="handler-3 can read your case").is_visible()
    assert stored(service) == before
    with place.page.expect_navigation():
        place.page.get_by_role("button", name="Take the key away").click()
    assert feedback(service, reference) == [("no", "")]


def test_an_hour_later_it_is_not_lost(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words, path = closed(page_hands)
    page_hands.go(f"{path}/last")
    form = page_hands.filled({"answer": "maybe", "comment": "An invented\ncomment."})
    service.clock.now += HOUR
    page_hands.send(*form, status=401)
    assert page_hands.fields()["text"] == "An invented\ncomment."
    page_hands.press({"words": words})
    assert page_hands.heading == "Would you speak up again?"
    assert page_hands.fields()["comment"] == "An invented\ncomment."
    assert page_hands.fields()["answer"] == "maybe"
    assert feedback(service, reference) == []
    page_hands.press()
    assert feedback(service, reference) == [("maybe", "An invented\ncomment.")]
