"""An act whose steps are known, and what of it has to be there after something went wrong."""

from __future__ import annotations

from collections import Counter

from tests.faults.acts import Act, Reporter
from tests.faults.mortal import Mortal, stored

MANY = 1_000_000


class Stepping:
    """Acts of one kind, at one server; `steps` is how many they have."""

    def __init__(self, server: Mortal, reporter: Reporter, name: str) -> None:
        self.server, self.reporter, self.name = server, reporter, name
        self._added = list[Counter[str]]()
        act = reporter.act(name)
        before = self._stored()
        server.steps.kill_at(MANY)
        for call in act.calls:
            call()
            after = self._stored()
            self._added.append(after - before)
            assert before + self._added[-1] == after
            before = after
        self.steps = MANY - server.steps.go_on()
        act.check()

    def _stored(self) -> Counter[str]:
        return stored(self.server.database_url)

    def begin(self) -> Act:
        """A new act."""
        self._before = self._stored()
        return self.reporter.act(self.name)

    def is_whole(self, act: Act, acknowledged: int) -> bool:
        """What was acknowledged is there, and the next call whole (true) or not at all (false).

        Raises `AssertionError` for anything else.
        """
        there = self._stored()
        heard = self._before + sum(self._added[:acknowledged], Counter[str]())
        next_one = sum(self._added[acknowledged : acknowledged + 1], Counter[str]())
        assert there in (heard, heard + next_one), self.where
        if act.staged is not None and acknowledged:
            chunks = set(range(min(acknowledged - 1, act.chunks)))
            assert chunks <= self.reporter.stored_chunks(act.staged), self.where
        return there != heard

    def send_again(self, act: Act) -> None:
        """The same again is stored once, as if nothing had happened."""
        assert act.send() == len(act.calls), self.where
        assert self._stored() == self._before + sum(self._added, Counter[str]()), self.where
        act.check()

    @property
    def where(self) -> str:
        """The step at which it happened."""
        return f"{self.name}: {self.server.steps.last}"
