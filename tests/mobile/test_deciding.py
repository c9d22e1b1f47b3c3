"""The steps that count, tapped on the phone: consent, readers, another desk, the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mobile.notebook_file import NotKept
from shared.errors import EpochChanged, NotFound, Unreachable
from shared.handling import HandlerCase
from shared.sealing.case import key_place
from shared.sealing.encoding import REPORTER, b64
from shared.sealing.envelope import seal
from shared.sealing.epochs import MESSAGES
from shared.thread import today
from tests.api.exporting import ask as make_copy
from tests.mobile.conftest import Board, Hand, Inline, texts
from tests.mobile.seldom import seldom
from tests.mobile.test_readers import serve_with, slip_in
from tests.mobile.test_way import Phone, held
from tests.online import Online


class Open:
    """A phone with a case open on it, and the case at its guardian."""

    def __init__(self, online: Online, phone: Phone, **more: Any) -> None:
        self.online, self.phone = online, phone
        self.reference, self.token = online.report(**more)
        self.guardian: HandlerCase = online.case(self.reference)

    def open(self) -> None:
        self.phone.app.words()
        assert self.phone.app.returning is not None
        self.phone.app.returning.open(self.token, None, self.fail)
        self.phone.hand.settle()

    @staticmethod
    def fail(error: BaseException) -> None:
        raise error

    def ask(self) -> None:
        until = today(self.online.directory) + timedelta(days=30)
        who = [self.online.id("handler-3")]
        self.guardian.send(self.guardian.ask_consent(who, "Helper", "To look into it", until))
        self.guardian.thread()

    def look(self) -> None:
        self.phone.hand.tap(self.phone.screen.ids.look)
        self.phone.hand.settle()

    def types(self) -> list[str]:
        self.guardian.refresh()
        return [str(one.content["type"]) for one in self.guardian.thread() if one.content]


@pytest.fixture
def make(hand: Hand, online: Online, inline: Inline, board: Board) -> Callable[..., Open]:
    def start(**more: Any) -> Open:
        phone = Phone(hand, online.address, inline, board)
        phone.app.connect()
        hand.settle()
        return Open(online, phone, **more)

    return start


@pytest.fixture
def case(make: Callable[..., Open]) -> Open:
    return make()


def test_it_works(case: Open) -> None:
    case.ask()
    case.open()
    phone = case.phone
    assert phone.sees("handler-1 asks for your consent")
    phone.press("Allow")
    assert phone.sees("Let handler-3 read your case?")
    assert phone.sees("You can stop it at any time")
    assert phone.sees("what they have read, they know")
    assert case.types() == ["report", "consent-request"]  # nothing went with the first tap
    phone.press("Yes, allow")
    assert case.types() == ["report", "consent-request", "consent"]
    assert phone.sees("You allowed this on")
    phone.press("Stop sharing")
    phone.press("Yes, stop sharing")
    assert phone.sees("You took this back on")
    assert case.types()[-1] == "consent"


def test_dont_allow_is_asked_twice_too(case: Open) -> None:
    case.ask()
    case.open()
    case.phone.press("Don\u2019t allow")
    case.phone.press("Go back")
    assert case.types() == ["report", "consent-request"]
    case.phone.press("Don\u2019t allow")
    case.phone.press("Yes, don\u2019t allow")
    assert case.phone.sees("You did not allow this")


def test_an_answer_without_signal_waits_and_goes_later(case: Open) -> None:
    case.ask()
    case.open()
    case.phone.line.refuse = [("say", Unreachable())]
    case.phone.press("Allow")
    case.phone.press("Yes, allow")
    assert case.phone.sees("Your answer is on its way.")
    case.phone.press("Try again")
    assert case.phone.sees("You allowed this on")
    first, second = case.phone.line.bodies("say")
    assert first == second


def test_where_it_stands_and_who_reads_it(case: Open) -> None:
    case.guardian.change(status="acknowledged", urgent=True)
    case.guardian.change(legal_hold={"reason": "A claim at the tribunal."})
    case.open()
    assert case.phone.sees("They should tell you what came of it by")
    assert case.phone.sees("A claim at the tribunal.")
    case.phone.press("About your case")
    for words in (
        "They have seen your report.", "Received on", "Seen on", "Marked as urgent",
        "A claim at the tribunal.", "handler-1", "Can read it. Works at this desk.",
    ):  # fmt: skip
        assert case.phone.sees(words), words
    assert not case.phone.sees("What you can do now")
    case.phone.screen.go_back()
    assert case.phone.sees("An invented story.")


def test_copies_that_were_made_are_told(case: Open) -> None:
    case.open()
    case.phone.press("About your case")
    assert not case.phone.sees("Copies that were made")
    case.phone.screen.go_back()
    for body in (None, {"kind": "sharing", "summary": "An invented summary."}):
        assert make_copy(case.online.service, case.reference, body).status_code == 200
    case.look()
    case.phone.press("About your case")
    for words in (
        "Copies that were made", "A copy of your whole case was made on",
        "A copy for sharing was made on", "by handler-1.", "it can\u2019t be called back",
    ):  # fmt: skip
        assert case.phone.sees(words), words


def test_a_stranger_is_warned_about_and_shut_out(case: Open) -> None:
    slip_in(case.online, case.reference, "handler-3")
    case.open()
    assert case.phone.sees("Stop: look who reads this")
    assert case.phone.sees("handler-3 can read this case. You did not agree to that.")
    case.phone.screen.write("Not for them.")
    assert not case.phone.line.bodies("say")
    case.phone.press("See what you can do")
    assert case.phone.sees("You did not agree to this")
    case.phone.press("Take the key away")
    assert not case.phone.sees("Stop: look who reads this")
    with pytest.raises(NotFound):
        case.online.case(case.reference, "handler-3")


def test_going_on_anyway_sends_what_waited(case: Open) -> None:
    slip_in(case.online, case.reference, "handler-3")
    case.open()
    case.phone.screen.write("All the same.")
    case.phone.press("See what you can do")
    case.phone.press("Go on anyway")
    assert case.types()[-1] == "text"
    case.phone.press("About your case")
    assert case.phone.sees("Not from the desk that you chose, and you did not agree to it.")


def test_a_change_that_fails_says_so_and_can_be_tried_again(case: Open) -> None:
    slip_in(case.online, case.reference, "handler-3")
    case.open()
    case.phone.press("See what you can do")
    case.phone.line.refuse = [("readers", Unreachable())]
    case.phone.press("Take the key away")
    assert case.phone.sees("Not done yet")
    assert not case.phone.screen.busy
    case.phone.press("Take the key away")
    assert case.phone.screen.title == "Your case"


def test_somebody_left_out_who_was_let_in_is_never_silent(make: Callable[..., Open]) -> None:
    case = make(excluded=("handler-2",))
    case.open()
    client = case.phone.clients[-1]  # that of the open case
    real = client.case
    serve_with(case.online, case.reference, client)
    case.phone.screen.ids.box.insert_text("Not to them.")
    case.phone.line.refuse = [("say", EpochChanged())]
    case.phone.hand.tap(case.phone.screen.ids.send)
    case.phone.hand.settle()
    assert case.phone.sees("Stop: something is wrong")
    assert not case.phone.sees("An invented story.")
    case.phone.press("Others you can turn to")
    assert case.phone.sees("999")
    case.phone.screen.go_back()
    case.phone.press("Try again")
    assert case.phone.sees("Stop: something is wrong")
    case.phone.line.refuse = [("look", Unreachable())]
    client.case = real  # type: ignore[method-assign]
    case.phone.press("Try again")
    assert case.phone.sees("Not done yet")
    assert not case.phone.sees("An invented story.")
    case.phone.press("Try again")
    assert case.phone.sees("Not to them.")  # nothing was lost, and it went now
    assert case.types() == ["report", "text"]


def test_coming_back_to_a_case_that_does_not_check(make: Callable[..., Open]) -> None:
    case = make(excluded=("handler-2",))
    phone = case.phone
    phone.made = lambda client: serve_with(case.online, case.reference, client)
    phone.app.words()
    phone.hand.settle()
    for word in case.token.split():
        phone.screen.ids.typed.ids.box.insert_text(word[:4] + " ")
        phone.hand.settle(2)
    phone.press("Open my case")
    assert phone.sees("Stop: something is wrong")
    phone.screen.go_back()
    assert phone.sees("Report something")


def test_late_another_desk_somebody_outside_or_wait(case: Open) -> None:
    case.online.move(7)
    case.open()
    phone = case.phone
    assert phone.sees("They are late")
    phone.press("What you can do")
    phone.press("Turn to somebody outside")
    assert phone.sees("999")
    assert not phone.sees("Staff guidance")
    phone.screen.go_back()
    phone.press("Wait")
    assert phone.sees("An invented story.")
    phone.press("What you can do")
    phone.press("Take it to another desk")
    assert phone.sees("Read by handler-3 and handler-4")
    phone.press("Senior manager")
    assert phone.sees("handler-3 and handler-4. They can read your report")
    assert phone.sees("Freedom to Speak Up guardian reads no more")
    phone.press("Yes, take it there")
    assert phone.sees("Can be read by you and handler-3 and handler-4")
    assert not phone.sees("They are late")
    with pytest.raises(NotFound):
        case.online.case(case.reference)


def test_letting_somebody_in_and_shutting_them_out(case: Open) -> None:
    case.open()
    phone = case.phone
    phone.press("About your case")
    phone.press("Let somebody in")
    phone.press("handler-4")
    assert phone.sees("Let handler-4 read your case?")
    phone.press("Yes, let them in")
    assert phone.sees("Can be read by you and handler-1, handler-2 and handler-4")
    phone.press("About your case")
    phone.press("Take the key away")
    phone.press("Yes, shut them out")
    assert phone.sees("Can be read by you and handler-1 and handler-2")
    assert not phone.sees("handler-4")


def test_who_was_shut_out_is_shown_and_can_be_let_in_again(case: Open) -> None:
    case.open()
    phone = case.phone
    phone.press("About your case")
    assert not phone.sees("Who no longer reads it")
    phone.press("Let somebody in")
    phone.press("handler-4")
    phone.press("Yes, let them in")
    phone.press("About your case")
    phone.press("Take the key away")
    phone.press("Yes, shut them out")
    phone.press("About your case")
    assert phone.sees("Who no longer reads it")
    assert phone.sees("No longer reads it. You took the key away.")
    phone.press("Let somebody in")
    assert not phone.sees("handler-4")  # shown where one sees why
    phone.back()
    phone.press("Let them in again")
    assert phone.sees("Let handler-4 read your case again?")
    assert phone.sees("also those written while they could not")
    phone.press("Yes, let them in")
    assert phone.sees("Can be read by you and handler-1, handler-2 and handler-4")
    assert len(case.online.case(case.reference, "handler-4").thread()) == 1
    phone.press("About your case")
    assert not phone.sees("Who no longer reads it")


def test_who_was_left_out_of_the_report_can_be_let_in(make: Callable[..., Open]) -> None:
    case = make(excluded=("handler-2",))
    case.open()
    phone = case.phone
    phone.press("About your case")
    assert phone.sees("You left them out of your report.")
    phone.press("Let them in again")
    phone.press("Yes, let them in")
    assert phone.sees("Can be read by you and handler-1 and handler-2")
    assert len(case.online.case(case.reference, "handler-2").thread()) == 1


def faulty(case: Open) -> None:
    """A handler's client makes a new key, and seals another one to the reporter."""
    guardian = case.guardian
    guardian.refresh()
    new = guardian.prepare_epoch(guardian.handlers(), purpose=MESSAGES)
    place = key_place(guardian.keys.case_id, REPORTER, MESSAGES, new.epoch)
    own = next(one for one in new.body["epoch"]["readers"] if one["reader"] == "reporter")
    own["sealed_key"] = b64(
        seal("case-key", place, guardian._reporter_now().seal_key, b"\x07" * 32)
    )
    guardian.send_epoch(new)


