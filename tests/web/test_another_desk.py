"""When a promised day has passed: another desk by its readers' names, or somebody outside."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from api.models.case import CaseExcluded
from shared.sealing.encoding import REPORTER
from shared.sealing.epochs import MESSAGES
from tests.api import clients
from tests.api.handling import DAY, case_row, opens, retire
from tests.web.hands import Hands
from tests.web.reading import hire, newest, person, sent_form, sits_at, stored

LATE = 9 * DAY
DESK = "senior-manager"


def late_case(hands: Hands, *excluded: str) -> tuple[str, str]:
    """A case whose day has passed, open in this browser: its reference and address."""
    service = hands.service
    left_out = [str(person(service, one)) for one in excluded]
    reference, token = service.open_case(excluded=left_out)
    service.clock.now += LATE
    return reference, sits_at(hands, token)


def test_it_works(hands: Hands) -> None:
    service = hands.service
    reference, token = service.open_case()
    first = case_row(service, reference).acknowledge_by
    service.clock.now += LATE
    case = sits_at(hands, token)
    hands.go(case)
    hands.go(hands.link("What you can do"))
    assert hands.path == f"{case}/other"
    assert hands.heading == "You waited long enough"
    assert "They have not." in hands.text
    assert "Read by handler-3 and handler-4" in hands.text
    hands.press({"desk": DESK})
    assert hands.heading == "Take your case to Senior manager?"
    assert "handler-3 and handler-4. They can read your report" in hands.text
    assert "may see this at once" in hands.text
    assert not opens(service, reference, "handler-3")
    hands.press()
    assert "The other desk has your case now." in hands.text
    assert "handler-3 Can read it. Works at this desk." in hands.text
    assert "handler-1" not in hands.text
    assert opens(service, reference, "handler-3")
    assert not opens(service, reference, "handler-1")
    record = clients.reporter(service, token).keys.records[MESSAGES][-1]
    assert record.signer == REPORTER
    assert case_row(service, reference).acknowledge_by > first  # the days begin again
    hands.go(case)
    hands.press({"text": "Can you help?"})  # nobody has to be asked about
    found = newest(service, reference, "handler-3")
    assert found.content is not None
    assert found.content["text"] == "Can you help?"


def test_before_the_day_nothing_is_moved(page_hands: Hands) -> None:
    service = page_hands.service
    reference, token = service.open_case()
    case = sits_at(page_hands, token)
    page_hands.go(f"{case}/other")
    assert "They should answer by" in page_hands.text
    assert "once a day that was promised has passed" in page_hands.text
    assert "Senior manager" not in page_hands.text
    page_hands.go(f"{case}/other/{DESK}")
    assert page_hands.path == f"{case}/other"
    before = stored(service)
    page_hands.go(f"{case}/people/in")
    there = [("shown", person(service, one)) for one in ("handler-3", "handler-4")]
    key = page_hands.fields()["key"]
    fields = [("key", key), *((name, str(one)) for name, one in there)]
    page_hands.send(f"{case}/other/{DESK}", fields, 422)
    assert "once a day that was promised has passed" in page_hands.text
    assert stored(service) == before
    assert not opens(service, reference, "handler-3")


def test_a_form_sent_again_moves_nothing_more(page_hands: Hands) -> None:
    _, case = late_case(page_hands)
    page_hands.go(f"{case}/other/{DESK}")
    path, fields = page_hands.filled()
    page_hands.send(path, fields)
    before = stored(page_hands.service)
    page_hands.send(path, fields)
    assert page_hands.path == f"{case}/people/changed/desk"
    assert stored(page_hands.service) == before
    page_hands.go(path)  # the browser's back
    assert page_hands.path == f"{case}/other"


def test_whom_the_report_left_out_reads_there_neither(page_hands: Hands) -> None:
    reference, case = late_case(page_hands, "handler-3")
    page_hands.go(f"{case}/other")
    assert "Read by handler-4" in page_hands.text
    page_hands.go(f"{case}/other/{DESK}")
    assert "handler-3" not in page_hands.text
    page_hands.press()
    assert opens(page_hands.service, reference, "handler-4")
    assert not opens(page_hands.service, reference, "handler-3")


def test_a_desk_where_nobody_would_be_left_is_not_offered(page_hands: Hands) -> None:
    reference, case = late_case(page_hands, "handler-3", "handler-4")
    page_hands.go(f"{case}/other")
    assert "There is no other desk here that could read it." in page_hands.text
    page_hands.go(f"{case}/other/{DESK}")
    assert page_hands.path == f"{case}/other"
    before = stored(page_hands.service)
    page_hands.go(f"{case}/people")
    assert "Everybody on the signed list reads it already" in page_hands.text
    page_hands.go(f"{case}/people/{person(page_hands.service, 'handler-2')}/out")
    sent_form(page_hands, f"{case}/other/{DESK}", {}, 422)
    assert stored(page_hands.service) == before
    assert opens(page_hands.service, reference, "handler-1")


@pytest.mark.parametrize("came", [True, False], ids=["one-more", "one-less"])
def test_it_is_signed_for_those_who_were_shown(page_hands: Hands, came: bool) -> None:
    service = page_hands.service
    reference, case = late_case(page_hands)
    page_hands.go(f"{case}/other/{DESK}")
    if came:
        hire(service, "handler-7", DESK)
    else:
        retire(service, "handler-4")
    before = stored(service)
    page_hands.press(status=422)
    assert "Who works at that desk has changed." in page_hands.text
    assert ("handler-7" in page_hands.text) is came
    assert ("handler-4" in page_hands.text) is came
    assert stored(service) == before
    page_hands.press()
    assert opens(service, reference, "handler-3")
    assert opens(service, reference, "handler-7" if came else "handler-3")


def test_a_service_that_forgot_whom_the_report_left_out(page_hands: Hands) -> None:
    """Nothing is signed that would let them in."""
    service = page_hands.service
    reference, case = late_case(page_hands, "handler-3")
    page_hands.go(f"{case}/other/{DESK}")
    service.database.write(lambda db: db.execute(delete(CaseExcluded)))
    before = stored(service)
    page_hands.press(status=422)
    assert page_hands.heading == "Stop: something is wrong"
    assert stored(service) == before
    assert not opens(service, reference, "handler-3")


def test_nothing_is_chosen_or_there_is_no_such_desk(page_hands: Hands) -> None:
    _, case = late_case(page_hands)
    page_hands.go(f"{case}/other")
    before = stored(page_hands.service)
    for desk in ("", "guardian", "nothing"):
        page_hands.press({"desk": desk}, status=422)
        assert "Choose which desk should have it." in page_hands.text
    page_hands.go(f"{case}/other/nothing")
    assert page_hands.path == f"{case}/other"
    assert stored(page_hands.service) == before


def test_people_outside_stand_there_with_their_days(page_hands: Hands) -> None:
    _, case = late_case(page_hands)
    page_hands.go(f"{case}/other")
    assert "Samaritans 116 123" in page_hands.text
    assert "Last checked on 23 November 2026" in page_hands.text
    assert page_hands.link("Back to your case") == case
