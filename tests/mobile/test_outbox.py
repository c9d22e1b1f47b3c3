"""The outbox: states, waits, delays, full disks and restarts, without a screen."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest

from mobile.draft import Draft
from mobile.notebook_file import NotKept
from mobile.organisation import Organisation
from mobile.outbox import Answers, Outbox
from mobile.pace import HOURS, MOST, SPREAD, Pace, waits
from mobile.store import Memory
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
from tests.mobile.phone import Clocks, Phone, answers, texts
from tests.online import Online


class FullDisk(Memory):
    """A store that has no room left once a test says so."""

    full = False

    def put(self, kind: str, name: str, record: Any) -> None:
        if self.full:
            raise NotKept
        super().put(kind, name, record)

    def drop(self, kind: str, name: str) -> None:
        if self.full:
            raise NotKept
        super().drop(kind, name)


@pytest.fixture
def phone(online: Online) -> Phone:
    return Phone(online.address)


def keep_case(phone: Phone, reference: str, words: str, **more: Any) -> None:
    record = {"organisation": phone.organisation.address, "reference": reference, "words": words}
    phone.store.put("case", "first", {**record, **more})


def test_it_works(phone: Phone, online: Online) -> None:
    draft = Draft(story="An invented story.", desk="guardian")
    phone.store.put("draft", "report", draft.record() or {})
    name = phone.outbox.put_report(Answers.of(draft))
    assert phone.item(name).state == "waiting"
    assert phone.store.get("draft", "report") is None
    assert len(phone.item(name).words.split()) == 8
    assert (phone.outbox.unsent(), phone.outbox.next_due()) == (1, 0)
    (sent,) = phone.outbox.send_due()
    assert sent.state == "sent"
    assert online.case(sent.case).message
    assert (phone.outbox.unsent(), phone.outbox.next_due()) == (0, None)
    phone.restart()  # the words wait for practice
    assert phone.item(name).words == sent.words
    phone.outbox.finish(name)
    assert not phone.outbox.items()
    assert not phone.store.all("outbox")


def test_it_resumes_by_itself_with_the_same_bytes(phone: Phone) -> None:
    phone.lines.cut = ["open"]
    name = phone.put("Sent once.")
    words = phone.go(name).words
    phone.restart()
    assert (phone.item(name).state, phone.item(name).words) == ("waiting", words)
    phone.clocks.pass_(2)
    assert phone.go(name).state == "sent"
    first, second = phone.lines.bodies("open")
    assert first == second


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


def test_a_full_disk_is_told_and_nothing_is_half(online: Online) -> None:
    disk = FullDisk()
    phone = Phone(online.address, disk)
    disk.full = True
    with pytest.raises(NotKept):
        phone.put("No room.")
    assert not phone.outbox.items()
    disk.full = False
    name = phone.put("No room.")
    disk.full = True
    waiting = phone.go(name)
    assert (waiting.state, waiting.code, waiting.sealed) == ("waiting", "not_kept", ())
    assert not phone.lines.bodies("open")  # what is not kept is not sent
    assert waiting.content["report"]["story"] == "No room."
    disk.full = False
    assert phone.again(name).state == "sent"


def test_a_disk_that_is_full_after_it_was_sent_forgets_nothing(
    online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FullDisk()
    phone = Phone(online.address, disk)
    name = phone.put("Arrived.")
    real = phone.lines.go

    def fill(called: str, body: Any, call: Any) -> Any:
        disk.full = called == "open"
        return real(called, body, call)

    monkeypatch.setattr(phone.lines, "go", fill)
    assert phone.go(name).state == "sent"  # known in memory
    disk.full = False
    phone.restart()  # not on the disk: the same bytes are sent again
    assert phone.item(name).state == "waiting"
    assert phone.go(name).state == "sent"
    first, second = phone.lines.bodies("open")
    assert first == second


def test_a_full_disk_keeps_a_message_in_its_box(online: Online) -> None:
    disk = FullDisk()
    phone = Phone(online.address, disk)
    _, talk = phone.talk()
    disk.full = True
    with pytest.raises(NotKept):
        talk.write("Still in the box.")
    assert talk.unsent() == 0
    disk.full = False
    talk.write("Still in the box.")
    disk.full = True
    waiting = talk.flush().items[-1]
    assert (waiting.state, waiting.why) == ("waiting", NotKept.default)
    assert not phone.lines.bodies("say")
    disk.full = False
    assert talk.flush().items[-1].state == "sent"


def test_messages_wait_for_a_line_and_open_their_case(phone: Phone, online: Online) -> None:
    reference, words = online.report()
    keep_case(phone, reference, words)
    phone.outbox.put_message(reference, "One.")
    phone.outbox.put_message(reference, "Two.")
    phone.lines.refuse = [("sign-in", Unreachable())]
    first, second = phone.outbox.send_due()
    assert (first.state, first.why) == ("waiting", Unreachable.default)
    assert second.why == ""  # it waits behind the first
    phone.restart()
    phone.again()
    assert not phone.outbox.items() or phone.outbox.unsent() == 0
    view = phone.open(words).view()
    assert [item.text for item in view.items[1:]] == ["One.", "Two."]
    assert not any(item.warning for item in view.items)
    assert not phone.store.all("outbox")


def test_without_words_they_wait_until_the_case_is_opened(phone: Phone, online: Online) -> None:
    reference, words = online.report()
    phone.outbox.put_message(reference, "When it is opened.")
    (held,) = phone.outbox.send_due()
    assert (held.state, held.code) == ("waiting", "no_words")
    assert phone.outbox.next_due() is None
    assert not phone.lines.bodies("sign-in")
    talk = phone.open(words)
    assert phone.outbox.next_due() == 0
    phone.outbox.send_due()
    assert len(phone.lines.bodies("sign-in")) == 1  # by the case that is open
    assert texts(talk)[1:] == ["When it is opened."]


def test_a_message_that_waits_outlives_the_conversation(phone: Phone) -> None:
    sent, talk = phone.talk("A story.")
    phone.lines.refuse = [("say", Unreachable())]
    talk.write("Said in a tunnel.")
    talk.flush()
    talk.sign_out()
    del talk
    phone.restart()
    assert phone.outbox.unsent() == 1
    phone.clocks.pass_(2)
    phone.outbox.send_due()  # with the words that wait for practice
    assert phone.outbox.unsent() == 0
    assert texts(phone.open(sent.words))[1:] == ["Said in a tunnel."]


def test_words_of_a_case_that_is_gone(phone: Phone, online: Online) -> None:
    reference, words = online.report()
    keep_case(phone, reference, words)
    phone.outbox.put_message(reference, "Too late.")
    online.reporter(words).withdraw()
    (refused,) = phone.outbox.send_due()
    assert (refused.state, refused.why) == ("refused", UnknownToken.default)
    assert refused.text == "Too late."


def test_withdrawing_drops_what_waits(phone: Phone) -> None:
    _, talk = phone.talk()
    talk.write("Nobody would read it.")
    talk.withdraw()
    assert [one.kind for one in phone.outbox.items()] == ["report"]


def test_whom_one_accepted_is_kept_with_the_case(phone: Phone, online: Online) -> None:
    reference, words = online.report()
    keep_case(phone, reference, words, label="Mine")
    newcomer = online.hire("handler-7")
    guardian = online.case(reference)
    guardian.send_epoch(guardian.let_in(newcomer))
    phone.outbox.put_message(reference, "Who reads this?")
    (held,) = phone.outbox.send_due()
    assert (held.state, held.code) == ("waiting", "new_reader")
    assert phone.outbox.next_due() is None  # it asks nobody but its user
    talk = phone.open(words)
    talk.agree()
    assert phone.store.all("case")["first"]["label"] == "Mine"
    talk.sign_out()
    phone.restart()
    phone.outbox.send_due()
    assert phone.outbox.unsent() == 0


def test_another_organisations_item_goes_to_it(phone: Phone, online: Online) -> None:
    elsewhere = f"{online.url}/o/elsewhere"
    name = phone.put("For eeast.")
    phone.organisation = Organisation(elsewhere, client=phone.lines)
    phone.outbox = phone.make_outbox()
    held = phone.go(name)
    assert (held.state, phone.outbox.next_due()) == ("waiting", None)
    other = lambda address: Organisation(address, client=phone.lines)  # noqa: E731
    phone.outbox = phone.make_outbox(other=other)
    phone.outbox.again(name)
    assert phone.go(name).case.startswith("EEA-")


def test_a_draft_that_was_sent_is_not_offered_again(phone: Phone) -> None:
    """The app was killed between putting the report and dropping its draft."""
    draft = Draft(story="Once.", desk="guardian", step=6)
    phone.outbox.put_report(Answers.of(draft))
    phone.store.put("draft", "report", draft.record() or {})
    phone.restart()
    assert phone.store.get("draft", "report") is None
    other = Draft(story="Another one.", desk="guardian")
    phone.store.put("draft", "report", other.record() or {})
    phone.restart()
    assert phone.store.get("draft", "report") is not None


def during(phone: Phone, monkeypatch: pytest.MonkeyPatch, name: str, act: Any) -> None:
    """Something that the user does once, while this call is under way on the thread."""
    real, acts = phone.lines.go, [act]

    def go(called: str, body: Any, call: Any) -> Any:
        if called == name and acts:
            acts.pop()()
        return real(called, body, call)

    monkeypatch.setattr(phone.lines, "go", go)


@pytest.mark.parametrize("fails", [True, False])
def test_taken_back_while_it_is_prepared(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    name = phone.put("First version.")
    phone.lines.refuse = [("directory", Unreachable())] if fails else []
    during(phone, monkeypatch, "directory", lambda: phone.outbox.take_back(name))
    assert phone.go(name).state == "draft"
    assert not phone.lines.bodies("open")
    phone.outbox.again(name, answers("Second version."))
    sent = phone.go(name)
    assert texts(phone.open(sent.words)) == ["Second version."]


def test_changed_while_it_is_prepared(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    name = phone.put("First version.")
    change = lambda: phone.outbox.again(name, answers("Second version."))  # noqa: E731
    during(phone, monkeypatch, "directory", change)
    phone.go(name)
    sent = phone.go(name)
    assert (sent.state, len(phone.lines.bodies("open"))) == ("sent", 1)
    assert texts(phone.open(sent.words)) == ["Second version."]


def test_a_case_that_is_open_twice_sends_once(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, one = phone.talk("A story.")
    two = phone.open(sent.words)
    other = Thread(target=two.flush)
    one.write("Once.")
    during(phone, monkeypatch, "say", other.start)
    one.flush()
    other.join()
    assert len(phone.lines.bodies("say")) == 1
    two.write("Behind it.")
    two.flush()
    view = phone.open(sent.words).view()
    assert [item.text for item in view.items] == ["A story.", "Once.", "Behind it."]
    assert not any(item.warning for item in view.items)
    assert len({body["id"] for body in phone.lines.bodies("say")}) == 2


def test_discarded_is_discarded_also_while_it_is_sent(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = phone.put()
    during(phone, monkeypatch, "open", lambda: phone.outbox.discard(name))
    phone.go(name)
    assert not phone.outbox.items()
    assert not phone.store.all("outbox")


def test_a_second_thread_does_not_send_the_same(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = phone.put()
    during(phone, monkeypatch, "open", phone.outbox.send_due)
    assert phone.go(name).state == "sent"
    assert len(phone.lines.bodies("open")) == 1


def test_the_store_is_changed_for_a_notebook(phone: Phone) -> None:
    """A PIN is set while something waits: from then on it is kept there."""
    name = phone.put()
    moved = Memory()
    for kept, record in phone.store.all("outbox").items():
        moved.put("outbox", kept, record)
    phone.outbox.use(moved)
    phone.go(name)
    assert moved.all("outbox")[name]["state"] == "sent"


def test_what_waits_and_what_is_refused() -> None:
    for error in (TimedOut(), NotWren(), SlowDown(), WrenError(), BrokenChain(), NotKept()):
        assert waits(error), error
    for error in (Invalid(), Conflict(), ReadersChanged(), TooLong(), UnknownToken()):
        assert not waits(error), error


def test_an_item_survives_its_record(phone: Phone) -> None:
    phone.lines.cut = ["open"]
    name = phone.put("Kept.", excluded=[])
    before = phone.go(name)
    again = Outbox(phone.store, phone.organisation, pace=phone.clocks.pace()).item(name)
    assert again == before
