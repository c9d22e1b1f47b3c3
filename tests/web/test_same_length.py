"""News and no news look alike on the line: as many bytes, the same headers, one request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.exporting import ask as make_copy
from tests.api.handling import ask, change, let_in
from tests.api.test_statements import counted
from tests.service import Service
from tests.web.cases import DAY, comes_back, says, unread, writes
from tests.web.hands import Hands

WHOLE = 32 * 1024


def nothing(_service: Service, _reference: str, _words: str) -> None:
    """Nobody has answered."""


def five(service: Service, reference: str, _words: str) -> None:
    for at in range(5):
        says(service, reference, f"An invented reply, the {at}th. " * 40)


def a_long_talk(service: Service, reference: str, words: str) -> None:
    for at in range(20):
        says(service, reference, f"Invented {at}. " * 90)
        writes(service, words, f"Answered {at}. " * 90)


def many_names(service: Service, reference: str, words: str) -> None:
    for name in ("handler-3", "handler-4"):
        let_in(service, reference, words, name)


def exported(service: Service, reference: str, _words: str) -> None:
    for _again in range(3):
        assert make_copy(service, reference).status_code == 200


def late(service: Service, _reference: str, _words: str) -> None:
    service.clock.now += 200 * DAY


NEWS: dict[str, Callable[[Service, str, str], Any]] = {
    "none": nothing,
    "a short reply": lambda service, reference, _: says(service, reference, "Yes."),
    "a long reply": lambda service, reference, _: says(service, reference, "a bc" * 5_000),
    "emoji": lambda service, reference, _: says(service, reference, "🐦" * 20_000),
    "signs that are long in a page": lambda service, reference, _: says(
        service, reference, '"<&>\n' * 4_000
    ),
    "five replies": five,
    "a long talk": a_long_talk,
    "a request for consent": lambda service, reference, _: ask(service, reference, "handler-3"),
    "a long request": lambda service, reference, _: ask(
        service, reference, "handler-3", "handler-4", purpose="p'" * 1_000, text="t " * 10_000
    ),
    "consents": many_names,
    "closed": lambda service, reference, _: change(service, reference, status="closed"),
    "a legal hold": lambda service, reference, _: change(
        service, reference, legal_hold={"reason": "\"'" * 1_000}
    ),
    "late": late,
    "copies that were made": exported,
}


SHOWN = [("en", kind) for kind in NEWS] + [("pl", "none"), ("cy", "a legal hold")]


@pytest.mark.parametrize(
    ("language", "news"),
    [(language, NEWS[kind]) for language, kind in SHOWN],
    ids=[f"{language}: {kind}" for language, kind in SHOWN],
)
def test_it_works(
    page_hands: Hands, language: str, news: Callable[[Service, str, str], Any]
) -> None:
    service = page_hands.service
    page_hands.language = language
    reference, words = service.open_case(content={"story": "An invented story. " * 30})
    page_hands.go(comes_back(page_hands, words))
    headers = str(page_hands.page.headers)
    news(service, reference, words)
    path = comes_back(page_hands, words)
    for _again in range(2):
        page_hands.go(path)
        assert len(page_hands.page.data) == WHOLE
        assert str(page_hands.page.headers) == headers


def test_every_page_of_a_case_is_as_long(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    a_long_talk(service, reference, words)
    path = comes_back(page_hands, words)
    earlier = page_hands.link("earlier messages")
    for page in ("", "/last", "/end", "/end/sure", "/file", "/people"):
        page_hands.go(path + page)
        assert len(page_hands.page.data) == WHOLE, page
    page_hands.go(earlier)
    assert len(page_hands.page.data) == WHOLE
    page_hands.go(f"{path}/message/{'0' * 8}-0000-4000-8000-{'0' * 12}", 404)
    assert len(page_hands.page.data) == WHOLE


def test_as_much_is_written_with_news_and_without(page_hands: Hands) -> None:
    """The time that it takes would tell, if nothing were written where nothing is new."""
    service = page_hands.service
    reference, words = service.open_case()
    path = comes_back(page_hands, words)
    page_hands.go(path)
    with counted(service) as without:
        page_hands.go(path)
    says(service, reference, "An invented reply.")
    assert unread(service, words) == 1
    with counted(service) as with_news:
        page_hands.go(path)
    assert unread(service, words) == 0
    assert with_news == without
    assert sum(one.startswith("UPDATE cases") for one in without) == 1
