"""Where a picture stands in a view: from places in the one to places in the other. No Kivy here.

Places in the picture are in its own pixels, from its upper left corner down; places in the view
are in those of the screen, from its lower left corner up, as Kivy has them.
"""

from __future__ import annotations

Rect = tuple[float, float, float, float]
"""Left, top, right, bottom in the picture; left, bottom, right, top in the view."""

CLOSEST = 6.0
"""Pixels of the screen for one of the picture, at most."""


class Lens:
    """`scale` is how many pixels of the screen one of the picture takes."""

    def __init__(self) -> None:
        self.size: tuple[int, int] = (1, 1)
        self.view: Rect = (0, 0, 1, 1)
        self.region: Rect = (0, 0, 1, 1)
        self.scale = 1.0
        self._x, self._y = 0.5, 0.5  # the place of the picture in the middle of the view

    def look_at(self, size: tuple[int, int], region: Rect | None = None) -> None:
        """Shows a picture of this size, or a region of it, whole and as large as it fits."""
        self.size = size
        self.region = region or (0, 0, *size)
        self.scale = self._whole()
        self._keep()

    def stand(self, left: float, bottom: float, width: float, height: float) -> None:
        """The view got another place or size; what was seen whole is seen whole again."""
        whole = self.scale <= self._whole() * 1.001
        self.view = (left, bottom, left + max(1, width), bottom + max(1, height))
        self.scale = self._whole() if whole else self.scale
        self._keep()

    @property
    def moves(self) -> bool:
        """Whether more of the picture is there than is seen."""
        return self.scale > self._whole() * 1.001

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """The place of the picture that stands at this place of the view."""
        left, bottom, right, top = self.view
        return (
            self._x + (x - (left + right) / 2) / self.scale,
            self._y - (y - (bottom + top) / 2) / self.scale,
        )

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the picture stands."""
        left, bottom, right, top = self.view
        return (
            (left + right) / 2 + (x - self._x) * self.scale,
            (bottom + top) / 2 - (y - self._y) * self.scale,
        )

    def seen(self) -> Rect:
        """What of the picture's plane is in the view; it may reach over its edges."""
        left, bottom, right, top = self.view
        return (*self.to_picture(left, top), *self.to_picture(right, bottom))

    def zoom(self, factor: float, x: float, y: float) -> None:
        """Makes it larger or smaller; the place at `x`, `y` of the view stays there."""
        before = self.to_picture(x, y)
        least = self._whole()
        self.scale = min(max(self.scale * factor, least), max(CLOSEST, least))
        after = self.to_picture(x, y)
        self._x += before[0] - after[0]
        self._y += before[1] - after[1]
        self._keep()

    def move(self, right: float, up: float) -> None:
        """Moves the picture by so many pixels of the screen, as far as there is more of it."""
        self._x -= right / self.scale
        self._y += up / self.scale
        self._keep()

    def _whole(self) -> float:
        left, bottom, right, top = self.view
        wide, high = self.region[2] - self.region[0], self.region[3] - self.region[1]
        return min((right - left) / max(1, wide), (top - bottom) / max(1, high))

    def _keep(self) -> None:
        """Leaves no empty room at one side while there is more of the picture at the other."""
        left, bottom, right, top = self.view
        self._x = _kept(self._x, self.region[0], self.region[2], (right - left) / self.scale)
        self._y = _kept(self._y, self.region[1], self.region[3], (top - bottom) / self.scale)


def _kept(at: float, first: float, last: float, room: float) -> float:
    if room >= last - first:
        return (first + last) / 2
    return min(max(at, first + room / 2), last - room / 2)


def inside(one: Rect, other: Rect) -> Rect | None:
    """What two rectangles have in common (each: two lower, then two higher numbers)."""
    found = (
        max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3]),
    )  # fmt: skip
    return found if found[0] < found[2] and found[1] < found[3] else None
