"""One picture of many screens, side by side under their names, to look them over at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

GAP, LINE = 12, 20
GROUND, INK = "#C9CED0", "#17262D"


def sheet(paths: Sequence[Path], out: Path, *, across: int = 10, share: float = 0.5) -> Path:
    """Writes the sheet of these pictures, each made smaller by `share`; returns `out`."""
    with Image.open(paths[0]) as first:
        wide, high = (round(side * share) for side in first.size)
    rows = -(-len(paths) // across)
    size = (across * (wide + GAP) + GAP, rows * (high + LINE + GAP) + GAP)
    found = Image.new("RGB", size, GROUND)
    draw, font = ImageDraw.Draw(found), ImageFont.load_default(13)
    for at, path in enumerate(paths):
        left = GAP + at % across * (wide + GAP)
        top = GAP + at // across * (high + LINE + GAP)
        draw.text((left, top), path.stem, fill=INK, font=font)
        with Image.open(path) as picture:
            small = picture.convert("RGB").resize((wide, high), Image.Resampling.LANCZOS)
        found.paste(small, (left, top + LINE))
    found.quantize(64, dither=Image.Dither.NONE).save(out, optimize=True)
    return out
