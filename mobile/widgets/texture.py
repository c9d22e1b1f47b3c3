"""A picture for the graphics chip, handed over as pixels: no other decoder sees the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kivy.graphics.texture import Texture

if TYPE_CHECKING:
    from PIL import Image


def of_picture(picture: Image.Image) -> Any:
    """A texture of an RGB picture, upright."""
    texture = Texture.create(size=picture.size, colorfmt="rgb")
    texture.flip_vertical()  # its first row is the upper one
    texture.mag_filter = texture.min_filter = "linear"
    fill(texture, picture)
    return texture


def fill(texture: Any, picture: Image.Image) -> None:
    """Hands the pixels over; again, where Android took the chip away meanwhile."""
    texture.blit_buffer(picture.tobytes(), colorfmt="rgb", bufferfmt="ubyte")
