"""Evidence in the outbox: sent once and whole, over a line that breaks, and then wiped."""

from __future__ import annotations

import io
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import func, select

from api.models.attachment import Attachment
from mobile.evidence import REPORT, NotTaken, Pieces
from mobile.item import OutboxItem
from mobile.notebook_file import NotKept
from mobile.store import PIECE, Memory
from shared.attaching import stage
from shared.errors import NoRoom, TimedOut, Unreachable
from shared.evidence import FOR_HANDLER, FOR_INVESTIGATION, MOST
from shared.sealing.stream import CHUNK
from tests.mobile.evident import add_file, add_messages, begun, bytes_of, got, of_case
from tests.mobile.phone import Phone, answers
from tests.online import Online

TEXT = "Two invented pieces."


@pytest.fixture
def phone(online: Online) -> Phone:
    return Phone(online.address)


def stored(online: Online) -> int:
    """How many attachments the service has, whole or not."""
    count = select(func.count()).select_from(Attachment)
    return int(online.service.database.write(lambda db: db.scalar(count)) or 0)


def put(phone: Phone, *sizes: int) -> str:
    there = begun(phone.store)
    for at, size in enumerate(sizes):
        add_file(there, size, at + 3)
    return phone.outbox.put_report(answers(), pieces=there.all(), text=TEXT)


def left(phone: Phone) -> list[Any]:
    """Bytes and records of pieces on the phone."""
    assert isinstance(phone.store, Memory)
    return [*phone.store.parts(), *phone.store.all(PIECE)]


def evidence(phone: Phone) -> OutboxItem:
    (item,) = [one for one in phone.outbox.items() if one.kind == "evidence"]
    return item


def arrived(phone: Phone) -> bool:
    """Whether all evidence arrived, and was seen in the thread."""
    return not any(one.kind == "evidence" for one in phone.outbox.items())


def test_it_works(phone: Phone, online: Online) -> None:
    """With a report: first the case, then the pieces, then one message that names them."""
    there = begun(phone.store)
    piece = add_file(there, 3 * CHUNK + 5)
    add_messages(there, "Person A: an invented line.")
    there.change(piece.name, FOR_INVESTIGATION, "Retyped.")
    name = phone.outbox.put_report(answers(), pieces=there.all(), text=TEXT)
    assert not there.all()  # the outbox has them
    assert phone.go(name).state == "sent"
    case = online.case(phone.item(name).case)
    first, second = got(case)
    assert first == ("file-1.pdf", "investigation", "file", "Retyped.", bytes_of(3 * CHUNK + 5))
    assert second[:4] == ("messages-2.txt", FOR_HANDLER, "messages", "")
    assert second[4].decode() == "Person A: an invented line."
    assert [one.content["type"] for one in case.thread()] == ["report", "text"]
    assert case.thread()[1].content["text"] == TEXT
    assert arrived(phone)
    assert not left(phone)
    assert phone.item(name).words not in repr(phone.outbox.items())


def test_in_a_conversation_it_stands_in_the_order_of_writing(phone: Phone, online: Online) -> None:
    item, talk = phone.talk()
    talk.write("First.")
    there = of_case(phone.store, online.address, item.case)
    add_file(there, 70_000)
    talk.attach(there.all(), TEXT)
    talk.write("Last.")
    view = talk.flush()
    assert [one.text for one in view.items][1:] == ["First.", TEXT, "Last."]
    assert all(one.state == "sent" for one in view.items)
    assert len(list(got(online.case(item.case)))) == 1
    assert not left(phone)


