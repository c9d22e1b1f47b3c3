"""Every screen: nothing clipped at any size of phone or type, a quick exit, room for a thumb."""

from __future__ import annotations

from typing import Any

import pytest
from kivy.metrics import Metrics, dp
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.label import Label
from kivy.uix.textinput import TextInput
from kivy.uix.widget import Widget

from mobile.language import NAMES, language
from mobile.theme import space
from mobile.widgets.bubble import Part
from mobile.widgets.rows import Rows
from tests.mobile.conftest import Hand
from tests.mobile.screens import screens
from tests.mobile.seldom import seldom

SCREENS = dict(screens())
SIZES = [(390, 844), (320, 568), (844, 390), (1024, 768), (1280, 800)]
"""A phone, a small one, one on its side, and two tablets."""
LARGE = [(320, 568), (844, 390), (1024, 768)]


def shown(widget: Any, root: Any) -> bool:
    """Whether neither it nor what it is in is hidden."""
    while widget is not root:
        if widget.opacity == 0:
            return False
        widget = widget.parent
    return True


def cut_off(root: Any) -> list[str]:
    """The texts that are taller or wider than the room that they have."""
    found = []
    for widget in root.walk(restrict=True):
        if not isinstance(widget, Label) or not widget.text or not shown(widget, root):
            continue
        wide, high = widget.texture_size
        if high > widget.height + 1 or wide > max(widget.width, widget.text_size[0] or 0) + 1:
            found.append(f"{widget.text!r}: {widget.texture_size} in {widget.size}")
    return found


def overlaps(root: Any, width: float) -> list[str]:
    """Texts that stand out of the window at its sides."""
    found = []
    for widget in root.walk(restrict=True):
        if isinstance(widget, Label) and widget.text and shown(widget, root):
            left, _ = widget.to_window(widget.x, widget.y)
            if left < -1 or left + widget.texture_size[0] > width + 1:
                found.append(f"{widget.text!r} at {left}")
    return found


def too_small(root: Any) -> list[str]:
    """What is pressed and is smaller than a thumb needs."""
    return [
        f"{type(widget).__name__} {getattr(widget, 'text', '')!r} {widget.size}"
        for widget in root.walk(restrict=True)
        if isinstance(widget, ButtonBehavior | TextInput)
        and not widget.disabled
        and shown(widget, root)
        and (widget.height < space.touch or widget.width < space.touch)
    ]


def out_of_reach(page: Any, width: int, height: int) -> bool:
    """Whether the quick exit is not whole in the window."""
    button = page.ids.bar.ids.exit
    left, low = button.to_window(button.x, button.y)
    inside = 0 <= left <= left + button.width <= width
    return not (inside and 0 <= low <= low + button.height <= height)


def faults(hand: Hand, page: Any, width: int, height: int) -> list[str]:
    """All that is wrong with how a screen looks in a window of this size."""
    hand.show(page, width, height)
    found = cut_off(page) + overlaps(page, width) + too_small(page)
    if out_of_reach(page, width, height):
        found.append("the quick exit is not in sight")
    return [f"{width} x {height}: {one}" for one in found]


LEAST = [(320, 568), (844, 390)]
"""Where there is the least room. `make test` tries these, the ordeal all."""


@pytest.mark.parametrize("sizes", seldom([LEAST, SIZES], LEAST), ids=["least", "all"])
@pytest.mark.parametrize("name", SCREENS)
def test_it_works(hand: Hand, name: str, sizes: list[tuple[int, int]]) -> None:
    """At every size, one after the other as a phone is turned; and the quick exit leaves."""
    page = SCREENS[name]()
    assert not [one for width, height in sizes for one in faults(hand, page, width, height)]
    left: list[str] = []
    page.leave = lambda: left.append(name)
    hand.tap(page.ids.bar.ids.exit)
    assert left == [name]


@pytest.mark.ordeal
@pytest.mark.parametrize("name", SCREENS)
def test_nothing_is_clipped_with_type_twice_as_large(hand: Hand, name: str) -> None:
    Metrics.fontscale = 2
    page = SCREENS[name]()
    assert not [one for width, height in LARGE for one in faults(hand, page, width, height)]


@pytest.mark.ordeal
@pytest.mark.parametrize("code", [code for code in NAMES if code != language.code])
@pytest.mark.parametrize("name", SCREENS)
def test_other_languages_have_room(hand: Hand, name: str, code: str) -> None:
    """Where there is least of it: their words are longer."""
    language.use(code)
    Metrics.fontscale = 2
    assert not faults(hand, SCREENS[name](), 320, 568)


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_bubbles_are_as_tall_as_what_they_say(hand: Hand, width: int, scale: int) -> None:
    """Heights are measured before there is a widget: they have to be what the widget needs."""
    Metrics.fontscale = scale
    page = hand.show(SCREENS["conversation"](), width, 844)
    parts = [w for w in page.walk(restrict=True) if isinstance(w, Part) and w.text]
    assert len(parts) > 1
    for part in parts:
        assert part.texture_size[1] == pytest.approx(part.height, abs=1)


def test_a_very_long_message_is_shown_whole(hand: Hand) -> None:
    from mobile.widgets.bubble import rows_of
    from mobile.widgets.text import LONGEST

    text = "An invented sentence that goes on. " * 570
    fields = dict.fromkeys(("author", "warning", "foot", "icon"), "")
    rows = rows_of({**fields, "mine": True, "tone": "plain", "text": text}, 390)
    assert len(rows) > 10
    assert "".join(row["text"] for row in rows).replace("\n", "") == text
    assert all(len(row["text"]) <= LONGEST for row in rows)
    assert max(row["size"][1] for row in rows) < 4096


def test_what_is_hidden_takes_no_room(hand: Hand) -> None:
    """A banner that tells nothing leaves no gap where it would be."""
    page = hand.show(SCREENS["report-check"]())
    title = next(w for w in page.walk() if getattr(w, "text", "") == "Check before you send")
    top = page.ids.scroll.to_window(0, page.ids.scroll.top)[1]
    assert top - title.to_window(0, title.top)[1] == pytest.approx(dp(20), abs=1)


def test_rows_are_as_tall_as_what_is_shown(hand: Hand) -> None:
    rows = Rows(spacing=10, padding=5)
    for height in (20, 0, 30):
        rows.add_widget(Widget(height=height))
    hand.show(rows)
    assert rows.minimum_height == 5 + 20 + 10 + 30 + 5


def test_the_foot_of_a_low_window_scrolls_with_the_rest(hand: Hand) -> None:
    page = hand.show(SCREENS["welcome"](), 320, 300)
    assert page.ids.scroll.height > 150
    page = hand.show(SCREENS["welcome"](), 390, 844)
    assert page.foot.parent == page
