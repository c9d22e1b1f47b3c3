"""Reporting without a screen, on the served app: nothing is lost or doubled on a bad line."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from mobile.draft import Draft
from mobile.organisation import Organisation
from mobile.outbox import Answers
from shared.errors import (
    BadAddress,
    BadSignature,
    BadToken,
    BrokenChain,
    EpochChanged,
    MissingEarlier,
    ReadersChanged,
    UnknownToken,
    Unreachable,
)
from shared.sealing import tokens
from shared.sealing.encoding import b64
from shared.thread import ThreadMessage
from tests.mobile.lines import BadLine
from tests.mobile.phone import Phone, answers, texts

__all__ = ["BadLine", "inbox"]

Served = dict[str, Any]


@pytest.fixture
def phone(served: Served) -> Phone:
    return Phone(served["address"])


def inbox(guardian: Any, reference: str) -> Any:
    directory = guardian.client.organisation("eeast")
    case = guardian.case(reference, directory)
    case.refresh()
    return case


def test_it_works(phone: Phone, guardian: Any, served: Served) -> None:
    sent = phone.report("An invented story, told once.", concerns=["bullying"])
    case = inbox(guardian, sent.case)
    report = case.thread()[0].content
    assert report["story"] == "An invented story, told once."
    case.send(case.prepare("Thank you for telling me."))

    talk = Phone(served["address"]).open(sent.words)
    view = talk.view()
    assert view.reference == sent.case
    assert view.items[-1].text == "Thank you for telling me."
    assert view.items[-1].author == "handler-1"
    assert not any(item.warning for item in view.items)
    talk.write("I have read it.")
    assert talk.flush().items[-1].state == "sent"
    case.refresh()
    assert case.thread()[-1].content["text"] == "I have read it."


def test_a_cut_after_it_was_stored_leaves_one_copy(phone: Phone, guardian: Any) -> None:
    phone.lines.cut = ["open"]
    name = phone.put("Cut after it was stored.")
    waiting = phone.go(name)
    assert (waiting.state, waiting.code, waiting.may_have_arrived) == (
        "waiting",
        "timed_out",
        True,
    )
    sent = phone.again(name)
    first, second = phone.lines.bodies("open")
    assert first == second
    assert (sent.state, sent.earlier, sent.why) == ("sent", False, "")
    assert len(inbox(guardian, sent.case).thread()) == 1
    assert texts(phone.open(sent.words)) == ["Cut after it was stored."]


def test_a_cut_before_anything_was_stored(phone: Phone) -> None:
    phone.lines.refuse = [("open", Unreachable())]
    name = phone.put("Never got there.")
    assert phone.go(name).why == Unreachable.default
    sent = phone.again(name)
    first, second = phone.lines.bodies("open")
    assert first == second
    assert texts(phone.open(sent.words)) == ["Never got there."]


def test_changed_after_a_lost_answer_finds_the_earlier_one(phone: Phone) -> None:
    """Two versions can't both be stored: the words are the same."""
    phone.lines.cut = ["open"]
    name = phone.put("First version.")
    words = phone.go(name).words
    assert phone.outbox.take_back(name)
    phone.outbox.again(name, answers("Second version."))
    sent = phone.go(name)
    assert sent.earlier
    assert sent.words == words
    assert texts(phone.open(sent.words)) == ["First version."]


def test_changed_after_a_try_that_stored_nothing(phone: Phone) -> None:
    phone.lines.refuse = [("open", Unreachable())]
    name = phone.put("First version.")
    phone.go(name)
    phone.outbox.again(name, answers("Second version."))
    sent = phone.go(name)
    assert not sent.earlier
    assert texts(phone.open(sent.words)) == ["Second version."]


def test_taken_back_it_is_not_sent_while_it_is_changed(phone: Phone) -> None:
    phone.lines.refuse = [("open", Unreachable())]
    name = phone.put("First version.")
    phone.go(name)
    phone.outbox.take_back(name)
    phone.clocks.pass_(86_400)
    assert phone.again(name).state == "draft"
    assert phone.outbox.next_due() is None
    assert phone.outbox.unsent() == 1
    draft = Answers.from_record(phone.item(name).content).draft()
    assert (draft.story, draft.desk) == ("First version.", "guardian")
    assert len(phone.lines.bodies("open")) == 1


def test_words_that_were_used_before_are_made_anew(served: Served) -> None:
    used, fresh = tokens.new_token(), tokens.new_token()
    Phone(served["address"], token=lambda: used).report("Somebody else.")
    made = iter([used, fresh])
    phone = Phone(served["address"], token=lambda: next(made))
    name = phone.put("Same words.")
    refused = phone.go(name)
    assert (refused.state, refused.code) == ("refused", "conflict")
    assert "Nothing was stored" in refused.why
    phone.outbox.again(name)
    assert phone.go(name).words == fresh
    assert phone.item(name).state == "sent"


