"""The closing question, a broken confidentiality, a hold, and withdrawing; without a screen."""

from __future__ import annotations

from typing import Any

import pytest

from mobile.questions import withdrawing, withdrawn
from mobile.talk import Talk
from shared.errors import NotFound, TimedOut, UnknownToken, Unreachable
from shared.thread import today
from tests.mobile.phone import Phone
from tests.online import Online


class Case:
    """A case on the phone, and at its guardian."""

    def __init__(self, online: Online) -> None:
        self.reference, self.token = online.report()
        self.guardian = online.case(self.reference)
        phone = Phone(online.address)
        self.talk: Talk = phone.open(self.token)
        self.line: Any = phone.lines

    def titles(self) -> list[str]:
        return [one.title for one in self.talk.view().notices if one.title]

    def read(self) -> list[Any]:
        self.guardian.refresh()
        return [one.content for one in self.guardian.thread()]


@pytest.fixture
def case(online: Online) -> Case:
    return Case(online)


def test_it_works(case: Case) -> None:
    assert case.titles() == []
    case.guardian.change(status="closed")
    case.talk.refresh()
    assert case.titles() == ["One last question"]
    case.talk.close_with("maybe", "It took long.")
    assert case.titles() == []
    view = case.talk.flush()
    assert view.items[-1].text == "Would I speak up again? Maybe.\n\nIt took long."
    assert view.items[-1].state == "sent"
    assert case.titles() == []
    last = case.read()[-1]
    assert (last["type"], last["answer"], last["comment"]) == (
        "feedback", "maybe", "It took long.",
    )  # fmt: skip


@pytest.mark.parametrize("lost", [True, False])
def test_the_closing_answer_on_a_bad_line_counts_once(case: Case, lost: bool) -> None:
    case.guardian.change(status="closed")
    case.talk.refresh()
    if lost:
        case.line.cut = ["say"]
    else:
        case.line.refuse = [("say", Unreachable())]
    case.talk.close_with("yes", "")
    case.talk.close_with("no", "")  # a second tap while it waits
    case.talk.flush()
    case.talk.flush()
    first, second = case.line.bodies("say")
    assert first == second
    assert [one["type"] for one in case.read()] == ["report", "feedback"]
    assert case.titles() == []


def test_an_answer_before_it_is_closed_is_refused_and_says_why(case: Case) -> None:
    case.talk.close_with("yes", "")
    item = case.talk.flush().items[-1]
    assert (item.state, item.why) == ("refused", "The question is asked when the case is closed.")
    assert case.talk.take_back(item.key) == ""
    assert case.talk.unsent() == 0


@pytest.mark.parametrize("answer", ["", "perhaps"])
def test_only_the_four_answers_are_sealed(case: Case, answer: str) -> None:
    case.guardian.change(status="closed")
    case.talk.close_with(answer, "")
    assert case.talk.flush().items[-1].state == "refused"
    assert not case.line.bodies("say")


def test_a_comment_that_is_too_long_is_not_cut(case: Case) -> None:
    case.guardian.change(status="closed")
    case.talk.close_with("yes", "x" * 2_001)
    assert case.talk.flush().items[-1].state == "refused"


def test_broken_confidentiality_is_told_plainly(case: Case) -> None:
    told = case.guardian.break_confidentiality("The police", "Somebody was about to be hurt.")
    case.guardian.send(told)
    card = case.talk.refresh().items[-1].notice
    assert card is not None
    assert card.kind == "danger"
    assert card.title == "handler-1 told somebody about your case without asking you"
    assert "The police" in card.text
    assert "Somebody was about to be hurt." in card.text


def test_another_status_message_is_no_alarm(case: Case) -> None:
    case.guardian.send(case.guardian._seal("status", {"event": "moved"}))
    item = case.talk.refresh().items[-1]
    assert item.notice is None
    assert item.text == "The status of your case changed."


def test_withdrawn_everything_goes(case: Case, online: Online) -> None:
    answer = case.talk.withdraw()
    assert (answer["deleted"], answer["held"], answer["exports"]) == (True, False, 0)
    assert answer["backups_until"] > today(online.directory)
    with pytest.raises(NotFound):
        case.guardian.refresh()
    with pytest.raises(UnknownToken):
        Phone(online.address).open(case.token)


def test_withdrawn_under_a_hold_is_kept_and_says_so(case: Case, online: Online) -> None:
    case.guardian.change(legal_hold={"reason": "A claim at the tribunal."})
    case.talk.refresh()
    assert case.titles() == ["Your report is being kept"]
    points = withdrawing(case.talk.view().standing.hold)
    assert "A claim at the tribunal." in points[0].text
    answer = case.talk.withdraw()
    assert (answer["deleted"], answer["held"]) == (False, True)
    with pytest.raises(UnknownToken):
        Phone(online.address).open(case.token)


@pytest.mark.parametrize("held", [True, False])
def test_a_lost_answer_to_withdrawing_is_no_riddle(case: Case, held: bool) -> None:
    if held:
        case.guardian.change(legal_hold={"reason": "A claim."})
        case.talk.refresh()
    case.line.cut = ["withdraw"]
    with pytest.raises(TimedOut):
        case.talk.withdraw()
    answer = case.talk.withdraw()
    assert (answer["deleted"], answer["held"]) == (not held, held)


def test_withdrawing_that_never_arrived(case: Case) -> None:
    case.line.refuse = [("withdraw", Unreachable())]
    with pytest.raises(Unreachable):
        case.talk.withdraw()
    assert case.talk.withdraw()["deleted"]


def test_words_that_open_nothing_are_not_taken_for_withdrawn(case: Case) -> None:
    """Withdrawn by somebody else with the same words: not by this phone."""
    case.talk._case.client.withdraw(case.talk._case._bearer)
    with pytest.raises(UnknownToken):
        case.talk.withdraw()


def test_the_result_in_plain_words(case: Case, online: Online) -> None:
    day = today(online.directory)
    base = {"deleted": True, "held": False, "backups_until": day, "exports": 0}
    gone = " ".join(one.title for one in withdrawn(base, day).points)
    assert gone == "It is deleted Backups Your eight words"
    more = withdrawn({**base, "deleted": False, "held": True, "exports": 2}, day).points
    text = " ".join(f"{one.title} {one.text}" for one in more)
    assert "It is kept for now" in text
    assert "It was exported 2 times." in text
    assert "It is deleted" not in [one.title for one in more]
    assert len(withdrawn({**base, "backups_until": None}, day).points) == 2
