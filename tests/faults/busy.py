"""Reporters who all act at once, and send again whatever was not acknowledged, until it is."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests

from shared.errors import LineError, NoRoom, SlowDown, Unavailable
from tests.faults.acts import ACTS, Act, Reporter

LATER = (LineError, Unavailable, NoRoom, SlowDown, requests.RequestException)
"""What tells a client to send the same again. Anything else that happens is a fault."""


@dataclass
class Busy:
    """What came of it: acts that were acknowledged, tries that were not, and faults."""

    reporters: list[Reporter]
    done: list[tuple[Reporter, Act]] = field(default_factory=list)
    tries: int = 0
    faults: list[BaseException] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self, reporter: Reporter, names: Sequence[str], seed: int) -> None:
        """One reporter, until it is to stop; what was begun then is brought to its end."""
        chance = random.Random(seed)
        try:
            while not self.stop.is_set():
                act = reporter.act(chance.choice(names))
                for call in (*act.calls, act.check):
                    self._until_heard(call)
                self.done.append((reporter, act))
        except Exception as error:  # noqa: BLE001 - the test has to see it
            self.faults.append(error)

    def _until_heard(self, call: object) -> None:
        assert callable(call)
        while True:
            try:
                call()
            except LATER:
                self.tries += 1
                time.sleep(0.05)
            else:
                return

    def wait_for(self, acts: int) -> None:
        """Waits until so many more acts were acknowledged."""
        enough = len(self.done) + acts
        while len(self.done) < enough and not self.faults:
            time.sleep(0.01)

    def check(self) -> int:
        """Everything that was acknowledged is there, once, for who signs in anew; how many."""
        assert not self.faults, self.faults
        for one in self.reporters:
            one.sign_in_anew()
        for _, act in self.done:
            act.check()
        return len(self.done)


@contextmanager
def busy(url: str, people: int = 4, names: Sequence[str] = ACTS) -> Iterator[Busy]:
    """Reporters at work until the end of the block, when the service has to answer again."""
    made = Busy([Reporter(url) for _ in range(people)])
    threads = [
        threading.Thread(target=made.run, args=(one, names, seed))
        for seed, one in enumerate(made.reporters)
    ]
    for one in threads:
        one.start()
    try:
        yield made
    finally:
        made.stop.set()
        for one in threads:
            one.join(120)
    assert not any(one.is_alive() for one in threads)
