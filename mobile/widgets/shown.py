"""A picture that is only looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kivy.properties import ListProperty, NumericProperty, ObjectProperty
from kivy.uix.widget import Widget

from mobile.kv import load
from mobile.widgets.texture import fill, of_picture

if TYPE_CHECKING:
    from PIL import Image


class Shown(Widget):
    """As wide as there is room and at most `most` (px) high; without a picture it takes none."""

    texture = ObjectProperty(None, allownone=True)
    proportions = ListProperty([1, 1])
    most = NumericProperty(400)
    fit = ListProperty([1, 1])

    _picture: Image.Image | None = None

    def show(self, picture: Image.Image) -> None:
        """Shows a picture in RGB."""
        self._picture, self.proportions = picture, list(picture.size)
        self.texture = of_picture(picture)
        self.texture.add_reload_observer(self._again)

    def _again(self, texture: Any) -> None:
        if self._picture is not None:
            fill(texture, self._picture)

    def forget(self) -> None:
        """Takes it away, and overwrites its pixels."""
        picture, self._picture, self.texture = self._picture, None, None
        if picture is not None:
            picture.paste((0, 0, 0), (0, 0, *picture.size))

    def fitting(self, width: float, most: float, proportions: Any) -> tuple[float, float]:
        """The size (px) at which a picture fits."""
        share = min(width / proportions[0], most / proportions[1])
        return proportions[0] * share, proportions[1] * share


load(__file__)
