"""When the outbox sends: back-off, chosen delays, and clocks that jump."""

from __future__ import annotations

import pytest

from mobile.notebook_file import NotKept
from mobile.pace import HOURS, MOST, SPREAD, Pace, waits
from shared.errors import (
    BrokenChain,
    Conflict,
    Invalid,
    NotWren,
    ReadersChanged,
    SlowDown,
    TimedOut,
    TooLong,
    UnknownToken,
    Unreachable,
    WrenError,
)
from tests.mobile.phone import Clocks, Phone, answers
from tests.online import Online


@pytest.fixture
def phone(online: Online) -> Phone:
    return Phone(online.address)


def test_nothing_is_sent_before_its_time(phone: Phone) -> None:
    phone.lines.refuse = [("open", Unreachable())] * 2
    name = phone.put()
    phone.go(name)
    assert phone.outbox.next_due() == 2
    phone.clocks.pass_(1.9)
    assert phone.go(name).tries == 1
    phone.clocks.pass_(0.1)
    assert phone.go(name).tries == 2
    assert phone.outbox.due_in(name) == 4
    assert phone.again(name).state == "sent"  # *Try again* waits for nothing


def test_waits_double_up_to_five_minutes_and_are_spread() -> None:
    clocks = Clocks()
    pace = clocks.pace()
    planned = [pace.again(tries, "unreachable") for tries in range(1, 12)]
    assert planned == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert clocks.drawn[0] == (1 - SPREAD, 1 + SPREAD)
    drawn = {Pace().again(3, "unreachable") for _ in range(50)}
    assert len(drawn) > 40
    assert all(4 <= one <= 12 for one in drawn)


def test_a_service_that_asks_to_wait_gets_its_time(phone: Phone) -> None:
    phone.lines.refuse = [("open", SlowDown())]
    name = phone.put()
    waiting = phone.go(name)
    assert waiting.why == SlowDown.default
    assert phone.outbox.next_due() >= 10
    assert phone.again(name).tries == 1  # *Try again* does not shorten it
    phone.clocks.pass_(20)
    assert phone.go(name).state == "sent"
    clocks = Clocks()
    clocks.part = 0
    assert clocks.pace().again(1, SlowDown.code) == 10


@pytest.mark.parametrize("hours", HOURS)
def test_a_random_time_within_the_hours(phone: Phone, hours: int) -> None:
    name = phone.put("Not while I am on shift.", hours)
    assert phone.clocks.drawn == [(0, hours * 3600)]
    assert phone.item(name).delayed
    due = hours * 1800
    assert phone.outbox.next_due() == due
    phone.clocks.pass_(due - 1)
    assert phone.again(name).state == "waiting"  # nor by *Try again*: it was chosen
    phone.restart()
    assert phone.outbox.next_due() == 1
    assert not phone.item(name).sealed  # sealed when due, for those who read then
    phone.clocks.pass_(1)
    assert phone.go(name).state == "sent"


def test_only_the_hours_that_are_offered(phone: Phone) -> None:
    with pytest.raises(ValueError, match="HOURS"):
        phone.put(hours=100)
    assert not phone.outbox.items()


def test_a_delay_can_be_taken_back(phone: Phone) -> None:
    name = phone.put(hours=12)
    phone.outbox.send_now(name)
    assert phone.go(name).state == "sent"


def test_what_comes_later_is_sealed_to_those_who_read_then(phone: Phone, online: Online) -> None:
    """Somebody came to the desk meanwhile: the user is asked before it is sealed to them."""
    phone.organisation.connect()
    shown = [code for code, _ in phone.organisation.readers("guardian")]
    name = phone.put("Later.", 2, agreed=shown)
    online.hire("handler-7")
    phone.clocks.pass_(7_200)
    refused = phone.go(name)
    assert (refused.state, refused.code) == ("refused", "readers_changed")
    assert not phone.lines.bodies("open")
    phone.organisation.accept()
    now = [code for code, _ in phone.organisation.readers("guardian")]
    phone.outbox.again(name, answers("Later.", agreed=now))
    assert phone.go(name).state == "sent"


@pytest.mark.parametrize("years", [-20, 20])
@pytest.mark.parametrize("hours", [0, 12])
def test_a_clock_that_jumps_holds_nothing_up(phone: Phone, years: int, hours: int) -> None:
    phone.lines.refuse = [("open", Unreachable())]
    name = phone.put(hours=hours)
    phone.go(name)
    before = phone.outbox.due_in(name)
    phone.clocks.wall += years * 31_557_600
    assert phone.outbox.due_in(name) == before  # nobody sets the clock that counts
    phone.restart()
    most = hours * 3600 or MOST * (1 + SPREAD)
    assert phone.outbox.due_in(name) == (most if years < 0 else 0)
    phone.clocks.pass_(most)
    phone.go(name)
    assert phone.again(name).state == "sent"


def test_what_waits_and_what_is_refused() -> None:
    for error in (TimedOut(), NotWren(), SlowDown(), WrenError(), BrokenChain(), NotKept()):
        assert waits(error), error
    for error in (Invalid(), Conflict(), ReadersChanged(), TooLong(), UnknownToken()):
        assert not waits(error), error
