"""The app with a marked story typed into it, for tests of what is left of that.

`python -m tests.mobile.typing ADDRESS DATA HOW`: types, says "typed" on standard output, waits
for a line on standard input, and then presses the quick exit. HOW is `replaced` (as the app is
run), `stays` (the process is not replaced) or `kept` (under a PIN; nothing is pressed).
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

from mobile import away
from mobile.main import configure

PIN = "482915"


def marks() -> dict[str, str]:
    """What the user types, put together here so that the program itself doesn't hold it."""
    return {name: f"{name}-{os.environ['MARK']}" for name in ("story", "people", "words", "piece")}


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


def main() -> None:
    address, data, how = sys.argv[1:]
    configure()
    from kivy.clock import Clock

    from mobile.app import WrenApp

    leave = partial(away.replace, Path(data)) if how == "replaced" else None
    app = WrenApp(address, Path(data), away=leave)

    def wait() -> None:
        sys.stdin.readline()
        Clock.schedule_once(lambda _dt: press(), 0)

    def press() -> None:
        app.stage.screen.go_away()
        Clock.schedule_once(lambda _dt: print("left", flush=True), 1)

    def look(_dt: float) -> bool:
        if app.known is None:
            return True
        typed(app, how)
        Clock.schedule_once(lambda _dt: print("typed", flush=True), 1)
        Thread(target=wait, daemon=True).start()
        return False

    Clock.schedule_interval(look, 0.1)
    app.run()


if __name__ == "__main__":
    main()
