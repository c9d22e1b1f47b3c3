"""What counts in a case, done in a real window: consent, another desk, the end.

`python -m tests.mobile.drive_case PICTURES` with a line of JSON on standard input: `url`,
`organisation` and the `words` of a case. It prints what the other side should do next, one word
a line: the handlers, and the days, are the test's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.mobile.drive import Driver, drive
from tests.standing import cheaply, remembered


class CaseDriver(Driver):
    """Comes back to a case and goes through all that can be decided in it."""

    def ask(self, what: str, text: str) -> Iterator[Any]:
        """Has the other side do something, and looks until it shows."""
        print(what, flush=True)
        yield self.pause(1.5)
        self.click(self.screen.ids.look)
        yield self.sees(text)
        yield self.pause(0.5)

    def walk(self) -> Iterator[Any]:
        """From the words to the end of the case."""
        yield self.sees("Speak up without saying who you are")
        yield (lambda: self.app.known is not None), "the directory"
        self.names = self.told["words"].split()
        yield from self.come_in()
        yield from self.consent()
        yield from self.another_desk()
        yield from self.closing()
        yield from self.withdrawing()

    def come_in(self) -> Iterator[Any]:
        yield from self.press("I have my words")
        yield self.sees("Type your eight words")
        box = self.screen.ids.typed.ids.box
        yield from self.type_into(
            box, " ".join(self.names) + " ", lambda: self.screen.words == self.names
        )
        yield from self.press("Open my case")
        yield self.sees("An invented story.")

    def consent(self) -> Iterator[Any]:
        yield from self.ask("ask", "handler-1 asks for your consent")
        self.picture("10-consent")
        yield from self.press("Allow")
        yield self.sees("Let handler-3 read your case?")
        self.picture("11-allow")
        yield from self.press("Yes, allow")
        yield self.sees("You allowed this on")
        yield from self.ask("grant", "Thank you, handler-3 reads it now.")
        yield from self.press("About your case")
        yield self.sees("Shared with your consent until")
        self.picture("12-about")
        yield from self.press("Stop sharing")
        yield self.sees("Stop sharing with handler-3?")
        yield from self.press("Yes, stop sharing")
        yield self.sees("You took this back on")

    def another_desk(self) -> Iterator[Any]:
        yield from self.ask("later", "They are late")
        yield self.pause()
        self.picture("13-late")
        yield from self.press("What you can do")
        yield from self.press("Take it to another desk")
        yield from self.press("Senior manager")
        yield self.sees("Take your case to Senior manager?")
        self.picture("14-desk")
        yield from self.press("Yes, take it there")
        yield (
            (lambda: self.app.returning._talk.view().readers == ("handler-3", "handler-4")),
            ("the other desk"),
        )

    def closing(self) -> Iterator[Any]:
        yield from self.ask("close", "One last question")
        yield from self.press("Answer")
        yield from self.press("Yes")
        yield from self.type_into(self.screen.ids.comment.ids.box, "The other desk helped.")
        self.picture("15-closing")
        yield from self.press("Send")
        yield self.sees("Would I speak up again? Yes.")
        yield (lambda: self.app.returning._talk.unsent() == 0), "sent"

    def withdrawing(self) -> Iterator[Any]:
        yield from self.press("About your case")
        yield from self.press("Withdraw this report")
        yield self.sees("Withdraw this report?")
        box = self.screen.ids.typed.ids.box
        yield from self.type_into(box, self.screen.reference[-4:])
        self.picture("16-withdraw")
        yield from self.press("Withdraw for good")
        yield self.sees("You withdrew your report")
        yield self.pause()
        self.picture("17-withdrawn")
        yield from self.press("Finish")
        yield self.sees("Report something")


if __name__ == "__main__":
    with remembered(), cheaply():  # as the service of the test does
        drive(CaseDriver)
