"""The app's icon and the picture while it loads, drawn from a few shapes: a wren, tail up.

Drawn four times as large and made smaller, so that edges are smooth. The same shapes serve the
launcher's round, square and other masks: the bird stays within the middle two thirds.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

Point = tuple[float, float]

GROUND, BIRD, WING = "#0E4750", "#F5F3EF", "#67CCC6"
PAPER = "#F5F3EF"
FINE = 4
"""How much larger it is drawn."""


def _curve(a: Point, b: Point, c: Point, steps: int = 40) -> list[Point]:
    """Points of a quadratic curve from `a` to `c`, drawn towards `b`."""
    found = []
    for step in range(steps + 1):
        t = step / steps
        u = 1 - t
        found.append(
            tuple(u * u * p + 2 * u * t * q + t * t * r for p, q, r in zip(a, b, c, strict=True))
        )
    return found  # type: ignore[return-value]


def wren(
    size: int, *, ground: str | None, share: float = 0.62, night: bool = False
) -> Image.Image:
    """A square picture (`size` px) of the bird, as wide as `share` of it."""
    full = size * FINE
    picture = Image.new("RGBA", (full, full), ground or (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    bird = GROUND if night else BIRD

    def at(points: Sequence[Point]) -> list[Point]:
        """From a square of 100 around (50, 50) to the picture."""
        scale, middle = share * full / 100, full / 2
        return [((x - 50) * scale + middle, (y - 50) * scale + middle) for x, y in points]

    def oval(x: float, y: float, r: float, colour: str) -> None:
        draw.ellipse([*at([(x - r, y - r)])[0], *at([(x + r, y + r)])[0]], fill=colour)

    tail = [(77, 62), (88, 14), (99, 18), (89, 66)]
    draw.polygon(at(tail), fill=bird)
    body = [
        *_curve((14, 42), (18, 12), (42, 22)),
        *_curve((42, 22), (58, 44), (92, 52)),
        *_curve((92, 52), (92, 88), (54, 88)),
        *_curve((54, 88), (12, 86), (14, 42)),
    ]
    draw.polygon(at(body), fill=bird)
    oval(30, 34, 16.5, bird)
    draw.polygon(at([(15, 31), (-3, 27), (14, 39)]), fill=WING)
    wing = [*_curve((46, 50), (70, 44), (90, 60)), *_curve((90, 60), (62, 86), (46, 50))]
    draw.polygon(at(wing), fill=WING)
    oval(27, 32, 3.4, PAPER if night else GROUND)
    for x in (50, 60):
        leg = at([(x, 86), (x - 2, 99)])
        draw.line(leg, fill=bird, width=max(1, int(full * share * 0.025)))
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def icons(out: Path) -> list[Path]:
    """Writes what buildozer.spec names, and the icon of the computer's window."""
    made = {
        "icon.png": wren(512, ground=GROUND),
        # Launchers show the middle two thirds of these two, in a shape of their own.
        "icon_foreground.png": wren(432, ground=None, share=0.42),
        "icon_background.png": Image.new("RGBA", (432, 432), GROUND),
        "presplash.png": wren(512, ground=PAPER, share=0.4, night=True),
    }
    for name, picture in made.items():
        picture.save(out / name, optimize=True)
    return [out / name for name in made]
