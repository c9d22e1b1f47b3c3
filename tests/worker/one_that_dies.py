"""A worker that kills its process at a step. A test forks, and runs it in the child."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

from api.config import Config
from api.models.base import Database, Work
from api.rules import chores, events, outbox, retention, withdrawing
from api.sending import Way
from api.worker import Worker
from tests.service import SECRET
from tests.worker import receiver

STEPS = ("claiming", "claimed", "sending", "sent", "recording", "recorded")
WORKS = ("telling", "daily", "deleting", "noting")


def die(*_: Any) -> None:
    """Ends at once, as if the power went."""
    os.kill(os.getpid(), signal.SIGKILL)


def after(rule: Callable[..., Any]) -> Callable[..., Any]:
    """Does it, and dies before anything else is done."""

    def done(*values: Any, **more: Any) -> Any:
        rule(*values, **more)
        die()

    return done


def way(step: str, name: str) -> Way:
    """Deliveries that end at this step."""

    def prepare(db: Work, items: Any) -> Any:
        if step == "claimed":
            die()
        return receiver.prepare(db, items)

    def send(config: Config, item: Any) -> Any:
        if step == "sending":
            die()
        answer = receiver.send(config, item, name)
        if step == "sent":
            die()
        return answer

    return Way(receiver.KIND, prepare, send, die if step == "recording" else receiver.record)


def work(url: str, vault: str, step: str, ahead: int, name: str) -> None:
    """Does what is due once, as far as it gets, by a clock that is so many seconds ahead."""
    config = Config(url, SECRET, clock=lambda: time.time() + ahead, vault=vault)
    worker = Worker(Database(config), (way(step, name),))
    if step == "claiming":
        outbox.claim = after(outbox.claim)
    if step == "telling":
        events.tell = after(events.tell)
    if step == "deleting":
        withdrawing.delete = after(withdrawing.delete)
    if step == "daily":
        retention._announce = die  # type: ignore[assignment]
    if step == "noting":
        chores.note_done = die
    if step == "recorded":
        lane = worker._lanes[0]
        lane.write_down = after_some(lane)  # type: ignore[method-assign]
    worker.run_once()


def after_some(lane: Any) -> Callable[[], None]:
    """Writes down, and dies once something was."""
    real = lane.write_down

    def write_down() -> None:
        real()
        if lane.arrived:
            die()

    return write_down
