"""What is suggested to be covered in screenshots of chats; and nothing in other pictures."""

from __future__ import annotations

import io
import random
import time
from typing import Any

import pytest
from PIL import Image, ImageDraw

from mobile.suggesting import suggest
from tests.mobile.evidence_pictures import LOOKS, Box, Chat, chat, encoded, photo
from tests.mobile.seldom import seldom

SEEDS = (1, 2, 3, 4)


def covers(box: Box, other: Box) -> bool:
    """All of the other but a hair: the copy that is looked at is a sixth as wide."""
    hair = 4
    return (
        box[0] <= other[0] + hair
        and box[1] <= other[1] + hair
        and box[2] >= other[2] - hair
        and box[3] >= other[3] - hair
    )


def area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def of(found: Any, kind: str) -> list[Box]:
    return [one.box for one in found if one.kind == kind]


def as_file(picture: Image.Image, kind: str, **options: Any) -> Image.Image:
    return Image.open(io.BytesIO(encoded(picture, kind, **options))).convert("RGB")


@pytest.mark.parametrize("seed", seldom(SEEDS, SEEDS[0]))
@pytest.mark.parametrize("look", LOOKS)
def test_it_works(look: str, seed: int) -> None:
    """Everything of one's own is covered, and little of what others wrote."""
    true = chat(LOOKS[look], seed)
    found = suggest(true.picture)
    check(found, true)


def check(found: Any, true: Chat) -> None:
    own, faces = of(found, "own"), of(found, "avatars")
    assert len(own) == len(true.own)
    for box in true.own:
        (one,) = (found for found in own if covers(found, box))
        assert area(one) < 1.6 * area(box)
    (bar,) = of(found, "status")
    assert covers(bar, true.status) or bar[3] > 0.8 * true.status[3]
    assert bar[3] < 1.3 * true.status[3]
    assert len(faces) == bool(true.faces)
    for box in true.faces:
        assert covers(faces[0], box)
    if faces:
        assert faces[0][2] < 0.16 * true.picture.width


@pytest.mark.parametrize("look", LOOKS)
def test_a_screenshot_that_was_sent_on_is_known_too(look: str) -> None:
    """Smaller, and as JPEG: what a messenger makes of it."""
    true = chat(LOOKS[look])
    share = 720 / true.picture.width
    size = (720, round(true.picture.height * share))
    sent = as_file(true.picture.resize(size, Image.Resampling.LANCZOS), "JPEG", quality=75)
    found = suggest(sent)
    own = of(found, "own")
    assert len(own) == len(true.own)
    for box in true.own:
        smaller = tuple(round(side * share) for side in box)
        assert any(covers(one, smaller) for one in own)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", seldom(SEEDS, SEEDS[0]))
@pytest.mark.parametrize("size", seldom([(1200, 2000), (3000, 4000), (4000, 3000)], (1200, 2000)))
def test_a_photo_gets_no_suggestion(size: tuple[int, int], seed: int) -> None:
    assert suggest(photo(*size, seed=seed)) == []
    assert suggest(as_file(photo(*size, seed=seed), "JPEG", quality=85)) == []


def page() -> Image.Image:
    """A page of a document."""
    picture, chance = Image.new("RGB", (1080, 1900), "white"), random.Random(1)
    draw = ImageDraw.Draw(picture)
    for y in range(120, 1800, 44):
        draw.rectangle((90, y, chance.randrange(600, 990), y + 20), fill="#222222")
    return picture


def settings() -> Image.Image:
    """A screen of cards from side to side."""
    picture = Image.new("RGB", (1080, 2340), "#F2F2F7")
    draw = ImageDraw.Draw(picture)
    for y in range(260, 2200, 190):
        draw.rounded_rectangle((48, y, 1032, y + 150), 30, fill="white")
        draw.text((90, y + 50), "An invented setting", fill="black", font_size=42)
    return picture


OTHERS = {
    "document": page,
    "settings": settings,
    "one colour": lambda: Image.new("RGB", (1080, 2340), "#204060"),
    "a sky": lambda: Image.linear_gradient("L").resize((1080, 2340)).convert("RGB"),
    "wide": lambda: chat(LOOKS["ios"]).picture.resize((2000, 1000)),
    "tiny": lambda: chat(LOOKS["ios"]).picture.resize((90, 200)),
    "a line": lambda: Image.new("RGB", (1, 4_000)),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_no_chat_gets_no_suggestion(what: str) -> None:
    assert suggest(OTHERS[what]()) == []


def test_a_chat_without_own_messages_gets_none_of_them() -> None:
    true = chat(LOOKS["group"])
    for left, top, right, bottom in true.own:
        true.picture.paste(LOOKS["group"].ground, (left - 3, top - 3, right + 3, bottom + 3))
    assert {one.kind for one in suggest(true.picture)} == {"status", "avatars"}


def test_it_takes_no_time() -> None:
    picture = chat(LOOKS["group-dark"]).picture
    start = time.process_time()
    suggest(picture)
    assert time.process_time() - start < 1
