"""A place under a flood: held from before the first word, or worked for when it is asked."""

from __future__ import annotations

from datetime import date
from threading import Event
from typing import Any

import pytest
from sqlalchemy import func, select

from api.models.case import Case
from mobile import place
from mobile.place import Held
from shared.errors import TimedOut, Unreachable, WorkNeeded
from shared.work import Stopped
from tests.api.flooding import Flood, set_up
from tests.mobile.conftest import Board, Hand, Inline
from tests.mobile.phone import Phone, answers, texts
from tests.mobile.walk import Phone as InHand
from tests.online import Online

HIGH = 100_000


@pytest.fixture
def flood(online: Online, monkeypatch: pytest.MonkeyPatch) -> Flood:
    return set_up(online.service, monkeypatch)


@pytest.fixture
def phone(online: Online) -> Phone:
    return Phone(online.address)


def cases(online: Online) -> int:
    count = select(func.count()).select_from(Case)
    return int(online.service.database.write(lambda db: db.scalar(count)) or 0)


def put(phone: Phone, held: Held | None = None, story: str = "Under a flood.") -> str:
    return phone.outbox.put_report(answers(story), held=held)


def works(phone: Phone) -> list[bool]:
    """Of each time that a report was sent: whether work came with it."""
    return ["work" in body for body in phone.lines.bodies("open")]


def test_it_works(phone: Phone, flood: Flood, online: Online) -> None:
    """Nothing is held: the service asks, the phone works, and it goes by itself."""
    flood.rises()
    name = put(phone)
    sent = phone.go(name)
    assert sent is not None
    assert (sent.state, sent.why, sent.code, sent.held) == ("sent", "", "", {})
    assert works(phone) == [False, True]
    first, second = phone.lines.bodies("open")
    assert first == {key: one for key, one in second.items() if key != "work"}
    assert texts(phone.open(sent.words)) == ["Under a flood."]
    assert cases(online) == 1


def test_while_it_is_quiet_nothing_is_asked_and_nothing_done(phone: Phone, flood: Flood) -> None:
    phone.report()
    assert works(phone) == [False]
    assert not phone.lines.bodies("challenge")


def test_a_place_that_nobody_asks_for_is_not_shown(phone: Phone, flood: Flood) -> None:
    """It would tie the report to the moment at which it was begun, whenever it is sent."""
    held = place.worked(place.fetch(phone.organisation), Event())
    sent = phone.go(put(phone, held))
    assert sent is not None
    assert (sent.state, sent.held) == ("sent", {})
    assert works(phone) == [False]


def test_a_place_from_before_the_flood_is_never_refused(phone: Phone, flood: Flood) -> None:
    held = place.worked(place.fetch(phone.organisation), Event())
    flood.rises(HIGH)
    sent = phone.go(put(phone, held))
    assert sent is not None
    assert sent.state == "sent"
    assert works(phone) == [False, True]
    assert not phone.lines.bodies("challenge")[1:]


def test_one_that_was_not_worked_for_costs_what_it_did_then(phone: Phone, flood: Flood) -> None:
    held = place.fetch(phone.organisation)
    flood.rises(HIGH)
    sent = phone.go(put(phone, held))
    assert sent is not None
    assert sent.state == "sent"
    assert works(phone) == [False, True]
    assert len(phone.lines.bodies("challenge")) == 1


def test_it_outlives_the_app(phone: Phone, flood: Flood) -> None:
    held = place.worked(place.fetch(phone.organisation), Event())
    name = put(phone, held)
    flood.rises(HIGH)
    phone.restart()
    sent = phone.go(name)
    assert sent is not None
    assert sent.state == "sent"
    assert works(phone) == [False, True]


@pytest.mark.parametrize("spent", [True, False], ids=["spent", "too-old"])
def test_a_place_that_is_none_any_more_is_fetched_anew(
    phone: Phone, flood: Flood, monkeypatch: pytest.MonkeyPatch, *, spent: bool
) -> None:
    held = place.worked(place.fetch(phone.organisation), Event())
    if spent:
        flood.rises()
        phone.go(put(phone, held, "Another one, with the same place."))
    else:
        monkeypatch.setattr(place, "today", lambda: date(2999, 1, 1))
        held = {**held, "work": ""}
    flood.rises()
    sent = phone.go(put(phone, held))
    assert sent is not None
    assert sent.state == "sent"
    assert len(phone.lines.bodies("challenge")) == 2


