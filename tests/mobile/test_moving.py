"""What moves by itself, and that it does not where somebody wants it still."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from kivy.animation import Animation
from kivy.effects.scroll import ScrollEffect

from mobile.theme import theme
from mobile.widgets.bubble import Speech
from mobile.widgets.field import Box
from mobile.widgets.field_cache import forget_typing
from mobile.widgets.still import Still
from tests.mobile.conftest import Hand
from tests.mobile.samples import STORY
from tests.mobile.screens import screens

SCREENS = dict(screens())


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every animation of a page that is begun."""
    found: list[Any] = []
    begin = Animation.start

    def start(animation: Any, widget: Any) -> None:
        if "scroll_y" in animation.animated_properties:
            found.append(widget)
        begin(animation, widget)

    monkeypatch.setattr(Animation, "start", start)
    return found


@pytest.mark.parametrize("motion", [True, False])
def test_it_works(hand: Hand, begun: list[Any], motion: bool) -> None:
    """A page glides to a part of it, glides on when it is let go, and blinks: or none of it."""
    theme.motion = motion
    page = hand.show(SCREENS["report-check"](), 390, 600)
    page.reveal(page.part(6).ids.cards.children[0])
    hand.settle()
    assert bool(begun) == motion
    assert page.ids.scroll.scroll_y < 1
    assert type(page.ids.scroll.effect_y) is (ScrollEffect if motion else Still)


def test_a_living_page_is_stilled(hand: Hand) -> None:
    page = hand.show(SCREENS["report-story"]())
    box = next(widget for widget in page.walk() if isinstance(widget, Box))
    assert box.cursor_blink
    theme.motion = False
    hand.settle()
    assert not box.cursor_blink
    assert isinstance(page.ids.scroll.effect_y, Still)


def test_what_is_let_go_stays_there(hand: Hand) -> None:
    theme.motion = False
    effect = hand.show(SCREENS["welcome-news"](), 390, 500).ids.scroll.effect_y
    effect.velocity = 500
    before = effect.value
    effect.update_velocity(1 / 60)
    assert (effect.velocity, effect.value) == (0, before)


def test_nothing_of_a_thread_is_left_in_kivy_s_cache_of_views(hand: Hand) -> None:
    page = hand.show(SCREENS["conversation"]())
    page.forget()
    del page
    forget_typing()
    hand.clear()
    hand.settle()
    gc.collect()
    left = [one.text for one in gc.get_objects() if type(one) is Speech]
    assert not [text for text in left if STORY in text]


def test_the_box_that_was_typed_in_last_is_let_go(hand: Hand) -> None:
    page = hand.show(SCREENS["report-story"]())
    box = weakref.ref(next(widget for widget in page.walk() if isinstance(widget, Box)))
    typed: Any = box()
    typed.insert_text("An invented word.")
    hand.settle()
    del page, typed
    hand.clear()
    gc.collect()
    assert box() is None
