"""The eight words: shown after sending, practised once, and then not shown any more."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from unittest.mock import patch

import pytest

from api.config import REPORT_DRAFT
from shared.sealing import tokens
from tests.api.checks import nothing_stored
from tests.web.hands import Hands
from tests.web.reports import at, cases, reference, turn
from tests.web.tour import STORY, begin, come_back, practise, report, shown, to


def at_words(hands: Hands) -> str:
    """Reports; the words."""
    begin(hands)
    to(hands, 8, STORY)
    return shown(hands)


def unusual() -> AbstractContextManager[object]:
    """The words that are given are eight that no page has anyway, and no two of them are one."""
    return patch.object(tokens, "new_token", lambda: tokens.encode(bytes(range(1, 11))))


def asked(hands: Hands) -> list[int]:
    """The places that the page asks for, from 1."""
    return [int(one) for one in re.findall(r">Word (\d)</label>", hands.page.text)]


def test_it_works(hands: Hands) -> None:
    words = at_words(hands)
    assert hands.heading == "Keep these eight words"
    named = reference(hands)
    hands.press()
    practise(hands, words)
    assert at(hands) == 10
    assert named in hands.text
    assert "They should answer by" in hands.text
    hands.press(button=("finish", "yes"))
    assert hands.path == "/"
    assert not hands.cookies()
    come_back(hands, words)
    assert STORY["story"] in hands.text


def test_the_page_says_what_to_do_with_them(page_hands: Hands) -> None:
    words = at_words(page_hands)
    said = page_hands.text
    assert " ".join(words.split()) in said
    for sentence in (
        "They are shown now, and never again: nobody can send or tell them to you.",
        "Write them down where nobody at work looks. Don’t take a photograph or a screenshot",
        "Don’t use a printer at work",
        "So Wren gives you none.",
    ):
        assert sentence in said
    assert "download" not in page_hands.page.text.replace("list of downloads", "")
    assert page_hands.page.text.index(words.split()[0]) < page_hands.page.text.index("<form")


def test_a_view_to_print(page_hands: Hands) -> None:
    words = at_words(page_hands)
    page_hands.go(page_hands.link("The words alone, to be printed"))
    assert shown(page_hands) == words
    assert not page_hands.forms()
    assert "EEA-" not in page_hands.text
    page_hands.go(page_hands.link("Back"))
    assert at(page_hands) == 8


def test_before_it_is_sent_there_are_no_words(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 7, STORY)
    for number in (8, 9, 10, 11):
        turn(page_hands, number)
        assert at(page_hands) == 7
        assert not re.search(r'class="words"', page_hands.page.text)
    for number in (0, 12, 99):
        turn(page_hands, number, 404)


# --- practice ----------------------------------------------------------------------------

SPELLINGS = {
    "upper case": str.upper,
    "spaces": lambda word: f"\u00a0 {word}\t ",
    "four letters": lambda word: word[:4],
    "hyphens": lambda word: f"-{word}-",
    "wide": lambda word: "".join(chr(ord(one) + 0xFEE0) for one in word),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=list(SPELLINGS))
def test_any_spelling(page_hands: Hands, spelling: object) -> None:
    words = at_words(page_hands).split()
    page_hands.press()
    first, second = asked(page_hands)
    page_hands.press(
        {"first": spelling(words[first - 1]), "second": spelling(words[second - 1])}  # type: ignore[operator]
    )
    assert at(page_hands) == 10


def test_wrong_words(page_hands: Hands) -> None:
    with unusual():
        words = at_words(page_hands).split()
    page_hands.press()
    first, second = asked(page_hands)
    assert first < second
    right = words[second - 1]
    for typed, fault in (
        ("", f"Type word {first}."),
        (right, f"That is not word {first}. Go back to look at it."),
        (f"{words[first - 1]} {right}", f"That is not word {first}."),
        ("<b>", f"That is not word {first}."),
        ("a" * 10_000, f"That is not word {first}."),
    ):
        with nothing_stored(page_hands.service):
            page_hands.press({"first": typed, "second": right}, status=422)
        assert fault in page_hands.text
        assert f"word {second}." not in page_hands.text
        # The same two again, and no word of them is told.
        assert asked(page_hands) == [first, second]
        assert page_hands.fields()["second"] == right
        if typed != f"{words[first - 1]} {right}":
            assert words[first - 1] not in re.findall(r"\w+", page_hands.text)
    page_hands.go(page_hands.link("Show me the words again"))
    assert shown(page_hands).split() == words


def test_a_reload_asks_for_the_same(page_hands: Hands) -> None:
    at_words(page_hands)
    page_hands.press()
    before = asked(page_hands)
    for _ in range(3):
        page_hands.go(page_hands.path)
        assert asked(page_hands) == before


def test_practice_comes_before_the_end(page_hands: Hands) -> None:
    at_words(page_hands)
    turn(page_hands, 10)
    assert at(page_hands) == 9


# --- the end -----------------------------------------------------------------------------


def test_the_conversation_is_opened_at_once(page_hands: Hands) -> None:
    report(page_hands)
    old = page_hands.path
    page_hands.press(button=("open", "yes"))
    assert page_hands.path.startswith("/c/")
    assert STORY["story"] in page_hands.text
    (bearer,) = page_hands.cookies().values()
    assert bearer.startswith("wr_")
    page_hands.go(old, 401)


@pytest.mark.parametrize("pressed", ["open", "finish"])
def test_after_the_end_they_are_gone(page_hands: Hands, pressed: str) -> None:
    with unusual():
        words = report(page_hands)
    visit = page_hands.path.rsplit("/", 1)[0]
    key = page_hands.fields()["key"]
    held = page_hands.cookies()[f"__Host-w-{visit.rsplit('/', 1)[1]}"]
    page_hands.press(button=(pressed, "yes"))
    # Whoever comes to this device later, with the address, the form, or the cookie of then.
    page_hands.http.set_cookie(
        f"__Host-w-{visit.rsplit('/', 1)[1]}", held, domain="wren.example", secure=True
    )
    for number in (8, 9, 10, 11):
        page_hands.go(f"{visit}/{number}", 401)
        assert "The words are not shown any more" in page_hands.text
        page_hands.send(f"{visit}/{number}", [("key", key)], 401)
        assert not any(one in page_hands.page.text for one in words.split() if len(one) > 4)
    assert cases(page_hands.service) == 1


def test_sent_again_after_the_end(page_hands: Hands) -> None:
    """The browser's back to the page before sending, and its button again."""
    begin(page_hands)
    to(page_hands, 7, STORY)
    path, fields = page_hands.filled()
    page_hands.send(path, fields)
    words = shown(page_hands)
    page_hands.press()
    practise(page_hands, words)
    page_hands.press(button=("finish", "yes"))
    page_hands.send(path, fields, 401)
    assert cases(page_hands.service) == 1
    assert page_hands.heading == "Nothing is open here"