def test_a_faulty_key_is_replaced_by_the_reporters_own(make: Callable[..., Open]) -> None:
    case = make()
    case.open()
    phone = case.phone
    faulty(case)
    case.look()
    assert phone.sees("The newest lock of your case does not fit")
    phone.press("Make a new lock")
    assert phone.sees("Can be read by you and handler-1 and handler-2")
    phone.say("Still here.")
    case.guardian.refresh()
    assert case.guardian.thread()[-1].content["text"] == "Still here."


def test_a_faulty_key_is_replaced_where_the_case_is_not_open(make: Callable[..., Open]) -> None:
    case = make()
    faulty(case)
    phone = case.phone
    phone.app.words()
    phone.hand.settle()
    phone.come_back(case.token.split())
    assert phone.sees("The newest lock of your case does not fit")
    phone.press("Make a new lock")
    assert phone.sees("Can be read by you and handler-1 and handler-2")


def test_the_closing_question(case: Open) -> None:
    case.guardian.change(status="closed")
    case.open()
    phone = case.phone
    phone.press("Answer")
    assert phone.sees("Would you speak up again?")
    phone.press("Send")
    assert phone.sees("Choose one of the four.")
    phone.press("Maybe")
    phone.screen.ids.comment.ids.box.insert_text("x" * 2_001)
    phone.press("Send")
    assert phone.sees("1 character too many. Shorten it before you send.")
    phone.screen.ids.comment.ids.box.text = "It took long."
    phone.press("Send")
    assert phone.sees("Would I speak up again? Maybe.")
    assert not phone.sees("One last question")
    assert case.types()[-1] == "feedback"


