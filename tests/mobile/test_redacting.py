"""A picture in which things are hidden: what is covered is in no pixel of what comes out."""

from __future__ import annotations

import io
import random
import struct
from typing import Any

import pytest
from PIL import Image

from mobile.lens import Lens
from mobile.redacting import Redaction, Suggestion
from shared.errors import Refused
from tests.mobile.evidence_pictures import ANDROID, LOOKS, chat, encoded

BLACK = (0, 0, 0)


def noise(width: int = 90, height: int = 60) -> Image.Image:
    """A picture without a black pixel, no two rows or columns of which are alike."""
    chance = random.Random(7)
    data = bytes(chance.randrange(1, 256) for _ in range(3 * width * height))
    return Image.frombytes("RGB", (width, height), data)


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png), formats=("PNG",)).convert("RGB")


def chunks(png: bytes) -> list[bytes]:
    found, at = [], 8
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        found.append(png[at + 4 : at + 8])
        at += 12 + size
    return found


def expected(picture: Image.Image, *boxes: Any, crop: Any = None) -> Image.Image:
    """Pixel by pixel, by no code of ours."""
    made = picture.copy()
    for left, top, right, bottom in boxes:
        for x in range(left, right):
            for y in range(top, bottom):
                made.putpixel((x, y), BLACK)
    return made.crop(crop) if crop else made


def test_it_works() -> None:
    picture = noise()
    redaction = Redaction(picture.copy())
    assert redaction.cover(10, 20, 30, 25)
    assert redaction.cover(80.5, 50.2, 200, 300)  # over the edge, and on half a pixel
    png = redaction.result()
    assert opened(png).tobytes() == expected(picture, (10, 20, 30, 25), (80, 50, 90, 60)).tobytes()
    assert set(chunks(png)) == {b"IHDR", b"IDAT", b"IEND"}


def test_what_was_covered_is_nowhere_in_the_file() -> None:
    """Two pictures that differ under the box alone give the same bytes."""
    one, other = noise(), noise()
    other.paste((1, 2, 3), (20, 20, 40, 40))
    assert one.tobytes() != other.tobytes()
    made = []
    for picture in (one, other):
        redaction = Redaction(picture)
        redaction.cover(20, 20, 40, 40)
        made.append(redaction.result())
    assert made[0] == made[1]


def test_boxes_stay_where_they_were_drawn_whatever_is_cropped() -> None:
    picture = noise()
    box, crop = (10, 10, 30, 30), (20, 5, 60, 50)
    for first in ("box", "crop"):
        redaction = Redaction(picture.copy())
        for what in (first, "crop" if first == "box" else "box"):
            if what == "crop":
                redaction.cut(*crop)
            else:
                redaction.cover(*box)
        made = opened(redaction.result())
        assert made.size == (40, 45)
        assert made.tobytes() == expected(picture, box, crop=crop).tobytes()


def test_what_is_drawn_beside_what_is_left_covers_nothing() -> None:
    redaction = Redaction(noise())
    redaction.cut(20, 5, 60, 50)
    assert not redaction.cover(0, 0, 10, 4)
    assert not redaction.cover(300, 300, 400, 400)
    assert redaction.boxes == ()
    assert not redaction.cut(-9, -9, -1, -1)


def test_undo_takes_back_each_step_in_turn() -> None:
    seen: list[Any] = []
    redaction = Redaction(noise(), (Suggestion("status", (0, 0, 90, 6)),))

    def now() -> Any:
        return redaction.boxes, redaction.crop, redaction.suggested

    steps = (
        lambda: redaction.cover(1, 1, 9, 9),
        lambda: redaction.cut(0, 0, 50, 50),
        redaction.accept,
        lambda: redaction.uncover(3, 7),
        lambda: redaction.cut(0, 0, 90, 60),  # the whole picture again
        lambda: redaction.cover(70, 40, 80, 50),
    )
    for step in steps:
        seen.append(now())
        step()
        assert now() != seen[-1]
    assert redaction.crop is None
    for before in reversed(seen):
        assert redaction.undo()
        assert now() == before
    assert not redaction.undo()
    assert not redaction.can_undo


def test_the_newest_box_is_taken_away_first() -> None:
    redaction = Redaction(noise())
    redaction.cover(10, 10, 40, 40)
    redaction.cover(30, 30, 50, 50)
    assert redaction.uncover(35, 35)
    assert redaction.boxes == ((10, 10, 40, 40),)
    assert not redaction.uncover(45, 45)
    assert redaction.uncover(10, 39)
    assert redaction.boxes == ()


def test_suggestions_are_asked_about_one_by_one_or_by_kind() -> None:
    bar, *own = (
        Suggestion(kind, (at, at, at + 5, at + 5))
        for at, kind in enumerate(("status", "own", "own", "own"))
    )
    redaction = Redaction(noise(), (bar, *own))
    redaction.decline()
    assert redaction.suggested == tuple(own)
    redaction.accept()
    assert redaction.boxes == (own[0].box,)
    redaction.accept(all_alike=True)
    assert redaction.suggested == ()
    assert redaction.boxes == tuple(one.box for one in own)
    redaction.accept()  # nothing is left to accept
    assert len(redaction.boxes) == 3


def test_what_was_cropped_away_is_not_asked_about() -> None:
    below = Suggestion("own", (40, 40, 60, 50))
    redaction = Redaction(noise(), (Suggestion("status", (0, 0, 90, 6)), below))
    redaction.cut(0, 10, 90, 60)
    assert redaction.suggested == (below,)
    redaction.undo()
    assert len(redaction.suggested) == 2


