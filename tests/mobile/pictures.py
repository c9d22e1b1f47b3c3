"""`python -m tests.mobile.pictures OUTDIR [options]`: every screen of the app as PNG.

Rendered by real GL into a texture, without a window on any display. Options: `--night`,
`--scale 2` (the system's font size), `--language cy`, `--size 320x568`, `--only name,name`.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Set:
    """How the screens are shown."""

    night: bool = False
    scale: float = 1
    language: str = "en"
    width: int = 390
    height: int = 844

    def options(self) -> list[str]:
        """The options that ask for it."""
        found = [f"--scale={self.scale}", f"--language={self.language}"]
        found.append(f"--size={self.width}x{self.height}")
        return [*found, "--night"] if self.night else found


def screens() -> Any:
    """`tests.mobile.screens.screens`, once Kivy was told how to draw."""
    from tests.mobile.screens import screens as all_of_them

    return all_of_them()


def render(out: Path, how: Set, only: Collection[str] = ()) -> list[Path]:
    """Writes the pictures; returns their paths."""
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    os.environ["KIVY_LOG_MODE"] = "PYTHON"  # else a traceback would vanish in Kivy's log
    from mobile.main import configure

    configure()
    from kivy.config import Config

    Config.set("graphics", "width", str(how.width))
    Config.set("graphics", "height", str(how.height))
    from kivy.base import EventLoop
    from kivy.core.window import Window
    from kivy.graphics import Color, Rectangle
    from kivy.metrics import Metrics

    from mobile.language import language
    from mobile.theme import theme

    Metrics.fontscale = how.scale
    language.use(how.language)
    EventLoop.ensure_window()
    theme.night = how.night
    out.mkdir(parents=True, exist_ok=True)

    def take(name: str, make: Callable[[], Any]) -> Path:
        page = make()
        page.size_hint = None, None
        page.size = how.width, how.height
        with page.canvas.before:  # what the window has behind it
            Color(*theme.paper)
            Rectangle(size=page.size)
        Window.add_widget(page)
        for _ in range(6):
            EventLoop.idle()
        path = out / f"{name}.png"
        page.export_to_png(str(path))
        Window.remove_widget(page)
        return path

    return [take(name, make) for name, make in screens() if not only or name in only]


def main() -> None:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(prog="python -m tests.mobile.pictures", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--night", action="store_true")
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--language", default="en")
    parser.add_argument("--size", default="390x844")
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    width, height = map(int, asked.size.split("x"))
    how = Set(asked.night, asked.scale, asked.language, width, height)
    for path in render(asked.out, how, [one for one in asked.only.split(",") if one]):
        print(path)


if __name__ == "__main__":
    main()
