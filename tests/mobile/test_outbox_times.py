"""When the outbox sends: back-off, chosen delays, and clocks that jump."""

from __future__ import annotations

import pytest

from mobile.notebook_file import NotKept
from mobile.pace import ANEW, APART, HOURS, LATE, LEAST, MOST, SPREAD, Pace, waits
from shared.errors import (
    BadRequest,
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
from tests.mobile.test_outbox_cases import keep_case, put_message
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
    phone.clocks.pass_(3_600)
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
    phone.clocks.pass_(ANEW / 2)  # it may look as if its moment had passed
    phone.go(name)
    assert phone.again(name).state == "sent"


@pytest.mark.parametrize("closed", [True, False])
def test_a_moment_that_passed_while_it_was_closed_is_drawn_anew(
    phone: Phone, *, closed: bool
) -> None:
    """Else the moment says when the app was opened; also where Android let it stand still."""
    name = phone.put("Later.", 2)
    phone.clocks.pass_(3_600 + LATE + 1)
    if closed:
        phone.restart()
    phone.outbox.send_due()
    assert not phone.lines.sent
    assert phone.clocks.drawn[-1] == (0, ANEW)
    assert (phone.item(name).late, phone.outbox.next_due()) == (1, ANEW / 2)
    phone.clocks.pass_(ANEW / 2 - 1)
    phone.restart()  # and it is kept
    assert phone.outbox.next_due() == 1
    phone.clocks.pass_(1)
    assert phone.go(name).state == "sent"


def test_who_opens_the_app_for_moments_gets_it_sent_too(phone: Phone) -> None:
    phone.put("Later.", 12)
    for most in (ANEW, ANEW / 2, ANEW / 4, ANEW / 8, ANEW / 16, LEAST, LEAST):
        phone.clocks.pass_(86_400)
        phone.restart()
        phone.outbox.send_due()
        assert phone.clocks.drawn[-1] == (0, most)


def test_one_case_after_the_other_with_a_pause(phone: Phone, online: Online) -> None:
    """What is sent at the same moment comes from one person."""
    phone.clocks.apart = 30.0
    first, second = phone.put("One."), phone.put("Two.")
    reference, words = online.report()
    keep_case(phone, reference, words)
    for text in ("Whole, one.", "Whole, two."):
        put_message(phone, reference, text)
    phone.restart()
    waits = [phone.item(first).name, phone.item(second).name]
    assert phone.outbox.next_due() == 0
    phone.outbox.send_due()
    assert phone.item(waits[0]).state == "sent"
    assert phone.item(waits[1]).state == "waiting"
    assert phone.outbox.next_due() == phone.outbox.due_in(waits[1]) == 30
    phone.outbox.send_due()
    assert not phone.lines.bodies("sign-in")
    phone.clocks.pass_(30)
    phone.outbox.send_due()
    assert phone.item(waits[1]).state == "sent"
    assert phone.outbox.next_due() == 30
    phone.clocks.pass_(30)
    phone.outbox.send_due()
    assert len(phone.lines.bodies("say")) == 2  # of one case: one after the other
    assert phone.outbox.next_due() is None


def test_a_case_goes_on_without_a_pause(phone: Phone) -> None:
    """A report that arrived and what is written in its case: everybody knows that it is one."""
    phone.clocks.apart = 30.0
    item = phone.report()
    talk = phone.open(item.words)
    talk.write("More about it.")
    assert phone.outbox.next_due() == 0
    phone.outbox.send_due()
    assert phone.outbox.unsent() == 0


def test_an_opened_case_has_a_pause_after_it_too(phone: Phone, online: Online) -> None:
    phone.clocks.apart = 30.0
    phone.open(online.report()[1])
    phone.put("Another report.")
    assert phone.outbox.next_due() == 30


def test_no_case_holds_up_the_others(phone: Phone) -> None:
    phone.clocks.apart = 5.0
    phone.lines.refuse = [("open", Unreachable())] * 3
    names = [phone.put(f"Story {number}.") for number in range(3)]
    for _ in names:
        phone.outbox.send_due()
        phone.clocks.pass_(5)
    assert [phone.item(name).tries for name in names] == [1, 1, 1]


def test_the_pause_is_drawn_by_chance() -> None:
    drawn = {Pace().apart() for _ in range(50)}
    assert len(drawn) > 40
    assert all(APART[0] <= one <= APART[1] for one in drawn)


def test_what_waits_and_what_is_refused() -> None:
    for error in (TimedOut(), NotWren(), SlowDown(), WrenError(), BrokenChain(), NotKept()):
        assert waits(error), error
    for error in (Invalid(), Conflict(), ReadersChanged(), TooLong(), UnknownToken()):
        assert not waits(error), error


def test_what_arrived_cut_is_sent_again(phone: Phone) -> None:
    """A server that got half of a body says so, where one direction of the line still works."""
    phone.lines.refuse = [("open", BadRequest())]
    name = phone.put("Sent whole.")
    waiting = phone.go(name)
    assert waiting is not None
    assert (waiting.state, waiting.code) == ("waiting", "bad_request")
    phone.clocks.pass_(10)
    assert phone.go(name).state == "sent"
    first, second = phone.lines.bodies("open")
    assert first == second
