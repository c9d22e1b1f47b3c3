"""The page about who should read it: by name, at which desk, and who must not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.checks import nothing_stored
from tests.api.handling import new_keys, opens, retire
from tests.service import Service
from tests.web.hands import Hands
from tests.web.reports import arrived, at, cases, joins, reference, turn
from tests.web.tour import STORY, begin, to


def person(service: Service, name: str) -> str:
    return str(service.handlers[name].id)


def at_readers(hands: Hands) -> None:
    begin(hands)
    to(hands, 6, STORY)


def sent(hands: Hands) -> str:
    """Sends from the check; the reference."""
    assert at(hands) == 7, hands.text
    hands.press()
    assert at(hands) == 8, hands.text
    return reference(hands)


def test_it_works(hands: Hands) -> None:
    at_readers(hands)
    for words in ("Freedom to Speak Up guardian Listens", "Read by: handler-1 and handler-2",
                  "Not this person: handler-1", "Senior manager Can act at once",
                  "Read by: handler-3 and handler-4"):  # fmt: skip
        assert words in hands.text
    assert "handler-5" not in hands.text
    assert hands.fields()["desk"] == "guardian"
    shut_out = person(hands.service, "handler-1")
    hands.press({"desk": "guardian", "excluded": [shut_out]})
    assert "Freedom to Speak Up guardian handler-2 Shut out handler-1 Change" in hands.text
    named = sent(hands)
    found = arrived(hands.service, named, "handler-2")
    assert found["excluded"] == [shut_out]
    assert found["report"]["content"]["excluded"] == [shut_out]
    for name in ("handler-1", "handler-3", "handler-5"):
        assert not opens(hands.service, named, name)


def test_another_desk(page_hands: Hands) -> None:
    at_readers(page_hands)
    page_hands.press({"desk": "senior-manager"})
    assert "Senior manager handler-3 and handler-4" in page_hands.text
    named = sent(page_hands)
    assert arrived(page_hands.service, named, "handler-3")["desk"] == "senior-manager"
    assert not opens(page_hands.service, named, "handler-1")


def test_somebody_of_another_desk_can_be_shut_out_too(page_hands: Hands) -> None:
    at_readers(page_hands)
    page_hands.press({"excluded": [person(page_hands.service, "handler-3")]})
    assert "Shut out handler-3" in page_hands.text
    turn(page_hands, 6)
    assert page_hands.page.text.count(" checked") == 2  # the desk, and this person
    page_hands.press()
    found = arrived(page_hands.service, sent(page_hands))
    assert found["excluded"] == [person(page_hands.service, "handler-3")]


def test_nobody_left(page_hands: Hands) -> None:
    at_readers(page_hands)
    both = [person(page_hands.service, one) for one in ("handler-1", "handler-2")]
    with nothing_stored(page_hands.service):
        page_hands.press({"excluded": both}, status=422)
    assert "Nobody would be left to read it. Choose another desk" in page_hands.text
    assert all(one in str(page_hands.forms()) for one in both)
    page_hands.press({"desk": "senior-manager"})
    assert "Shut out handler-1 and handler-2" in page_hands.text
    sent(page_hands)


WRONG: dict[str, Any] = {
    "no desk": {"desk": []},
    "another organisation's": {"desk": "nothing"},
    "markup": {"desk": "<b>"},
    "two": {"desk": ["nothing", "guardian"]},
}


@pytest.mark.parametrize("typed", WRONG.values(), ids=list(WRONG))
def test_wrong_desk(page_hands: Hands, typed: dict[str, Any]) -> None:
    at_readers(page_hands)
    with nothing_stored(page_hands.service):
        page_hands.press(typed, status=422)
    assert "<b>" not in page_hands.page.text


def test_who_is_no_handler_here_is_passed_over(page_hands: Hands) -> None:
    at_readers(page_hands)
    stranger = person(page_hands.service, "handler-5")
    page_hands.press({"excluded": [stranger, "<b>", "", "0" * 5_000]})
    assert "Shut out" not in page_hands.text
    assert arrived(page_hands.service, sent(page_hands))["excluded"] == []


# --- people who come and go --------------------------------------------------------------


def test_somebody_new_between_looking_and_going_on(page_hands: Hands) -> None:
    at_readers(page_hands)
    joins(page_hands.service, "handler-9")
    with nothing_stored(page_hands.service):
        page_hands.press(status=422)
        assert "handler-9 can now read it too. Is that all right?" in page_hands.text
        # Pressed again without looking: it is asked again.
        page_hands.press(status=422)
    page_hands.press({"seen": "yes"})
    assert "handler-1, handler-2 and handler-9" in page_hands.text
    sent(page_hands)


def test_somebody_new_between_the_check_and_sending(page_hands: Hands) -> None:
    at_readers(page_hands)
    page_hands.press()
    new = joins(page_hands.service, "handler-9")
    with nothing_stored(page_hands.service):
        page_hands.press()
        assert at(page_hands) == 6
        assert "handler-9 can now read it too" in page_hands.text
        turn(page_hands, 7)
        assert at(page_hands) == 6
    page_hands.press({"excluded": [new]})
    assert "handler-1 and handler-2 Shut out handler-9" in page_hands.text
    named = sent(page_hands)
    assert arrived(page_hands.service, named)["excluded"] == [new]


def test_two_new_one_after_the_other(page_hands: Hands) -> None:
    at_readers(page_hands)
    joins(page_hands.service, "handler-8")
    page_hands.press(status=422)
    joins(page_hands.service, "handler-9")
    page_hands.press({"seen": "yes"}, status=422)
    assert "handler-9 can now read it too" in page_hands.text
    assert "handler-8 can now" not in page_hands.text


def test_who_was_shut_out_and_comes_again_stays_so(page_hands: Hands) -> None:
    at_readers(page_hands)
    shut_out = person(page_hands.service, "handler-2")
    page_hands.press({"excluded": [shut_out]})
    retire(page_hands.service, "handler-2")
    named = sent(page_hands)
    assert arrived(page_hands.service, named)["excluded"] == [shut_out]


def test_who_left_reads_nothing(page_hands: Hands) -> None:
    at_readers(page_hands)
    page_hands.press()
    retire(page_hands.service, "handler-2")
    named = sent(page_hands)
    handlers = arrived(page_hands.service, named)["handlers"]
    assert [one["display_name"] for one in handlers] == ["handler-1"]


def test_nobody_can_open_what_is_sealed_now(page_hands: Hands) -> None:
    """The roster has them, but they lost their keys."""
    at_readers(page_hands)
    page_hands.press({"desk": "senior-manager"})
    for name in ("handler-3", "handler-4"):
        new_keys(page_hands.service, name, by=None)
    with nothing_stored(page_hands.service):
        page_hands.press(status=422)
    assert "Nobody would be left to read it" in page_hands.text
    assert cases(page_hands.service) == 0
    page_hands.press({"desk": "guardian"})
    sent(page_hands)


def test_nobody_is_sent_to_who_was_not_shown(page_hands: Hands) -> None:
    """The check is no way round the page of the readers; nor is a form without what it showed."""
    begin(page_hands)
    to(page_hands, 4, STORY)
    turn(page_hands, 7)
    assert at(page_hands) == 6
    for typed in ({"known": ""}, {"known": "nothing", "shown": "nothing", "seen": "yes"}):
        with nothing_stored(page_hands.service):
            page_hands.press(typed, status=422)
        assert "handler-1 and handler-2 can now read it too" in page_hands.text


def test_going_back_agrees_to_nobody(page_hands: Hands) -> None:
    at_readers(page_hands)
    page_hands.press({"desk": "senior-manager"}, button=("back", "yes"))
    assert at(page_hands) == 5
    turn(page_hands, 7)
    assert at(page_hands) == 6
    assert page_hands.fields()["desk"] == "senior-manager"


# --- who was shut out stays so ------------------------------------------------------------


@pytest.mark.parametrize("looks_again", [False, True], ids=["straight on", "looked at again"])
def test_who_left_meanwhile_stays_shut_out(page_hands: Hands, looks_again: bool) -> None:
    """Their box is gone, and they may come back tomorrow, as somebody else's replacement."""
    service = page_hands.service
    shut_out = person(service, "handler-2")
    at_readers(page_hands)
    page_hands.press({"excluded": [shut_out]})
    retire(service, "handler-2")
    turn(page_hands, 7)
    assert "Shut out handler-2" in page_hands.text
    if looks_again:
        turn(page_hands, 6)
        assert "Shut out as well, though at no desk now: handler-2" in page_hands.text
        page_hands.press({}, button=("back", "yes"))
        turn(page_hands, 6)
        page_hands.press()
        assert "Shut out handler-2" in page_hands.text
    found = arrived(service, sent(page_hands))
    assert found["excluded"] == [shut_out]
    assert found["report"]["content"]["excluded"] == [shut_out]


