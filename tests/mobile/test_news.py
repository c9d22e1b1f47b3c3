"""Asking for news of kept cases: each alone, at uneven times, and not after a lock."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from mobile.news import FIRST, LEAST, MOST, Line, News, Told
from mobile.organisation import Organisation
from shared.client import Client
from shared.errors import Unreachable
from shared.sealing import stretch
from tests.mobile.conftest import Inline
from tests.online import Online

HALF = FIRST / 2
"""When a case is first asked about by dice that always roll a half."""


class Timers:
    """What is to be called when, on a clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.planned: list[tuple[float, Callable[[], None]]] = []

    def later(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        entry = (self.now + seconds, call)
        self.planned.append(entry)

        def cancel() -> None:
            if entry in self.planned:
                self.planned.remove(entry)

        return cancel

    def move(self, seconds: float) -> None:
        end = self.now + seconds
        while due := sorted(
            (one for one in self.planned if one[0] <= end), key=lambda one: one[0]
        ):
            self.planned.remove(due[0])
            self.now = due[0][0]
            due[0][1]()
        self.now = end


class Dice:
    """Chance that a test rolls: these parts of the range in turn, and the ranges asked for."""

    def __init__(self, *parts: float) -> None:
        self.parts, self.asked = list(parts) or [0.5], list[tuple[float, float]]()

    def __call__(self, low: float, high: float) -> float:
        self.asked.append((low, high))
        return low + self.parts[(len(self.asked) - 1) % len(self.parts)] * (high - low)


class Overheard(Client):
    """The real client, which notes what it asks and fails where it is told to."""

    made: list[Overheard]
    down = False

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.bearers: list[str] = []
        self.signed_in = self.closed = 0
        Overheard.made.append(self)

    def start_session(self, body: Any) -> dict[str, Any]:
        self.signed_in += 1
        return super().start_session(body)

    def news(self, bearer: str) -> dict[str, Any]:
        self.bearers.append(bearer)
        if Overheard.down:
            raise Unreachable
        return super().news(bearer)

    def close(self) -> None:
        self.closed += 1
        super().close()

    @classmethod
    def asked(cls) -> list[Overheard]:
        return [one for one in cls.made if one.bearers]


class Phone:
    """A `News` with the test's clock, chance and threads, and what it told."""

    def __init__(self, online: Online, *parts: float) -> None:
        self.online, self.timers, self.dice = online, Timers(), Dice(*parts)
        self.workers: list[Inline] = []
        self.told: list[tuple[str, Told]] = []
        organisation = Organisation(online.address, client=Overheard)
        self.news = News(
            lambda _address: organisation, self.worker, self.timers.later,
            lambda name, told: self.told.append((name, told)), self.dice,
        )  # fmt: skip

    def worker(self) -> Inline:
        self.workers.append(Inline())
        return self.workers[-1]

    def record(self, words: str) -> dict[str, Any]:
        return {"organisation": self.online.address, "words": words}


@pytest.fixture
def phone(online: Online, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Phone]:
    monkeypatch.setattr(Overheard, "made", [], raising=False)
    monkeypatch.setattr(Overheard, "down", False)
    return partial(Phone, online)


def reply(online: Online, reference: str, text: str = "An invented reply.") -> None:
    case = online.case(reference)
    case.send(case.prepare(text))


def test_it_works(phone: Callable[..., Phone], online: Online) -> None:
    one, (reference, words) = phone(), online.report()
    one.news.watch({"a": one.record(words)})
    one.timers.move(HALF)
    assert one.told == [("a", Told(1, 0))]
    reply(online, reference)
    one.timers.move(MOST)
    assert one.told[-1] == ("a", Told(2, 1))
    assert one.news.found["a"].unread == 1
    one.news.seen("a")
    assert one.news.found["a"] == Told(2, 0)


def test_each_case_has_a_client_and_a_session_of_its_own(
    phone: Callable[..., Phone], online: Online
) -> None:
    one = phone()
    words = [online.report()[1] for _ in range(3)]
    one.news.watch({str(at): one.record(each) for at, each in enumerate(words)})
    one.timers.move(10 * MOST)
    asked = Overheard.asked()
    assert len(asked) == 3
    bearers = [set(each.bearers) for each in asked]
    assert all(len(each) == 1 for each in bearers)  # one session goes on
    assert len(set().union(*bearers)) == 3
    assert [each.signed_in for each in asked] == [1, 1, 1]
    assert len(one.workers) == 3


def test_each_time_by_chance_and_never_at_once(
    phone: Callable[..., Phone], online: Online
) -> None:
    one = phone(0.1, 0.7, 0.2, 0.9)
    words = [online.report()[1] for _ in range(2)]
    one.news.watch({str(at): one.record(each) for at, each in enumerate(words)})
    assert one.dice.asked == [(0, FIRST)] * 2
    assert not Overheard.asked()
    assert len({at for at, _ in one.timers.planned}) == 2
    for _ in range(6):
        one.timers.move(min(at for at, _ in one.timers.planned) - one.timers.now)
    assert set(one.dice.asked[2:]) == {(LEAST, MOST)}


def test_one_case_is_asked_about_as_late_as_several(
    phone: Callable[..., Phone], online: Online
) -> None:
    one = phone(1.0)
    one.news.watch({"a": one.record(online.report()[1])})
    assert one.dice.asked == [(0, FIRST)]


@pytest.mark.parametrize("when", ["stretched", "signed in"])
def test_a_lock_while_it_signs_in_stops_it(
    phone: Callable[..., Phone], online: Online, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """The PIN covers the app, and a thread still has the words."""
    assert phone is not None
    organisation = Organisation(online.address, client=Overheard)
    organisation.connect()
    Overheard.made.clear()
    line = Line(online.report()[1], organisation)
    real = stretch.root if when == "stretched" else Client.start_session

    def and_lock(*args: Any) -> Any:
        found = real(*args)
        line.close()
        return found

    where: Any = stretch if when == "stretched" else Client
    name = "root" if when == "stretched" else "start_session"
    with monkeypatch.context() as patched:
        patched.setattr(where, name, and_lock)
        with pytest.raises(Unreachable):
            line.ask()
    (client,) = Overheard.made
    assert client.closed
    assert not client.bearers
    assert not line._words
    assert line._case is None
    with pytest.raises(Unreachable):
        line.ask()
    assert len(Overheard.made) == 1


def test_a_line_that_was_closed_asks_nothing_more(online: Online) -> None:
    client = Client(online.url)
    client.close()
    with pytest.raises(Unreachable):
        client.health()


def test_it_stops(phone: Callable[..., Phone], online: Online) -> None:
    one = phone()
    one.news.watch({"a": one.record(online.report()[1])})
    one.timers.move(HALF)
    asked = len(Overheard.asked()[0].bearers)
    one.news.stop()
    assert not one.timers.planned
    one.timers.move(10 * MOST)
    assert len(Overheard.asked()[0].bearers) == asked
    assert Overheard.asked()[0].closed == 1
    assert not one.news.found


def test_an_answer_after_a_lock_is_not_heard(phone: Callable[..., Phone], online: Online) -> None:
    one = phone()
    one.news.watch({"a": one.record(online.report()[1])})
    waiting: list[Any] = []
    one.workers[0].run = lambda *job: waiting.append(job)  # type: ignore[method-assign]
    one.timers.move(MOST)
    work, done, _failed = waiting[0]
    found = work()
    one.news.stop()
    done(found)
    assert not one.told
    assert not one.timers.planned


def test_a_case_that_is_removed_is_asked_about_no_more(
    phone: Callable[..., Phone], online: Online
) -> None:
    one = phone()
    records = {str(at): one.record(online.report()[1]) for at in range(2)}
    one.news.watch(records)
    one.timers.move(MOST)
    del records["0"]
    one.news.watch(records)
    one.told.clear()
    one.timers.move(5 * MOST)
    assert {name for name, _ in one.told} == {"1"}
    assert len(Overheard.asked()) == 2  # the other one goes on as it was


def test_a_dead_line_keeps_the_rhythm(phone: Callable[..., Phone], online: Online) -> None:
    one = phone()
    one.news.watch({"a": one.record(online.report()[1])})
    one.timers.move(HALF)
    Overheard.down = True
    one.timers.move(MOST)
    assert one.dice.asked[1:] == [(LEAST, MOST)] * 2
    assert one.news.found["a"] == Told(1, 0)  # what was known stays
    Overheard.down = False
    one.told.clear()
    one.timers.move(MOST)
    assert set(one.told) == {("a", Told(1, 0))}


def test_a_session_that_ended_is_begun_anew(phone: Callable[..., Phone], online: Online) -> None:
    one = phone()
    one.news.watch({"a": one.record(online.report()[1])})
    one.timers.move(HALF)
    online.service.clock.now += 3 * 3600
    one.timers.move(MOST)
    assert one.told == [("a", Told(1, 0))] * 2
    assert Overheard.asked()[0].signed_in == 2


def test_words_that_open_nothing_any_more(phone: Callable[..., Phone], online: Online) -> None:
    one, (_, words) = phone(), online.report()
    one.news.watch({"a": one.record(words)})
    one.timers.move(HALF)
    online.reporter(words).withdraw()
    one.timers.move(10 * MOST)
    assert one.told[1:] == [("a", Told(gone=True))]
    assert not one.timers.planned
