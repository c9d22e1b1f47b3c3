"""A picture to draw on: boxes that cover, a crop, and what is suggested.

One finger draws, two move and zoom; a tap takes a box away. Who can't draw taps one corner and
then the other. What is drawn here is only shown: the pixels are replaced in `mobile.redacting`.
"""

from __future__ import annotations

from typing import Any

from kivy.graphics import Color, Line, Rectangle
from kivy.metrics import dp
from kivy.properties import BooleanProperty, ColorProperty, OptionProperty

from mobile.kv import load
from mobile.lens import Rect, inside
from mobile.redacting import Redaction
from mobile.widgets.fingers import Fingers
from mobile.widgets.texture import fill, of_picture

LONGEST = 2_048
"""Pixels of a side of what is handed to the graphics chip: all of them take so many."""
BLACK, DIM, LIGHT = (0, 0, 0, 1), (0, 0, 0, 0.6), (1, 1, 1, 0.75)


class PictureCanvas(Fingers):
    """`tool` is what one finger does. `on_change` comes after each change of the redaction.

    `comparing`: the picture is shown as it was, and can't be drawn on. `begun`: one corner was
    tapped.
    """

    tool = OptionProperty("cover", options=["cover", "crop", "move"])
    comparing = BooleanProperty(False)
    begun = BooleanProperty(False)
    mark = ColorProperty([0, 0, 0, 1])
    ground = ColorProperty([0, 0, 0, 1])
    __events__ = ("on_change",)

    def __init__(self, **kwargs: Any) -> None:
        self.redaction: Redaction | None = None
        self._texture: Any = None
        self._corner = (0.0, 0.0)
        super().__init__(**kwargs)
        for name in ("pos", "size"):
            self.fbind(name, self._placed)
        for name in ("comparing", "tool"):
            self.fbind(name, self._looked)
        for name in ("mark", "ground"):
            self.fbind(name, self._draw)

    def on_change(self) -> None:
        """Something was covered, uncovered or cut."""

    def show(self, redaction: Redaction) -> None:
        """Shows a picture with what is covered in it."""
        self.redaction = redaction
        self._texture = of_picture(redaction.before(LONGEST))
        self._texture.add_reload_observer(self._again)
        self._placed()
        self._looked()

    def _again(self, texture: Any) -> None:
        if self.redaction is not None and not self.redaction.gone:
            fill(texture, self.redaction.before(LONGEST))

    def refresh(self) -> None:
        """Something was done to the redaction elsewhere."""
        self.begun, self._start = False, None
        self._looked()

    def zoom(self, factor: float) -> None:
        """Makes the picture larger or smaller around the middle."""
        self.lens.zoom(factor, self.center_x, self.center_y)
        self._draw()

    def forget(self) -> None:
        """Takes the picture away."""
        self.redaction = self._texture = None
        self.begun = False
        self.let_go()
        self.canvas.clear()

    def _placed(self, *_: Any) -> None:
        self.lens.stand(self.x, self.y, self.width, self.height)
        self._draw()

    @property
    def _whole(self) -> bool:
        """Whether what was cut off is seen as well."""
        return bool(self.comparing or self.tool == "crop")

    def _looked(self, *_: Any) -> None:
        """Another region may be of interest now: shows it whole."""
        if self.redaction is not None:
            size = self.redaction.size
            region: Rect = (0, 0, *size) if self._whole else self.redaction.seen
            if (size, region) != (self.lens.size, self.lens.region):
                self.lens.look_at(size, region)
            self._draw()

    def _changed(self) -> None:
        self.begun, self._start = False, None
        self._looked()
        self.dispatch("on_change")

    # --- fingers ---

    def _bears(self) -> bool:
        return self.redaction is not None

    def _moving(self) -> bool:
        return bool(self.comparing or self.tool == "move")

    def _drew(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        if self.redaction is None:
            return
        self.begun = False
        corners = (*self.lens.to_picture(*start), *self.lens.to_picture(*end))
        if self.tool == "crop":
            if self.redaction.cut(*corners):
                self.tool = "cover"
                self._changed()
        elif self.redaction.cover(*corners):
            self._changed()

    def _tapped(self, at: tuple[float, float]) -> None:
        if self.redaction is None:
            return
        place = self.lens.to_picture(*at)
        if self.begun:
            self._drew(self.lens.to_view(*self._corner), at)
        elif self.tool == "cover" and self.redaction.uncover(*place):
            self._changed()
        elif self._holds(place):
            self._corner, self.begun = place, True

    def _holds(self, place: tuple[float, float]) -> bool:
        left, top, right, bottom = self.lens.region
        return left <= place[0] < right and top <= place[1] < bottom

    # --- what is seen ---

    def _drawn(self) -> None:
        canvas, redaction = self.canvas, self.redaction
        canvas.clear()
        if redaction is None or self._texture is None:
            return
        with canvas:
            Color(*self.ground)
            Rectangle(pos=self.pos, size=self.size)
            whole: Rect = (0, 0, *redaction.size)
            self._picture(whole if self._whole else redaction.seen)
            if not self.comparing:
                self._covers(redaction)
                self._open()

    def _picture(self, region: Rect) -> None:
        shown = inside(region, self.lens.seen())
        if shown is None:
            return
        texture, (wide, high) = self._texture, self.lens.size
        (first, low), (across, up) = texture.uvpos, texture.uvsize
        left, right = (first + across * x / wide for x in shown[::2])
        top, bottom = (low + up * (1 - y / high) for y in shown[1::2])
        Color(1, 1, 1, 1)
        Rectangle(
            texture=texture,
            tex_coords=(left, bottom, right, bottom, right, top, left, top),
            **self._place(shown),
        )

    def _covers(self, redaction: Redaction) -> None:
        region = self.lens.region
        for box in redaction.boxes:
            self._box(inside(box, region), BLACK, LIGHT)
        if self.tool == "crop":
            left, top, right, bottom = redaction.seen
            wide, high = redaction.size
            for part in (
                (0, 0, wide, top), (0, bottom, wide, high),
                (0, top, left, bottom), (right, top, wide, bottom),
            ):  # fmt: skip
                self._box(part, DIM)
        elif redaction.suggested:
            self._box(inside(redaction.suggested[0].box, region), (*self.mark[:3], 0.4), self.mark)

    def _open(self) -> None:
        """What is being drawn: the finger is still down, or one corner was tapped."""
        if self._start is not None:
            first, second = self.lens.to_picture(*self._start), self.lens.to_picture(*self._end)
            box = (
                min(first[0], second[0]), min(first[1], second[1]),
                max(first[0], second[0]), max(first[1], second[1]),
            )  # fmt: skip
            fill = (0, 0, 0, 0) if self.tool == "crop" else DIM
            self._box(inside(box, self.lens.region), fill, self.mark)
        elif self.begun:
            x, y = self.lens.to_view(*self._corner)
            reach = dp(12)
            for colour, width in ((LIGHT, dp(3)), (self.mark, dp(1.5))):
                Color(*colour)
                Line(points=(x - reach, y, x + reach, y), width=width)
                Line(points=(x, y - reach, x, y + reach), width=width)

    def _box(self, box: Rect | None, fill: Any, edge: Any = None) -> None:
        shown = None if box is None else inside(box, self.lens.seen())
        if shown is None:
            return
        place = self._place(shown)
        Color(*fill)
        Rectangle(**place)
        if edge is not None:
            Color(*edge)
            Line(rectangle=(*place["pos"], *place["size"]), width=dp(1))

    def _place(self, box: Rect) -> dict[str, tuple[float, float]]:
        left, top = self.lens.to_view(box[0], box[1])
        right, bottom = self.lens.to_view(box[2], box[3])
        return {"pos": (left, bottom), "size": (right - left, top - bottom)}


load(__file__)
