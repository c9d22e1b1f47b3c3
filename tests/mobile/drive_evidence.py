"""A screenshot is redacted and sent in a real window, over a line that breaks.

`python -m tests.mobile.drive_evidence PICTURES` with a line of JSON on standard input: `url`,
`organisation`, the `words` of a case and the name of a `picture` in the folder of pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.mobile.drive import drive
from tests.mobile.drive_case import CaseDriver
from tests.standing import cheaply, remembered


class EvidenceDriver(CaseDriver):
    """Comes back to a case and adds a picture to it."""

    def walk(self) -> Iterator[Any]:
        """From the words to the moment when all of it arrived."""
        yield self.sees("Speak up without saying who you are")
        yield (lambda: self.app.known is not None), "the directory"
        self.names = self.told["words"].split()
        yield from self.come_in()
        self.click(self.screen.ids.attach)
        yield self.sees("Do you have pictures or messages?")
        yield from self.press("Add a picture")
        yield from self.press(self.told["picture"])
        yield (lambda: "picture" in self.screen.ids and self.screen.title != ""), "the picture"
        yield self.pause(1)
        yield from self.cover()
        yield from self.press("Done")
        yield self.sees("Can any of this still be seen?")
        self.picture("20-redacted")
        yield from self.press("Use this picture")
        yield self.sees("How it may be used")
        yield from self.press("May be shown in an investigation")
        self.picture("21-piece")
        yield from self.press("Done")
        yield self.sees("1 piece")
        self.picture("22-evidence")
        yield from self.press("Send")
        yield self.sees("I add 1 piece of evidence.")
        yield self.pause(0.5)
        self.picture("23-sending")
        yield (lambda: self.app.returning._talk.unsent() == 0), "sent"
        yield from self.press("Open")
        yield (lambda: self.screen.ids.picture.texture is not None), "the picture"
        self.picture("24-viewed")
        self.click(self.screen.ids.bar.ids.exit)
        yield self.sees("Staff guidance")

    def cover(self) -> Iterator[Any]:
        """Draws a box over the middle of the picture with the mouse."""
        canvas = self.screen.ids.picture
        redaction = canvas.redaction
        while redaction.suggested:  # nothing of it is a chat
            redaction.decline(all_alike=True)
        canvas.refresh()
        x, y = canvas.to_window(*canvas.center)
        y = self.window.height - y
        start, end = (str(int(x - 60)), str(int(y - 60))), (str(int(x + 60)), str(int(y + 60)))
        self.xdotool(
            "mousemove", *start, "sleep", "0.2", "mousedown", "1", "sleep", "0.2",
            "mousemove", *end, "sleep", "0.2", "mouseup", "1",
        )  # fmt: skip
        yield (lambda: bool(redaction.boxes)), "a box"


if __name__ == "__main__":
    with remembered(), cheaply():  # as the service of the test does
        drive(EvidenceDriver)