def test_the_original_is_dropped_and_overwritten() -> None:
    picture = noise()
    redaction = Redaction(picture)
    redaction.cover(1, 1, 5, 5)
    redaction.result()
    assert redaction.gone
    assert picture.getextrema() == ((0, 0),) * 3
    for after in (redaction.result, lambda: redaction.before(10), lambda: redaction.after(10)):
        with pytest.raises(LookupError):
            after()
    assert redaction.boxes == ()
    redaction.forget()  # again


def test_before_and_after_are_small_and_of_the_same_place() -> None:
    redaction = Redaction(chat(ANDROID).picture)
    redaction.cut(0, 0, 1080, 1200)
    redaction.cover(0, 0, 1080, 600)
    before, after = redaction.before(400), redaction.after(400)
    assert before.size == (180, 400)
    assert after.size == (360, 400)
    assert after.getpixel((100, 100)) == BLACK
    assert after.getpixel((100, 300)) != BLACK
    assert before.getpixel((4, 90)) != BLACK
    assert not redaction.gone


def test_a_photo_that_lies_on_its_side_is_upright() -> None:
    picture = noise()
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "An invented camera"
    redaction = Redaction.open(encoded(picture, "PNG", exif=exif.tobytes()))
    assert redaction.size == (60, 90)
    redaction.cover(0, 0, 60, 45)
    png = redaction.result()
    assert b"invented camera" not in png
    upright = picture.transpose(Image.Transpose.ROTATE_270)
    assert opened(png).tobytes() == expected(upright, (0, 0, 60, 45)).tobytes()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_screenshot_is_opened_with_what_is_suggested(kind: str) -> None:
    redaction = Redaction.open(encoded(chat(LOOKS["group"]).picture, kind))
    assert {one.kind for one in redaction.suggested} == {"status", "avatars", "own"}


def bomb() -> bytes:
    """The head of a picture of 60,000 by 60,000 pixels."""
    whole = bytearray(encoded(noise()))
    whole[16:24] = struct.pack(">2I", 60_000, 60_000)
    import zlib

    whole[29:33] = struct.pack(">I", zlib.crc32(bytes(whole[12:29])))
    return bytes(whole)


HOSTILE = {
    "empty": lambda: b"",
    "words": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
    "cut short": lambda: encoded(chat(ANDROID).picture)[:9_000],
    "head alone": lambda: encoded(noise())[:33],
    "a bomb": bomb,
    "a bitmap": lambda: encoded(noise(), "BMP"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_picture_is_refused_with_what_to_do(what: str) -> None:
    with pytest.raises(Refused) as told:
        Redaction.open(HOSTILE[what]())
    assert len(told.value.detail.split()) > 5


# --- places in the view ---


@pytest.mark.parametrize("size", [(1080, 2400), (4000, 3000), (97, 31)])
@pytest.mark.parametrize("view", [(0, 200, 390, 500), (17, 0, 844, 311)])
def test_what_is_drawn_from_corner_to_corner_is_exact(size: Any, view: Any) -> None:
    """At any zoom and place: no pixel more and none less than what lies between."""
    chance, lens = random.Random(3), Lens()
    lens.stand(*view)
    lens.look_at(size)
    for _ in range(300):
        lens.zoom(chance.uniform(0.5, 2.5), chance.uniform(0, 800), chance.uniform(0, 800))
        lens.move(chance.uniform(-400, 400), chance.uniform(-400, 400))
        redaction = Redaction(Image.new("RGB", (1, 1)))
        redaction.size = size
        redaction._states[0] = type(redaction._states[0])()
        left, right = sorted(chance.sample(range(size[0] + 1), 2))
        top, bottom = sorted(chance.sample(range(size[1] + 1), 2))
        first, second = lens.to_view(left, bottom), lens.to_view(right, top)
        redaction.cover(*lens.to_picture(*first), *lens.to_picture(*second))
        assert redaction.boxes == ((left, top, right, bottom),)


def test_a_place_stays_under_the_fingers_that_zoom() -> None:
    lens = Lens()
    lens.stand(0, 0, 400, 400)
    lens.look_at((1000, 1000))
    before = lens.to_picture(150, 260)
    lens.zoom(3, 150, 260)
    assert lens.to_picture(150, 260) == pytest.approx(before)
    assert lens.moves


def test_nothing_can_be_moved_out_of_sight() -> None:
    lens = Lens()
    lens.stand(0, 0, 400, 800)
    lens.look_at((1000, 1000))
    lens.move(5_000, -5_000)
    assert lens.to_view(500, 500) == pytest.approx((200, 400))
    lens.zoom(4, 200, 400)
    lens.move(50_000, 0)
    assert lens.to_picture(0, 400)[0] == pytest.approx(0)
    lens.zoom(0.01, 200, 400)
    assert not lens.moves
    assert lens.scale == pytest.approx(0.4)


def test_a_turned_phone_still_shows_all_of_it() -> None:
    lens = Lens()
    lens.stand(0, 0, 390, 500)
    lens.look_at((1080, 2400))
    lens.stand(0, 0, 844, 300)
    assert lens.scale == pytest.approx(300 / 2400)
    lens.zoom(3, 400, 150)
    close = lens.scale
    lens.stand(0, 0, 390, 500)
    assert lens.scale == pytest.approx(close)