def test_readers_changed_fetches_the_roster_and_loses_nothing(phone: Phone) -> None:
    phone.lines.refuse = [("open", ReadersChanged())]
    name = phone.put("Who reads?")
    refused = phone.go(name)
    assert (refused.state, refused.code) == ("refused", "readers_changed")
    assert not refused.may_have_arrived
    readers = phone.organisation.readers("guardian")
    assert [name for _, name in readers] == ["handler-1", "handler-2"]
    phone.outbox.again(name)
    sent = phone.go(name)
    assert texts(phone.open(sent.words)) == ["Who reads?"]


def test_somebody_who_was_not_shown_is_asked_about_before_it_is_sealed(phone: Phone) -> None:
    phone.organisation.connect()
    first, second = [code for code, _ in phone.organisation.readers("guardian")]
    name = phone.put("Only for one.", agreed=[first])
    assert phone.go(name).code == "readers_changed"
    assert not phone.lines.bodies("open")
    phone.outbox.again(name, answers("Only for one.", agreed=[first], excluded=[second]))
    assert phone.go(name).state == "sent"


def test_everybody_shut_out(phone: Phone) -> None:
    phone.organisation.connect()
    everybody = [code for code, _ in phone.organisation.readers("guardian")]
    refused = phone.go(phone.put(excluded=everybody))
    assert (refused.state, refused.code) == ("refused", "no_reader")
    assert "another desk" in refused.why


def test_what_the_service_would_not_take_names_the_field(phone: Phone) -> None:
    refused = phone.go(phone.put("x" * 20_001))
    assert (refused.state, refused.code) == ("refused", "invalid")
    assert "story" in str(refused.errors)
    phone.outbox.again(refused.name, answers("Shorter."))
    assert phone.go(refused.name).state == "sent"


def test_shut_out_is_not_among_the_readers(phone: Phone) -> None:
    phone.organisation.connect()
    first = phone.organisation.readers("guardian")[0]
    sent = phone.report("Not for the first.", excluded=[first[0]])
    assert first[1] not in phone.open(sent.words).view().readers


def test_the_pin_of_the_poster_is_checked(served: Served) -> None:
    good = Organisation(served["address"])
    good.connect()
    assert good.roster is not None
    fingerprint = b64(good.roster.fingerprint)
    Organisation(f"{served['address']}#{fingerprint}").connect()
    phone = Phone(f"{served['address']}#{b64(bytes(16))}")
    with pytest.raises(BrokenChain):
        phone.organisation.connect()
    waiting = phone.go(phone.put())
    assert (waiting.state, waiting.code) == ("waiting", "broken_chain")
    assert not phone.lines.bodies("open")


@pytest.mark.parametrize(
    "address",
    ["", "eeast", "http://example.org/o/eeast", "https://h/o/eeast#short", "https://h/x/eeast",
     "https://user@h/o/eeast", "ftp://h/o/eeast"],
)  # fmt: skip
def test_a_bad_address_is_told_before_anything_is_sent(address: str) -> None:
    with pytest.raises(BadAddress):
        Phone(address)


def test_nobody_listens() -> None:
    phone = Phone("http://127.0.0.1:9/o/eeast")
    waiting = phone.go(phone.put())
    assert (waiting.state, waiting.code) == ("waiting", "unreachable")
    assert not waiting.may_have_arrived


def test_a_wrong_word_is_told_unsent_and_unknown_words_after(phone: Phone) -> None:
    with pytest.raises(BadToken):
        phone.open("one two three")
    assert not phone.lines.bodies("sign-in")
    with pytest.raises(UnknownToken):
        phone.open(tokens.new_token())


def test_a_message_cut_after_it_was_stored_is_there_once(phone: Phone) -> None:
    _, talk = phone.talk()
    phone.lines.cut = ["say"]
    talk.write("Only once.")
    waiting = talk.flush().items[-1]
    assert (waiting.state, waiting.text) == ("waiting", "Only once.")
    assert waiting.why
    assert talk.unsent() == 1
    assert talk.flush().items[-1].state == "sent"
    first, second = phone.lines.bodies("say")
    assert first == second
    assert texts(talk)[1:] == ["Only once."]
    assert talk.unsent() == 0


def test_a_message_that_had_arrived_is_found_by_looking(phone: Phone) -> None:
    _, talk = phone.talk()
    phone.lines.cut = ["say"]
    talk.write("Arrived.")
    talk.flush()
    talk.refresh()
    assert texts(talk)[1:] == ["Arrived."]
    assert talk.unsent() == 0


