"""What the app has behind its screens, in the hand of a test: an outbox over a line it breaks."""

from __future__ import annotations

from typing import Any

from mobile.draft import Draft
from mobile.item import OutboxItem
from mobile.organisation import Organisation
from mobile.outbox import Answers, Outbox
from mobile.pace import APART, Pace
from mobile.store import Memory, Store
from mobile.talk import Talk
from shared.sealing.tokens import new_token
from tests.mobile.lines import Lines


class Clocks:
    """Two clocks that a test moves: the wall's may jump, the steady one goes on.

    Chance gives this `part` of what is asked for, and `apart` between two cases.
    """

    def __init__(self) -> None:
        self.wall, self.steady = 1_800_000_000.0, 1_000.0
        self.drawn: list[tuple[float, float]] = []
        self.part, self.apart = 0.5, 0.0

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds

    def chance(self, low: float, high: float) -> float:
        if (low, high) == APART:
            return self.apart
        self.drawn.append((low, high))
        return low + self.part * (high - low)

    def pace(self) -> Pace:
        return Pace(lambda: self.wall, lambda: self.steady, self.chance)


class Phone:
    """`restart` is the app killed and started again on the same store."""

    def __init__(
        self, address: str, store: Store | None = None, *, token: Any = new_token
    ) -> None:
        self.address, self.store, self.token = address, store or Memory(), token
        self.clocks = Clocks()
        self.lines = Lines()
        self.start()

    def start(self) -> None:
        self.organisation = Organisation(self.address, client=self.lines)
        self.outbox = self.make_outbox()

    def make_outbox(self, **more: Any) -> Outbox:
        more.setdefault("other", lambda address: Organisation(address, client=self.lines))
        pace = self.clocks.pace()
        return Outbox(self.store, self.organisation, pace=pace, token=self.token, **more)

    restart = start

    def put(self, story: str = "An invented story.", hours: int = 0, **more: Any) -> str:
        return self.outbox.put_report(answers(story, **more), hours)

    def item(self, name: str) -> OutboxItem:
        found = self.outbox.item(name)
        assert found is not None
        return found

    def go(self, name: str = "") -> OutboxItem | None:
        """Sends all that is due; what becomes of one item."""
        while self.outbox.next_due() == 0:
            self.outbox.send_due()
        return self.outbox.item(name)

    def again(self, name: str = "") -> OutboxItem | None:
        """*Try again* is pressed."""
        self.outbox.hurry()
        return self.go(name)

    def report(self, story: str = "An invented story.", **more: Any) -> OutboxItem:
        """A report that arrived."""
        name = self.put(story, **more)
        self.outbox.send_due()
        item = self.item(name)
        assert item.state == "sent", (item.state, item.why)
        return item

    def open(self, words: str) -> Talk:
        return self.outbox.open(words)

    def talk(self, story: str = "An invented story.") -> tuple[OutboxItem, Talk]:
        item = self.report(story)
        return item, self.open(item.words)


def answers(story: str = "An invented story.", **more: Any) -> Answers:
    return Answers.of(Draft(story=story, desk=more.pop("desk", "guardian"), **more))


def texts(talk: Talk) -> list[str]:
    """What stands in the thread, and what waits."""
    return [item.text for item in talk.view().items]
