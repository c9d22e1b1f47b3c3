"""The app: time to the first frame, and how a long thread scrolls.

Each run is a process of its own, without a window on any display (SDL's offscreen driver),
ours and the reference in turns; `python -m tests.bench.app KIND` is one such run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from typing import Any

from tests.bench.row import Row, compare, table

MESSAGES = 5_000
FRAME = 16.0
"""Milliseconds: what a frame may take at 60 a second."""


def open_window() -> Any:
    """A window with the app's own settings, for ours and for the reference."""
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    from mobile.main import configure

    configure()
    from kivy.config import Config

    Config.set("graphics", "maxfps", "0")
    Config.set("graphics", "vsync", "0")
    from kivy.core.window import Window

    return Window


def _tell(figure: float) -> None:
    print(figure, flush=True)
    os._exit(0)


def empty(start: float) -> None:
    """An empty Kivy window: seconds to its first frame."""
    window = open_window()
    from kivy.app import App
    from kivy.uix.widget import Widget

    class Empty(App):
        def build(self) -> Any:
            return Widget()

    window.bind(on_flip=lambda *_: _tell(time.perf_counter() - start))
    Empty().run()


def ours(start: float) -> None:
    """The app with its first screen: seconds to its first frame."""
    window = open_window()
    from mobile.app import WrenApp

    app = WrenApp("http://127.0.0.1:9/o/eeast")
    window.bind(on_flip=lambda *_: _tell(time.perf_counter() - start))
    app.run()


def scroll(_start: float) -> None:
    """A thread of 5,000 messages, all of it loaded: median milliseconds a frame."""
    window = open_window()
    from kivy.base import EventLoop
    from kivy.graphics.opengl import glFinish

    from mobile.screens.conversation import Conversation
    from tests.mobile.samples import long_thread, view

    EventLoop.ensure_window()
    page = Conversation()
    page._shown = MESSAGES
    window.add_widget(page)
    for _ in range(5):
        EventLoop.idle()
    page.show(view(long_thread(MESSAGES)))
    thread = page.ids.thread
    for _ in range(10):
        EventLoop.idle()
    rows = len(thread.data)
    if rows < MESSAGES:
        raise RuntimeError(f"only {rows} rows")
    step, frames = 60 / (thread.content_height() - thread.height), []
    for at in range(240):
        before = time.perf_counter()
        thread.scroll_y = min(1, step * at)  # 60 px a frame: a fast flick
        EventLoop.idle()
        glFinish()
        frames.append((time.perf_counter() - before) * 1000)
    _tell(statistics.median(frames[20:]))


def run(module: str, kind: str) -> str:
    """The last line that a process of its own prints: `python -m MODULE KIND`."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("KIVY_")}
    found = subprocess.run(
        [sys.executable, "-m", module, kind],
        capture_output=True,
        text=True,
        check=True,
        env={**environ, "SDL_VIDEODRIVER": "offscreen"},
        timeout=300,
    )
    return found.stdout.splitlines()[-1]


def _run(kind: str) -> float:
    return float(run("tests.bench.app", kind))


def first_frame() -> Row:
    """Time to the first frame of the app against that of an empty Kivy window."""
    for kind in ("empty", "ours"):  # once for the disk's cache
        _run(kind)
    return compare(
        "app: first frame, against an empty Kivy window",
        "s",
        ("at most", 1.5),
        lambda: _run("ours"),
        lambda: _run("empty"),
    )


def scroll_frame() -> Row:
    """A frame while a thread of 5,000 messages scrolls, against the 16 ms of 60 a second."""
    return compare(
        f"app: a frame while {MESSAGES:,} messages scroll, against 16 ms",
        "ms",
        ("at most", 1.0),
        lambda: _run("scroll"),
        lambda: FRAME,
        rounds=5,
    )


def rows() -> list[dict[str, Any]]:
    """All rows of the app, as they stand in var/bench.json.

    Raises `subprocess.SubprocessError` where there is no Kivy or no GL.
    """
    from tests.bench import app_screens, app_sending, pointing, redacting, whatsapp

    own = [first_frame(), scroll_frame(), app_screens.slowest_change(), app_screens.newest_page()]
    others = app_sending.rows() + pointing.rows() + redacting.rows() + whatsapp.rows()
    return [one.as_json() for one in own] + others


if __name__ == "__main__":
    _started = time.perf_counter()
    _kinds = {"empty": empty, "ours": ours, "scroll": scroll}
    if len(sys.argv) > 1:
        _kinds[sys.argv[1]](_started)
    else:
        print(table([first_frame(), scroll_frame()]))
