"""Who reads a case, by its page: colleagues, and others by the reporter's consent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from tests.api.checks import nothing_stored
from tests.console.cases import SCRIPT, answer, ask, page, press, thread
from tests.console.hands import Hands
from tests.service import Service

Make = Callable[..., Hands]


def test_it_works(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one, third = hands(), hands("handler-3")
    assert "The reporter is asked." in ask(one, service, reference, "handler-3").words
    waiting = one.get(page(reference, "readers"))
    assert "waits for the reporter's answer" in waiting.words
    assert not [form for form in waiting.forms if "/consents/" in form.action]
    answer(service, token)
    assert third.get(page(reference)).status == 404
    shown = press(one, page(reference), "/in")
    day = date.today() + timedelta(days=30)
    assert f"They can read the case until {day.day} {day:%B %Y}." in shown.words
    assert "handler-3 consent, as Investigating manager" in shown.words
    seen = third.get(page(reference))
    assert (seen.status, "handler-3 (you)" in seen.words) == (200, True)
    assert "Answer reporter agreed" in one.get(page(reference)).words
    assert not [form for form in shown.forms if "/consents/" in form.action]


def test_refused_and_taken_back(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one = hands()
    ask(one, service, reference, "handler-3")
    answer(service, token, granted=False)
    shown = one.get(page(reference, "readers"))
    assert "refused" in shown.words
    assert not [form for form in shown.forms if "/consents/" in form.action]
    ask(one, service, reference, "handler-4")
    answer(service, token)
    press(one, page(reference, "readers"), "/in")
    answer(service, token, granted=False)
    shown = one.get(page(reference, "readers"))
    assert "taken back by the reporter" in shown.words
    assert hands("handler-4").get(page(reference)).status == 404


def test_a_consent_that_is_over(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one = hands()
    ask(one, service, reference, "handler-3", until=str(date.today() + timedelta(days=1)))
    answer(service, token)
    press(one, page(reference, "readers"), "/in")
    service.clock.now += 3 * 24 * 60 * 60
    shown = hands().get(page(reference, "readers"))
    assert "has ended" in shown.words
    assert "ended" in shown.words
    assert hands("handler-3").get(page(reference)).status == 404


def test_who_is_taken_out_reads_by_that_consent_no_more(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one, path = hands(), page(reference, "readers")
    ask(one, service, reference, "handler-3")
    answer(service, token)
    assert "They will also read earlier messages and your private notes." in one.get(path).words
    shown = press(one, path, "/in")
    assert "The consent that they read by ends for good" in shown.words
    assert "Ask again" not in shown.words
    shown = press(one, path, f"{service.handlers['handler-3'].id}/out")
    assert "handler-3 has ended" in shown.words
    assert "Ask again" in shown.words
    for more in ("readers", "", "print"):
        seen = one.get(page(reference, more))
        assert not [form for form in seen.forms if "/consents/" in form.action]
        assert "reporter agreed" not in seen.words
    ask(one, service, reference, "handler-3")
    answer(service, token)
    assert "They can read the case until" in press(one, path, "/in").words
    assert "Ask again" not in one.get(path).words
    assert hands("handler-3").get(page(reference)).status == 200


def test_who_read_by_a_consent_that_is_over_is_asked_for_again(
    service: Service, hands: Make
) -> None:
    reference, token = service.open_case()
    one = hands()
    ask(one, service, reference, "handler-3", until=str(date.today() + timedelta(days=1)))
    answer(service, token)
    press(one, page(reference, "readers"), "/in")
    service.clock.now += 3 * 24 * 60 * 60
    one = hands()
    assert "Ask again" in one.get(page(reference, "readers")).words
    ask(one, service, reference, "handler-3")
    answer(service, token)
    press(one, page(reference, "readers"), "/in")
    assert hands("handler-3").get(page(reference)).status == 200


def test_a_request_that_asks_who_they_are_comes_back_once(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one = hands()
    planted = {"text": "Which station do you work at?"}
    one.get(page(reference))
    with nothing_stored(service):
        shown = ask(one, service, reference, "handler-3", **planted)
    assert "This may ask for something that shows who they are" in shown.words
    form = shown.form("role", "purpose", "until")
    assert (form.fields["text"], form.fields["role"]) == (planted["text"], "Investigating manager")
    for other in ({"purpose": planted["text"]}, {"role": planted["text"]}):
        assert "Nothing was sent yet" in ask(one, service, reference, "handler-3", **other).words
    chosen = str(service.handlers["handler-3"].id)
    sent = one.send(page(reference, "consent"), form, handlers=[chosen], act="sure", follow=True)
    assert "The reporter is asked." in sent.words
    assert [said["type"] for said in thread(service, token)][-1] == "consent-request"


def test_colleagues_of_the_desk(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one, path = hands(), page(reference, "readers")
    who = service.handlers["handler-2"].id
    shown = press(one, path, f"/readers/{who}/out")
    assert "They read no more" in shown.words
    assert hands("handler-2").get(page(reference)).status == 404
    assert "They can read the case now." in press(one, path, f"/readers/{who}/in").words
    assert hands("handler-2").get(page(reference)).status == 200


def test_leaving_a_case(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one, me = hands(), service.handlers["handler-1"].id
    shown = press(one, page(reference, "readers"), f"/readers/{me}/out")
    assert "You read this case no more." in shown.words
    assert one.get(page(reference)).status == 404
    alone = hands("handler-2").get(page(reference, "readers"))
    assert "Leave this case" not in alone.words


def test_two_handlers_change_readers_at_once(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one, two = hands(), hands("handler-2")
    ask(one, service, reference, "handler-3")
    answer(service, token)
    forms = [
        next(form for form in each.get(page(reference, "readers")).forms
             if "/consents/" in form.action)
        for each in (one, two)
    ]  # fmt: skip
    for each, form in zip((one, two), forms, strict=True):
        assert each.send("", form, follow=True).status == 200
    found = service.get("/case", service.reporter(token)).get_json()["handlers"]
    assert sorted(each["display_name"] for each in found) == [
        "handler-1",
        "handler-2",
        "handler-3",
    ]


def test_who_the_reporter_left_out(service: Service, hands: Make) -> None:
    out = service.handlers["handler-2"].id
    reference, _ = service.open_case(excluded=[str(out)])
    one = hands()
    shown = one.get(page(reference, "readers"))
    assert "Left out by the reporter: handler-2" in shown.words
    assert not [form for form in shown.forms if str(out) in form.action]
    assert "handler-2" not in one.get(page(reference, "consent")).words
    form = shown.form("csrf_token")
    form.action = page(reference, f"readers/{out}/in")
    with nothing_stored(service):
        assert one.send("", form).status == 403
    assert hands("handler-2").get(page(reference)).status == 404


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"handlers": None}, "Who should read it: Fill this in."),
        ({"role": ""}, "Their role: Fill this in."),
        ({"role": "x" * 201}, "too long"),
        ({"purpose": ""}, "What for: Fill this in."),
        ({"until": ""}, "Until: Fill this in."),
        ({"until": "31 March"}, "Until: Not a valid date."),
        ({"until": "2020-01-01"}, "Until: Choose a day from today on"),
        ({"until": "9999-12-31"}, "Until: Choose a day from today on"),
        ({"text": "x" * 20_001}, "too long"),
        ({"handlers": ["x"]}, "Who should read it"),
    ],
)
def test_bad_requests(service: Service, hands: Make, change: dict[str, Any], told: str) -> None:
    reference, _ = service.open_case()
    one = hands()
    one.get(page(reference))
    with nothing_stored(service):
        shown = ask(one, service, reference, "handler-3", **change)
    assert (shown.status, told in shown.words) == (422, True), shown.words
    kept = shown.form("role", "purpose").fields
    given = {"role": "Investigating manager", "purpose": "To look into an invented chat"} | change
    assert (kept["role"], kept["purpose"]) == (given["role"], given["purpose"])


def test_a_request_twice_is_one_and_script_is_text(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one, path = hands(), page(reference, "consent")
    form = one.get(path).form("role", "purpose")
    given = {"handlers": [str(service.handlers["handler-3"].id)], "role": SCRIPT,
             "purpose": SCRIPT, "text": SCRIPT, "until": str(date.today())}  # fmt: skip
    for _ in range(2):
        assert one.send(path, form, **given).status == 303
    asked = [said for said in thread(service, token) if said["type"] == "consent-request"]
    assert len(asked) == 1
    answer(service, token)
    assert one.get(page(reference)).words.count(SCRIPT) == 4
    assert one.get(page(reference, "readers")).words.count(SCRIPT) == 2


def test_who_reads_by_consent_changes_no_readers(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one = hands()
    ask(one, service, reference, "handler-3")
    answer(service, token)
    press(one, page(reference, "readers"), "/in")
    third = hands("handler-3")
    shown = third.get(page(reference, "readers"))
    actions = [form.action for form in shown.forms if "/readers/" in form.action]
    assert actions == [page(reference, f"readers/{service.handlers['handler-3'].id}/out")]
    form = shown.form("csrf_token")
    form.action = page(reference, f"readers/{service.handlers['handler-2'].id}/out")
    with nothing_stored(service):
        assert third.send("", form).status == 403
