"""People who report, write and attach for as long as they are let, and what was acknowledged."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Lock

from shared.attaching import Staged
from shared.client import Client
from shared.conversation import ReporterCase, prepare_report, send_report
from shared.sealing.tokens import new_token
from tests.api.attaching import got, send, some
from tests.service import Service

FILE = 90_000
"""Bytes of an attachment: two chunks."""


@dataclass
class Acknowledged:
    """A case, and by when (of the monotonic clock) what of it was acknowledged."""

    token: str
    at: float
    texts: list[tuple[float, str]] = field(default_factory=list)
    file: tuple[float, Staged, bytes] | None = None


class Load:
    """Clients that seal, each in a thread: one case after the other."""

    def __init__(self, line: Callable[[], Client], people: int) -> None:
        self.cases: list[Acknowledged] = []
        self._line, self._stop, self._guard = line, Event(), Lock()
        self._pool = ThreadPoolExecutor(people)
        self._work: list[Future[None]] = [
            self._pool.submit(self._go_on, one) for one in range(people)
        ]

    def acknowledged(self) -> int:
        """How many cases, messages and files were acknowledged until now."""
        with self._guard:
            return sum(1 + len(one.texts) + (one.file is not None) for one in self.cases)

    def wait_for(self, more: int) -> None:
        """Waits until so many more were acknowledged. Raises what a client raised."""
        until = self.acknowledged() + more
        while self.acknowledged() < until:
            for one in self._work:
                if one.done():
                    one.result()
            time.sleep(0.01)

    def end(self) -> None:
        """Lets all finish what they are at. Raises what a client raised."""
        self._stop.set()
        for one in self._work:
            one.result(60)
        self._pool.shutdown()

    def _go_on(self, person: int) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            self._one(f"person {person}, case {number}", person * 10_000 + number)

    def _one(self, who: str, seed: int) -> None:
        line, token = self._line(), new_token()
        directory, roster = line.organisation("eeast"), line.roster("eeast")
        content = {"story": f"An invented story of {who}."}
        report = prepare_report(directory, roster, token, "guardian", (), content)
        send_report(line, "eeast", roster, report)
        mine = Acknowledged(token, time.monotonic())
        with self._guard:
            self.cases.append(mine)
        case = ReporterCase.sign_in(line, token, directory)
        case.refresh()
        case.thread()
        text = f"An invented message of {who}."
        case.send(case.prepare(text))
        self._noted(mine, text)
        data = some(FILE, seed)
        staged = send(case, data, f"An invented picture of {who}.")
        with self._guard:
            mine.file = (time.monotonic(), staged, data)
        line.close()

    def _noted(self, mine: Acknowledged, text: str) -> None:
        with self._guard:
            mine.texts.append((time.monotonic(), text))


def check(load: Load, began: float, made: Service, line: Callable[[Service], Client]) -> int:
    """Opens all that was acknowledged before `began` in what was restored; how much it was.

    What came later is there whole, or not at all.
    """
    opened = 0
    for one in load.cases:
        client = line(made)
        if made.post("/sessions", {"token": one.token}).status_code != 201:
            assert one.at >= began, "a case that was acknowledged before the backup is not in it"
            continue
        case = ReporterCase.sign_in(client, one.token, client.organisation("eeast"))
        case.refresh()
        thread = case.thread()
        assert [message.problem for message in thread] == [None] * len(thread)
        opened += one.at < began
        said = " ".join(str(message.content) for message in thread)
        for at, text in one.texts:
            assert text in said or at >= began
            opened += at < began
        if one.file is not None and one.file[0] < began:
            assert got(case, one.file[1]) == one.file[2]
            opened += 1
    return opened
