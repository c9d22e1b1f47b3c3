"""Coming back: words complete after a few letters; a wrong one is told at once, with no line."""

from __future__ import annotations

from typing import Any

import pytest

from mobile.screens.sign_in import SignIn
from shared.sealing import tokens
from tests.mobile.conftest import Hand, texts
from tests.mobile.samples import TOKEN_BYTES

TOKEN = tokens.encode(TOKEN_BYTES)
WORDS = TOKEN.split()


class Entry:
    """The sign-in screen; it has no service to ask."""

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.entered: list[str] = []
        self.clipboard = ""
        self.page = hand.show(SignIn(tokens, paste=lambda: self.clipboard))
        self.page.enter = self.entered.append

    def type(self, text: str) -> None:
        """Letter by letter, as a keyboard does."""
        for letter in text:
            self.page.ids.typed.ids.box.insert_text(letter)
            self.hand.settle(1)
        self.hand.settle(2)

    def paste(self, text: str) -> None:
        self.clipboard = text
        self.hand.tap_text(self.page, "Paste all eight")

    def go(self) -> None:
        self.hand.tap_text(self.page, "Open my case")

    @property
    def error(self) -> str:
        return str(self.page.ids.typed.error)

    @property
    def chips(self) -> list[str]:
        return [chip.text for chip in reversed(self.page.ids.chips.children)]


@pytest.fixture
def entry(hand: Hand) -> Entry:
    return Entry(hand)


def test_it_works(entry: Entry) -> None:
    for word in WORDS:
        entry.type(f"{word} ")
    entry.go()
    assert entry.entered == [TOKEN]


def test_a_few_letters_are_enough(entry: Entry, hand: Hand) -> None:
    entry.type("aba")
    assert entry.chips == ["abandon"]
    hand.tap_text(entry.page, "abandon")
    assert entry.page.words[0] == "abandon"
    assert entry.page.ids.typed.text == ""
    assert entry.page.ids.typed.label == "Word 2"


@pytest.mark.parametrize("cut", [4, 8])
def test_four_letters_and_a_space(entry: Entry, cut: int) -> None:
    for word in WORDS:
        entry.type(f"{word[:cut]} ")
    assert list(entry.page.words) == WORDS


def test_enter_takes_the_only_word_it_can_be(entry: Entry) -> None:
    entry.type("aban")
    entry.page.ids.typed.dispatch("on_enter")
    assert entry.page.words[0] == "abandon"


def test_letters_that_begin_no_word_are_told_at_once(entry: Entry) -> None:
    entry.type("xq")
    assert "No word begins with" in entry.error
    assert not entry.page.words[0]


def test_a_wrong_word_is_told_at_once(entry: Entry) -> None:
    entry.type("abendon ")
    assert "word 1, is not one of Wren" in entry.error
    assert not any(entry.page.words)


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        TOKEN.upper(),
        TOKEN.replace(" ", "-"),
        TOKEN.replace(" ", "  "),
        TOKEN.replace(" ", "\n"),
        f" {TOKEN.title()},  \n",
        " ".join(word[:4] for word in WORDS),
    ],
)
def test_all_eight_can_be_pasted_in_any_spelling(entry: Entry, text: str) -> None:
    entry.paste(text)
    entry.go()
    assert entry.entered == [TOKEN]


def test_all_eight_can_be_put_into_the_box(entry: Entry, hand: Hand) -> None:
    entry.page.ids.typed.ids.box.insert_text(TOKEN.upper())
    hand.settle(3)
    entry.go()
    assert entry.entered == [TOKEN]


def test_a_wrong_word_in_a_paste_is_told(entry: Entry) -> None:
    entry.paste(" ".join([*WORDS[:3], "ambulanc", *WORDS[4:]]))
    assert "word 4, is not one of Wren" in entry.error
    assert list(entry.page.words[:3]) == WORDS[:3]
    entry.go()
    assert not entry.entered


def test_nothing_to_paste(entry: Entry) -> None:
    entry.paste("  ")
    assert entry.error == "There is nothing to paste."


def test_words_in_the_wrong_order_are_told_unsent(entry: Entry) -> None:
    entry.paste(" ".join([WORDS[1], WORDS[0], *WORDS[2:]]))
    entry.go()
    assert "do not belong together" in texts(entry.page)
    assert not entry.entered


def test_missing_words_are_counted(entry: Entry) -> None:
    entry.paste(" ".join(WORDS[:6]))
    entry.go()
    assert entry.error == "2 words are missing."
    assert not entry.entered


def test_a_word_can_be_typed_again(entry: Entry, hand: Hand) -> None:
    entry.paste(" ".join([*WORDS[:3], "zoo", *WORDS[4:]]))
    slots: list[Any] = list(reversed(entry.page.ids.slots.children))
    hand.tap(slots[3])
    assert entry.page.ids.typed.label == "Word 4"
    entry.type(f"{WORDS[3]} ")
    entry.go()
    assert entry.entered == [TOKEN]


def test_quick_exit_empties_it(entry: Entry) -> None:
    entry.paste(TOKEN)
    entry.page.forget()
    assert not any(entry.page.words)
    assert not any(word in texts(entry.page).split() for word in WORDS)


def test_no_more_than_eight(entry: Entry) -> None:
    entry.paste(f"{TOKEN} abandon")
    entry.type("abandon ")
    assert list(entry.page.words) == WORDS