def test_a_line_that_breaks_at_every_chunk_sends_each_once(
    phone: Phone, online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut before and after each chunk: it goes on where it was, and is stored once."""
    monkeypatch.setattr("shared.attaching.LANES", 1)
    monkeypatch.setattr("shared.attaching.upload.__defaults__", (None, 1))
    name = put(phone, 5 * CHUNK, CHUNK)
    phone.go(name)  # the report, and both
    assert len(phone.lines.bodies("chunk")) == 6
    for at in range(6):
        for how in ("refuse", "cut"):
            before = stored(online)
            other = Phone(online.address)
            name = put(other, 5 * CHUNK, CHUNK)
            breaks = Breaks(other, at, how)
            monkeypatch.setattr(other.lines, "go", breaks.go)
            other.go(name)
            assert evidence(other).state == "waiting"
            assert evidence(other).why
            other.again()
            assert arrived(other)
            assert stored(online) == before + 2
            assert len(list(got(online.case(other.item(name).case)))) == 2
            assert breaks.stored == 6  # what had arrived was not sent again


class Breaks:
    """A line that breaks at one chunk, before it arrives or as it is acknowledged."""

    def __init__(self, phone: Phone, at: int, how: str) -> None:
        self.real, self.at, self.how = phone.lines.go, at, how
        self.chunks = self.stored = 0
        self.broken = False

    def go(self, name: str, body: Any, call: Any) -> Any:
        if name != "chunk":
            return self.real(name, body, call)
        now = self.chunks == self.at and not self.broken
        self.broken = self.broken or now
        self.chunks += 1
        if now and self.how == "refuse":
            raise Unreachable
        found = self.real(name, body, call)
        self.stored += 1
        if now:
            raise TimedOut
        return found


@pytest.mark.parametrize("call", ["attach", "state", "say"])
def test_a_lost_answer_leaves_one_copy(phone: Phone, online: Online, call: str) -> None:
    name = put(phone, 2 * CHUNK)
    phone.lines.cut = [call]
    phone.go(name)
    assert evidence(phone).state == "waiting"
    phone.restart()
    phone.again()
    assert not phone.store.all("outbox").keys() - {name}
    assert stored(online) == 1
    case = online.case(phone.item(name).case)
    assert len(list(got(case))) == 1
    assert len(case.thread()) == 2
    assert not left(phone)


def test_it_waits_for_its_report(phone: Phone, online: Online) -> None:
    phone.lines.refuse = [("open", Unreachable())]
    name = put(phone, 1_000)
    assert phone.go(name).state == "waiting"
    assert phone.outbox.unsent() == 2
    assert phone.outbox.take_back(name)
    phone.outbox.recall(name)
    there = begun(phone.store)
    (piece,) = there.all()
    assert phone.outbox.unsent() == 1
    there.change(piece.name, FOR_INVESTIGATION, "")
    phone.outbox.again(name, answers(), pieces=there.all(), text=TEXT)
    assert phone.again(name).state == "sent"
    ((_, sharing, _, _, data),) = got(online.case(phone.item(name).case))
    assert (sharing, data) == (FOR_INVESTIGATION, bytes_of(1_000, 3))


def test_a_report_that_is_deleted_takes_its_pieces_along(phone: Phone) -> None:
    name = put(phone, 1_000)
    phone.outbox.discard(name)
    assert not phone.outbox.items()
    assert not left(phone)


def test_killed_as_send_was_pressed_the_pieces_are_the_drafts_again(phone: Phone) -> None:
    """The message was put, its report was not yet."""
    name = put(phone, 1_000)
    phone.store.drop("outbox", name)
    phone.restart()
    assert not phone.outbox.items()
    assert [one.owner for one in begun(phone.store).all()] == [REPORT]


def test_the_words_go_with_it(phone: Phone, online: Online) -> None:
    """They were practised, and the report is forgotten here: its evidence still arrives."""
    name = put(phone, 1_000)
    phone.outbox.send_due()  # the report alone
    reference = phone.item(name).case
    phone.outbox.finish(name)
    phone.restart()
    phone.go()
    assert not phone.outbox.unsent()
    assert len(list(got(online.case(reference)))) == 1
    assert not phone.store.all("outbox")


def test_who_was_shut_out_meanwhile_gets_no_key_to_it(phone: Phone, online: Online) -> None:
    """What was staged for them is sealed anew, as another attachment."""
    item, talk = phone.talk()
    there = of_case(phone.store, online.address, item.case)
    add_file(there, 2 * CHUNK)
    talk.attach(there.all(), TEXT)
    phone.lines.refuse = [("chunk", Unreachable())]
    talk.flush()
    (before,) = evidence(phone).staged.values()
    talk.access.shut_out([str(online.id("handler-2"))])
    phone.outbox.hurry()
    talk.flush()
    case = online.case(item.case)
    assert len(list(got(case))) == 1
    (named,) = case.thread()[-1].attached
    assert str(named.id) != before["id"]


def test_the_service_has_no_room(phone: Phone) -> None:
    name = put(phone, 1_000)
    phone.lines.refuse = [("attach", NoRoom())]
    phone.go(name)
    assert (evidence(phone).state, evidence(phone).code) == ("waiting", "no_room")
    phone.again(name)
    assert arrived(phone)


def test_bytes_that_are_gone_are_told_and_can_be_taken_back(phone: Phone, online: Online) -> None:
    item, talk = phone.talk()
    there = of_case(phone.store, online.address, item.case)
    piece = add_file(there, 2_000_000)
    talk.attach(there.all(), TEXT)
    phone.store.drop_parts(piece.name)
    talk.flush()
    assert (evidence(phone).state, evidence(phone).code) == ("refused", "piece_lost")
    talk.give_back(evidence(phone).name)
    assert [one.name for one in there.all()] == [piece.name]


class Full(Memory):
    """A store that has no room left after so many parts."""

    room = 2

    def put_part(self, name: str, number: int, data: bytes) -> None:
        if number >= self.room:
            raise NotKept
        super().put_part(name, number, data)


def test_a_full_disk_keeps_nothing_of_a_piece() -> None:
    store = Full()
    there = begun(store)
    with pytest.raises(NotKept):
        add_file(there, 2_000_000)
    assert not list(store.parts())
    assert not there.all()


@pytest.mark.parametrize(
    ("limits", "size", "why"),
    [
        ({}, 1, "No files are taken here"),
        ({"attachment_bytes": 1_000_000, "case_bytes": 9_000_000}, 1_000_001, "larger than 1 MB"),
        ({"attachment_bytes": 900_000, "case_bytes": 1_000_000}, 800_001, "too much for one case"),
        ({"attachment_bytes": 900, "case_bytes": 900, "attachment_types": ["picture"]}, 9,
         "Files of this kind"),
    ],
)  # fmt: skip
def test_limits_are_told_before_anything_is_kept(limits: Any, size: int, why: str) -> None:
    store = Memory()
    there = begun(store, limits=limits)
    if "case" in why:
        add_file(there, 200_000)
    with pytest.raises(NotTaken, match=why):
        add_file(there, size)
    assert len(there.all()) == ("case" in why)


def test_there_are_no_more_than_twenty() -> None:
    there = begun(Memory())
    for _ in range(MOST):
        add_file(there, 10)
    with pytest.raises(NotTaken, match="20 pieces are the most"):
        add_file(there, 10)


def test_what_was_sent_before_counts_before_anything_is_uploaded(
    phone: Phone, online: Online
) -> None:
    """In chunks, as the service counts: also what waits, and after the case is opened anew."""
    item, talk = phone.talk()
    limits = {"attachment_bytes": 50 * CHUNK, "case_bytes": 16 * CHUNK, "attachment_types": []}
    owner = of_case(phone.store, online.address, item.case).owner
    there = Pieces(lambda: phone.store, owner, lambda: limits, lambda: talk.taken)
    add_file(there, 8 * CHUNK)
    talk.attach(there.all(), TEXT)
    assert talk.taken == 8  # it waits
    with pytest.raises(NotTaken, match="room for 524 kB more in this case"):
        add_file(there, 9 * CHUNK)
    talk.flush()
    assert talk.taken == 8
    case = online.case(item.case)
    data = bytes_of(3 * CHUNK)
    own = stage(io.BytesIO(data), len(data), "a.pdf", "application/pdf", case.keys)
    case.attach(own)
    case.send(case.prepare("Look at this.", [own.attached]))
    own.close()
    talk.refresh()
    assert talk.taken == 8  # what a handler attached takes the room of the handlers
    words = phone.item(item.name).words
    again = phone.outbox.open(words)
    assert again.taken == 8
    add_file(there, 8 * CHUNK)
    talk.attach(there.all(), TEXT)
    with pytest.raises(NotTaken, match="no room for more files"):
        add_file(there, 1)
    assert not there.all()


class Slow:
    """A line on which each chunk takes seconds; something else is written at one of them."""

    def __init__(self, phone: Phone, at: int, write: Callable[[], Any]) -> None:
        self.phone, self.real, self.at, self.write = phone, phone.lines.go, at, write
        self.calls: list[tuple[str, float]] = []

    def go(self, name: str, body: Any, call: Any) -> Any:
        if name == "chunk":
            self.phone.clocks.pass_(5)
            if sum(one == "chunk" for one, _ in self.calls) == self.at:
                self.write()
        found = self.real(name, body, call)
        self.calls.append((name, self.phone.clocks.steady))
        return found

    def times(self, name: str) -> list[float]:
        return [at for one, at in self.calls if one == name]


@pytest.fixture
def one_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.attaching.LANES", 1)
    monkeypatch.setattr("shared.attaching.upload.__defaults__", (None, 1))


def go_on(phone: Phone) -> None:
    """The app looks again and again, until nothing waits."""
    for _ in range(200):
        phone.outbox.send_due()
        phone.clocks.pass_(1)
        if phone.outbox.next_due() is None:
            break


@pytest.mark.usefixtures("one_lane")
def test_a_long_upload_holds_up_no_other_report(
    phone: Phone, online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gives way between two chunks, goes on where it was, and the two are never at once."""
    phone.clocks.apart = 12.0
    name = put(phone, 20 * CHUNK)
    written: list[str] = []
    slow = Slow(phone, 2, lambda: written.append(phone.outbox.put_report(answers("Another."))))
    monkeypatch.setattr(phone.lines, "go", slow.go)
    go_on(phone)
    assert phone.item(name).state == "sent"
    assert phone.item(written[0]).state == "sent"
    assert arrived(phone)
    chunks, (_, second) = slow.times("chunk"), slow.times("open")
    assert len(chunks) == 20  # each once
    before, after = (
        [one for one in chunks if one < second],
        [one for one in chunks if one > second],
    )
    assert 4 <= len(before) <= 8  # it had its turn, and no more
    assert after
    assert second - before[-1] >= 12  # the pause between two cases stands on both sides
    assert after[0] - second >= 12
    ((*_, data),) = got(online.case(phone.item(name).case))
    assert data == bytes_of(20 * CHUNK, 3)
    assert stored(online) == 1


@pytest.mark.usefixtures("one_lane")
def test_a_message_of_another_case_goes_meanwhile_and_so_does_one_of_its_own(
    phone: Phone, online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits to be heard until a large file is there."""
    item, talk = phone.talk()
    second, other = phone.talk("Another story.")
    there = of_case(phone.store, online.address, item.case)
    add_file(there, 20 * CHUNK)
    talk.attach(there.all(), TEXT)
    talk.write("Behind it.")
    slow = Slow(phone, 2, lambda: other.write("Meanwhile."))
    monkeypatch.setattr(phone.lines, "go", slow.go)
    go_on(phone)
    names = [one for one, _ in slow.calls if one in ("chunk", "say")]
    assert names.count("chunk") == 20
    assert names[-1] == "say"
    assert names[:10].count("say") == 2
    case = online.case(item.case)
    assert [one.content.get("text") for one in case.thread()][1:] == ["Behind it.", TEXT]
    assert arrived(phone)
    assert [one.content.get("text") for one in online.case(second.case).thread()][1:] == [
        "Meanwhile."
    ]


@pytest.mark.parametrize("at", [2, 7])
@pytest.mark.usefixtures("one_lane")
def test_what_is_written_during_an_upload_goes_at_once(
    phone: Phone, online: Online, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """Once the upload had its turn of 20 seconds: no pause and no second turn come before."""
    item, talk = phone.talk()
    there = of_case(phone.store, online.address, item.case)
    add_file(there, 20 * CHUNK)
    talk.attach(there.all(), TEXT)
    slow = Slow(phone, at, lambda: talk.write("Behind it."))
    monkeypatch.setattr(phone.lines, "go", slow.go)
    go_on(phone)
    chunks, (said, _) = slow.times("chunk"), slow.times("say")
    assert len(chunks) == 20  # each once
    turn = chunks[0] + 20
    assert said <= max(chunks[at], turn)
    case = online.case(item.case)
    assert [one.content.get("text") for one in case.thread()][1:] == ["Behind it.", TEXT]
    assert arrived(phone)


@pytest.mark.usefixtures("one_lane")
def test_what_is_written_while_an_upload_pauses_goes_at_once(
    phone: Phone, online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gave way, or the service has no room: the words don't wait with it."""
    phone.clocks.apart = 30.0
    item, talk = phone.talk()
    there = of_case(phone.store, online.address, item.case)
    add_file(there, 8 * CHUNK)
    talk.attach(there.all(), TEXT)
    slow = Slow(phone, 2, lambda: talk.write("First."))
    monkeypatch.setattr(phone.lines, "go", slow.go)
    phone.outbox.send_due()
    sent = len(slow.times("chunk"))
    assert sent < 8
    assert phone.outbox.next_due() == phone.clocks.apart  # it gave way, and waits
    talk.write("Second.")
    assert phone.outbox.next_due() == 0
    phone.outbox.send_due()
    phone.lines.refuse = [("attach", NoRoom()), ("chunk", NoRoom())]
    phone.clocks.pass_(phone.clocks.apart)
    phone.outbox.send_due()
    assert evidence(phone).code == NoRoom.code
    talk.write("Third.")
    assert phone.outbox.next_due() == 0
    phone.outbox.send_due()
    assert len(slow.times("chunk")) == sent
    said = [one.content.get("text") for one in online.case(item.case).thread()]
    assert said[1:] == ["First.", "Second.", "Third."]
    phone.lines.refuse = []
    go_on(phone)
    assert [one.content.get("text") for one in online.case(item.case).thread()][4:] == [TEXT]
    assert len(slow.times("chunk")) == 8
    assert arrived(phone)


@pytest.mark.parametrize("error", [NoRoom(), Unreachable()], ids=["no-room", "no-line"])
def test_words_go_ahead_of_a_file_that_can_not_go_on(
    phone: Phone, online: Online, error: Exception
) -> None:
    item, talk = phone.talk()
    there = of_case(phone.store, online.address, item.case)
    add_file(there, 2 * CHUNK)
    talk.attach(there.all(), TEXT)
    talk.write("Behind it.")
    talk.write("And behind that.")
    phone.lines.refuse = [("attach", error)]
    talk.flush()
    said = [one.content.get("text") for one in online.case(item.case).thread()]
    assert said[1:] == ["Behind it.", "And behind that."]
    assert evidence(phone).state == "waiting"
    phone.again()
    assert arrived(phone)
    case = online.case(item.case)
    assert [one.content.get("text") for one in case.thread()][-1] == TEXT
    assert [one.problem for one in case.thread()] == [None] * 4
    assert len(list(got(case))) == 1


def test_words_stay_behind_a_message_with_files_that_may_have_arrived(
    phone: Phone, online: Online
) -> None:
    """They are numbered: what was sent before is found out first."""
    item, talk = phone.talk()
    there = of_case(phone.store, online.address, item.case)
    add_file(there, 1_000)
    talk.attach(there.all(), TEXT)
    talk.write("Behind it.")
    phone.lines.cut = ["say"]
    talk.flush()
    assert len(phone.lines.bodies("say")) == 1
    phone.restart()
    phone.again()
    said = [one.content.get("text") for one in online.case(item.case).thread()]
    assert said[1:] == [TEXT, "Behind it."]


@pytest.mark.usefixtures("one_lane")
def test_a_case_can_be_looked_at_while_its_pieces_go(
    phone: Phone, online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    item, talk = phone.talk()
    there = of_case(phone.store, online.address, item.case)
    add_file(there, 4 * CHUNK)
    talk.attach(there.all(), TEXT)
    seen: list[bool] = []

    def look() -> None:
        case = online.case(item.case)
        case.send(case.prepare("Hello."))
        thread = Thread(target=talk.refresh)
        thread.start()
        thread.join(20)
        seen.append(not thread.is_alive())

    slow = Slow(phone, 2, look)
    monkeypatch.setattr(phone.lines, "go", slow.go)
    talk.flush()
    assert seen == [True]
    assert [one.text for one in talk.view().items][1:] == ["Hello.", TEXT]
