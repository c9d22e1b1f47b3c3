"""A session that ended while somebody wrote: what was typed is not lost, and in no other case."""

from __future__ import annotations

import re

from tests.web.cases import HOUR, STORY, comes_back, reads, rows
from tests.web.hands import Hands


def test_it_works(hands: Hands) -> None:
    service = hands.service
    reference, words = service.open_case()
    comes_back(hands, words)
    form = hands.filled({"text": "Written for\nmore than an hour. <é🐦>"})
    service.clock.now += HOUR
    before = rows(service)
    hands.send(*form, status=401)
    assert hands.heading == "It was not sent yet"
    assert hands.fields()["text"] == "Written for\nmore than an hour. <é🐦>"
    assert STORY not in hands.text
    # Wrong words first: it is still there.
    hands.press({"words": "qqqq " + words.split(" ", 1)[1]}, status=422)
    assert hands.fields()["text"] == "Written for\nmore than an hour. <é🐦>"
    hands.press({"words": words})
    assert hands.heading == "Your case"
    assert "It was not sent yet." in hands.text
    assert hands.fields()["text"] == "Written for\nmore than an hour. <é🐦>"
    assert rows(service) == before
    hands.press()
    assert re.fullmatch("/c/[0-9a-f]{6}", hands.path)
    assert reads(service, reference) == ["Written for\nmore than an hour. <é🐦>"]


def test_it_had_been_sent_before(page_hands: Hands) -> None:
    """Its id goes along: sent once, an hour later from an old page it is the same one."""
    service = page_hands.service
    reference, words = service.open_case()
    comes_back(page_hands, words)
    form = page_hands.filled({"text": "Only once."})
    page_hands.send(*form)
    service.clock.now += HOUR
    page_hands.send(*form, status=401)
    page_hands.press({"words": words})
    page_hands.press()
    assert reads(service, reference) == ["Only once."]


def test_it_is_put_in_no_other_case(page_hands: Hands) -> None:
    service = page_hands.service
    _, words = service.open_case()
    other, others = service.open_case(content={"story": "Another invented story."})
    comes_back(page_hands, words)
    form = page_hands.filled({"text": "For the first alone."})
    service.clock.now += HOUR
    page_hands.send(*form, status=401)
    page_hands.press({"words": others})
    assert "Another invented story." in page_hands.text
    assert "for another report. It was not filled in here." in page_hands.text
    assert "For the first alone." not in page_hands.text
    assert page_hands.fields()["text"] == ""
    assert reads(service, other) == []


def test_withdrawn_in_another_tab(page_hands: Hands) -> None:
    service = page_hands.service
    _, words = service.open_case()
    comes_back(page_hands, words)
    form = page_hands.filled({"text": "Too late."})
    service.call("DELETE", "/case", bearer=service.reporter(words))
    page_hands.send(*form, status=401)
    assert page_hands.fields()["text"] == "Too late."
    page_hands.press({"words": words}, status=422)
    assert "No case can be opened" in page_hands.text
    assert page_hands.fields()["text"] == "Too late."
