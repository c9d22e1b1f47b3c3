"""A request for consent in any browser: read, answered after a second look, and taken back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete

from api.models.case import CaseConsent
from shared import consents
from shared.sealing.encoding import REPORTER
from tests.api import clients
from tests.api.handling import DAY, ask, change, consent, grant, let_in, opens, until
from tests.service import Service
from tests.web.hands import Hands
from tests.web.reading import hire, newest, person, put_cookie, sits_at, slip_in, stored

OTHER = "handler-3"


class Asked:
    """A case in which the guardian asked for consent to somebody, open in a browser."""

    def __init__(self, hands: Hands, who: str = OTHER, **more: Any) -> None:
        self.hands, self.service = hands, hands.service
        self.reference, self.token = self.service.open_case()
        self.request = ask(self.service, self.reference, who, **more)
        self.case = sits_at(hands, self.token)
        self.path = f"{self.case}/answer/{self.request}"

    def answers(self) -> list[bool]:
        """What the reporter signed, in order, as the guardian's own program opens it."""
        thread = clients.handler(self.service, self.reference).thread()
        found = [one.content for one in thread if one.content is not None]
        return [one["granted"] for one in found if one["type"] == "consent"]

    def allow(self) -> None:
        """Allows it, and the guardian lets them in."""
        self.hands.go(f"{self.path}/yes")
        self.hands.press()
        granted = newest(self.service, self.reference).id
        assert grant(self.service, self.reference, OTHER, str(granted)).status_code == 200


def seal_request(service: Service, reference: str, **more: Any) -> UUID:
    """A request as a client that seals by itself can make it: unchecked by the service."""
    guardian = clients.handler(service, reference)
    body = {
        "handlers": [str(person(service, OTHER))], "names": [OTHER], "role": "Helper",
        "purpose": "To help", "until": until(30), **more,
    }  # fmt: skip
    prepared = guardian._seal("consent-request", body, "consents")
    guardian.send(prepared)
    return prepared.id


def test_it_works(hands: Hands) -> None:
    asked = Asked(hands, text="An invented question.")
    hands.go(asked.path)
    assert hands.heading == "handler-1 asks for your consent"
    for words in (
        "An invented question.", "May handler-3 read your case?", "Investigating manager",
        "To look into an invented group chat", "also the earlier ones",
    ):  # fmt: skip
        assert words in hands.text
    before = stored(asked.service)
    hands.go(hands.link("Allow"))
    assert hands.heading == "Let handler-3 read your case?"
    assert "You can stop it at any time" in hands.text
    assert stored(asked.service) == before  # to look signs nothing
    hands.press()
    assert hands.path == asked.path
    assert "You allowed this on" in hands.text
    signed = newest(asked.service, asked.reference)
    assert signed.author == "reporter"
    assert signed.content == {
        "type": "consent", "attachments": [], "request": asked.request, "granted": True,
        "handlers": [str(person(asked.service, OTHER))], "names": [OTHER],
        "role": "Investigating manager", "purpose": "To look into an invented group chat",
        "until": until(60),
    }  # fmt: skip
    assert not opens(asked.service, asked.reference, OTHER)  # the guardian lets them in
    hands.go(f"{asked.case}/people")
    assert "they have no key yet: handler-3." in hands.text
    assert grant(asked.service, asked.reference, OTHER, str(signed.id)).status_code == 200
    assert opens(asked.service, asked.reference, OTHER)
    hands.go(f"{asked.case}/people")
    assert "handler-3 Shared with your consent until" in hands.text
    assert "no key yet" not in hands.text
    assert hands.link("Stop sharing") == asked.path


def test_the_thread_leads_to_it(page_hands: Hands) -> None:
    asked = Asked(page_hands)
    page_hands.go(asked.case)
    assert page_hands.link("Answer") == asked.path


def test_refusing_lets_nobody_in(page_hands: Hands) -> None:
    asked = Asked(page_hands)
    page_hands.go(asked.path)
    page_hands.go(page_hands.link("Don’t allow"))
    assert "You need no reason" in page_hands.text
    page_hands.press()
    assert "You did not allow this, on" in page_hands.text
    assert asked.answers() == [False]
    refused = newest(asked.service, asked.reference)
    assert grant(asked.service, asked.reference, OTHER, str(refused.id)).status_code == 403
    assert not opens(asked.service, asked.reference, OTHER)


def test_stop_sharing_takes_the_key_and_says_so(hands: Hands) -> None:
    asked = Asked(hands)
    asked.allow()
    assert opens(asked.service, asked.reference, OTHER)
    hands.go(asked.path)
    hands.go(hands.link("Stop sharing"))
    assert "They lose the key to all that comes." in hands.text
    assert "may see this at once" in hands.text
    hands.press()
    assert "You took this back on" in hands.text
    assert not opens(asked.service, asked.reference, OTHER)
    assert asked.answers() == [True, False]
    last = newest(asked.service, asked.reference)
    assert person(asked.service, OTHER) not in last.read_by  # said to those who remain
    hands.go(f"{asked.case}/people")
    assert OTHER not in hands.text


