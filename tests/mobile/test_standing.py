"""Status, deadlines and holds in plain words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mobile.standing import Standing, spoken, standing
from mobile.view import notices

TODAY = date(2026, 11, 24)


def case(**more: Any) -> dict[str, Any]:
    return {
        "status": "new", "urgent": False, "opened_on": date(2026, 11, 24),
        "acknowledge_by": date(2026, 11, 26), "feedback_by": date(2027, 2, 24),
        "acknowledged_on": None, "feedback_on": None, "closed_on": None, "overdue": None,
        "answered": False, "legal_hold": None, **more,
    }  # fmt: skip


def test_it_works() -> None:
    now = standing(case(), TODAY)
    assert now.status == "Received. Nobody has picked it up yet."
    assert now.promise == "They should answer by Thursday 26 November."
    assert now.facts == ("Received on Tuesday 24 November.",)
    assert not now.late


@pytest.mark.parametrize(
    ("changes", "promise", "late"),
    [
        ({"status": "acknowledged"}, "what came of it by Wednesday 24 February 2027.", ""),
        ({"overdue": "acknowledge"}, "", "answered by Thursday 26 November. They have not."),
        ({"status": "in_progress", "overdue": "feedback"}, "",
         "what came of it by Wednesday 24 February 2027. They have not."),
        ({"status": "in_progress", "feedback_on": date(2026, 11, 24)}, "", ""),
        ({"status": "closed", "closed_on": date(2026, 11, 24)}, "", ""),
        ({"status": "something-new"}, "what came of it by", ""),
    ],
)  # fmt: skip
def test_what_is_promised_and_what_is_late(
    changes: dict[str, Any], promise: str, late: str
) -> None:
    now = standing(case(**changes), TODAY)
    assert promise in now.promise
    assert bool(promise) == bool(now.promise)
    assert late in now.late
    assert bool(late) == bool(now.late)


def test_a_year_is_said_where_it_is_another_one() -> None:
    assert spoken(date(2026, 11, 26), TODAY) == "Thursday 26 November"
    assert spoken(date(2027, 1, 4), TODAY) == "Monday 4 January 2027"


def test_each_day_that_is_known_is_told() -> None:
    days = {"acknowledged_on": date(2026, 11, 25), "feedback_on": date(2026, 12, 1),
            "closed_on": date(2026, 12, 2), "goes_on": date(2028, 12, 2),
            "status": "closed"}  # fmt: skip
    facts = standing(case(**days), TODAY).facts
    assert [text.split(" on ")[0] for text in facts] == [
        "Received", "Seen", "They told you what came of it", "Closed",
        "Unless something changes, it will be deleted",
    ]  # fmt: skip


def test_the_closing_question_is_asked_once() -> None:
    assert standing(case(status="closed"), TODAY).unanswered
    assert not standing(case(status="closed", answered=True), TODAY).unanswered
    assert not standing(case(), TODAY).unanswered
    now = standing(case(status="closed"), TODAY)
    assert [one.title for one in notices(now)] == ["One last question"]
    assert not notices(now, answering=True)


def test_a_hold_and_its_reason_are_told() -> None:
    now = standing(case(legal_hold={"reason": "A claim at the tribunal."}), TODAY)
    card = notices(now)[0]
    assert card.title == "Your report is being kept"
    assert "A claim at the tribunal." in card.text
    assert "tribunal" not in repr(now)


def test_late_offers_what_can_be_done() -> None:
    card = notices(standing(case(overdue="acknowledge"), TODAY))[0]
    assert (card.kind, card.buttons) == ("warning", (("late", "What you can do"),))


def test_nothing_known_is_nothing_claimed() -> None:
    assert standing({}, TODAY) == Standing()


def copy(day: date, kind: str = "full", name: str = "handler-1") -> dict[str, Any]:
    return {"day": day, "kind": kind, "handler": "", "display_name": name}


def test_each_copy_is_told_the_newest_first() -> None:
    made = [copy(date(2026, 11, 20)), copy(date(2026, 11, 24), "sharing", "handler-2")]
    shared, whole = standing(case(exports=made), TODAY).copies
    assert whole == "A copy of your whole case was made on Friday 20 November by handler-1."
    assert shared.startswith(
        "A copy for sharing was made on Tuesday 24 November by handler-2. It has only the files"
    )


def test_nothing_is_told_of_copies_where_there_are_none() -> None:
    assert not standing(case(exports=[]), TODAY).copies
    assert not standing(case(), TODAY).copies  # a service that is older


def test_a_copy_by_somebody_who_is_not_listed() -> None:
    [told] = standing(case(exports=[copy(TODAY, name="")]), TODAY).copies
    assert told.endswith("by somebody who is not on the list.")


def test_of_many_copies_the_newest_are_told() -> None:
    made = [copy(TODAY, name=f"handler-{at}") for at in range(23)]
    told = standing(case(exports=made), TODAY).copies
    assert len(told) == 21
    assert "handler-22." in told[0]
    assert told[-1] == "And 3 copies before that."
