"""Files of a conversation: listed, and taken as they are stored by the reporter alone."""

from __future__ import annotations

import pytest

from api import vault
from tests.api.checks import nothing_stored
from tests.evidence import sending
from tests.service import Service
from tests.web.cases import comes_back
from tests.web.hands import BASE, Hands

WORDS = b"An invented text. <b>x</b>"
WHOLE = 32 * 1024


def attached(service: Service, reference: str, name: str = "advice.txt") -> str:
    """A file that a handler sent; its id."""
    return sending.hung(service, service.handler(), name, WORDS, f"/cases/{reference}")


def test_it_works(hands: Hands) -> None:
    service = hands.service
    reference, words = service.open_case()
    attached(service, reference)
    mine = sending.hung(service, service.reporter(words), "mine.txt", WORDS)
    path = comes_back(hands, words)
    assert len(hands.page.data) == WHOLE
    hands.go(hands.link("advice.txt"))
    assert hands.heading == "advice.txt"
    assert "The people who read your case sent this file." in hands.text
    hands.press()
    assert hands.page.data == WORDS
    assert hands.page.headers["Content-Disposition"] == "attachment; filename=advice.txt"
    assert hands.page.headers["Content-Type"] == "application/octet-stream"
    assert "sandbox" in hands.page.headers["Content-Security-Policy"]
    hands.go(f"{path}/piece/{mine}")
    assert "You sent this file." in hands.text
    hands.press()
    assert hands.page.data == WORDS


def test_a_missing_one_is_told(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    found = attached(service, reference)
    path = comes_back(page_hands, words)
    page_hands.go(f"{path}/piece/{found}")
    service.empty_vault()
    vault.at.cache_clear()
    page_hands.press(status=422)
    assert "This file did not check" in page_hands.text


def test_outsiders(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    _, others = service.open_case()
    found = attached(service, reference)
    path = comes_back(page_hands, words)
    page_hands.go(f"{path}/piece/{found}")
    form = page_hands.filled()
    theirs = comes_back(page_hands, others)
    page_hands.go(f"{theirs}/piece/{found}", 404)
    with nothing_stored(service):
        page_hands.send(f"{theirs}/piece/{found}", form[1], 403)
    page_hands.clear_cookies()
    page_hands.go(f"{path}/piece/{found}", 401)
    page_hands.send(*form, 401)


@pytest.mark.parametrize("name", ["<i>x</i>" * 12, "n" * 99, "x\u202etxt.exe"])
def test_the_conversation_stays_as_long(page_hands: Hands, name: str) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    path = comes_back(page_hands, words)
    for _again in range(9):
        attached(service, reference, name)
    page_hands.go(path)
    assert len(page_hands.page.data) == WHOLE
    assert "\u202e" not in page_hands.page.text
    assert page_hands.http.get(path, base_url=BASE).status_code == 200
