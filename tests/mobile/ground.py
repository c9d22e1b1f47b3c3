"""Puts pictures of widgets on the ground that a window has behind them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image


def on_ground(path: Path, colour: Any) -> None:
    """Puts a picture on the colour that a window has behind its widgets."""
    with Image.open(path) as picture:
        ground = Image.new("RGBA", picture.size, tuple(round(255 * part) for part in colour))
        ground.alpha_composite(picture.convert("RGBA"))
    ground.convert("RGB").save(path)