def full(*_: Any) -> None:
    raise NotKept


@pytest.mark.parametrize(
    "way", [("Allow", "Yes, allow"), ("Don\u2019t allow", "Yes, don\u2019t allow")]
)
def test_an_answer_that_can_not_be_kept_is_told(
    case: Open, monkeypatch: pytest.MonkeyPatch, way: tuple[str, str]
) -> None:
    case.ask()
    case.open()
    case.phone.press(way[0])
    with monkeypatch.context() as disk:
        disk.setattr(case.phone.app.store, "put", full)
        case.phone.press(way[1])
        assert case.phone.sees(NotKept.default)
        assert case.types()[-1] == "consent-request"
    case.phone.press(way[1])
    assert case.types()[-1] == "consent"


def test_what_is_taken_back_and_can_not_be_kept_is_told(
    case: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.ask()
    case.open()
    case.phone.press("Allow")
    case.phone.press("Yes, allow")
    case.phone.press("Stop sharing")
    monkeypatch.setattr(case.phone.app.store, "put", full)
    case.phone.press("Yes, stop sharing")
    assert case.phone.sees(NotKept.default)


def test_a_closing_answer_that_can_not_be_kept_stays_in_its_field(
    case: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.guardian.change(status="closed")
    case.open()
    phone = case.phone
    phone.press("Answer")
    phone.press("Maybe")
    phone.screen.ids.comment.ids.box.text = "It took long."
    with monkeypatch.context() as disk:
        disk.setattr(phone.app.store, "put", full)
        phone.press("Send")
        assert phone.sees(NotKept.default)
        assert phone.sees("It took long.")
    phone.press("Send")
    assert case.types()[-1] == "feedback"


def test_withdrawing(case: Open) -> None:
    case.open()
    phone = case.phone
    phone.press("About your case")
    phone.press("Withdraw this report")
    assert phone.sees("What can\u2019t be taken back")
    phone.press("Withdraw for good")
    assert phone.sees("These are not the last four characters of your reference.")
    case.guardian.refresh()  # still there
    phone.screen.ids.typed.ids.box.insert_text(case.reference[-4:].lower())
    phone.line.cut = ["withdraw"]
    phone.press("Withdraw for good")
    assert phone.sees("Not done yet")
    phone.press("Withdraw for good")
    assert phone.sees("You withdrew your report")
    assert phone.sees("It is deleted")
    with pytest.raises(NotFound):
        case.guardian.refresh()
    assert phone.app.returning is None
    assert "An invented story." not in held(phone)
    phone.screen.go_back()  # there is no way back into it
    assert phone.sees("You withdrew your report")
    phone.press("Finish")
    assert phone.sees("Report something")


def test_keeping_the_report_after_all(case: Open) -> None:
    case.open()
    case.phone.press("About your case")
    case.phone.press("Withdraw this report")
    case.phone.press("Keep my report")
    assert case.phone.sees("About your case")


WAYS = [
    ("About your case",), ("About your case", "Let somebody in"),
    ("About your case", "Let somebody in", "handler-4"),
    ("About your case", "Withdraw this report"), ("Allow",), ("What you can do",),
    ("What you can do", "Take it to another desk"),
    ("What you can do", "Take it to another desk", "Senior manager"),
]  # fmt: skip


@pytest.mark.parametrize("way", seldom(WAYS, ("Allow",), WAYS[-1]), ids=" > ".join)
def test_a_quick_exit_from_each_page_leaves_nothing(case: Open, way: tuple[str, ...]) -> None:
    case.ask()
    case.online.move(7)
    case.open()
    for text in way:
        case.phone.press(text)
    page = case.phone.screen
    case.phone.exit()
    assert case.phone.sees("Staff guidance")
    assert case.phone.app.returning is None
    left = held(case.phone) + texts(page)
    for secret in ("An invented story.", case.reference, "To look into it", "handler-4"):
        assert secret not in left