def test_the_key_goes_also_where_the_service_forgot_the_consent(page_hands: Hands) -> None:
    """Who reads by it is known by what was signed."""
    asked = Asked(page_hands)
    asked.allow()
    asked.service.database.write(lambda db: db.execute(delete(CaseConsent)))
    page_hands.go(f"{asked.path}/stop")
    page_hands.press()
    assert not opens(asked.service, asked.reference, OTHER)


def test_who_reads_by_another_consent_too_keeps_the_key(page_hands: Hands) -> None:
    asked = Asked(page_hands)
    asked.allow()
    let_in(asked.service, asked.reference, asked.token, OTHER, until=until(90))
    page_hands.go(f"{asked.path}/stop")
    page_hands.press()
    assert opens(asked.service, asked.reference, OTHER)
    assert asked.answers() == [True, True, False]


def test_a_handler_of_the_desk_named_in_a_consent_keeps_the_key(page_hands: Hands) -> None:
    asked = Asked(page_hands, "handler-2")
    for what in ("yes", "stop"):
        page_hands.go(f"{asked.path}/{what}")
        page_hands.press()
    assert asked.answers() == [True, False]
    assert opens(asked.service, asked.reference, "handler-2")


@pytest.mark.parametrize("first", ["yes", "no"])
def test_a_second_click_is_no_second_answer(page_hands: Hands, first: str) -> None:
    asked = Asked(page_hands)
    pages = []
    for what in (first, "yes", "no"):  # three tabs
        page_hands.go(f"{asked.path}/{what}")
        pages.append(page_hands.filled())
    for path, fields in (pages[0], *pages):
        page_hands.send(path, fields)
        assert page_hands.path == asked.path
    assert asked.answers() == [first == "yes"]


@pytest.mark.parametrize("what", ["yes", "no"])
def test_after_the_answer_there_is_nothing_to_confirm(page_hands: Hands, what: str) -> None:
    asked = Asked(page_hands)
    consent(asked.service, asked.service.reporter(asked.token), asked.request, granted=False)
    for way in (what, "stop"):
        page_hands.go(f"{asked.path}/{way}")
        assert page_hands.path == asked.path
    assert "/answer/" not in page_hands.page.text.partition("<main")[2]


def test_an_id_that_was_made_up_or_used_before(page_hands: Hands) -> None:
    asked = Asked(page_hands)
    page_hands.go(f"{asked.path}/yes")
    path, fields = page_hands.filled()
    others = [one for one in fields if one[0] != "id"]
    page_hands.send(path, [*others, ("id", asked.request)], 409)
    assert asked.answers() == []
    page_hands.send(path, [*others, ("id", "1 or 2")])
    assert asked.answers() == [True]


# --- what can't be answered ---------------------------------------------------------------------


def unanswered(hands: Hands, path: str, said: str) -> None:
    """The request is shown, says why it can't be answered, and nothing can be signed."""
    before = stored(hands.service)
    hands.go(path)
    assert said in hands.text
    assert f"{path}/" not in hands.page.text
    hands.go(f"{path}/yes")
    assert hands.path == path
    assert stored(hands.service) == before


def test_a_request_that_ran_out(page_hands: Hands) -> None:
    asked = Asked(page_hands, until=until(1))
    asked.service.clock.now += 2 * DAY
    sits_at(page_hands, asked.token)
    unanswered(page_hands, asked.path, "The last day has passed. There is nothing to answer.")


def test_a_consent_that_has_ended(page_hands: Hands) -> None:
    asked = Asked(page_hands, until=until(1))
    asked.allow()
    asked.service.clock.now += 2 * DAY
    sits_at(page_hands, asked.token)
    unanswered(page_hands, asked.path, "You allowed this. It has ended.")
    page_hands.go(f"{asked.case}/people")
    assert "handler-3 Your consent ended on" in page_hands.text
    assert "handler-3 still has a key" in page_hands.text
    page_hands.press(button=("people", "take-away"))
    assert OTHER not in page_hands.text


def test_somebody_left_out_can_not_be_asked_for(page_hands: Hands) -> None:
    service = page_hands.service
    reference, token = service.open_case(excluded=[str(person(service, OTHER))])
    request = seal_request(service, reference)
    case = sits_at(page_hands, token)
    unanswered(page_hands, f"{case}/answer/{request}", "You left handler-3 out of this report")


def test_somebody_who_is_on_no_list_can_not_be_allowed(page_hands: Hands) -> None:
    service = page_hands.service
    reference, token = service.open_case()
    request = seal_request(service, reference, handlers=[str(uuid4())])
    case = sits_at(page_hands, token)
    unanswered(page_hands, f"{case}/answer/{request}", "not on the signed list")


def test_names_are_those_of_the_signed_list(page_hands: Hands) -> None:
    service = page_hands.service
    reference, token = service.open_case()
    request = seal_request(service, reference, names=["Somebody nice"])
    case = sits_at(page_hands, token)
    page_hands.go(f"{case}/answer/{request}/yes")
    assert page_hands.heading == "Let handler-3 read your case?"
    assert "Somebody nice" not in page_hands.text


