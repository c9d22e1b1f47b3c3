"""A picture in which things are hidden: boxes, a crop, and a way back. No Kivy here.

All is in pixels of the picture as it was opened, upright, from its upper left corner; nothing is
changed in it before `result`, which makes another picture whose pixels are replaced
(`shared.pictures`). The picture is in memory alone, and is overwritten when it is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import ceil, floor
from typing import TYPE_CHECKING

from shared import pictures

if TYPE_CHECKING:
    from PIL import Image

Box = tuple[int, int, int, int]
"""Left, top, right, bottom: the pixels from the first of each to before the second."""

_DUST = 1e-6
"""Of a pixel: what sums of fractions are off by."""
MOST_STEPS = 200
"""Steps that can be taken back."""
KINDS = ("status", "avatars", "own")
"""What is suggested: the status bar, the pictures beside messages, messages on the right."""


@dataclass(frozen=True)
class Suggestion:
    """Something that may show who took the picture, of one of KINDS."""

    kind: str
    box: Box


@dataclass(frozen=True)
class _State:
    boxes: tuple[Box, ...] = ()
    crop: Box | None = None
    suggested: tuple[Suggestion, ...] = field(default=())


class Redaction:
    """Holds the picture until `result` or `forget`; after that it has no pixels (`gone`)."""

    def __init__(self, picture: Image.Image, suggested: tuple[Suggestion, ...] = ()) -> None:
        self._picture: Image.Image | None = picture
        self.size: tuple[int, int] = picture.size
        self._states = [_State(suggested=suggested)]

    @classmethod
    def open(cls, data: bytes) -> Redaction:
        """Of a file's bytes, with what is suggested for it. Raises `shared.errors.Refused`."""
        from mobile.suggesting import suggest

        picture = pictures.open_picture(data)
        return cls(picture, tuple(suggest(picture)))

    @property
    def gone(self) -> bool:
        """Whether the picture was dropped."""
        return self._picture is None

    # --- what stands now ---

    @property
    def boxes(self) -> tuple[Box, ...]:
        """What is covered, in the order in which it was."""
        return self._states[-1].boxes

    @property
    def crop(self) -> Box | None:
        """What is left of the picture, or None: all of it."""
        return self._states[-1].crop

    @property
    def seen(self) -> Box:
        """What is left of the picture."""
        return self.crop or (0, 0, *self.size)

    @property
    def suggested(self) -> tuple[Suggestion, ...]:
        """What nobody said yes or no to yet, of what is left; the first is asked about next."""
        return tuple(one for one in self._states[-1].suggested if _common(one.box, self.seen))

    # --- what is done to it ---

    def cover(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Covers all pixels that this rectangle touches; false where it touches none that is
        left of the picture."""
        box = self._whole(left, top, right, bottom)
        box = None if box is None else _common(box, self.seen)
        if box is None:
            return False
        self._next(boxes=(*self.boxes, box))
        return True

    def uncover(self, x: float, y: float) -> bool:
        """Takes the newest box away that this place is in; false where there is none."""
        for at in reversed(range(len(self.boxes))):
            left, top, right, bottom = self.boxes[at]
            if left <= x < right and top <= y < bottom:
                self._next(boxes=self.boxes[:at] + self.boxes[at + 1 :])
                return True
        return False

    def cut(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Leaves only what is in this rectangle of the whole picture; false where that is
        nothing. Another one takes the place of the one before."""
        box = self._whole(left, top, right, bottom)
        if box is None:
            return False
        self._next(crop=None if box == (0, 0, *self.size) else box)
        return True

    def accept(self, *, all_alike: bool = False) -> None:
        """Covers what is suggested next, or all that is suggested of its kind."""
        taken = self._asked(all_alike)
        boxes = tuple(one.box for one in taken)
        self._next(boxes=(*self.boxes, *boxes), suggested=self._without(taken))

    def decline(self, *, all_alike: bool = False) -> None:
        """Leaves what is suggested next as it is, or all of its kind."""
        self._next(suggested=self._without(self._asked(all_alike)))

    def undo(self) -> bool:
        """Takes the last step back, whatever it was; false at the beginning."""
        if len(self._states) == 1:
            return False
        self._states.pop()
        return True

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return len(self._states) > 1

    def _asked(self, all_alike: bool) -> tuple[Suggestion, ...]:
        first = self.suggested[:1]
        if not (all_alike and first):
            return first
        return tuple(one for one in self.suggested if one.kind == first[0].kind)

    def _without(self, taken: tuple[Suggestion, ...]) -> tuple[Suggestion, ...]:
        return tuple(one for one in self._states[-1].suggested if one not in taken)

    def _next(self, **changes: object) -> None:
        self._states.append(replace(self._states[-1], **changes))  # type: ignore[arg-type]
        if len(self._states) > MOST_STEPS:
            del self._states[0]

    def _whole(self, left: float, top: float, right: float, bottom: float) -> Box | None:
        left, right = sorted((left, right))
        top, bottom = sorted((top, bottom))
        box = (
            max(0, floor(left + _DUST)), max(0, floor(top + _DUST)),
            min(self.size[0], ceil(right - _DUST)), min(self.size[1], ceil(bottom - _DUST)),
        )  # fmt: skip
        return box if box[0] < box[2] and box[1] < box[3] else None

    # --- pictures of it ---

    def before(self, longest: int) -> Image.Image:
        """The whole picture as it was, made smaller if its longer side is more than this."""
        return _smaller(self._held(), longest)

    def after(self, longest: int) -> Image.Image:
        """What `result` would be, made smaller like that."""
        return _smaller(self._replaced(), longest)

    def result(self) -> bytes:
        """A PNG without what was covered or cut off; then the picture is dropped.

        The pixels are replaced: nothing lies under a box. Raises `LookupError` if it is gone.
        """
        made = pictures.save(self._replaced())
        self.forget()
        return made

    def _replaced(self) -> Image.Image:
        covered = pictures.black_out(self._held(), self.boxes)
        return covered if self.crop is None else pictures.crop(covered, self.crop)

    def _held(self) -> Image.Image:
        if self._picture is None:
            raise LookupError("the picture is gone")
        return self._picture

    def forget(self) -> None:
        """Drops the picture and all steps; its pixels are overwritten first."""
        picture, self._picture = self._picture, None
        self._states = [_State()]
        if picture is not None:
            picture.paste((0, 0, 0), (0, 0, *picture.size))


def _common(one: Box, other: Box) -> Box | None:
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[2], other[2]), min(one[3], other[3])
    return (left, top, right, bottom) if left < right and top < bottom else None


def _smaller(picture: Image.Image, longest: int) -> Image.Image:
    """A copy of at most so many pixels a side; exact shares are averaged."""
    from PIL import Image

    most = max(picture.size)
    if most <= longest:
        return picture.copy()
    width, height = (max(1, round(side * longest / most)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.BOX, reducing_gap=2.0)
