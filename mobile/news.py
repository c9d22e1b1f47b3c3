"""Asks whether kept cases have news, while the app is open and unlocked. No Kivy here.

Each case is asked about alone: by a client, a session and an uneven rhythm of its own, so that
neither connections nor times tell the service which cases are one person's. What is asked and
answered has one size, with news and without (`GET /case/news`). Nothing is fetched by itself
when there is news: that would show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from random import SystemRandom
from typing import Any

from mobile.organisation import Organisation
from mobile.worker import Worker
from shared.client import Client
from shared.conversation import ReporterCase
from shared.errors import UnknownToken, Unreachable, WrenError

LEAST, MOST = 60.0, 180.0
"""Seconds from one asking to the next: by chance, each time anew."""

FIRST = 30.0
"""The first asking comes within so many seconds of when the app was opened, be it one case or
several: else that would tell them apart. Half the time after which an app that is put down
locks: whoever opens it to look for a reply sees it."""

Chance = Callable[[float, float], float]
Cancel = Callable[[], None]
Later = Callable[[float, Callable[[], None]], Cancel]


@dataclass(frozen=True)
class Told:
    """What is known of a case: the newest number, and how many replies were not read.

    `gone`: its words open nothing any more.
    """

    newest: int = 0
    unread: int = 0
    gone: bool = False


class Line:
    """One case's own way to ask. `ask` blocks, and raises what `shared.client` raises.

    Once it is closed, by any thread, no call is begun any more: `ask` raises `Unreachable`.
    """

    def __init__(self, words: str, organisation: Organisation) -> None:
        self._words, self._organisation = words, organisation
        self._client: Client | None = None
        self._case: ReporterCase | None = None
        self._closed = False

    def ask(self) -> Told:
        """Asks; signs in first, or anew, where that is needed."""
        try:
            found = self._signed_in().news()
        except UnknownToken:  # withdrawn, or kept as long as it is kept at all
            return Told(gone=True)
        return Told(int(found["newest"]), int(found["unread"]))

    def _signed_in(self) -> ReporterCase:
        words, case = self._words, self._case
        self._check_open()
        if case is None:
            directory = self._organisation.directory or self._organisation.connect()
            self._client = client = self._organisation.new_client()
            self._check_open()
            try:
                case = self._case = ReporterCase.sign_in(client, words, directory)
            except WrenError:
                client.close()
                raise
            self._check_open()
        return case

    def _check_open(self) -> None:
        if self._closed:
            self.close()  # again: what another thread made meanwhile
            raise Unreachable

    def close(self) -> None:
        """Drops the connection and the words. The session ends by itself: no farewell at a
        telling moment."""
        self._closed, self._words, self._case = True, "", None
        if self._client is not None:
            self._client.close()


@dataclass
class _Watched:
    line: Line
    worker: Worker
    cancel: Cancel = lambda: None


class News:
    """`watch` says which cases there are; `told(name, found)` is called when one was asked about.

    Everything but the asking itself happens on the thread that calls. `organisation(address)`
    gives what is known of one, `worker()` a thread of a case's own, and `later(seconds, call)`
    calls once and returns what cancels it.
    """

    def __init__(
        self,
        organisation: Callable[[str], Organisation],
        worker: Callable[[], Worker],
        later: Later,
        told: Callable[[str, Told], None],
        chance: Chance | None = None,
    ) -> None:
        self._organisation, self._worker = organisation, worker
        self._later, self._told = later, told
        self._chance = chance or SystemRandom().uniform
        self._watched: dict[str, _Watched] = {}
        self.found: dict[str, Told] = {}

    def watch(self, cases: Mapping[str, Mapping[str, Any]]) -> None:
        """Asks about these kept cases from now on, by the records of the store, and no others."""
        for name in self._watched.keys() - cases.keys():
            self._drop(name)
        for name, record in cases.items():
            if name not in self._watched:
                self._begin(name, record)

    def _begin(self, name: str, record: Mapping[str, Any]) -> None:
        organisation = self._organisation(str(record["organisation"]))
        line = Line(str(record["words"]), organisation)
        self._watched[name] = _Watched(line, self._worker())
        self._plan(name, self._chance(0, FIRST))

    def _plan(self, name: str, seconds: float) -> None:
        one = self._watched[name]
        one.cancel = self._later(seconds, partial(self._ask, name))

    def _ask(self, name: str) -> None:
        one = self._watched.get(name)
        if one is not None:
            one.worker.run(one.line.ask, partial(self._answered, one, name), self._failed(name))

    def _answered(self, asked: _Watched, name: str, found: Told) -> None:
        if self._watched.get(name) is not asked:
            return
        self.found[name] = found
        if not found.gone:
            self._plan(name, self._chance(LEAST, MOST))
        self._told(name, found)

    def _failed(self, name: str) -> Callable[[BaseException], None]:
        """A line that does not work is asked again in its time: no other rhythm then either."""
        asked = self._watched[name]

        def failed(_error: BaseException) -> None:
            if self._watched.get(name) is asked:
                self._plan(name, self._chance(LEAST, MOST))

        return failed

    def seen(self, name: str) -> None:
        """Its user looks at this case now: nothing of it is unread."""
        if name in self.found:
            self.found[name] = Told(self.found[name].newest)

    def _drop(self, name: str) -> None:
        one = self._watched.pop(name)
        self.found.pop(name, None)
        one.cancel()
        one.worker.drop()
        with suppress(WrenError):
            one.line.close()

    def stop(self) -> None:
        """Asks about nothing any more, and forgets what it knew."""
        for name in list(self._watched):
            self._drop(name)
