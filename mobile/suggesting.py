"""What to cover in a screenshot of a chat: the status bar, one's own messages, the faces.

Guesses from pixels, by Pillow alone and on this device: nothing is read, and nobody has to follow
them. They are for a phone's upright screen; a photo, or anything else without the flat colours of
one, gets none. Looked at is a copy of 180 pixels across, so that one of its pixels is about two
of Android's dp (a phone is about 360 of them across). No Kivy here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

from mobile.redacting import Suggestion

if TYPE_CHECKING:
    from PIL import Image

ACROSS = 180
UPRIGHT = (1.45, 2.6)
"""Height over width of a phone's screen."""
FLAT = 0.35
"""Share of neighbours of exactly one colour: a screen has much more, a camera's noise less."""
NEAR = 11
"""How far two values of a channel may be apart and still be one colour: JPEG blurs."""
BODY = (0.085, 0.935)
"""Between which shares of the height messages stand: under the chat's name, over the box."""
LEAST_HIGH, LEAST_WIDE, MOST_WIDE = 6, 25, 158
"""Of a bubble, in pixels of the copy; without its round corners."""
ROUND, GAP = 7, 2
"""How far round corners reach, and how many rows in between may be unclear."""
RIGHT, LEFT, FACES = (2, 26), (2, 14), (20, 42)
"""How far from the edge messages begin: one's own, those of others, and those with pictures of
people beside them."""
FACE = 16
"""About how high the picture of a person is."""

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class _Bubble:
    """A flat ground that ends at one side of the screen; in pixels of the copy."""

    left: int
    top: int
    right: int
    bottom: int
    colour: Colour


class _Small:
    """The copy: rows of colours, which may be mirrored."""

    def __init__(self, picture: Image.Image) -> None:
        data = picture.tobytes()
        self.width, self.height = picture.size
        step = 3 * self.width
        self.rows: list[list[Colour]] = [
            [(data[at], data[at + 1], data[at + 2]) for at in range(y * step, y * step + step, 3)]
            for y in range(self.height)
        ]

    def mirrored(self) -> list[list[Colour]]:
        return [row[::-1] for row in self.rows]


def suggest(picture: Image.Image) -> list[Suggestion]:
    """What may be covered, from the top: status bar, faces, own messages. Often nothing."""
    if not _is_screen(picture):
        return []
    from PIL import Image

    scale = picture.width / ACROSS
    size = (ACROSS, max(1, round(picture.height / scale)))
    small = _Small(picture.resize(size, Image.Resampling.BOX).convert("RGB"))
    found: list[Suggestion] = []

    def add(kind: str, left: float, top: float, right: float, bottom: float) -> None:
        box = (
            max(0, floor(left * scale)), max(0, floor(top * scale)),
            min(picture.width, ceil(right * scale)), min(picture.height, ceil(bottom * scale)),
        )  # fmt: skip
        found.append(Suggestion(kind, box))

    own, mirrored = _own(small), small.mirrored()
    beside = _bubbles(mirrored, FACES)
    if not (own or beside or _bubbles(mirrored, LEFT)):  # no chat
        return []
    bar = _status_bar(small)
    if bar:
        add("status", 0, 0, ACROSS, bar)
    faces = _faces(small, beside)
    if faces is not None:
        add("avatars", *faces)
    for one in own:
        add("own", one.left - 2, one.top - 1, one.right + 3, one.bottom + 1)
    return found


def _is_screen(picture: Image.Image) -> bool:
    """Upright as a phone, and of flat colours."""
    from PIL import ImageChops

    if not UPRIGHT[0] <= picture.height / picture.width <= UPRIGHT[1] or picture.width < ACROSS:
        return False
    same = total = 0
    for share in (0.2, 0.4, 0.6, 0.8):  # some rows tell enough
        top = int(picture.height * share)
        rows = picture.crop((0, top, picture.width, min(picture.height, top + 24)))
        moved = ImageChops.difference(
            rows.crop((1, 1, rows.width, rows.height)),
            rows.crop((0, 0, rows.width - 1, rows.height - 1)),
        )
        red, green, blue = moved.split()
        most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
        same += most.histogram()[0]
        total += most.width * most.height
    return same >= FLAT * total


def _alike(one: Colour, other: Colour) -> bool:
    return (
        abs(one[0] - other[0]) <= NEAR
        and abs(one[1] - other[1]) <= NEAR
        and abs(one[2] - other[2]) <= NEAR
    )


# --- bubbles ---


def _own(small: _Small) -> list[_Bubble]:
    """Messages on the right, all of one colour: that which most of them have."""
    found = _bubbles(small.rows, RIGHT)
    if not found:
        return []
    most = max(found, key=lambda one: sum(_alike(one.colour, other.colour) for other in found))
    return [one for one in found if _alike(one.colour, most.colour)]


