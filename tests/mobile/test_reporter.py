"""Reporting without a screen, on the served app: nothing is lost or doubled on a bad line."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from mobile.draft import Draft
from mobile.reporter import Answers, Opened, Reporter
from shared.errors import (
    BadAddress,
    BadSignature,
    BadToken,
    BrokenChain,
    Conflict,
    EpochChanged,
    MissingEarlier,
    NoReader,
    ReadersChanged,
    TimedOut,
    UnknownToken,
    Unreachable,
)
from shared.sealing import tokens
from shared.sealing.encoding import b64
from shared.thread import ThreadMessage
from tests.mobile.lines import BadLine

Served = dict[str, Any]


@pytest.fixture
def reporter(served: Served) -> Reporter:
    reporter = Reporter(served["address"], client=BadLine)
    reporter.connect()
    return reporter


def answers(story: str = "An invented story.", **more: Any) -> Answers:
    return Answers.of(Draft(story=story, desk=more.pop("desk", "guardian"), **more))


def texts(talk: Any) -> list[str]:
    return [item.text for item in talk.view().items]


def inbox(guardian: Any, reference: str) -> Any:
    directory = guardian.client.organisation("eeast")
    case = guardian.case(reference, directory)
    case.refresh()
    return case


def test_it_works(reporter: Reporter, guardian: Any, served: Served) -> None:
    opened = reporter.open(answers("An invented story, told once.", concerns=["bullying"]))
    case = inbox(guardian, opened.reference)
    report = case.thread()[0].content
    assert report["story"] == "An invented story, told once."
    case.send(case.prepare("Thank you for telling me."))

    elsewhere = Reporter(served["address"])
    talk = elsewhere.come_back(opened.token)
    view = talk.view()
    assert view.reference == opened.reference
    assert view.items[-1].text == "Thank you for telling me."
    assert view.items[-1].author == "handler-1"
    assert not any(item.warning for item in view.items)
    talk.write("I have read it.")
    assert talk.flush().items[-1].state == "sent"
    case.refresh()
    assert case.thread()[-1].content["text"] == "I have read it."


def test_a_cut_after_it_was_stored_leaves_one_copy(reporter: Reporter, guardian: Any) -> None:
    line = reporter.client
    line.cut = ["open"]
    with pytest.raises(TimedOut):
        reporter.open(answers("Cut after it was stored."))
    opened = reporter.open(answers("Cut after it was stored."))
    first, second = line.bodies("open")
    assert first == second
    assert not opened.earlier
    assert len(inbox(guardian, opened.reference).thread()) == 1
    assert texts(reporter.come_back(opened.token)) == ["Cut after it was stored."]


def test_a_cut_before_anything_was_stored(reporter: Reporter) -> None:
    reporter.client.refuse = [("open", Unreachable())]
    with pytest.raises(Unreachable):
        reporter.open(answers("Never got there."))
    opened = reporter.open(answers("Never got there."))
    first, second = reporter.client.bodies("open")
    assert first == second
    assert texts(reporter.come_back(opened.token)) == ["Never got there."]


def test_changed_after_a_lost_answer_finds_the_earlier_one(reporter: Reporter) -> None:
    """Two versions can't both be stored: the words are the same."""
    reporter.client.cut = ["open"]
    with pytest.raises(TimedOut):
        reporter.open(answers("First version."))
    opened = reporter.open(answers("Second version."))
    assert opened.earlier
    assert texts(reporter.come_back(opened.token)) == ["First version."]


def test_changed_after_a_try_that_stored_nothing(reporter: Reporter) -> None:
    reporter.client.refuse = [("open", Unreachable())]
    with pytest.raises(Unreachable):
        reporter.open(answers("First version."))
    opened = reporter.open(answers("Second version."))
    assert not opened.earlier
    assert texts(reporter.come_back(opened.token)) == ["Second version."]


def test_words_that_were_used_before_are_made_anew(served: Served) -> None:
    used, fresh = tokens.new_token(), tokens.new_token()
    Reporter(served["address"], token=lambda: used).open(answers("Somebody else."))
    made = iter([used, fresh])
    reporter = Reporter(served["address"], token=lambda: next(made))
    with pytest.raises(Conflict):
        reporter.open(answers("Same words."))
    assert reporter.open(answers("Same words.")).token == fresh


