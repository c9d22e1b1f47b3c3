"""Releases: what a reporter does is shown to handlers at set hours, so that no rota fits it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from api.models.message import Message
from api.models.organisation import Organisation
from tests.api import sealed
from tests.api.checks import UNKNOWN, at_once, check_problem, nothing_stored, text
from tests.api.test_reporter_messages import texts, thread
from tests.service import OUTSIDERS, Service

LONDON = ZoneInfo("Europe/London")
HOURS = ("07:00", "13:00", "19:00")


def at(service: Service, when: str) -> float:
    """Sets the clock to a time in London; returns it."""
    service.clock.now = datetime.fromisoformat(when).replace(tzinfo=LONDON).timestamp()
    return service.clock.now


@pytest.fixture
def held(service: Service) -> Service:
    """A service whose eeast releases at 07:00, 13:00 and 19:00; it is 08:15 in January."""
    by_hours = update(Organisation).where(Organisation.slug == "eeast").values(release=list(HOURS))
    service.database.write(lambda db: db.execute(by_hours))
    at(service, "2026-01-15 08:15")
    return service


def inbox(service: Service, username: str = "handler-1") -> list[dict[str, Any]]:
    """What is in the inbox now."""
    answer = service.get("/cases", service.handler(username))
    assert answer.status_code == 200
    return list(answer.get_json()["items"])


def hours(service: Service) -> list[int | None]:
    """The hours that the database holds, in the order of messages."""
    with service.database.read() as db:
        return list(db.scalars(select(Message.visible_from).order_by(Message.number)))


def test_it_works(held: Service) -> None:
    reference, _ = held.open_case()
    at(held, "2026-01-15 12:59:59")
    assert inbox(held) == []
    at(held, "2026-01-15 13:00")
    assert [one["reference"] for one in inbox(held)] == [reference]
    assert [one["reference"] for one in inbox(held, "handler-2")] == [reference]
    for name in OUTSIDERS:
        assert inbox(held, name) == []


def test_before_it_the_case_is_as_if_it_were_not(held: Service) -> None:
    reference, _ = held.open_case()
    bearer = held.handler()
    for method, path, body in (
        ("GET", "/cases/{}", None),
        ("GET", "/cases/{}/messages", None),
        ("POST", "/cases/{}/messages", text()),
        ("PATCH", "/cases/{}", {"status": "closed"}),
    ):
        with nothing_stored(held):
            found = held.call(method, path.format(reference), body, bearer)
        unknown = held.call(method, path.format(UNKNOWN), body, bearer)
        check_problem(found, 404, "not_found")
        assert (found.data, list(found.headers)) == (unknown.data, list(unknown.headers))


def test_the_reporter_sees_it_at_once(held: Service) -> None:
    _, token = held.open_case()
    bearer = held.reporter(token)
    assert held.get("/case", bearer).get_json()["status"] == "new"
    held.post("/case/messages", text("An afterthought"), bearer)
    assert texts(thread(held, "/case/messages", bearer)) == [None, "An afterthought"]


@pytest.mark.parametrize("seal", [False, True])
def test_the_act_leaves_no_hour(held: Service, seal: bool) -> None:
    acted = held.clock.now
    _, token = sealed.open_case(held) if seal else held.open_case()
    assert hours(held) == [int(at(held, "2026-01-15 13:00"))] != [int(acted)]
    inbox(held)
    assert hours(held) == [None]
    assert held.get("/case", held.reporter(token)).get_json()["opened_on"] == "2026-01-15"


def test_messages_come_together_in_order_and_without_gaps(held: Service) -> None:
    reference, token = held.open_case()
    at(held, "2026-01-15 13:00")
    path, handler = f"/cases/{reference}/messages", held.handler()
    reporter = held.reporter(token)
    held.post("/case/messages", text("One"), reporter)
    held.post("/case/messages", text("Two"), reporter)
    answer = held.post(path, text("A reply meanwhile"), handler)
    assert answer.get_json()["number"] == 2
    before = thread(held, path, handler)
    assert [one["number"] for one in before] == [1, 2]
    assert texts(before) == [None, "A reply meanwhile"]
    assert inbox(held)[0]["last_author"].startswith("handler:")
    shown = thread(held, "/case/messages", reporter)
    assert texts(shown) == [None, "One", "Two", "A reply meanwhile"]
    at(held, "2026-01-15 19:00")
    after = thread(held, path, handler)
    assert [one["number"] for one in after] == [1, 2, 3, 4]
    assert texts(after) == [None, "A reply meanwhile", "One", "Two"]
    assert not [one for one in (*before, *shown, *after) if "problem" in one]
    assert inbox(held)[0]["last_author"] == "reporter"
    # What a handler had read before stays where it was.
    assert after[:2] == before
    assert hours(held) == [None] * 4


def test_a_page_before_goes_on_after(held: Service) -> None:
    reference, token = held.open_case(urgent=True)
    path = f"/cases/{reference}/messages"
    held.post("/case/messages", text("Later"), held.reporter(token))
    handler = held.handler()
    assert held.get(f"{path}?after=1", handler).get_json() == {"items": [], "next": None}
    at(held, "2026-01-15 13:00")
    assert texts(thread(held, f"{path}?after=1", handler)) == ["Later"]


def test_a_repeat_before_and_after_is_the_first_answer(held: Service) -> None:
    body, token = held.report()
    first = held.post("/organisations/eeast/cases", body)
    message, reporter = text(), held.reporter(token)
    stored = held.post("/case/messages", message, reporter)
    for when in ("2026-01-15 08:20", "2026-01-15 13:00"):
        at(held, when)
        inbox(held)
        reporter = held.reporter(token)
        again = held.post("/organisations/eeast/cases", body)
        assert (again.status_code, again.data) == (200, first.data)
        again = held.post("/case/messages", message, reporter)
        assert (again.status_code, again.data) == (200, stored.data)
    assert len(inbox(held)) == 1


def test_urgent_is_shown_at_once(held: Service) -> None:
    reference, _ = held.open_case(urgent=True)
    item = inbox(held)[0]
    assert (item["reference"], item["urgent"]) == (reference, True)
    assert hours(held) == [None]
    sealed_reference, _ = sealed.open_case(held, urgent=True)
    assert inbox(held)[0]["reference"] == sealed_reference


def test_an_urgent_message_brings_what_was_before_it(held: Service) -> None:
    reference, token = held.open_case()
    reporter = held.reporter(token)
    held.post("/case/messages", text("Not urgent"), reporter)
    assert inbox(held) == []
    answer = held.post("/case/messages", text("Urgent", urgent=True), reporter)
    assert answer.get_json()["number"] == 3
    assert [one["reference"] for one in inbox(held)] == [reference]
    seen = thread(held, f"/cases/{reference}/messages", held.handler())
    assert texts(seen) == [None, "Not urgent", "Urgent"]
    assert [one["number"] for one in seen] == [1, 2, 3]
    assert hours(held) == [None] * 3


def test_another_case_is_not_brought_by_it(held: Service) -> None:
    quiet, _ = held.open_case()
    loud, _ = held.open_case(urgent=True)
    assert [one["reference"] for one in inbox(held)] == [loud]
    at(held, "2026-01-15 13:00")
    assert [one["reference"] for one in inbox(held)] == [quiet, loud]


def test_a_handlers_reply_is_never_held(held: Service) -> None:
    reference, token = held.open_case(urgent=True)
    held.post(f"/cases/{reference}/messages", text("At once"), held.handler())
    assert texts(thread(held, "/case/messages", held.reporter(token))) == [None, "At once"]


def test_several_cases_come_at_their_hours(held: Service) -> None:
    first, _ = held.open_case()
    at(held, "2026-01-15 13:00")
    second, _ = held.open_case()
    assert [one["reference"] for one in inbox(held)] == [first]
    at(held, "2026-01-15 18:59:59")
    assert len(inbox(held)) == 1
    at(held, "2026-01-16 09:00")
    assert [one["reference"] for one in inbox(held)] == [second, first]
    pages = held.get("/cases?limit=1", held.handler()).get_json()
    assert pages["items"][0]["reference"] == second
    assert pages["next"] is not None


def test_many_handlers_look_at_the_same_moment(held: Service) -> None:
    references = {held.open_case()[0] for _ in range(4)}
    at(held, "2026-01-15 13:00")
    calls = [("GET", "/cases", None, held.handler(f"handler-{1 + one % 2}")) for one in range(6)]
    for answer in at_once(held, [(*one,) for one in calls]):
        assert answer.status_code == 200
        assert {one["reference"] for one in answer.get_json()["items"]} == references


@pytest.mark.parametrize(
    ("acts", "hidden", "shown"),
    [
        ("2026-01-15 19:00", "2026-01-16 06:59:59", "2026-01-16 07:00"),
        ("2026-01-15 23:59:59", "2026-01-16 06:59:59", "2026-01-16 07:00"),
        # Clocks go forward on 29 March 2026, and back on 25 October.
        ("2026-03-28 20:00", "2026-03-29 06:59:59", "2026-03-29 07:00"),
        ("2026-03-29 00:30", "2026-03-29 06:59:59", "2026-03-29 07:00"),
        ("2026-10-24 20:00", "2026-10-25 06:59:59", "2026-10-25 07:00"),
        ("2026-10-25 01:30", "2026-10-25 06:59:59", "2026-10-25 07:00"),
        ("2026-07-01 12:59:59", "2026-07-01 12:59:59", "2026-07-01 13:00"),
    ],
)
def test_hours_are_the_organisations(held: Service, acts: str, hidden: str, shown: str) -> None:
    at(held, acts)
    reference, _ = held.open_case()
    at(held, hidden)
    assert inbox(held) == []
    at(held, shown)
    assert [one["reference"] for one in inbox(held)] == [reference]


def test_an_hour_that_the_clock_leaves_out(held: Service) -> None:
    night = update(Organisation).where(Organisation.slug == "eeast").values(release=["01:30"])
    held.database.write(lambda db: db.execute(night))
    at(held, "2026-03-28 22:00")
    held.open_case()
    at(held, "2026-03-29 02:29:59")
    assert inbox(held) == []
    at(held, "2026-03-29 02:30")
    assert len(inbox(held)) == 1


@pytest.mark.parametrize(
    ("when", "day"),
    [
        ("2026-07-01 23:59:59", "2026-07-01"),
        # In London it is the next day already, in UTC not yet.
        ("2026-07-02 00:00", "2026-07-02"),
        ("2026-07-02 00:59:59", "2026-07-02"),
        ("2026-01-15 00:00", "2026-01-15"),
    ],
)
def test_days_are_the_organisations(held: Service, when: str, day: str) -> None:
    at(held, when)
    body, token = held.report(urgent=True)
    opened = held.post("/organisations/eeast/cases", body).get_json()
    bearer = held.reporter(token)
    stored = held.post("/case/messages", text(), bearer).get_json()
    assert {opened["receipt"]["day"], stored["receipt"]["day"]} == {day}
    assert held.get("/case", bearer).get_json()["opened_on"] == day
    assert {one["day"] for one in thread(held, "/case/messages", bearer)} == {day}
    assert inbox(held)[0]["last_day"] == day
    with held.database.read() as db:
        assert set(db.scalars(select(Message.day))) == {date.fromisoformat(day)}