def test_messages_wait_in_order(phone: Phone) -> None:
    found, talk = phone.talk()
    phone.lines.refuse = [("say", Unreachable())]
    talk.write("One.")
    talk.write("Two.")
    assert [item.state for item in talk.flush().items[1:]] == ["waiting", "waiting"]
    talk.flush()
    again = phone.open(found.words)
    assert texts(again)[1:] == ["One.", "Two."]
    assert not any(item.warning for item in again.view().items)


def test_sent_but_not_yet_read_back_does_not_confuse_the_next(phone: Phone) -> None:
    found, talk = phone.talk()
    phone.lines.refuse = [("look", Unreachable())]
    talk.write("One.")
    assert talk.flush().items[-1].state == "sent"
    talk.write("Two.")
    talk.flush()
    # Read back before the next is sealed: it is numbered after what is there.
    calls = [name for name, _ in phone.lines.sent]
    first, second = (at for at, name in enumerate(calls) if name == "say")
    assert calls[first + 1 : second] == ["look", "look"]
    again = phone.open(found.words).view()
    assert [item.text for item in again.items[1:]] == ["One.", "Two."]
    assert not any(item.warning for item in again.items)


def test_readers_that_changed_meanwhile_get_it_sealed_anew(phone: Phone) -> None:
    _, talk = phone.talk()
    phone.lines.refuse = [("say", EpochChanged())]
    talk.write("Sealed twice.")
    assert talk.flush().items[-1].state == "sent"
    first, second = phone.lines.bodies("say")
    assert first["id"] != second["id"]
    assert texts(talk)[1:] == ["Sealed twice."]


def test_what_does_not_check_is_not_shown_as_somebodys_words(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that gives another message under this one's id."""
    found, talk = phone.talk()
    talk.write("One.")
    talk.flush()
    real = BadLine.messages

    def forged(self: BadLine, path: str, bearer: str, after: str | None = None) -> Any:
        page = real(self, path, bearer, after)
        for one in page["items"]:
            if one["number"] == 2:
                one["sealed"]["envelope"] = page["items"][0]["sealed"]["envelope"]
        return page

    monkeypatch.setattr(BadLine, "messages", forged)
    view = phone.open(found.words).view()
    assert view.items[0].warning == ""
    assert view.items[1].warning
    assert view.items[1].text == ""


def test_only_a_gap_leaves_the_text(phone: Phone) -> None:
    _, talk = phone.talk()
    for problem, shown in ((MissingEarlier(), "Text."), (BadSignature(), "")):
        one = ThreadMessage(
            uuid4(), 9, "reporter", date(2026, 11, 23), {"type": "text", "text": "Text."}, problem
        )
        item = talk._cards().item(one)
        assert (item.text, item.warning) == (shown, problem.detail)


def test_a_refused_message_says_why_and_can_be_changed(phone: Phone) -> None:
    _, talk = phone.talk()
    view = talk.write("x" * 20_001)
    view = talk.flush()
    refused = view.items[-1]
    assert refused.state == "refused"
    assert refused.why
    assert talk.take_back(refused.key) == "x" * 20_001
    talk.write("Shorter.")
    assert talk.flush().items[-1].state == "sent"


def test_readable_report_has_every_answer(phone: Phone) -> None:
    draft = Draft(
        story="What happened.", desk="guardian", concerns=["bullying"], channel="whatsapp-group",
        when="In spring", place="A group", people="Some", who_knows="Ten", wanted="It stops",
        told_before="No", in_danger=True, immediate_danger="Nobody",
    )  # fmt: skip
    sent = phone.go(phone.outbox.put_report(Answers.of(draft)))
    text = texts(phone.open(sent.words))[0]
    for value in draft.report().values():
        if isinstance(value, str) and value != "whatsapp-group":
            assert value in text


def test_nothing_secret_in_a_repr(phone: Phone) -> None:
    draft = Draft(story="Secret story.", desk="guardian")
    sent = phone.go(phone.outbox.put_report(Answers.of(draft)))
    talk = phone.open(sent.words)
    talk.write("Secret text.")
    shown = f"{draft!r} {Answers.of(draft)!r} {sent!r} {talk.view()!r} {talk.outbox!r}"
    shown += repr(phone.outbox.items())
    assert "Secret" not in shown
    assert sent.words not in shown


def test_forgetting_leaves_no_words(phone: Phone) -> None:
    phone.lines.cut = ["open"]
    phone.go(phone.put("To be forgotten."))
    assert phone.outbox.items()
    phone.outbox.forget()
    assert not phone.outbox.items()
    assert phone.organisation.readers("guardian")


def test_each_case_has_a_line_of_its_own(phone: Phone) -> None:
    """Neither two reports nor a report and its conversation share a connection."""
    item, talk = phone.talk("One.")
    phone.report("Two.")
    talk.refresh()
    lines = phone.lines.by
    cases = {id(by) for call, by in lines if "/case" in call or "/sessions" in call}
    assert len(cases) == 3
    assert id(phone.organisation.client) not in cases
    assert item.case
