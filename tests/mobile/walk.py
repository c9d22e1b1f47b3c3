"""The app in somebody's hand, on the served demo over a line that a test breaks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.cache import Cache

from mobile.app import WrenApp
from mobile.clipboard import Clipboard
from mobile.watching import Watching
from shared.client import Client
from tests.mobile.conftest import Board, Hand, Inline, find, texts
from tests.mobile.lines import Lines

PIN = "482915"


class Phone:
    """With `data` it can keep things; `restart` is the app closed and started again."""

    def __init__(
        self, hand: Hand, address: str, jobs: Inline, board: Board, data: Path | None = None
    ) -> None:
        self.hand, self.address, self.board, self.data = hand, address, board, data
        self.jobs = jobs
        self.start()

    def start(self) -> None:
        self.line, self.sender = Lines(), Inline()
        self.clients: list[Client] = []
        self.made: Callable[[Client], None] = lambda _client: None
        self.app = WrenApp(
            self.address,
            data=self.data,
            jobs=self.jobs,
            workers=(Inline(), self.sender, Inline()),
            clipboard=Clipboard(self.board),
            client=self.client,
        )
        self.app.watching = Watching(self.app, Inline)
        self.app.kept_cases._changed = self.app.watching.look
        self.stage = self.hand.show(self.app.build())

    def client(self, address: str, **more: Any) -> Client:
        """One over the line; `made` is told of it."""
        self.clients.append(self.line(address, **more))
        self.made(self.clients[-1])
        return self.clients[-1]

    def restart(self) -> None:
        self.app.on_stop()
        self.start()
        self.hand.settle()

    @property
    def screen(self) -> Any:
        return self.stage.screen

    def sees(self, text: str) -> bool:
        return text in texts(self.stage)

    def press(self, text: str) -> None:
        button = find(self.stage, text)
        self.hand.see(button)
        self.hand.tap(button)
        self.hand.settle()

    def back(self) -> None:
        self.screen.go_back()
        self.hand.settle()

    def type(self, name: str, text: str) -> None:
        step = self.screen.part(self.screen.step)
        field = next(one for one in step.fields() if one.name == name)
        field.ids.box.insert_text(text)
        self.hand.settle(2)

    def exit(self) -> None:
        self.hand.tap(self.screen.ids.bar.ids.exit)
        self.hand.settle()

    def to_step(self, number: int) -> None:
        while self.screen.step < number:
            before = self.screen.step
            self.press("Continue")
            if getattr(self.screen, "step", None) is None:  # the page before the check
                self.press("Continue")
            assert self.screen.step == before + 1

    def write_report(self, story: str = "An invented story.") -> None:
        self.press("Report something")
        self.to_step(2)
        self.type("story", story)
        self.to_step(6)

    def report(self, story: str = "An invented story.") -> list[str]:
        """A report that arrived and was done with; its words."""
        self.write_report(story)
        self.press("Send now")
        words = self.words()
        self.practise()
        self.press("Finish")
        return words

    def try_again(self) -> None:
        """Makes what waits due, as time would, and lets the app look."""
        outbox: Any = self.app.outbox
        outbox.hurry()
        outbox._sender._free = 0.0  # the pause after another case is over
        self.app.sending.look()
        self.hand.settle()

    def words(self) -> list[str]:
        return list(self.screen._words)

    def practise(self) -> None:
        self.press("I have kept them")
        words, (first, second) = self.words(), self.screen._asked
        self.screen.ids.first.ids.box.insert_text(words[first])
        self.screen.ids.second.ids.box.insert_text(words[second])
        self.press("Check")

    def come_back(self, words: list[str], *, keep: bool = False) -> None:
        """From the page of the words into the conversation."""
        self.screen.ids.typed.ids.box.insert_text(" ".join(words) + " ")
        self.hand.settle(3)
        if keep:
            self.press("Keep the words on this phone")
        self.press("Open my case")

    def say(self, text: str) -> None:
        self.screen.ids.box.insert_text(text)
        self.hand.tap(self.screen.ids.send)
        self.hand.settle()

    def pin(self, then: str, pin: str = PIN) -> None:
        for digit in pin:
            self.press(digit)
        self.press(then)

    def set_pin(self) -> None:
        """From the page that says what it means until it is set."""
        self.press("Choose a PIN")
        self.pin("Continue")
        self.pin("Continue")
        assert self.sees("Your PIN is set")
        self.press("Go on")


def held(phone: Phone) -> str:
    """What of the user's the app and Kivy's caches still hold, as text."""
    cached = [
        key
        for name in ("textinput.label", "textinput.width")
        for key in Cache._objects.get(name, {})
    ]
    app = phone.app
    draft = [getattr(app.draft, name) for name in vars(app.draft)]
    kinds = ("draft", "case", "outbox", "typed")
    stored = [app.store.all(kind) for kind in kinds]
    items = app.outbox.items() if app.outbox is not None else ()
    waits = [(one.content, one.words) for one in items]
    return f"{cached} {draft} {stored} {waits} {texts(app.stage)} {phone.board.text}"
