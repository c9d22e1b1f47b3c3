"""Hiding things in a picture by touches, and what the app holds of it before and after."""

from __future__ import annotations

import gc
import io
import weakref
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from kivy.tests.common import UnitTestTouch
from PIL import Image

from mobile.lens import inside
from mobile.lock import SECONDS
from mobile.screens.redact import Redact
from mobile.screens.redacted import CHECKS, Redacted
from mobile.widgets.choice import CheckRow
from tests.mobile.conftest import Board, Hand, find, texts
from tests.mobile.evidence_pictures import GROUP, chat, encoded
from tests.mobile.seldom import seldom
from tests.mobile.shell import CHEAP, PIN, Shell

BLACK = (0, 0, 0)
SIZES = [(390, 844), (844, 390), (1024, 768)]


@cache
def screenshot() -> bytes:
    """The file of a group's chat."""
    return encoded(chat(GROUP).picture)


@pytest.fixture
def shell(hand: Hand, board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("mobile.notebook.calibrate", lambda: CHEAP)
    shell = Shell(hand, board, tmp_path / "phone")
    yield shell
    shell.stop()


class Way:
    """A picture that is being worked on in the app."""

    def __init__(self, shell: Shell, data: bytes) -> None:
        self.shell, self.hand = shell, shell.hand
        self.begun = shell.screen
        self.made: list[bytes] = []
        shell.app.redacting.open(data, self.made.append)
        self.hand.settle()

    @property
    def page(self) -> Any:
        return self.shell.screen

    @property
    def canvas(self) -> Any:
        return self.page.ids.picture

    @property
    def redaction(self) -> Any:
        return self.canvas.redaction

    def place(self, x: float, y: float) -> tuple[float, float]:
        return self.canvas.to_window(*self.canvas.lens.to_view(x, y))

    def drag(self, left: float, top: float, right: float, bottom: float) -> None:
        """From corner to corner, in pixels of the picture."""
        start, end = self.place(left, top), self.place(right, bottom)
        touch = UnitTestTouch(*start)
        touch.touch_down()
        touch.touch_move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        touch.touch_move(*end)
        touch.touch_up()
        self.hand.settle(3)

    def tap(self, x: float, y: float) -> None:
        touch = UnitTestTouch(*self.place(x, y))
        touch.touch_down()
        touch.touch_up()
        self.hand.settle(3)

    def press(self, text: str) -> None:
        button = find(self.shell.stage, text)
        self.hand.see(button)
        self.hand.tap(button)
        self.hand.settle()

    def finish(self) -> Image.Image:
        self.press("Done")
        self.press("Use this picture")
        return Image.open(io.BytesIO(self.made[0]), formats=("PNG",)).convert("RGB")


@pytest.fixture
def way(shell: Shell) -> Way:
    way = Way(shell, screenshot())
    while way.redaction.suggested:
        way.redaction.decline(all_alike=True)
    way.page._redrawn()
    return way


def near(box: Any, expected: Any, pixels: float = 1) -> bool:
    """To a pixel: the window of these tests rounds touches."""
    return all(abs(one - other) <= pixels for one, other in zip(box, expected, strict=True))


def test_it_works(shell: Shell) -> None:
    """Suggested boxes, one that is drawn, a crop: what comes out has other pixels there."""
    picture = chat(GROUP).picture
    way = Way(shell, encoded(picture, "JPEG", quality=95, exif=b"Exif\0\0"))
    assert isinstance(way.page, Redact)
    assert way.page.asked == "Cover clock, signal and battery?"
    way.press("Cover it")
    assert way.page.asked == "Cover the pictures of people?"
    way.press("Cover it")
    assert way.page.asked == "Cover your own message?"
    way.press("Cover all of these")
    assert not way.page.asked
    assert way.page.hint
    way.drag(300, 80, 700, 200)  # the group's name
    way.press("Crop")
    way.drag(0, 60, 1080, 1800)
    boxes, (left, top, right, bottom) = way.redaction.boxes, way.redaction.crop
    assert len(boxes) == 2 + len(chat(GROUP).own) + 1
    before = way.redaction.before(4_000)
    found = way.finish()
    assert shell.screen is way.begun
    assert found.size == (right - left, bottom - top)
    expected = before.crop((left, top, right, bottom))
    for box in boxes:
        expected.paste(BLACK, (box[0] - left, box[1] - top, box[2] - left, box[3] - top))
    assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize("size", seldom(SIZES, (390, 844)))
@pytest.mark.parametrize("zoomed", [False, True])
def test_a_box_is_where_the_finger_drew_it(way: Way, size: tuple[int, int], zoomed: bool) -> None:
    way.hand.show(way.shell.stage, *size)
    if zoomed:
        for _ in range(3):
            way.press("Larger")
    seen: Any = inside(way.canvas.lens.seen(), (0, 0, *way.redaction.size))
    left, top, right, bottom = seen
    x, y = (left + right) / 2, (top + bottom) / 2
    reach = min(right - left, bottom - top) / 4
    way.drag(x - reach, y - reach, x + reach, y + reach)
    (box,) = way.redaction.boxes
    pixel = 1 / way.canvas.lens.scale + 1
    assert near(box, (x - reach, y - reach, x + reach, y + reach), pixel)


def test_a_box_is_taken_away_by_a_tap_and_comes_back_by_undo(way: Way) -> None:
    way.drag(200, 500, 600, 900)
    assert len(way.redaction.boxes) == 1
    way.tap(400, 700)
    assert not way.redaction.boxes
    way.press("Undo")
    assert len(way.redaction.boxes) == 1
    way.press("Undo")
    assert not way.redaction.boxes
    while way.page.can_undo:
        way.press("Undo")
    assert way.page.asked == "Cover clock, signal and battery?"


def test_who_can_not_drag_taps_two_corners(way: Way) -> None:
    way.tap(200, 500)
    assert way.page.hint == "Now tap the opposite corner."
    assert not way.redaction.boxes
    way.tap(600, 900)
    assert near(way.redaction.boxes[0], (200, 500, 600, 900), 4)
    assert way.page.hint != "Now tap the opposite corner."
    way.tap(100, 1200)
    way.press("Undo")  # the corner alone
    assert len(way.redaction.boxes) == 1
    way.tap(900, 1500)
    assert len(way.redaction.boxes) == 1


def test_two_fingers_zoom_and_move_and_draw_nothing(way: Way) -> None:
    lens, canvas = way.canvas.lens, way.canvas
    x, y = canvas.to_window(*canvas.center)
    whole, middle = lens.scale, lens.to_picture(*canvas.center)
    one, other = UnitTestTouch(x - 40, y), UnitTestTouch(x + 40, y)
    one.touch_down()
    other.touch_down()
    for reach in (50, 60, 80):
        one.touch_move(x - reach, y)
        other.touch_move(x + reach, y)
    assert lens.scale == pytest.approx(2 * whole, rel=0.05)
    assert near(lens.to_picture(*canvas.center), middle, 30)
    one.touch_move(x - 80, y + 50)
    other.touch_move(x + 80, y + 50)
    assert lens.to_picture(*canvas.center)[1] > middle[1] + 20  # the picture went up with them
    one.touch_up()
    other.touch_move(x, y)
    other.touch_up()
    way.hand.settle(3)
    assert not way.redaction.boxes
    assert not canvas.begun


def test_one_finger_moves_where_that_is_chosen(way: Way) -> None:
    way.press("Larger")
    way.press("Larger")
    before = way.canvas.lens.to_picture(*way.canvas.center)
    way.press("Move")
    way.drag(before[0], before[1], before[0] + 100, before[1] + 200)
    after = way.canvas.lens.to_picture(*way.canvas.center)
    assert near(after, (before[0] - 100, before[1] - 200), 4)
    assert not way.redaction.boxes
    for _ in range(9):
        way.press("Smaller")
    assert not way.canvas.lens.moves


def test_the_wheel_of_a_mouse_zooms(way: Way) -> None:
    for button, moves in (("scrolldown", True), ("scrollup", False)):
        touch: Any = UnitTestTouch(*way.canvas.to_window(*way.canvas.center))
        touch.profile.append("button")
        touch.button = button
        touch.touch_down()
        touch.touch_up()
        assert way.canvas.lens.moves is moves
    assert not way.redaction.boxes


def test_after_a_crop_what_is_left_fills_the_view(way: Way) -> None:
    way.press("Crop")
    way.drag(100, 600, 900, 1000)
    assert way.canvas.tool == "cover"
    assert near(way.canvas.lens.region, (100, 600, 900, 1000), 4)
    way.press("Crop")  # the whole picture again, to choose another part of it
    assert way.canvas.lens.region == (0, 0, *way.redaction.size)
    way.press("Cover")
    way.press("Undo")
    assert way.canvas.lens.region == (0, 0, *way.redaction.size)


def test_before_shows_all_of_it_and_draws_nothing(way: Way) -> None:
    way.press("Crop")
    way.drag(100, 600, 900, 1000)
    way.press("Before")
    assert way.canvas.lens.region == (0, 0, *way.redaction.size)
    way.drag(200, 700, 400, 900)
    assert not way.redaction.boxes
    way.press("Before")
    assert way.canvas.lens.region != (0, 0, *way.redaction.size)


def test_a_large_picture_is_handed_to_the_chip_small(shell: Shell) -> None:
    way = Way(shell, encoded(Image.new("RGB", (4000, 3000), "#336699"), "JPEG"))
    assert max(way.canvas._texture.size) <= 2048
    way.drag(1000, 1000, 3000, 2000)
    assert near(way.redaction.boxes[0], (1000, 1000, 3000, 2000), 12)
    found = way.finish()
    assert found.size == (4000, 3000)
    assert found.getpixel((2000, 1500)) == BLACK


def test_it_is_looked_over_and_can_be_taken_up_again(way: Way) -> None:
    way.drag(200, 500, 600, 900)
    page, scale = way.page, way.canvas.lens.scale
    way.press("Done")
    last = way.page
    assert isinstance(last, Redacted)
    for title, _about in CHECKS:
        assert title in texts(last)
    after = last.ids.picture._picture
    assert after.getpixel((after.width * 400 // 1080, after.height * 700 // 2400)) == BLACK
    way.press("Show how it was")
    before = last.ids.picture._picture
    assert before.getpixel((before.width * 400 // 1080, before.height * 700 // 2400)) != BLACK
    row = next(one for one in last.walk(restrict=True) if isinstance(one, CheckRow))
    way.hand.see(row)
    way.hand.tap(row)
    assert row.active
    way.press("Hide more")
    assert way.page is page
    assert page.ids.picture.lens.scale == scale
    way.drag(200, 1000, 600, 1200)
    way.finish()


def test_what_is_no_picture_leads_back_and_says_why(shell: Shell) -> None:
    way = Way(shell, b"%PDF-1.7 and not a picture")
    assert shell.screen is way.begun
    assert "no picture that Wren can read" in texts(shell.stage)
    assert not way.made


def test_going_back_drops_it_while_it_is_opened(shell: Shell) -> None:
    shell.jobs.held = True
    way = Way(shell, screenshot())
    assert way.page.hint == "One moment\u2026"
    way.page.go_back()
    shell.jobs.held = False
    shell.jobs.go()
    way.hand.settle()
    assert shell.screen is way.begun
    assert shell.app.redacting._redaction is None


# --- nothing of it is left ---


def gone(way: Way) -> Callable[[], bool]:
    """Whether the picture is out of memory: its pixels are overwritten, and nobody holds it."""
    way.drag(200, 500, 600, 900)
    redaction = way.redaction
    held, picture = weakref.ref(redaction), redaction._picture

    def look() -> bool:
        gc.collect()
        return held() is None and picture.getextrema() == ((0, 0),) * 3

    del redaction
    assert not look()
    return look


def test_after_it_was_made_the_original_is_gone(way: Way) -> None:
    look = gone(way)
    way.finish()
    assert look()


@pytest.mark.parametrize("looked_over", [False, True])
def test_quick_exit_drops_it(way: Way, looked_over: bool) -> None:
    look = gone(way)
    if looked_over:
        way.press("Done")
    way.shell.exit()
    assert look()
    assert way.shell.app.redacting._done is None
    assert not way.made


@pytest.mark.parametrize("looked_over", [False, True])
def test_going_back_or_on_to_another_picture_drops_it(way: Way, looked_over: bool) -> None:
    look = gone(way)
    if looked_over:
        way.press("Done")
        way.shell.screen.go_back()
    way.shell.screen.go_back()
    way.hand.settle()
    assert way.shell.screen is way.begun
    assert look()


def test_the_lock_drops_it(shell: Shell) -> None:
    shell.set_pin()
    way = Way(shell, screenshot())
    look = gone(way)
    shell.leave()
    assert shell.sees("Type your PIN")
    assert look()
    shell.app.on_resume()
    shell.unlock(PIN)
    assert not way.made


def test_without_a_pin_it_waits_a_minute_behind_the_cover(way: Way) -> None:
    look = gone(way)
    way.shell.leave(SECONDS - 1)
    way.shell.app.on_resume()
    assert isinstance(way.page, Redact)
    assert not look()
    way.shell.leave(SECONDS)
    way.shell.app.on_resume()
    assert look()


def test_a_result_that_comes_after_a_quick_exit_is_nobody_s(way: Way) -> None:
    way.press("Done")
    way.shell.jobs.held = True
    way.press("Use this picture")
    assert way.page.busy
    way.shell.exit()
    way.shell.jobs.held = False
    way.shell.jobs.go()
    assert not way.made
