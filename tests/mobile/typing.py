"""The app with a marked story typed into it, for tests of what is left of that.

`python -m tests.mobile.typing ADDRESS DATA HOW`: types, says "typed" on standard output, waits
for a line on standard input, and then presses the quick exit. HOW is `replaced` (as the app is
run), `stays` (the process is not replaced), `kept` (under a PIN; nothing is pressed) or `hidden`:
a picture is open then, all of which is covered and used at the first line ("hidden" is said),
before the second presses the quick exit of a process that stays.
"""

from __future__ import annotations

import io
import os
import sys
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

from mobile import away
from mobile.main import configure

configure()
from kivy.clock import Clock  # noqa: E402 - configured before

PIN = "482915"


def marks() -> dict[str, str]:
    """What the user types, put together here so that the program itself doesn't hold it."""
    names = ("story", "people", "words", "piece", "pixel")
    return {name: f"{name}-{os.environ['MARK']}" for name in names}


def add_pieces(app: Any, mark: str) -> None:
    """Adds a picture with this mark in its pixels, and a text with it."""
    from PIL import Image

    from shared import pictures
    from shared.evidence import MESSAGES, PICTURE

    row = mark.encode().ljust(3 * 90, b"\xff")
    png = pictures.save(Image.frombytes("RGB", (90, 60), row * 60))
    pieces = app.reporting.pieces
    pieces.add(png, "picture", "image/png", "png", PICTURE, f"{mark}.png")
    pieces.add(mark.encode() * 40, "text", "text/plain", "txt", MESSAGES)


def typed(app: Any, how: str) -> None:
    """Fills the report's fields as a keyboard would."""
    app.report()
    page, said = app.stage.screen, marks()
    for step, field in ((2, "story"), (3, "people")):
        page.step = step
        box = next(one for one in page.part(step).fields() if one.name == field).ids.box
        box.text = said[field] + " An invented story. " * 20
    add_pieces(app, said["piece"])
    if how == "kept":
        app.keeping.use(app.keeping.create(PIN, 10))
        case = {"words": said["words"], "reference": "EEA-0000000000", "organisation": "x"}
        app.store.put("case", "c1", case)
        app.leaving.keep()


def original(mark: str) -> bytes:
    """A picture as somebody picks it: the mark is in every row of its pixels, and not packed."""
    from PIL import Image

    row = mark.encode().ljust(300 * 3, b"\xf3")
    found = io.BytesIO()
    Image.frombytes("RGB", (300, 500), row * 500).save(found, "PNG", compress_level=0)
    return found.getvalue()


class Hiding:
    """A picture is opened as if it was picked, and then all of it is covered and used."""

    def __init__(self, app: Any) -> None:
        from mobile.screens.redact import Redact

        self.app, self.page = app, Redact
        app.redacting.open(original(marks()["pixel"]), self.made)

    def opened(self) -> bool:
        page = self.app.stage.screen
        return isinstance(page, self.page) and page.ids.picture.redaction is not None

    def cover(self) -> None:
        page = self.app.stage.screen
        page.ids.picture.redaction.cover(0, 0, 300, 500)
        page.done()
        Clock.schedule_once(lambda _dt: self.app.stage.screen.use(), 0.5)

    def made(self, png: bytes) -> None:
        from shared.evidence import PICTURE

        self.app.reporting.pieces.add(png, "picture", "image/png", "png", PICTURE, "a.png")
        Clock.schedule_once(lambda _dt: print("hidden", flush=True), 1)


def main() -> None:
    address, data, how = sys.argv[1:]
    from mobile.app import WrenApp

    leave = partial(away.replace, Path(data)) if how == "replaced" else None
    app = WrenApp(address, Path(data), away=leave)
    hiding: list[Hiding] = []

    def wait() -> None:
        if how == "hidden":
            sys.stdin.readline()
            Clock.schedule_once(lambda _dt: hiding[0].cover(), 0)
        sys.stdin.readline()
        Clock.schedule_once(lambda _dt: press(), 0)

    def press() -> None:
        app.stage.screen.go_away()
        Clock.schedule_once(lambda _dt: print("left", flush=True), 1)

    def ready() -> None:
        Clock.schedule_once(lambda _dt: print("typed", flush=True), 1)
        Thread(target=wait, daemon=True).start()

    def look(_dt: float) -> bool:
        if app.known is None:
            return True
        typed(app, how)
        if how != "hidden":
            ready()
            return False
        hiding.append(Hiding(app))
        Clock.schedule_interval(open_yet, 0.1)
        return False

    def open_yet(_dt: float) -> bool:
        if not hiding[0].opened():
            return True
        ready()
        return False

    Clock.schedule_interval(look, 0.1)
    app.run()


if __name__ == "__main__":
    main()
