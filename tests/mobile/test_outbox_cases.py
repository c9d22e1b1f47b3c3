"""Messages in the outbox: they wait for a line, for words, and for who may read them."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest

from mobile.item import TEXT
from shared.errors import (
    UnknownToken,
    Unreachable,
)
from tests.mobile.phone import Phone, texts
from tests.mobile.test_outbox import during
from tests.online import Online


@pytest.fixture
def phone(online: Online) -> Phone:
    return Phone(online.address)


def keep_case(phone: Phone, reference: str, words: str, **more: Any) -> None:
    record = {"organisation": phone.organisation.address, "reference": reference, "words": words}
    phone.store.put("case", "first", {**record, **more})


def put_message(phone: Phone, reference: str, text: str) -> None:
    """A message that an earlier conversation left behind."""
    address = phone.organisation.address
    phone.outbox._items.new(TEXT, address, case=reference, content={"text": text})


def test_messages_wait_for_a_line_and_open_their_case(phone: Phone, online: Online) -> None:
    reference, words = online.report()
    keep_case(phone, reference, words)
    put_message(phone, reference, "One.")
    put_message(phone, reference, "Two.")
    phone.lines.refuse = [("sign-in", Unreachable())]
    first, second = phone.outbox.send_due()
    assert (first.state, first.why) == ("waiting", Unreachable.default)
    assert second.why == ""  # it waits behind the first
    phone.restart()
    phone.again()
    assert not phone.outbox.items() or phone.outbox.unsent() == 0
    view = phone.open(words).view()
    assert [item.text for item in view.items[1:]] == ["One.", "Two."]
    assert not any(item.warning for item in view.items)
    assert not phone.store.all("outbox")


def test_without_words_they_wait_until_the_case_is_opened(phone: Phone, online: Online) -> None:
    reference, words = online.report()
    put_message(phone, reference, "When it is opened.")
    (held,) = phone.outbox.send_due()
    assert (held.state, held.code) == ("waiting", "no_words")
    assert phone.outbox.next_due() is None
    assert not phone.lines.bodies("sign-in")
    talk = phone.open(words)
    assert phone.outbox.next_due() == 0
    phone.outbox.send_due()
    assert len(phone.lines.bodies("sign-in")) == 1  # by the case that is open
    assert texts(talk)[1:] == ["When it is opened."]


def test_a_message_that_waits_outlives_the_conversation(phone: Phone) -> None:
    sent, talk = phone.talk("A story.")
    phone.lines.refuse = [("say", Unreachable())]
    talk.write("Said in a tunnel.")
    talk.flush()
    talk.sign_out()
    del talk
    phone.restart()
    assert phone.outbox.unsent() == 1
    phone.clocks.pass_(2)
    phone.outbox.send_due()  # with the words that wait for practice
    assert phone.outbox.unsent() == 0
    assert texts(phone.open(sent.words))[1:] == ["Said in a tunnel."]


def test_words_of_a_case_that_is_gone(phone: Phone, online: Online) -> None:
    reference, words = online.report()
    keep_case(phone, reference, words)
    put_message(phone, reference, "Too late.")
    online.reporter(words).withdraw()
    (refused,) = phone.outbox.send_due()
    assert (refused.state, refused.why) == ("refused", UnknownToken.default)
    assert refused.text == "Too late."


def test_withdrawing_drops_what_waits(phone: Phone) -> None:
    _, talk = phone.talk()
    talk.write("Nobody would read it.")
    talk.withdraw()
    assert [one.kind for one in phone.outbox.items()] == ["report"]


def test_whom_one_accepted_is_kept_with_the_case(phone: Phone, online: Online) -> None:
    reference, words = online.report()
    keep_case(phone, reference, words, label="Mine")
    newcomer = online.hire("handler-7")
    guardian = online.case(reference)
    guardian.send_epoch(guardian.let_in(newcomer))
    put_message(phone, reference, "Who reads this?")
    (held,) = phone.outbox.send_due()
    assert (held.state, held.code) == ("waiting", "new_reader")
    assert phone.outbox.next_due() is None  # it asks nobody but its user
    talk = phone.open(words)
    talk.agree()
    assert phone.store.all("case")["first"]["label"] == "Mine"
    talk.sign_out()
    phone.restart()
    phone.outbox.send_due()
    assert phone.outbox.unsent() == 0


def test_a_case_that_is_open_twice_sends_once(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, one = phone.talk("A story.")
    two = phone.open(sent.words)
    other = Thread(target=two.flush)
    one.write("Once.")
    during(phone, monkeypatch, "say", other.start)
    one.flush()
    other.join()
    assert len(phone.lines.bodies("say")) == 1
    two.write("Behind it.")
    two.flush()
    view = phone.open(sent.words).view()
    assert [item.text for item in view.items] == ["A story.", "Once.", "Behind it."]
    assert not any(item.warning for item in view.items)
    assert len({body["id"] for body in phone.lines.bodies("say")}) == 2


def test_what_is_sent_by_itself_marks_no_reply_as_read(phone: Phone, online: Online) -> None:
    """Nobody has looked at the case: the people who answered are not told so."""
    reference, words = online.report()
    keep_case(phone, reference, words)
    handler = online.case(reference)
    handler.send(handler.prepare("An invented reply."))
    put_message(phone, reference, "Written without a line.")
    phone.outbox.send_due()
    assert phone.outbox.unsent() == 0
    talk = phone.open(words)  # nor by opening it, before it is on the screen
    news = talk._case.news
    assert news()["unread"] == 1
    assert talk.unread
    talk.read()
    assert news()["unread"] == 0
    assert not talk.unread
