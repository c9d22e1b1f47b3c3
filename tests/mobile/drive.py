"""Uses the app in a real window like somebody with a mouse and a keyboard would (xdotool).

`python -m tests.mobile.drive PICTURES` with the served demo's own line of JSON on standard
input. Prints one line of JSON at the end: what was seen, and the longest time between frames.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mobile.main  # tells Kivy to be quiet before it is imported
from tests.mobile.ground import on_ground

os.environ["KIVY_LOG_MODE"] = "PYTHON"  # else a traceback would vanish in Kivy's log

PIN = "482915"
PATIENCE = 60.0
"""Seconds to wait for anything to appear."""


def shown(root: Any) -> Iterator[Any]:
    """The widgets that are not hidden."""
    if root.opacity:
        yield root
        for child in root.children:
            yield from shown(child)


class Driver:
    """Walks through the app, one step at a time, between its frames."""

    def __init__(self, app: Any, window: Any, pictures: Path, told: dict[str, Any]) -> None:
        self.app, self.window, self.pictures, self.told = app, window, pictures, told
        self.seen: list[str] = []
        self.gap, self.last = 0.0, 0.0
        self.way = self.walk()
        self.until: tuple[Callable[[], bool], float, str] | None = None
        self.names: list[str] = []
        self.reference = ""

    @property
    def screen(self) -> Any:
        return self.app.stage.screen

    def frame(self, _dt: float) -> None:
        """Called on every frame: goes on once what is waited for is there."""
        now = time.monotonic()
        self.gap, self.last = max(self.gap, now - (self.last or now)), now
        if self.until is not None:
            ready, end, what = self.until
            if not ready():
                if now > end:
                    self.picture("trouble")
                    raise TimeoutError(f"{what} did not appear; seen: {self.seen}")
                return
        found = next(self.way, None)
        if found is None:
            self.app.stop()
        else:
            self.until = (found[0], now + PATIENCE, found[1])

    def has(self, text: str) -> bool:
        return any(text in (getattr(w, "text", None) or "") for w in shown(self.screen))

    def button(self, text: str) -> Any:
        for widget in shown(self.screen):
            if hasattr(widget, "on_release") and text in (
                getattr(widget, "text", None),
                getattr(widget, "title", None),
            ):
                return widget
        return None

    def sees(self, text: str) -> Any:
        self.seen.append(text)
        return (lambda: self.has(text)), text

    def pause(self, seconds: float = 0.25) -> Any:
        end = time.monotonic() + seconds
        return (lambda: time.monotonic() > end), "a pause"

    def click(self, widget: Any) -> None:
        x, y = widget.to_window(*widget.center)
        place = str(int(x)), str(int(self.window.height - y))
        self.xdotool("mousemove", *place, "sleep", "0.1", "click", "1")

    def scroll_to(self, widget: Any) -> None:
        scroll, parent = self.screen.ids.get("scroll"), widget.parent
        while scroll is not None and parent not in (None, self.window):
            if parent == scroll and scroll.children[0].height > scroll.height:
                scroll.scroll_to(widget, animate=False)
            parent = parent.parent

    def still(self, widget: Any, frames: int = 4) -> Any:
        """Waits until a widget has stayed where it is for some frames."""
        places: list[Any] = []

        def stands() -> bool:
            places.append(widget.to_window(*widget.center))
            return len(places) > frames and len(set(places[-frames:])) == 1

        return stands, "a page that stands still"

    def press(self, text: str) -> Iterator[Any]:
        """Scrolls a button into sight, clicks it, and waits until it was."""
        yield (lambda: self.button(text) is not None), text
        widget, pressed = self.button(text), list[str]()
        self.scroll_to(widget)
        yield self.still(widget)
        widget.fbind("on_release", lambda *_: pressed.append(text))
        self.click(widget)
        yield (lambda: bool(pressed)), f"the press of {text!r}"
        yield self.still(self.screen)

    def type_into(
        self, box: Any, text: str, arrived: Callable[[], bool] | None = None
    ) -> Iterator[Any]:
        self.scroll_to(box)
        yield self.still(box)
        self.click(box)
        yield (lambda: box.focus), "the keyboard"
        self.xdotool("type", "--delay", "12", text)
        yield (arrived or (lambda: text in box.text)), "what was typed"
        yield self.still(box)

    @staticmethod
    def xdotool(*command: str) -> None:
        subprocess.Popen(["xdotool", *command], stdin=subprocess.DEVNULL)

    def picture(self, name: str) -> None:
        path = self.pictures / f"window-{name}.png"
        self.app.stage.export_to_png(str(path))
        on_ground(path, self.window.clearcolor)

    def walk(self) -> Iterator[Any]:
        """The main way in: report, words, practice, the guardian's answer, and back."""
        yield self.sees("Speak up without saying who you are")
        yield (lambda: self.app.known is not None), "the directory"
        yield self.pause(0.5)
        self.picture("1-welcome")
        yield from self.report()
        yield from self.words()
        yield from self.cases()
        self.click(self.screen.ids.bar.ids.exit)
        yield self.sees("Staff guidance")
        self.picture("9-exit")

    def pin(self, then: str) -> Iterator[Any]:
        """Types the PIN with the mouse, as with a thumb."""
        for at, digit in enumerate(PIN):
            self.click(self.button(digit))
            yield (lambda at=at: len(self.screen.ids.pad.digits) > at), f"digit {at}"
        yield from self.press(then)

    def interrupted(self) -> Iterator[Any]:
        """Out of sight and back, as when somebody looks over: the PIN leads back."""
        self.app.on_pause()
        yield self.sees("Type your PIN")
        self.picture("lock")
        self.app.on_resume()
        yield from self.pin("Open")

    def report(self) -> Iterator[Any]:
        yield from self.press("Report something")
        yield self.sees("May you be interrupted?")
        yield from self.press("Keep it under a PIN")
        yield from self.press("Choose a PIN")
        yield self.sees("Choose a PIN")
        yield from self.pin("Continue")
        yield from self.pin("Continue")
        yield self.sees("Your PIN is set")
        yield from self.press("Go on")
        yield self.sees("You can be interrupted")
        yield from self.press("Bullying")
        self.picture("2-about")
        yield from self.press("Continue")
        yield self.sees("Where did it happen?")
        yield from self.press("Continue")
        yield self.sees("What happened?")
        story = next(self.screen.part(2).fields()).ids.box
        yield from self.type_into(story, "An invented story, typed in a window.")
        self.picture("3-story")
        yield from self.interrupted()
        yield self.sees("An invented story, typed in a window.")
        for question in ("Who is part of it?", "What would help?", "Who should read it?"):
            yield from self.press("Continue")
            yield self.sees(question)
        yield self.sees("handler-1")
        self.picture("4-readers")
        yield from self.press("Continue")
        yield self.sees("Could this point at you?")
        yield (lambda: not self.screen.looking), "what was found"
        yield from self.press("Continue")
        yield self.sees("An invented story, typed in a window.")
        self.picture("5-check")
        yield from self.press("Send now")

    def words(self) -> Iterator[Any]:
        yield self.sees("Keep these eight words")
        yield self.pause()
        self.picture("6-words")
        self.names, self.reference = list(self.screen._words), self.screen.reference
        yield from self.press("Copy the words")
        yield (lambda: self.app.clipboard.paste() == " ".join(self.names)), "the copy"
        yield from self.press("I have kept them")
        for field, place in zip(
            (self.screen.ids.first, self.screen.ids.second), self.screen._asked, strict=True
        ):
            yield from self.type_into(field.ids.box, self.names[place])
        yield from self.press("Check")
        yield self.sees("All done")
        yield from self.press("Keep the words on this phone too")
        yield self.sees("Kept on this phone")
        yield from self.press("Finish")
        self.answer(self.reference)

    def answer(self, reference: str) -> None:
        """The guardian's part, by the client."""
        import pyotp

        from shared.client import Client
        from shared.handling import HandlerSession

        client, one = Client(self.told["url"]), self.told["handlers"][1]
        code = pyotp.TOTP(one["totp_secret"]).now()
        session = HandlerSession.sign_in(client, one["username"], one["password"], code)
        case = session.case(reference, client.organisation(self.told["organisation"]))
        case.refresh()
        case.thread()
        case.send(case.prepare("Thank you for telling me."))
        self.last = 0.0  # that took its time on this thread: not the app's doing

    def cases(self) -> Iterator[Any]:
        yield from self.press("My cases")
        yield self.sees("Kept under your PIN.")
        yield from self.interrupted()
        yield self.sees("1 new reply")
        yield self.pause()
        self.picture("7-cases")
        yield from self.press(self.reference)
        yield self.sees("Thank you for telling me.")
        yield from self.type_into(self.screen.ids.box, "I am glad to hear it.")
        self.click(self.screen.ids.send)
        yield (lambda: self.app.returning._talk.unsent() == 0), "sent"
        yield self.sees("I am glad to hear it.")
        yield self.pause(0.5)
        self.picture("8-conversation")


def drive(kind: type[Driver]) -> None:
    """Runs the app with a driver of this kind at the wheel."""
    pictures = Path(sys.argv[1])
    pictures.mkdir(parents=True, exist_ok=True)
    told = json.loads(sys.stdin.readline())
    mobile.main.configure()
    from kivy.clock import Clock
    from kivy.core.window import Window

    from mobile.app import WrenApp

    data = Path(told["data"]) if "data" in told else None
    app = WrenApp(f"{told['url']}/o/{told['organisation']}", data=data)
    driver = kind(app, Window, pictures, told)
    Window.left = Window.top = 0
    Clock.schedule_interval(driver.frame, 0)
    app.run()
    left = app.clipboard.paste()
    found = {"left": left, "seen": driver.seen, "gap": driver.gap, "words": driver.names}
    print(json.dumps(found))


if __name__ == "__main__":
    drive(Driver)