def _bubbles(rows: Sequence[Sequence[Colour]], edge: tuple[int, int]) -> list[_Bubble]:
    """Grounds that end so many pixels (`edge`) before the right end of the rows."""
    top, bottom = (round(len(rows) * share) for share in BODY)
    found: list[_Bubble] = []
    begun: list[tuple[int, int, Colour]] = []  # row, where its ground ends, its colour
    for y in range(top, bottom + 1):
        now = _edge(rows[y], edge) if y < bottom else None
        if now is None and begun and y < bottom and y - begun[-1][0] <= GAP:
            continue
        if begun and (now is None or not _goes_on(begun[-1], now)):
            found.extend(_bubble(rows, begun))
            begun = []
        if now is not None:
            begun.append((y, *now))
    return found


def _goes_on(before: tuple[int, int, Colour], now: tuple[int, Colour]) -> bool:
    return abs(before[1] - now[0]) <= 1 and _alike(before[2], now[1])


def _edge(row: Sequence[Colour], edge: tuple[int, int]) -> tuple[int, Colour] | None:
    """Where, from the right, the first ground of three equal pixels begins after another."""
    outside = row[-1]
    for x in range(len(row) - edge[0], len(row) - edge[1] - 1, -1):
        colour = row[x - 1]
        if _alike(colour, outside) or _alike(colour, row[x]):
            continue
        if _alike(row[x - 2], colour) and _alike(row[x - 3], colour):
            return x, row[x - 3]  # not of its soft edge
    return None


def _bubble(
    rows: Sequence[Sequence[Colour]], begun: Sequence[tuple[int, int, Colour]]
) -> Iterator[_Bubble]:
    """One of the rows that go together, if it is as high and wide as a message."""
    if len(begun) < LEAST_HIGH:
        return
    colour = begun[len(begun) // 2][2]
    right = max(x for _, x, _ in begun)
    reach = []
    for y, x, _ in begun:
        left = x - 1
        while left > 0 and _alike(rows[y][left - 1], colour):
            left -= 1
        reach.append(left)
    left = min(reach)
    # Padding over and under the words: some rows are of its colour from end to end.
    whole = sum(one <= left + 6 for one in reach)
    if LEAST_WIDE <= right - left <= MOST_WIDE and left > 2 and whole >= 3:
        top, bottom = begun[0][0], begun[-1][0]
        for _ in range(ROUND):
            top -= top > 0 and _is_ground(rows[top - 1][left:right], colour)
            bottom += bottom + 1 < len(rows) and _is_ground(rows[bottom + 1][left:right], colour)
        yield _Bubble(left, top, right, bottom + 1, colour)


def _is_ground(row: Sequence[Colour], colour: Colour) -> bool:
    return sum(_alike(one, colour) for one in row) >= len(row) / 3


# --- the rest ---


def _status_bar(small: _Small) -> int:
    """Its height: the first line of small signs, with some at the left and at the right."""
    ground, inked = small.rows[0][ACROSS // 2], []
    for y in range(round(small.height * 0.085)):
        row = small.rows[y]
        marks = [x for x in range(4, ACROSS - 4) if not _alike(row[x], ground)]
        sides = any(x < 65 for x in marks), any(x > 115 for x in marks)
        inked.append((len(marks), *sides))
    start = next((y for y, (count, *_) in enumerate(inked) if count), None)
    if start is None:
        return 0
    end = start
    while end < len(inked) and inked[end][0]:
        end += 1
    high = end - start
    if not 3 <= high <= 16 or end == len(inked):
        return 0
    both = any(left for _, left, _ in inked[start:end]), any(r for *_, r in inked[start:end])
    least = max(count for count, *_ in inked[start:end])
    if not all(both) or least > 110:
        return 0
    free = next((y for y in range(end, len(inked)) if inked[y][0]), len(inked)) - end
    return end + min(free, max(2, start))


def _faces(small: _Small, beside: Sequence[_Bubble]) -> tuple[int, int, int, int] | None:
    """The column left of others' messages, if something other than the ground stands in it.

    `beside` are those messages, mirrored.
    """
    if not beside:
        return None
    edge = min(ACROSS - one.right for one in beside)
    if not any(_is_marked(small, one, edge) for one in beside):
        return None
    top, bottom = min(one.top for one in beside), max(one.bottom for one in beside)
    return 0, top - FACE // 2, edge - 1, bottom + FACE // 2


def _is_marked(small: _Small, one: _Bubble, edge: int) -> bool:
    """Whether there is a picture beside the upper or the lower end of a message."""
    shares = []
    for first in (one.top, max(0, one.bottom - FACE)):
        rows = small.rows[first : first + FACE]
        marks = sum(not _alike(row[x], row[0]) for row in rows for x in range(2, edge - 1))
        shares.append(marks / max(1, len(rows) * (edge - 3)))
    return max(shares) >= 0.25
