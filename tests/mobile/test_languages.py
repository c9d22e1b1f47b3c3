"""The app in another language: nothing stays English, and nothing is lost on the way."""

from __future__ import annotations

import gc
import json
import weakref
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from mobile import language as languages
from mobile.draft import NEEDED, Draft
from mobile.language import NAMES, language
from mobile.screens.late import Late
from mobile.screens.report import Report
from shared.sealing import tokens
from tests.mobile import marked, pointed, samples, trusted
from tests.mobile.conftest import Hand
from tests.mobile.screens import screens
from tests.mobile.seldom import seldom
from tests.mobile.texts import collected

NAMES_SHOWN = (
    "Wren", samples.DIRECTORY["name"], trusted.HOSPITAL, "EEA-7F3K2QX9ZB", "EEA-2QX97F3KZB",
    "handler", "The group chat", "Pictures", "Screenshots", "poster-at-work.jpg",
    "IMG_20261127.png", "wren.example", *NAMES.values(), *trusted.OTHER.split(),
    "chat.png", "minutes.pdf", "IMG_0207.jpg", "picture-1.png", "messages-2.txt",
    "words.txt", "wren.json", "An invented map.pdf", "Downloads", "Documents", "Old", "home",
    "A letter with a name so long that it can't stand in one line.pdf", "PNG", "kB", "MB",
    "Kim Invented", "Baz Quillmore", "Baz", "Jo Madeup",
    "Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot",
)  # fmt: skip
"""Of people, places and files; and a key, as it is read out over a telephone anywhere."""
CHAT = (
    "Messages and calls are end-to-end encrypted. Tap to learn more.", "Morning", "all of you",
    'Kim Invented created group "Nights: all of us"', "Look at this", "That is not right, Baz",
    "10:30: we all saw it", ": Morning", ": That is not right, Baz", ": 10:30: we all saw it",
)  # fmt: skip
"""Lines of an invented chat, also behind the person who is said to have written them."""
WRITTEN = (
    samples.STORY, samples.THANKS, samples.READ, samples.SAFE, samples.ONLY_CHAT, samples.ROLE,
    samples.PURPOSE, samples.TOLD, samples.WHY_TOLD, samples.HELD, *pointed.TEXTS.values(),
    pointed.REPLY, "WIFI:S:work;T:WPA;P:invented;;", "Most weeks since spring",
    "An invented line, retyped.", "Person A: This line is invented.", "Person B: So is this one.",
    " ".join(["Invented."] * 9), *CHAT,
    "An invented group", "That it stops.", "About thirty people", "ab",
    *tokens.encode(samples.TOKEN_BYTES).split(), *tokens.complete("ab"),
)  # fmt: skip
"""What people wrote, and the eight words with those that they may become."""


def directory_texts(found: Any) -> Iterator[str]:
    """Every text of the invented directory, as if Wren had brought and translated it."""
    for listed in ("desks", "concerns", "channels", "professional_groups", "contacts", "guidance"):
        for one in found[listed]:
            for name in ("name", "about", "detail", "title", "text"):
                if one.get(name):
                    yield one[name]


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("marked")
    also = (*directory_texts(samples.DIRECTORY), *also_brought())
    marked.write(collected(where / "app.pot"), also, where)
    return where


def also_brought() -> Iterator[str]:
    """Texts of other directories that pictures are made with."""
    yield from ("Senior manager", "The guardian\u2019s desk", trusted.LINK["detail"])
    yield trusted.LINK["name"]


@pytest.fixture
def in_marks(where: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(language, "where", where)
    yield
    language.use("en")


def test_it_works(in_marks: None) -> None:
    language.use(marked.CODE)
    assert languages._("Quick exit") == "⟦Quick exit⟧"
    assert languages.count("{n} word is missing.", "{n} words are missing.", 2) == (
        "⟦⟧2⟦ words are missing.⟧"
    )


PARTS = 6
"""The screens are many, and each is drawn whole: a test takes every sixth."""


@pytest.mark.parametrize("part", seldom(range(PARTS), 0))
def test_no_english_is_left_on_any_screen(in_marks: None, hand: Hand, part: int) -> None:
    language.use(marked.CODE)
    found = {}
    for name, make in islice(screens(), part, None, PARTS):
        page = hand.show(make(), height=4000)
        left = marked.unmarked(page, NAMES_SHOWN, WRITTEN)
        if left:
            found[name] = left
        hand.clear()
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)


STAYS = ("welcome", "report-", "words", "sign-in", "settings", "keep")
"""Screens that can be under the settings, or hold something which is not to be lost."""