@pytest.mark.parametrize("goes", ["before", "after"])
def test_who_goes_while_the_page_is_open(page_hands: Hands, goes: str) -> None:
    """Ticked on a page that still had them; or on one of before, and the box is gone since."""
    service = page_hands.service
    shut_out = person(service, "handler-2")
    at_readers(page_hands)
    if goes == "after":
        path, fields = page_hands.filled({"excluded": [shut_out]})
        retire(service, "handler-2")
    else:
        page_hands.press({"excluded": [shut_out]})
        retire(service, "handler-2")
        turn(page_hands, 6)
        path, fields = page_hands.filled()
        # As a page would send that had no field for them at all.
        fields = [one for one in fields if one[0] != "excluded"]
    page_hands.send(path, fields)
    assert "Shut out handler-2" in page_hands.text
    assert arrived(service, sent(page_hands))["excluded"] == [shut_out]


def test_who_comes_back_is_still_shut_out(page_hands: Hands) -> None:
    """The page was opened while they were away, and sent when they were back."""
    service = page_hands.service
    shut_out = person(service, "handler-2")
    at_readers(page_hands)
    page_hands.press({"excluded": [shut_out]})
    retire(service, "handler-2")
    turn(page_hands, 6)
    path, fields = page_hands.filled()
    assert ("excluded", shut_out) in fields
    new_keys(service, "handler-2")
    page_hands.send(path, fields)
    assert "handler-1 Shut out handler-2" in page_hands.text
    named = sent(page_hands)
    assert arrived(service, named)["excluded"] == [shut_out]
    assert not opens(service, named, "handler-2")


def test_a_box_that_is_emptied_lets_them_in_again(page_hands: Hands) -> None:
    at_readers(page_hands)
    page_hands.press({"excluded": [person(page_hands.service, "handler-2")]})
    turn(page_hands, 6)
    page_hands.press({"excluded": []})
    assert "Shut out" not in page_hands.text
    assert opens(page_hands.service, sent(page_hands), "handler-2")
