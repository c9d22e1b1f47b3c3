"""Consent on the phone: asked by a handler, answered, ended and taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from mobile.talk import Talk
from mobile.who import CONSENT, ENDED
from shared import consents
from shared.errors import EpochChanged, NotAllowed, NotFound, TimedOut, Unreachable
from shared.handling import HandlerCase
from shared.sealing.encoding import REPORTER
from shared.thread import today
from tests.mobile.phone import Phone
from tests.online import Online

OTHER = "handler-3"


class Asked:
    """A case in which the guardian asked to let in a senior manager."""

    def __init__(self, online: Online, *, days: int = 30, **more: Any) -> None:
        self.online = online
        self.reference, self.token = online.report(**more)
        self.phone = Phone(online.address)
        self.guardian = online.case(self.reference)
        self.until = today(online.directory) + timedelta(days=days)
        self.request = self.ask()
        self.talk: Talk = self.phone.open(self.token)

    def ask(self, who: str = OTHER, text: str = "") -> UUID:
        prepared = self.guardian.ask_consent(
            [self.online.id(who)], "Investigating manager", "To look into it", self.until, text
        )
        self.guardian.send(prepared)
        self.guardian.thread()
        return prepared.id

    @property
    def line(self) -> Any:
        return self.phone.lines

    def card(self) -> Any:
        found = [one.notice for one in self.talk.view().items if one.notice is not None]
        return found[-1]

    def grant(self) -> None:
        consent = consents.given(self.guardian.thread())[self.request]
        self.guardian.send_epoch(self.guardian.let_in(self.online.id(OTHER), consent.id))
        self.guardian.refresh()

    def allow(self) -> None:
        self.talk.answer(self.request, True)
        assert self.talk.flush().items[-1].state == "sent"
        self.grant()
        self.talk.refresh()

    def who(self, name: str = OTHER) -> Any:
        return {one.name: one for one in self.talk.view().people}.get(name)


@pytest.fixture
def asked(online: Online) -> Asked:
    return Asked(online)


def opens(online: Online, reference: str, username: str = OTHER) -> HandlerCase:
    return online.case(reference, username)


def test_it_works(asked: Asked, online: Online) -> None:
    card = asked.card()
    assert card.title == "handler-1 asks for your consent"
    for words in ("May handler-3 read your case?", "Investigating manager", "To look into it"):
        assert words in card.text
    assert [text for _, text in card.buttons] == ["Allow", "Don\u2019t allow"]
    with pytest.raises(NotFound):
        opens(online, asked.reference)
    asked.allow()
    assert asked.who().why == CONSENT
    assert "Shared with your consent until" in asked.who().about
    assert opens(online, asked.reference).thread()[0].content["story"] == "An invented story."
    assert "You allowed this on" in asked.card().text
    assert asked.card().buttons == ((f"stop:{asked.request}", "Stop sharing"),)


def test_what_is_signed_repeats_what_was_asked(asked: Asked, online: Online) -> None:
    asked.allow()
    signed = asked.guardian.thread()[-1]
    assert signed.author == "reporter"
    assert signed.content == {
        "type": "consent", "attachments": [], "request": str(asked.request), "granted": True,
        "handlers": [str(online.id(OTHER))], "names": [OTHER], "role": "Investigating manager",
        "purpose": "To look into it", "until": asked.until.isoformat(),
    }  # fmt: skip


def test_somebody_let_in_by_consent_is_not_asked_about_again(asked: Asked) -> None:
    asked.allow()
    assert not asked.talk.view().unagreed()
    asked.talk.write("Hello to all three.")
    assert asked.talk.flush().items[-1].state == "sent"


def test_refused_lets_nobody_in(asked: Asked, online: Online) -> None:
    asked.talk.answer(asked.request, False)
    asked.talk.flush()
    assert "You did not allow this" in asked.card().text
    assert not asked.card().buttons
    consent = consents.given(asked.guardian.thread())[asked.request]
    with pytest.raises(NotAllowed):
        asked.guardian.let_in(online.id(OTHER), consent.id)
    with pytest.raises(NotFound):
        opens(online, asked.reference)


def test_stop_sharing_takes_the_key_and_says_so(asked: Asked, online: Online) -> None:
    asked.allow()
    asked.talk.stop_sharing(asked.request)
    view = asked.talk.flush()
    assert asked.who() is None
    assert "I don\u2019t allow handler-3" in view.items[-1].text
    assert "You took this back on" in asked.card().text
    with pytest.raises(NotFound):
        opens(online, asked.reference)
    newest = asked.talk.access._case.keys.records[0][-1]
    assert newest.signer == REPORTER
    asked.guardian.refresh()
    last = asked.guardian.thread()[-1]
    assert last.content["granted"] is False
    assert online.id(OTHER) not in last.read_by  # said to those who remain
    assert [one["revoked_on"] is not None for one in asked.talk.access.found["consents"]] == [True]


@pytest.mark.parametrize("call", ["readers", "say"])
@pytest.mark.parametrize("lost", [True, False])
def test_stop_sharing_on_a_bad_line_is_done_once(asked: Asked, call: str, lost: bool) -> None:
    asked.allow()
    before = len(asked.talk.access._case.keys.records[0])
    if lost:
        asked.line.cut = [call]
    else:
        asked.line.refuse = [(call, Unreachable())]
    asked.talk.stop_sharing(asked.request)
    waiting = asked.talk.flush().items[-1]
    assert (waiting.state, bool(waiting.why)) == ("waiting", True)
    assert "Your answer is on its way." in asked.card().text
    asked.talk.flush()
    assert asked.who() is None
    assert asked.talk.unsent() == 0
    assert len(asked.talk.access._case.keys.records[0]) == before + 1
    answers = [one for one in asked.guardian.thread() if one.author == "reporter"]
    assert [one.content["granted"] for one in answers[1:]] == [True, False]
    sent = asked.line.bodies(call)
    assert sent[-1] == sent[-2]  # the same bytes again


def test_a_handler_of_the_desk_named_in_a_consent_keeps_the_key(online: Online) -> None:
    asked = Asked(online)
    asked.request = asked.ask("handler-2")
    asked.talk.refresh()
    asked.talk.answer(asked.request, True)
    asked.talk.flush()
    asked.talk.stop_sharing(asked.request)
    asked.talk.flush()
    assert asked.who("handler-2") is not None


def test_readers_that_change_meanwhile(asked: Asked, online: Online) -> None:
    """Another change is faster: signed again on top of it."""
    asked.allow()
    asked.guardian.send_epoch(asked.guardian.shut_out(online.id("handler-2")))
    asked.talk.stop_sharing(asked.request)
    asked.talk.flush()
    assert [one.name for one in asked.talk.view().people] == ["handler-1"]
    assert asked.talk.unsent() == 0


def test_an_answer_sealed_before_the_readers_changed_is_sealed_anew(asked: Asked) -> None:
    asked.line.refuse = [("say", EpochChanged())]
    asked.talk.answer(asked.request, True)
    assert asked.talk.flush().items[-1].state == "sent"
    first, second = asked.line.bodies("say")
    assert first["id"] != second["id"]


def test_a_lost_answer_is_stored_once(asked: Asked) -> None:
    asked.line.cut = ["say"]
    asked.talk.answer(asked.request, True)
    assert asked.talk.flush().items[-1].state == "waiting"
    asked.talk.flush()
    first, second = asked.line.bodies("say")
    assert first == second
    found = [one for one in asked.guardian.thread() if one.content["type"] == "consent"]
    assert len(found) == 1


def test_a_consent_that_has_ended(asked: Asked, online: Online) -> None:
    asked.allow()
    online.move(31)
    asked.talk.refresh()
    assert asked.who().why == ENDED
    assert "ended on" in asked.who().about
    assert asked.talk.view().unknown() == (asked.who(),)
    assert "It has ended." in asked.card().text
    with pytest.raises(NotFound):
        opens(online, asked.reference)
    asked.talk.write("Not for them.")
    assert asked.talk.flush().items[-1].state == "waiting"
    asked.talk.access.shut_out([str(online.id(OTHER))])
    assert asked.talk.flush().items[-1].state == "sent"
    assert asked.who() is None


def test_a_request_that_ran_out_has_no_buttons(online: Online) -> None:
    asked = Asked(online, days=1)
    online.move(2)
    assert not asked.card().buttons
    assert "The last day has passed." in asked.card().text


def test_somebody_left_out_can_not_be_asked_for(online: Online) -> None:
    """The service refuses it in the readable form; a client that seals could still try."""
    asked = Asked(online, excluded=("handler-2",))
    asked.request = asked.ask("handler-2")
    asked.talk.refresh()
    assert not asked.card().buttons
    assert "You left handler-2 out of this report" in asked.card().text


def test_names_are_those_of_the_signed_list(asked: Asked, online: Online) -> None:
    """A request that calls somebody by another name than the roster does."""
    body = {
        "handlers": [str(online.id(OTHER))], "names": ["Somebody nice"], "role": "Helper",
        "purpose": "To help", "until": asked.until.isoformat(),
    }  # fmt: skip
    asked.guardian.thread()
    asked.guardian.send(asked.guardian._seal("consent-request", body, "consents"))
    asked.talk.refresh()
    assert "handler-3" in asked.card().text
    assert "Somebody nice" not in asked.card().text


@pytest.mark.parametrize(
    "change",
    [{"handlers": "all"}, {"handlers": []}, {"handlers": ["nobody"]}, {"until": "soon"},
     {"until": None}, {"role": ...}],
)  # fmt: skip
def test_a_request_that_is_odd_asks_nothing(asked: Asked, change: dict[str, Any]) -> None:
    body: dict[str, Any] = {
        "handlers": [str(uuid4())], "names": [], "role": "R", "purpose": "P",
        "until": asked.until.isoformat(), **change,
    }  # fmt: skip
    body = {name: value for name, value in body.items() if value is not ...}
    asked.guardian.send(asked.guardian._seal("consent-request", body, "consents"))
    item = asked.talk.refresh().items[-1]
    assert item.notice is None
    assert "can\u2019t be read" in item.text


def test_somebody_who_is_on_no_list_can_not_be_allowed(asked: Asked) -> None:
    body = {
        "handlers": [str(uuid4())], "names": ["X"], "role": "R", "purpose": "P",
        "until": asked.until.isoformat(),
    }  # fmt: skip
    asked.guardian.send(asked.guardian._seal("consent-request", body, "consents"))
    asked.talk.refresh()
    assert not asked.card().buttons
    assert "not on the signed list" in asked.card().text


def test_a_second_tap_is_no_second_answer(asked: Asked) -> None:
    asked.talk.answer(asked.request, True)
    asked.talk.answer(asked.request, False)
    asked.talk.flush()
    asked.talk.stop_sharing(asked.request)
    asked.talk.stop_sharing(asked.request)
    asked.talk.flush()
    found = [one.content for one in asked.guardian.thread()]
    assert [one["granted"] for one in found if one["type"] == "consent"] == [True, False]


def test_two_answers_at_once_are_in_order(asked: Asked) -> None:
    asked.line.refuse = [("say", TimedOut())]
    asked.talk.write("One question first.")
    asked.talk.answer(asked.request, True)
    asked.talk.flush()
    asked.talk.flush()
    kinds = [one.content["type"] for one in asked.guardian.thread()]
    assert kinds == ["report", "consent-request", "text", "consent"]
    assert not any(item.warning for item in asked.talk.view().items)