def test_readers_changed_fetches_the_roster_and_loses_nothing(reporter: Reporter) -> None:
    reporter.client.refuse = [("open", ReadersChanged())]
    with pytest.raises(ReadersChanged):
        reporter.open(answers("Who reads?"))
    assert [name for _, name in reporter.readers("guardian")] == ["handler-1", "handler-2"]
    opened = reporter.open(answers("Who reads?"))
    assert texts(reporter.come_back(opened.token)) == ["Who reads?"]


def test_everybody_shut_out(reporter: Reporter) -> None:
    everybody = [code for code, _ in reporter.readers("guardian")]
    with pytest.raises(NoReader) as caught:
        reporter.open(answers(excluded=everybody))
    assert "another desk" in caught.value.detail


def test_shut_out_is_not_among_the_readers(reporter: Reporter) -> None:
    first = reporter.readers("guardian")[0]
    opened = reporter.open(answers("Not for the first.", excluded=[first[0]]))
    assert first[1] not in reporter.come_back(opened.token).view().readers


def test_the_pin_of_the_poster_is_checked(served: Served) -> None:
    good = Reporter(served["address"])
    good.connect()
    assert good._roster is not None
    fingerprint = b64(good._roster.fingerprint)
    Reporter(f"{served['address']}#{fingerprint}").connect()
    with pytest.raises(BrokenChain):
        Reporter(f"{served['address']}#{b64(bytes(16))}").connect()


@pytest.mark.parametrize(
    "address",
    ["", "eeast", "http://example.org/o/eeast", "https://h/o/eeast#short", "https://h/x/eeast",
     "https://user@h/o/eeast", "ftp://h/o/eeast"],
)  # fmt: skip
def test_a_bad_address_is_told_before_anything_is_sent(address: str) -> None:
    with pytest.raises(BadAddress):
        Reporter(address)


def test_nobody_listens() -> None:
    with pytest.raises(Unreachable):
        Reporter("http://127.0.0.1:9/o/eeast").connect()


def test_a_wrong_word_is_told_unsent_and_unknown_words_after(reporter: Reporter) -> None:
    with pytest.raises(BadToken):
        reporter.come_back("one two three")
    with pytest.raises(UnknownToken):
        reporter.come_back(tokens.new_token())


def opened(reporter: Reporter, story: str = "A story.") -> tuple[Opened, Any]:
    found = reporter.open(answers(story))
    return found, reporter.come_back(found.token)


def test_a_message_cut_after_it_was_stored_is_there_once(reporter: Reporter) -> None:
    _, talk = opened(reporter)
    reporter.client.cut = ["say"]
    talk.write("Only once.")
    waiting = talk.flush().items[-1]
    assert (waiting.state, waiting.text) == ("waiting", "Only once.")
    assert waiting.why
    assert talk.unsent() == 1
    assert talk.flush().items[-1].state == "sent"
    first, second = reporter.client.bodies("say")
    assert first == second
    assert texts(talk)[1:] == ["Only once."]
    assert talk.unsent() == 0


def test_a_message_that_had_arrived_is_found_by_looking(reporter: Reporter) -> None:
    _, talk = opened(reporter)
    reporter.client.cut = ["say"]
    talk.write("Arrived.")
    talk.flush()
    talk.refresh()
    assert texts(talk)[1:] == ["Arrived."]
    assert talk.unsent() == 0


def test_messages_wait_in_order(reporter: Reporter) -> None:
    found, talk = opened(reporter)
    reporter.client.refuse = [("say", Unreachable())]
    talk.write("One.")
    talk.write("Two.")
    assert [item.state for item in talk.flush().items[1:]] == ["waiting", "waiting"]
    talk.flush()
    again = reporter.come_back(found.token)
    assert texts(again)[1:] == ["One.", "Two."]
    assert not any(item.warning for item in again.view().items)