@pytest.mark.parametrize("number", [8, 9, 10, 11], ids=str)
def test_they_end_with_their_hour(page_hands: Hands, number: int) -> None:
    """Also where the page is still open, which keeps what is being written for longer."""
    report(page_hands)
    turn(page_hands, 8)
    key = page_hands.fields()["key"]
    page_hands.service.clock.now += REPORT_DRAFT - 1
    turn(page_hands, 8)
    page_hands.service.clock.now += 1
    path = page_hands.path[:-1] + str(number)
    page_hands.go(path, 401)
    assert "The words are not shown any more" in page_hands.text
    page_hands.send(path, [("key", key)], 401)


def test_a_withdrawn_case_opens_no_conversation(page_hands: Hands) -> None:
    words = report(page_hands)
    bearer = page_hands.service.reporter(words)
    answer = page_hands.service.call("DELETE", "/case", bearer=bearer)
    assert answer.status_code == 200, answer.text
    page_hands.press(button=("open", "yes"))
    assert page_hands.path == "/"


def test_nothing_makes_their_hour_longer(page_hands: Hands) -> None:
    """What is typed late on a page of before is put aside, and they still end."""
    begin(page_hands)
    to(page_hands, 8, STORY)
    key, path = page_hands.fields()["key"], page_hands.path
    page_hands.service.clock.now += REPORT_DRAFT - 1
    page_hands.send(f"{path[:-1]}3", [("key", key), ("story", "An invented afterthought")])
    assert (at(page_hands), "An invented afterthought" in page_hands.text) == (8, True)
    page_hands.service.clock.now += 1
    page_hands.go(path, 401)


def test_they_have_their_hour_however_old_the_page_was(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 7, STORY)
    page_hands.service.clock.now += REPORT_DRAFT + 60
    page_hands.press()
    assert at(page_hands) == 8
    page_hands.service.clock.now += REPORT_DRAFT - 1
    turn(page_hands, 8)
    page_hands.service.clock.now += 1
    turn(page_hands, 8, 401)
