"""A phone that is turned in the middle of something, and a paste that nobody expected."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mobile.draft import Draft
from mobile.screens.report import CHECK, STEPS, Report
from mobile.widgets.choice import ChoiceCard
from mobile.widgets.field import Box, Field
from tests.mobile import samples
from tests.mobile.conftest import Hand
from tests.mobile.screens import screens
from tests.mobile.seldom import seldom

ROOT = Path(__file__).parents[2]
SCREENS = dict(screens())
FIELDS = (
    "address", "report-where", "report-story", "report-people", "report-wanted", "conversation",
    "sign-in", "words-practise", "kept-case", "closing", "withdraw", "settings", "piece",
    "messages",
)  # fmt: skip
"""Screens on which something can be typed."""
CHOICES = ("report-about", "report-readers", "report-later", "keep", "pin", "pin-again", "lock")
"""Others that hold something which is not sent or kept yet."""
TURNED, UPRIGHT = (844, 390), (390, 844)
PASTE = ("An invented sentence that goes on. " * 5_800)[:200_000]


def boxes(page: Any) -> list[Any]:
    return [widget for widget in page.walk(restrict=True) if isinstance(widget, Box)]


def held(page: Any) -> dict[str, Any]:
    """What a screen holds of its user's: texts and cursors, what is ticked, where it stands."""
    cards = [one for one in page.walk(restrict=True) if isinstance(one, ChoiceCard)]
    names = ("step", "phase", "again", "words", "busy")
    return {
        "texts": [(box.text, box.cursor_index()) for box in boxes(page)],
        "ticked": sorted((card.code or card.title, card.active) for card in cards),
        "place": {name: getattr(page, name) for name in names if hasattr(page, name)},
        "digits": [one.digits for one in page.walk(restrict=True) if hasattr(one, "digits")],
    }


def test_every_rule_with_a_field_is_tried() -> None:
    rules = (ROOT / "mobile" / "screens").glob("*.kv")
    field = re.compile(r"^ +(TextField|TextArea|Box):", re.MULTILINE)
    found = {path.stem for path in rules if field.search(path.read_text("utf-8"))}
    tried = {name.removeprefix("report-").replace("-", "_") for name in (*FIELDS, *CHOICES)}
    assert found <= tried | {"words"}


@pytest.mark.parametrize(
    "name", seldom([*FIELDS, *CHOICES], "report-story", "conversation", "sign-in", "lock")
)
def test_it_works(hand: Hand, name: str) -> None:
    """Turned and turned back, with something in every box: all of it is still there."""
    page = hand.show(SCREENS[name](), *UPRIGHT)
    for at, box in enumerate(boxes(page)):
        box.insert_text(f"{'ab' if name == 'sign-in' else 'Begun here, in field'} {at}")
        box.cursor = (2, 0)
    hand.settle()
    before = held(page)
    hand.show(page, *TURNED)
    assert held(page) == before
    hand.show(page, *UPRIGHT)
    assert held(page) == before


@pytest.mark.parametrize("step", seldom(range(len(STEPS)), 0, 2))
def test_a_report_is_turned_at_every_step(hand: Hand, step: int) -> None:
    """And goes on from there, with what was written before and after."""
    readers = samples.READERS
    draft = Draft(story="Begun before.", desk="guardian", agreed=["id-1", "id-2"], excluded=[])
    page = Report(draft, samples.DIRECTORY, readers=lambda desk: readers[desk])
    page.step = step
    hand.show(page, *UPRIGHT)
    for at, box in enumerate(boxes(page)):
        box.insert_text(f" Written upright {at}.")
    hand.show(page, *TURNED)
    for at, box in enumerate(boxes(page)):
        box.insert_text(f" Written on its side {at}.")
    answers = draft.report()
    assert "Begun before." in draft.story
    hand.show(page, *UPRIGHT)
    assert (page.step, draft.report()) == (step, answers)
    page.go_on()
    hand.settle()
    assert page.step == min(step + 1, CHECK)
    assert draft.report() == answers


@pytest.mark.parametrize("name", seldom(FIELDS, "report-story", "conversation", "sign-in"))
def test_a_paste_of_200_kb_is_kept_and_told(hand: Hand, name: str) -> None:
    """Nothing is cut off behind one's back: it stands there, and the field says it is too long."""
    page = hand.show(SCREENS[name]())
    fields = {
        one.ids.box.__self__: one for one in page.walk(restrict=True) if isinstance(one, Field)
    }
    for box in boxes(page):
        box.text = ""
        box.insert_text(PASTE)
        hand.settle(3)
        if name == "sign-in":  # takes words out of it, and says which is none
            assert 0 < len(page.ids.typed.error) < 100
            continue
        assert box.text == PASTE
        if box in fields:
            assert fields[box].too_long
            assert fields[box].counter
            assert box.fault
        else:  # the box of a conversation tells when it is sent
            page.write = lambda text: pytest.fail("it was sent")
            page.send()
            assert box.text == PASTE
            assert page.ids.trouble.shown
        hand.show(page, *TURNED)
        assert box.text == PASTE
        box.text = ""


def test_what_is_pasted_into_one_line_stays_on_it(hand: Hand) -> None:
    page = hand.show(SCREENS["address"]())
    box = page.ids.address.ids.box
    box.text = ""
    box.insert_text("https://wren.example/o/\neeast")
    assert box.text == "https://wren.example/o/ eeast"
