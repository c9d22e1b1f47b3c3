"""What is left of earlier screens is taken away between touches, and not while one is answered."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from kivy.core.window import Window

from mobile import tidying
from mobile.tidying import MANY, Tidying


class Ring:
    """Only a collection takes it away."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def tidy() -> Iterator[Tidying]:
    made = Tidying()
    made.start()
    yield made
    made.stop()


def left() -> tuple[weakref.ref[Ring], list[list[int]]]:
    ring = weakref.ref(Ring())
    return ring, [[one] for one in range(2 * MANY)]


def test_it_works(tidy: Tidying) -> None:
    ring, _kept = left()
    assert ring() is not None
    tidy.look()
    assert ring() is None


def test_it_waits_after_a_touch(tidy: Tidying, monkeypatch: pytest.MonkeyPatch) -> None:
    ring, _kept = left()
    Window.dispatch("on_touch_up", None)
    tidy.look()
    assert ring() is not None
    monkeypatch.setattr(tidying, "QUIET", 0)
    tidy.look()
    assert ring() is None


def test_it_does_not_wait_for_ever(tidy: Tidying, monkeypatch: pytest.MonkeyPatch) -> None:
    ring, _kept = left()
    monkeypatch.setattr(tidying, "MOST", MANY)
    Window.dispatch("on_touch_up", None)
    tidy.look()
    assert ring() is None


def test_little_is_left_alone(tidy: Tidying) -> None:
    gc.collect()
    ring = weakref.ref(Ring())
    tidy.look()
    assert ring() is not None


def test_once_the_app_is_closed_python_does_it_again(tidy: Tidying) -> None:
    assert not gc.isenabled()
    tidy.stop()
    assert gc.isenabled()
