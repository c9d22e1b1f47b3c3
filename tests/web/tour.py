"""The whole way through the reporter's pages, as somebody goes it who fills in what they like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from shared.sealing import tokens
from tests.web.hands import Hands

CHECK, WORDS, PRACTISE, DONE = 7, 8, 9, 10
"""Numbers in the address, where no answers of the report are typed."""

STORY = {"story": "An invented story about a group chat."}


def begin(hands: Hands, slug: str = "eeast") -> str:
    """The first page of a new report; its visit."""
    hands.go(f"/o/{slug}/begin")
    hands.press()
    return hands.path.split("/")[3]


def number(hands: Hands) -> int:
    """Of the page of the report that the browser shows."""
    return int(hands.path.rsplit("/", 1)[1])


def to(hands: Hands, end: int, typed: Mapping[str, Any]) -> None:
    """Goes on to this page, and fills in on each what there is for it in `typed`."""
    while number(hands) < end:
        before = number(hands)
        names = set(re.findall(r'<(?:input|textarea|select)\b[^>]* name="(\w+)"', hands.page.text))
        hands.press({name: one for name, one in typed.items() if name in names})
        assert number(hands) > before, hands.text


def shown(hands: Hands) -> str:
    """The eight words that the page shows."""
    listed = re.search(r'(?s)<ol class="words"[^>]*>(.*?)</ol>', hands.page.text)
    assert listed is not None, hands.text
    found = " ".join(re.findall(r"<li>(\w+)</li>", listed[1]))
    tokens.decode(found)
    return found


def practise(hands: Hands, words: str) -> None:
    """Types the two words that are asked for."""
    asked = re.findall(r'<label for="(first|second)">\D*(\d+)', hands.page.text)
    assert len(asked) == 2, hands.text
    hands.press({name: words.split()[int(place) - 1] for name, place in asked})


def report(hands: Hands, typed: Mapping[str, Any] | None = None, slug: str = "eeast") -> str:
    """Reports, and practises the words; the browser is at the last page. The words."""
    begin(hands, slug)
    to(hands, WORDS, typed or STORY)
    words = shown(hands)
    hands.press()
    practise(hands, words)
    assert number(hands) == DONE, hands.text
    return words


def come_back(hands: Hands, words: str) -> str:
    """Types the words on the page that asks for them; the conversation's address."""
    hands.go("/return")
    hands.press({"words": words})
    assert hands.path.startswith("/c/"), hands.text
    return hands.path