def test_sent_but_not_yet_read_back_does_not_confuse_the_next(reporter: Reporter) -> None:
    found, talk = opened(reporter)
    reporter.client.refuse = [("look", Unreachable())]
    talk.write("One.")
    assert talk.flush().items[-1].state == "sent"
    talk.write("Two.")
    talk.flush()
    # Read back before the next is sealed: it is numbered after what is there.
    calls = [name for name, _ in reporter.client.sent]
    first, second = (at for at, name in enumerate(calls) if name == "say")
    assert calls[first + 1 : second] == ["look", "look"]
    again = reporter.come_back(found.token).view()
    assert [item.text for item in again.items[1:]] == ["One.", "Two."]
    assert not any(item.warning for item in again.items)


def test_readers_that_changed_meanwhile_get_it_sealed_anew(reporter: Reporter) -> None:
    _, talk = opened(reporter)
    reporter.client.refuse = [("say", EpochChanged())]
    talk.write("Sealed twice.")
    assert talk.flush().items[-1].state == "sent"
    first, second = reporter.client.bodies("say")
    assert first["id"] != second["id"]
    assert texts(talk)[1:] == ["Sealed twice."]


def test_what_does_not_check_is_not_shown_as_somebodys_words(reporter: Reporter) -> None:
    """A service that gives another message under this one's id."""
    found, talk = opened(reporter)
    talk.write("One.")
    talk.flush()
    line = reporter.client
    real = line.messages

    def forged(path: str, bearer: str, after: str | None = None) -> Any:
        page = real(path, bearer, after)
        for one in page["items"]:
            if one["number"] == 2:
                one["sealed"]["envelope"] = page["items"][0]["sealed"]["envelope"]
        return page

    line.messages = forged  # type: ignore[method-assign]
    view = reporter.come_back(found.token).view()
    assert view.items[0].warning == ""
    assert view.items[1].warning
    assert view.items[1].text == ""


def test_only_a_gap_leaves_the_text(reporter: Reporter) -> None:
    _, talk = opened(reporter)
    for problem, shown in ((MissingEarlier(), "Text."), (BadSignature(), "")):
        one = ThreadMessage(
            uuid4(), 9, "reporter", date(2026, 11, 23), {"type": "text", "text": "Text."}, problem
        )
        item = talk._cards().item(one)
        assert (item.text, item.warning) == (shown, problem.detail)


def test_a_refused_message_says_why_and_can_be_changed(reporter: Reporter) -> None:
    _, talk = opened(reporter)
    view = talk.write("x" * 20_001)
    view = talk.flush()
    refused = view.items[-1]
    assert refused.state == "refused"
    assert refused.why
    assert talk.take_back(refused.key) == "x" * 20_001
    talk.write("Shorter.")
    assert talk.flush().items[-1].state == "sent"


def test_readable_report_has_every_answer(reporter: Reporter) -> None:
    draft = Draft(
        story="What happened.", desk="guardian", concerns=["bullying"], channel="whatsapp-group",
        when="In spring", place="A group", people="Some", who_knows="Ten", wanted="It stops",
        told_before="No", in_danger=True, immediate_danger="Nobody",
    )  # fmt: skip
    opened = reporter.open(Answers.of(draft))
    text = texts(reporter.come_back(opened.token))[0]
    for value in draft.report().values():
        if isinstance(value, str) and value != "whatsapp-group":
            assert value in text


def test_nothing_secret_in_a_repr(reporter: Reporter) -> None:
    draft = Draft(story="Secret story.", desk="guardian")
    found = reporter.open(Answers.of(draft))
    talk = reporter.come_back(found.token)
    talk.write("Secret text.")
    shown = f"{draft!r} {Answers.of(draft)!r} {found!r} {talk.view()!r} {talk.outbox!r}"
    assert "Secret" not in shown
    assert found.token not in shown


def test_forgetting_leaves_no_words(reporter: Reporter) -> None:
    reporter.client.cut = ["open"]
    with pytest.raises(TimedOut):
        reporter.open(answers("To be forgotten."))
    assert reporter._token
    reporter.forget()
    fresh = reporter.renewed()
    assert fresh._token is None
    assert fresh._prepared is None
    assert not fresh._sent
    assert fresh.readers("guardian")
