"""Several cases on one phone: kept, named, removed; what is new in each, and what is not sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from api.models.case import Case
from mobile.pin_key import Cost
from shared.errors import BrokenChain, Unreachable
from tests.mobile.conftest import Board, Hand, Inline, find
from tests.mobile.test_news import Timers
from tests.mobile.walk import PIN, Phone, held
from tests.online import Online


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> Timers:
    timers = Timers()
    monkeypatch.setattr("mobile.watching.by_clock", timers.later)
    return timers


@pytest.fixture
def phone(
    hand: Hand, online: Online, inline: Inline, board: Board, timers: Timers
) -> Iterator[Phone]:
    """Without anything that is kept for longer than it runs."""
    assert timers is not None
    phone = Phone(hand, online.address, inline, board)
    phone.app.connect()
    hand.settle()
    yield phone
    phone.app.on_stop()


@pytest.fixture
def locked(
    hand: Hand, online: Online, inline: Inline, board: Board, timers: Timers, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Phone]:  # fmt: skip
    """With a PIN."""
    assert timers is not None
    monkeypatch.setattr("mobile.notebook.calibrate", lambda: Cost(1, 64))
    phone = Phone(hand, online.address, inline, board, tmp_path / "phone")
    phone.app.connect()
    hand.settle()
    phone.app.set_pin(phone.app.home)
    hand.settle()
    phone.set_pin()
    yield phone
    phone.app.on_stop()


def keep(phone: Phone, words: str) -> None:
    """From the first page: opens a case by its words, keeps them, and goes back to the list."""
    if phone.app.kept_cases.records():
        phone.press("My cases")
        phone.press("Open another by its words")
    else:
        phone.press("I have my words")
    phone.come_back(words.split(), keep=True)
    assert phone.sees("An invented story.")
    phone.back()
    assert phone.sees("Open another by its words")


def more(phone: Phone) -> None:
    """The button beside the first case of the list. Where a touch goes is another test's matter:
    in a list that scrolls it depends on how long the machine takes over it."""
    phone.screen.ids.cases.children[-1].ids.more.dispatch("on_release")
    phone.hand.settle()


def reply(online: Online, reference: str, text: str = "An invented reply.") -> None:
    case = online.case(reference)
    case.send(case.prepare(text))


def test_it_works(phone: Phone, online: Online, timers: Timers) -> None:
    (first, words), (second, others) = online.report(), online.report()
    keep(phone, words)
    phone.back()
    keep(phone, others)
    assert phone.sees(first)
    assert phone.sees(second)
    assert phone.sees("Kept only until Wren is closed.")
    reply(online, second)
    timers.move(400)
    phone.hand.settle()
    assert phone.sees("1 new reply")
    phone.back()
    assert phone.sees("There is something new in 1 case.")
    phone.press("My cases")
    phone.press(second)
    assert phone.sees("An invented reply.")
    phone.back()
    assert not phone.sees("1 new reply")


def test_words_are_not_kept_unless_that_is_ticked(phone: Phone, online: Online) -> None:
    _, words = online.report()
    phone.press("I have my words")
    phone.come_back(words.split())
    phone.back()
    assert phone.sees("I have my words")
    assert not phone.app.kept_cases.records()
    assert words not in held(phone)


def test_a_name_of_ones_own(phone: Phone, online: Online) -> None:
    reference, words = online.report()
    keep(phone, words)
    more(phone)
    assert phone.sees("Only on this phone.")
    phone.screen.ids.label.ids.box.insert_text("An allotment")
    phone.press("Use this name")
    assert phone.sees("An allotment")
    assert phone.sees(reference)
    phone.press("An allotment")
    assert phone.sees("An invented story.")


def test_removing_asks_and_leaves_nothing(phone: Phone, online: Online) -> None:
    reference, words = online.report()
    keep(phone, words)
    more(phone)
    phone.press("Remove it from this phone")
    assert phone.sees("They are the only way back to this case.")
    phone.press("Go back")
    assert phone.sees("Only on this phone.")
    phone.press("Remove it from this phone")
    phone.press("Yes, remove it")
    phone.back()
    assert phone.sees("I have my words")
    found = held(phone)
    assert reference not in found
    assert words not in found


def test_it_is_asked_about_no_more_once_removed(
    phone: Phone, online: Online, timers: Timers
) -> None:
    _, words = online.report()
    keep(phone, words)
    assert timers.planned
    name = next(iter(phone.app.kept_cases.records()))
    phone.app.kept_cases.remove(name)
    assert not timers.planned


def test_nothing_is_asked_while_it_is_covered_or_left(
    phone: Phone, online: Online, timers: Timers
) -> None:
    _, words = online.report()
    keep(phone, words)
    phone.app.on_pause()
    assert not timers.planned
    phone.app.on_resume()
    assert timers.planned
    phone.exit()
    assert not timers.planned


def test_a_reply_that_was_begun_is_kept(phone: Phone, online: Online) -> None:
    reference, words = online.report()
    keep(phone, words)
    phone.press(reference)
    phone.screen.ids.box.insert_text("Half a sent")
    phone.back()
    assert phone.sees("A reply is begun")
    phone.press(reference)
    assert phone.screen.ids.box.text == "Half a sent"
    phone.hand.tap(phone.screen.ids.send)
    phone.back()
    assert not phone.sees("A reply is begun")


def test_what_is_not_sent_is_seen_everywhere_and_goes_by_itself(
    phone: Phone, online: Online
) -> None:
    reference, words = online.report()
    keep(phone, words)
    phone.press(reference)
    phone.line.refuse = [("say", Unreachable())]
    phone.say("Not gone yet.")
    assert phone.sees("1 message is not sent yet")
    phone.back()  # nothing is asked: it goes by itself
    assert phone.sees("1 message is not sent yet")
    phone.back()
    assert phone.sees("1 thing is not sent yet.")
    phone.try_again()
    assert not phone.sees("1 thing is not sent yet.")
    assert online.case(reference).thread()[-1].content["text"] == "Not gone yet."  # type: ignore[index]


def test_removing_says_what_is_lost_with_it(phone: Phone, online: Online) -> None:
    reference, words = online.report()
    keep(phone, words)
    phone.press(reference)
    phone.sender.held = True  # not even tried: what is tried again fills the list anew
    phone.say("Never to be sent.")
    phone.back()
    more(phone)
    phone.press("Remove it from this phone")
    assert phone.sees("What is not sent is lost")
    phone.press("Yes, remove it")
    assert "Never to be sent." not in held(phone)


def test_there_is_a_new_reply_in_the_open_case(
    phone: Phone, online: Online, timers: Timers
) -> None:
    reference, words = online.report()
    keep(phone, words)
    phone.press(reference)
    looks = len(phone.line.bodies("look"))
    reply(online, reference)
    timers.move(400)
    phone.hand.settle()
    assert phone.sees("There is a new reply")
    asked = online.reporter(words)
    assert asked.news()["unread"] == 1  # nobody has seen it
    assert len(phone.line.bodies("look")) == looks  # nothing is fetched by itself
    phone.press("Show it")
    assert phone.sees("An invented reply.")
    assert asked.news()["unread"] == 0
    assert not phone.sees("There is a new reply")


def test_words_that_open_nothing_any_more(phone: Phone, online: Online, timers: Timers) -> None:
    _, words = online.report()
    keep(phone, words)
    online.reporter(words).withdraw()
    timers.move(400)
    phone.hand.settle()
    assert phone.sees("Its words open nothing any more.")


def test_a_withdrawn_case_goes_from_the_list(phone: Phone, online: Online) -> None:
    reference, words = online.report()
    keep(phone, words)
    phone.press(reference)
    phone.hand.tap(phone.screen.ids.more)
    phone.hand.settle()
    phone.press("Withdraw this report")
    phone.screen.ids.typed.ids.box.insert_text(reference[-4:])
    phone.press("Withdraw for good")
    phone.press("Finish")
    assert phone.sees("I have my words")
    assert words not in held(phone)


def test_a_dead_line_is_told_on_the_list(phone: Phone, online: Online) -> None:
    reference, words = online.report()
    keep(phone, words)
    phone.line.refuse = [("sign-in", Unreachable())]
    phone.press(reference)
    assert phone.sees("The service can't be reached.")
    phone.press(reference)
    assert phone.sees("An invented story.")


def test_a_case_that_does_not_check_stops(
    phone: Phone, online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference, words = online.report()
    keep(phone, words)

    def broken(*_: Any) -> Any:
        raise BrokenChain

    monkeypatch.setattr("mobile.talk.Talk.refresh", broken)
    phone.press(reference)
    assert phone.sees("Stop: something is wrong")
    phone.back()
    assert phone.sees(reference)


def test_the_words_of_a_report_are_kept_under_a_pin(locked: Phone) -> None:
    locked.write_report()
    locked.press("Send now")
    words, reference = locked.words(), locked.screen.reference
    locked.practise()
    assert not locked.sees("Kept on this phone")
    locked.press("Keep the words on this phone too")
    assert locked.sees("Kept on this phone")
    locked.press("Finish")
    locked.press("My cases")
    assert locked.sees("Kept under your PIN.")
    locked.press(reference)
    assert locked.sees("An invented story.")
    record = next(iter(locked.app.kept_cases.records().values()))
    assert record["words"] == " ".join(words)


def test_a_pin_is_asked_for_to_keep_the_words(
    hand: Hand, online: Online, inline: Inline, board: Board, timers: Timers, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert timers is not None
    monkeypatch.setattr("mobile.notebook.calibrate", lambda: Cost(1, 64))
    phone = Phone(hand, online.address, inline, board, tmp_path / "phone")
    phone.app.connect()
    phone.write_report()
    phone.press("Send now")
    phone.practise()
    phone.press("Keep the words on this phone too")
    phone.set_pin()
    assert phone.sees("Kept on this phone")
    phone.press("Finish")
    assert phone.sees("My cases")
    phone.app.on_stop()


def test_locked_and_unlocked_it_is_all_still_there(
    locked: Phone, online: Online, timers: Timers
) -> None:
    reference, words = online.report()
    keep(locked, words)
    locked.press(reference)
    locked.line.refuse = [("say", Unreachable())]
    locked.say("Written before the lock.")
    locked.screen.ids.box.insert_text("Begun before the lock")
    locked.app.lock()
    locked.hand.settle()
    assert not timers.planned
    for secret in (words, "before the lock", reference):
        assert secret not in held(locked)
    locked.pin("Open")
    assert locked.sees("An invented story.")  # back in the case, opened anew
    assert locked.screen.ids.box.text == "Begun before the lock"
    locked.try_again()
    assert not locked.sees("1 message is not sent yet")
    assert locked.sees("Written before the lock.")


def test_a_report_outlives_the_app_and_is_sent_once(locked: Phone, online: Online) -> None:
    locked.write_report("An invented story that waits.")
    locked.line.cut = ["open"]
    locked.press("Send now")
    assert locked.sees("You can close Wren")
    locked.restart()
    locked.pin("Open", PIN)
    locked.app.connect()
    locked.hand.settle()
    assert locked.sees("Not sent yet") or locked.sees("Your report is on its way")
    locked.try_again()
    assert locked.sees("Keep these eight words")
    with online.service.database.read() as db:
        assert db.scalar(select(func.count()).select_from(Case)) == 1
    words = locked.words()
    locked.restart()  # the words wait until they were practised
    locked.pin("Open", PIN)
    locked.app.connect()
    locked.hand.settle()
    assert locked.words() == words


def test_the_list_fits_any_phone(phone: Phone, online: Online) -> None:
    _, words = online.report()
    keep(phone, words)
    row = phone.screen.ids.cases.children[0]
    assert row.ids.more.width >= 48
    assert find(phone.screen, "Open another by its words")


def test_a_list_that_did_not_change_stays_under_the_finger(phone: Phone, online: Online) -> None:
    _, words = online.report()
    keep(phone, words)
    row = phone.screen.ids.cases.children[0]
    phone.app.listing.sent(())  # type: ignore[union-attr]
    assert phone.screen.ids.cases.children[0] is row
