"""What was withheld shows with the next message; what two devices wrote at once does not."""

from __future__ import annotations

from shared.sealing.encoding import sha256
from shared.sealing.message import MOST_AFTER, Message, Thread
from tests.sealing.people import DAY


def message(author: str, seq: int, *after: bytes) -> Message:
    return Message(author, DAY, seq, "text", {}, tuple(sha256(one) for one in after))


def test_it_works() -> None:
    thread = Thread()
    assert not thread.add(message("reporter", 1), b"a")
    assert not thread.add(message("handler:x", 1, b"a"), b"b")
    assert not thread.add(message("reporter", 2, b"a", b"b"), b"c")
    assert thread.next_seq("reporter") == 3
    assert thread.next_seq("service") == 1


def test_a_withheld_message_shows_in_the_authors_next() -> None:
    thread = Thread()
    thread.add(message("reporter", 1), b"a")
    assert thread.add(message("reporter", 3, b"a"), b"c")


def test_a_withheld_message_shows_in_anothers_reply() -> None:
    thread = Thread()
    thread.add(message("reporter", 1), b"a")
    assert thread.add(message("handler:x", 1, b"a", b"b"), b"c")


def test_two_devices_with_one_number_raise_no_alarm_then_or_later() -> None:
    thread = Thread()
    found = [
        thread.add(message("reporter", 1), b"a"),
        thread.add(message("reporter", 2, b"a"), b"phone"),
        thread.add(message("reporter", 2, b"a"), b"browser"),
        thread.add(message("reporter", 3, b"phone"), b"d"),
        thread.add(message("handler:x", 1, b"browser", b"d"), b"e"),
    ]
    assert not any(found)
    assert thread.next_seq("reporter") == 4


def test_an_envelope_that_could_not_be_opened_was_still_delivered() -> None:
    thread = Thread()
    thread.add(message("reporter", 1), b"a")
    thread.add_unread(b"b")
    assert not thread.add(message("handler:x", 1, b"a", b"b"), b"c")


def test_after_holds_the_newest_of_the_sixteen_authors_heard_last() -> None:
    thread = Thread()
    for number in range(MOST_AFTER + 4):
        thread.add(message(f"handler:{number}", 1), b"%d" % number)
    thread.add(message("handler:0", 2), b"newest")
    assert len(thread.after()) == MOST_AFTER
    assert thread.after()[0] == sha256(b"newest")
    assert sha256(b"0") not in thread.after()
    assert sha256(b"1") not in thread.after()