@pytest.mark.parametrize("restarts", [True, False])
def test_the_answer_is_lost_after_the_work_was_spent(
    phone: Phone, flood: Flood, online: Online, *, restarts: bool
) -> None:
    held = place.worked(place.fetch(phone.organisation), Event())
    flood.rises(HIGH)
    phone.lines.cut = ["open"]
    name = put(phone, held)
    waiting = phone.go(name)
    assert waiting is not None
    assert (waiting.state, waiting.code) == ("waiting", TimedOut.code)
    if restarts:
        phone.restart()
    sent = phone.again(name)
    assert sent is not None
    assert (sent.state, sent.earlier) == ("sent", False)
    assert cases(online) == 1
    assert works(phone) == [False, True, False]  # it is stored, which needs no work


def test_what_is_asked_for_again_and_again_waits(phone: Phone, flood: Flood) -> None:
    """Somebody is always faster: told calmly, and tried again by itself."""
    phone.lines.refuse = [("open", WorkNeeded())] * 3
    name = put(phone)
    waiting = phone.go(name)
    assert waiting is not None
    assert (waiting.state, waiting.code, waiting.why) == (
        "waiting", WorkNeeded.code, place.STILL_ASKED,
    )  # fmt: skip
    phone.outbox.hurry()  # a finger on the button makes nobody faster
    assert (phone.outbox.due_in(name) or 0) >= 10
    phone.clocks.pass_(phone.outbox.due_in(name) or 0)
    sent = phone.go(name)
    assert sent is not None
    assert sent.state == "sent"


def test_no_line_for_the_challenge(phone: Phone, flood: Flood) -> None:
    flood.rises()
    phone.lines.refuse = [("challenge", Unreachable())]
    name = put(phone)
    waiting = phone.go(name)
    assert waiting is not None
    assert (waiting.state, waiting.code) == ("waiting", Unreachable.code)
    sent = phone.again(name)
    assert sent is not None
    assert sent.state == "sent"


def test_whoever_leaves_does_not_wait_for_the_sum(
    phone: Phone, flood: Flood, monkeypatch: pytest.MonkeyPatch
) -> None:
    flood.rises()
    said: list[str] = []

    def worked(held: Held, stop: Event) -> Held:
        said.append(phone.outbox.items()[0].why)
        phone.outbox.rest()
        assert stop.is_set()
        raise Stopped

    name = put(phone)
    with monkeypatch.context() as patch:
        patch.setattr(place, "worked", worked)
        phone.outbox.send_due()
    assert said == [place.WORKING]  # what the page of the report shows meanwhile
    assert (phone.item(name).state, phone.outbox.due_in(name)) == ("waiting", 0)
    assert phone.item(name).held["challenge"]  # it is gone on with, not begun anew
    sent = phone.go(name)
    assert sent is not None
    assert sent.state == "sent"
    assert len(phone.lines.bodies("challenge")) == 1


# --- in the hand ---


@pytest.fixture
def in_hand(hand: Hand, served: dict[str, Any], inline: Inline, board: Board) -> InHand:
    phone = InHand(hand, served["address"], inline, board)
    hand.settle()
    return phone


def opens(phone: InHand) -> list[bool]:
    return ["work" in body for name, body in phone.line.sent if name == "open"]


def test_it_is_held_before_the_first_word(in_hand: InHand) -> None:
    in_hand.press("Report something")
    assert [name for name, _body in in_hand.line.sent].count("challenge") == 1
    assert in_hand.app.draft.held["place"]["work"]
    in_hand.to_step(2)
    in_hand.type("story", "An invented story.")
    in_hand.back()
    in_hand.app.home()
    in_hand.app.report()  # and gone on with: it is held already
    in_hand.to_step(6)
    in_hand.press("Send now")
    assert opens(in_hand) == [False]  # nothing was asked
    assert not in_hand.app.draft.held
    assert [name for name, _body in in_hand.line.sent].count("challenge") == 1


def test_without_a_line_none_is_held_and_nobody_is_told(in_hand: InHand) -> None:
    in_hand.line.refuse = [("challenge", Unreachable())]
    in_hand.write_report()
    assert not in_hand.app.draft.held
    in_hand.line.refuse = [("open", WorkNeeded())]
    in_hand.press("Send now")
    assert opens(in_hand) == [False, True]
    assert in_hand.words()


def test_an_exit_ends_it_and_forgets_it(in_hand: InHand) -> None:
    in_hand.press("Report something")
    stop = in_hand.app.holding._stop
    in_hand.exit()
    assert stop.is_set()
    assert not in_hand.app.draft.held


def test_it_is_kept_under_a_pin_with_what_was_typed(in_hand: InHand) -> None:
    """Nothing typed, nothing kept; and it is no report that was begun."""
    in_hand.press("Report something")
    assert in_hand.app.draft.record() is None
    in_hand.to_step(2)
    in_hand.type("story", "An invented story.")
    record = in_hand.app.draft.record() or {}
    assert record["held"] == in_hand.app.draft.held
    in_hand.app.draft.clear()
    in_hand.app.draft.take(record)
    assert in_hand.app.draft.held["place"]["work"]
