"""The app in somebody's hand, with a directory of its own, clocks that a test moves, no line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mobile.app import WrenApp
from mobile.clipboard import Clipboard
from mobile.draft import Draft
from mobile.pin_key import Cost
from mobile.theme import theme
from tests.mobile import samples
from tests.mobile.conftest import Board, Hand, Inline, find, texts

PIN, SECOND = "482915", "730164"
STORY = "An invented story that is marked: xylograph."
CHEAP = Cost(1, 64)


class Away:
    """A process that could be replaced: counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


class Shell:
    """The app, started anew by `start` as a new process would be."""

    def __init__(self, hand: Hand, board: Board, data: Path) -> None:
        self.hand, self.board, self.data = hand, board, data
        self.clock = [1000.0]
        self.away = Away()
        self.start()

    def start(self, **more: Any) -> None:
        """A new process with the same directory."""
        self.jobs, self.saver = Inline(), Inline()
        more.setdefault("address", "http://127.0.0.1:9/o/eeast")
        self.app = WrenApp(
            data=self.data, jobs=self.jobs, clipboard=Clipboard(self.board), away=self.away,
            clock=lambda: self.clock[0], workers=(self.saver, Inline(), Inline()), **more,
        )  # fmt: skip
        organisation = self.app.connecting.make_organisation("http://127.0.0.1:9/o/eeast")
        organisation.directory = self.app.known = samples.DIRECTORY
        self.app.organisation = organisation
        self.app.connecting.renew_outbox()
        self.stage = self.hand.show(self.app.build())

    def stop(self) -> None:
        """The process ends, without being told."""
        theme.unbind(paper=self.app._coloured, night=self.app._coloured)
        self.app.locking.stop()
        self.app.sending.stop()
        self.app.keeping.close()

    def restart(self, **more: Any) -> None:
        """The process is killed, and the app is started again."""
        self.stop()
        self.start(**more)

    @property
    def screen(self) -> Any:
        return self.stage.screen

    @property
    def draft(self) -> Draft:
        return self.app.draft

    def sees(self, text: str) -> bool:
        return text in texts(self.stage)

    def press(self, text: str) -> None:
        button = find(self.stage, text)
        self.hand.see(button)
        self.hand.tap(button)
        self.hand.settle(4)

    def pin(self, pin: str, then: str) -> None:
        """Types the digits, then presses a button."""
        for digit in pin:
            self.screen.ids.pad.press(digit)
        self.press(then)

    def unlock(self, pin: str = PIN) -> None:
        self.pin(pin, "Open")

    def set_pin(self, pin: str = PIN, tries: int = 10) -> None:
        """A PIN, without the way through the pages for it."""
        keeping = self.app.keeping
        keeping.use(keeping.create(pin, tries))
        if self.app.outbox is not None:
            self.app.outbox.use(self.app.store)
        self.app.save()

    def set_pin_by_hand(self, pin: str = PIN) -> None:
        """From the settings to a set PIN, and to the first page."""
        self.app.settings()
        self.hand.settle()
        self.press("Set a PIN")
        self.press("Choose a PIN")
        self.pin(pin, "Continue")
        self.pin(pin, "Continue")
        assert self.sees("Your PIN is set")
        self.press("Go on")
        self.app.home()

    def write(self, story: str = STORY) -> None:
        """Types a story into the report."""
        self.app.report()
        self.screen.step = 2
        self.hand.settle()
        field = next(one for one in self.screen.part(2).fields() if one.name == "story")
        field.ids.box.insert_text(story)
        self.hand.settle(2)

    def leave(self, seconds: float = 0) -> None:
        """The app goes out of sight for so long; the clock stands at the end of it."""
        self.app.on_pause()
        self.clock[0] += seconds

    def exit(self) -> None:
        self.hand.settle()
        self.hand.tap(self.screen.ids.bar.ids.exit)
        self.hand.settle()