@pytest.mark.parametrize("start", seldom(STAYS, "words", "settings", "keep"))
def test_what_stays_open_speaks_the_new_language(in_marks: None, hand: Hand, start: str) -> None:
    found = {}
    for name, make in screens():
        if name.startswith(start):
            language.use("en")
            page = hand.show(make(), height=4000)
            language.use(marked.CODE)
            hand.settle(3)
            left = marked.unmarked(page, NAMES_SHOWN, WRITTEN)
            if left:
                found[name] = left
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)


def test_an_open_report_loses_nothing(in_marks: None, hand: Hand) -> None:
    draft = Draft()
    page = hand.show(Report(draft, samples.DIRECTORY, readers=samples.READERS.__getitem__))
    page.step = 2
    hand.settle()
    story = next(page.part(2).fields())
    story.ids.box.text = "An invented story, half writ"
    story.ids.box.focus = True
    page.go_to(0)
    page.part(0).ids.concerns.chosen = ["bullying"]
    page.go_to(2)
    before = story.ids.box.cursor
    language.use(marked.CODE)
    hand.settle()
    assert page.step == 2
    assert page.question == "⟦What happened?⟧"
    assert "⟦Your account⟧" in marked.shown(page)
    assert story.ids.box.text == draft.story == "An invented story, half writ"
    assert story.ids.box.cursor == before
    page.go_to(0)
    hand.settle()
    assert "⟦Bullying⟧" in marked.shown(page)
    assert draft.concerns == ["bullying"]
    assert [card.active for card in page.part(0).ids.concerns.children].count(True) == 1
    language.use("en")
    hand.settle()
    assert "Bullying" in marked.shown(page)


def test_a_told_fault_is_told_in_the_new_language(in_marks: None, hand: Hand) -> None:
    page = hand.show(Report(Draft(step=2), samples.DIRECTORY))
    page.go_on()
    assert NEEDED in marked.shown(page)
    language.use(marked.CODE)
    hand.settle()
    assert marked.unmarked(page, ()) == []


def test_numbers_days_and_lists() -> None:
    language.use("pl")
    try:
        assert languages.number(1_234) == "1234"
        assert languages.number(20_000) == "20\u00a0000"
        assert languages.day_of(date(2026, 11, 3)) == "3 listopada 2026"
        assert languages.weekday_of(date(2026, 11, 26), date(2026, 11, 1)) == (
            "26 listopada (czwartek)"
        )
        assert languages.listed(["a", "b", "c"]) == "a, b i c"
        language.use("cy")
        assert languages.number(20_000) == "20,000"
        assert languages.weekday_of(date(2027, 1, 4), date(2026, 11, 1)) == (
            "4 Ionawr 2027 (dydd Llun)"
        )
        assert languages.listed(["Sian", "Owain"]) == "Sian ac Owain"
        assert languages.listed(["Owain", "Sian"]) == "Owain a Sian"
    finally:
        language.use("en")
    assert languages.number(20_000) == "20,000"
    assert languages.weekday_of(date(2026, 11, 26), date(2026, 1, 1)) == "Thursday 26 November"


@pytest.mark.parametrize(
    ("code", "number", "said"),
    [
        ("en", 1, "1 word is missing."),
        ("en", 4, "4 words are missing."),
        ("pl", 1, "Brakuje 1 słowa."),
        ("pl", 4, "Brakuje 4 słów."),
        ("cy", 2, "Mae 2 air ar goll."),
    ],
)
def test_each_number_has_its_form(code: str, number: int, said: str) -> None:
    language.use(code)
    try:
        found = languages.count("{n} word is missing.", "{n} words are missing.", number)
    finally:
        language.use("en")
    assert found == said


def test_the_services_refusals_are_told_in_the_language() -> None:
    language.use("pl")
    try:
        assert languages.told("This is too long: use at most 2000 characters.") == (
            "To jest za długie: najwyżej 2000 znaków."
        )
        assert languages.told("Choose from the directory.") == "Wybierz z listy."
        assert languages.told("Something new, number 5.") == "Something new, number 5."
    finally:
        language.use("en")


def test_an_unknown_language_is_english() -> None:
    language.use("xx")
    assert language.code == "en"


def test_a_screen_is_not_kept_alive_by_its_language(hand: Hand) -> None:
    page = hand.show(Late())
    kept = weakref.ref(page)
    del page
    hand.clear()
    hand.settle()
    gc.collect()
    assert kept() is None
    language.use("en")  # and the one that is gone is not called