def test_more_than_two_years_is_refused_in_words(page_hands: Hands) -> None:
    service = page_hands.service
    reference, token = service.open_case()
    request = seal_request(service, reference, until=str(date.today() + timedelta(days=800)))
    case = sits_at(page_hands, token)
    page_hands.go(f"{case}/answer/{request}/yes")
    before = stored(service)
    page_hands.press(status=422)
    assert "This can’t be answered as it was asked." in page_hands.text
    assert stored(service) == before


@pytest.mark.parametrize(
    "more", [{"handlers": "all"}, {"handlers": []}, {"until": "soon"}, {"purpose": None}],
    ids=["all", "nobody", "soon", "no-purpose"],
)  # fmt: skip
def test_a_request_that_is_odd_asks_nothing(page_hands: Hands, more: dict[str, Any]) -> None:
    service = page_hands.service
    reference, token = service.open_case()
    request = seal_request(service, reference, **more)
    case = sits_at(page_hands, token)
    page_hands.go(f"{case}/answer/{request}", 404 if "purpose" not in more else 200)
    page_hands.go(case)  # and the thread is shown all the same


def test_a_request_of_another_case_and_what_is_no_request(page_hands: Hands) -> None:
    service = page_hands.service
    asked = Asked(page_hands)
    reference, token = service.open_case()
    case = sits_at(page_hands, token, "bbbbbb")
    report = clients.handler(service, reference).thread()[0].id
    page_hands.go(f"{case}/people/in")
    key, before = page_hands.fields()["key"], stored(service)
    for one in (asked.request, report, uuid4()):
        for way in ("", "/yes", "/stop"):
            page_hands.go(f"{case}/answer/{one}{way}", 404)
        page_hands.send(f"{case}/answer/{one}/yes", [("key", key), ("id", str(uuid4()))], 404)
    page_hands.go(f"{asked.path}/maybe", 404)
    assert stored(service) == before


# --- whom the answer goes to --------------------------------------------------------------------


@pytest.mark.parametrize("what", ["yes", "no"])
def test_somebody_new_is_asked_about_before_an_answer(page_hands: Hands, what: str) -> None:
    asked = Asked(page_hands)
    newcomer = hire(asked.service, "handler-7")
    guardian = clients.handler(asked.service, asked.reference)
    guardian.send_epoch(guardian.let_in(newcomer))
    page_hands.go(f"{asked.path}/{what}")
    before = stored(asked.service)
    page_hands.press(status=422)
    assert "handler-7 works at this desk and can now read this case." in page_hands.text
    assert stored(asked.service) == before
    page_hands.press(button=("people", "go-on"))
    assert page_hands.path == asked.path
    assert newest(asked.service, asked.reference, "handler-7").content is not None
    assert asked.answers() == [what == "yes"]


def test_a_strangers_key_is_taken_with_the_answer(page_hands: Hands) -> None:
    asked = Asked(page_hands)
    slip_in(asked.service, asked.reference, "handler-4")
    page_hands.go(f"{asked.path}/no")
    page_hands.press(status=422)
    page_hands.press(button=("people", "take-away"))
    assert asked.answers() == [False]
    last = newest(asked.service, asked.reference)
    assert last.read_by == {
        REPORTER, *(person(asked.service, one) for one in ("handler-1", "handler-2"))
    }  # fmt: skip


def test_to_stop_sharing_is_never_held_up(page_hands: Hands) -> None:
    asked = Asked(page_hands)
    asked.allow()
    slip_in(asked.service, asked.reference, "handler-4")
    page_hands.go(f"{asked.path}/stop")
    page_hands.press()
    assert page_hands.path == asked.path
    assert asked.answers() == [True, False]
    assert not opens(asked.service, asked.reference, OTHER)


def test_nobody_else_reads_it(page_hands: Hands) -> None:
    """Then no record can be made without them, and the service gives them nothing more."""
    service = page_hands.service
    asked = Asked(page_hands)
    asked.allow()
    for name in ("handler-1", "handler-2"):
        page_hands.go(f"{asked.case}/people/{person(service, name)}/out")
        page_hands.press()
    page_hands.go(f"{asked.path}/stop")
    page_hands.press()
    assert "You took this back on" in page_hands.text
    assert not opens(service, asked.reference, OTHER)


def test_outsiders_answer_nothing(page_hands: Hands) -> None:
    asked = Asked(page_hands)
    service = asked.service
    page_hands.go(f"{asked.path}/yes")
    path, fields = page_hands.filled()
    _, token = service.open_case()
    sits_at(page_hands, token, "bbbbbb")
    before = stored(service)
    moved = path.replace("/c/abc123", "/c/bbbbbb")
    page_hands.send(moved, fields, 403)
    page_hands.clear_cookies()
    put_cookie(page_hands, service.handler(), "cccccc")
    for one in (path, path.replace("/c/abc123", "/c/cccccc")):
        page_hands.go(one, 401)
        page_hands.send(one, fields, 401)
    assert stored(service) == before
    assert consents.given(clients.handler(service, asked.reference).thread()) == {}
    change(service, asked.reference, status="in_progress")  # the case goes on as it was
