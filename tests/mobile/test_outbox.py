"""The outbox: what becomes of a report, full disks and restarts, without a screen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mobile.draft import Draft
from mobile.notebook_file import NotKept
from mobile.organisation import Organisation
from mobile.outbox import Answers
from mobile.store import Memory
from shared.errors import (
    Unreachable,
)
from tests.mobile.phone import Phone, answers, texts
from tests.online import Online


class FullDisk(Memory):
    """A store that has no room left once a test says so."""

    full = False

    def put(self, kind: str, name: str, record: Any) -> None:
        if self.full:
            raise NotKept
        super().put(kind, name, record)

    def drop(self, kind: str, name: str) -> None:
        if self.full:
            raise NotKept
        super().drop(kind, name)


@pytest.fixture
def phone(online: Online) -> Phone:
    return Phone(online.address)


def test_it_works(phone: Phone, online: Online) -> None:
    draft = Draft(story="An invented story.", desk="guardian")
    phone.store.put("draft", "report", draft.record() or {})
    name = phone.outbox.put_report(Answers.of(draft))
    assert phone.item(name).state == "waiting"
    assert phone.store.get("draft", "report") is None
    assert len(phone.item(name).words.split()) == 8
    assert (phone.outbox.unsent(), phone.outbox.next_due()) == (1, 0)
    (sent,) = phone.outbox.send_due()
    assert sent.state == "sent"
    assert online.case(sent.case).message
    assert (phone.outbox.unsent(), phone.outbox.next_due()) == (0, None)
    phone.restart()  # the words wait for practice
    assert phone.item(name).words == sent.words
    phone.outbox.finish(name)
    assert not phone.outbox.items()
    assert not phone.store.all("outbox")


def test_it_resumes_by_itself_with_the_same_bytes(phone: Phone) -> None:
    phone.lines.cut = ["open"]
    name = phone.put("Sent once.")
    words = phone.go(name).words
    phone.restart()
    assert (phone.item(name).state, phone.item(name).words) == ("waiting", words)
    phone.clocks.pass_(2)
    assert phone.go(name).state == "sent"
    first, second = phone.lines.bodies("open")
    assert first == second


def test_a_full_disk_is_told_and_nothing_is_half(online: Online) -> None:
    disk = FullDisk()
    phone = Phone(online.address, disk)
    disk.full = True
    with pytest.raises(NotKept):
        phone.put("No room.")
    assert not phone.outbox.items()
    disk.full = False
    name = phone.put("No room.")
    disk.full = True
    waiting = phone.go(name)
    assert (waiting.state, waiting.code, waiting.sealed) == ("waiting", "not_kept", ())
    assert not phone.lines.bodies("open")  # what is not kept is not sent
    assert waiting.content["report"]["story"] == "No room."
    disk.full = False
    assert phone.again(name).state == "sent"


def test_a_disk_that_is_full_after_it_was_sent_forgets_nothing(
    online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FullDisk()
    phone = Phone(online.address, disk)
    name = phone.put("Arrived.")
    real = phone.lines.go

    def fill(called: str, body: Any, call: Any) -> Any:
        disk.full = called == "open"
        return real(called, body, call)

    monkeypatch.setattr(phone.lines, "go", fill)
    assert phone.go(name).state == "sent"  # known in memory
    disk.full = False
    phone.restart()  # not on the disk: the same bytes are sent again
    assert phone.item(name).state == "waiting"
    assert phone.go(name).state == "sent"
    first, second = phone.lines.bodies("open")
    assert first == second


def test_a_full_disk_keeps_a_message_in_its_box(online: Online) -> None:
    disk = FullDisk()
    phone = Phone(online.address, disk)
    _, talk = phone.talk()
    disk.full = True
    with pytest.raises(NotKept):
        talk.write("Still in the box.")
    assert talk.unsent() == 0
    disk.full = False
    talk.write("Still in the box.")
    disk.full = True
    waiting = talk.flush().items[-1]
    assert (waiting.state, waiting.why) == ("waiting", NotKept.default)
    assert not phone.lines.bodies("say")
    disk.full = False
    assert talk.flush().items[-1].state == "sent"


def test_another_organisations_item_goes_to_it(phone: Phone, online: Online) -> None:
    elsewhere = f"{online.url}/o/elsewhere"
    name = phone.put("For eeast.")
    phone.organisation = Organisation(elsewhere, client=phone.lines)
    phone.outbox = phone.make_outbox()
    assert phone.go(name).case.startswith("EEA-")


def test_a_draft_that_was_sent_is_not_offered_again(phone: Phone) -> None:
    """The app was killed between putting the report and dropping its draft."""
    draft = Draft(story="Once.", desk="guardian", step=6)
    phone.outbox.put_report(Answers.of(draft))
    phone.store.put("draft", "report", draft.record() or {})
    phone.restart()
    assert phone.store.get("draft", "report") is None
    other = Draft(story="Another one.", desk="guardian")
    phone.store.put("draft", "report", other.record() or {})
    phone.restart()
    assert phone.store.get("draft", "report") is not None


def during(phone: Phone, monkeypatch: pytest.MonkeyPatch, name: str, act: Any) -> None:
    """Something that the user does once, while this call is under way on the thread."""
    real, acts = phone.lines.go, [act]

    def go(called: str, body: Any, call: Any) -> Any:
        if called == name and acts:
            acts.pop()()
        return real(called, body, call)

    monkeypatch.setattr(phone.lines, "go", go)


@pytest.mark.parametrize("fails", [True, False])
def test_taken_back_while_it_is_prepared(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    name = phone.put("First version.")
    phone.lines.refuse = [("directory", Unreachable())] if fails else []
    during(phone, monkeypatch, "directory", lambda: phone.outbox.take_back(name))
    assert phone.go(name).state == "draft"
    assert not phone.lines.bodies("open")
    phone.outbox.again(name, answers("Second version."))
    sent = phone.go(name)
    assert texts(phone.open(sent.words)) == ["Second version."]


def test_changed_while_it_is_prepared(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    name = phone.put("First version.")
    change = lambda: phone.outbox.again(name, answers("Second version."))  # noqa: E731
    during(phone, monkeypatch, "directory", change)
    phone.go(name)
    sent = phone.go(name)
    assert (sent.state, len(phone.lines.bodies("open"))) == ("sent", 1)
    assert texts(phone.open(sent.words)) == ["Second version."]


def test_discarded_is_discarded_also_while_it_is_sent(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = phone.put()
    during(phone, monkeypatch, "open", lambda: phone.outbox.discard(name))
    phone.go(name)
    assert not phone.outbox.items()
    assert not phone.store.all("outbox")


def test_a_second_thread_does_not_send_the_same(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = phone.put()
    during(phone, monkeypatch, "open", phone.outbox.send_due)
    assert phone.go(name).state == "sent"
    assert len(phone.lines.bodies("open")) == 1


def test_one_that_can_not_be_sent_holds_up_no_other(phone: Phone) -> None:
    """Whatever goes wrong: here an address that is none, and a fault that nobody thought of."""
    first, second = phone.put("To no address."), phone.put("Into a fault.")
    phone.outbox._items.put(replace(phone.item(first), organisation="no address"), 0.0)
    phone.outbox._items.put(replace(phone.item(second), content={}), 0.0)
    third = phone.put("Behind both.")
    phone.go()
    for name in (first, second):
        waiting = phone.item(name)
        assert (waiting.state, waiting.tries, bool(waiting.why)) == ("waiting", 1, True)
        assert phone.outbox.due_in(name) == 2
    assert phone.item(third).state == "sent"


def test_a_store_that_fails_holds_up_no_other(phone: Phone) -> None:
    """As a notebook that was closed under it does."""
    first, second = phone.put("First."), phone.put("Second.")
    real = phone.store.put

    def put(kind: str, name: str, record: Any) -> None:
        if name == first:
            raise RuntimeError
        real(kind, name, record)

    phone.store.put = put  # type: ignore[method-assign]
    phone.go()
    assert phone.item(second).state == "sent"
    assert phone.item(first).state == "waiting"
    assert phone.outbox.due_in(first) == 2
    phone.store.put = real  # type: ignore[method-assign]
    assert phone.again(first).state == "sent"


def test_try_again_writes_nothing(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is pressed on the main thread, and there may be much that waits."""
    for number in range(3):
        phone.put(f"Story {number}.")
    phone.lines.refuse = [("directory", Unreachable())] * 3
    phone.go()
    assert phone.outbox.next_due() == 2
    monkeypatch.setattr(phone.store, "put", None)
    phone.outbox.hurry()
    assert phone.outbox.next_due() == 0


def test_the_store_is_changed_for_a_notebook(phone: Phone) -> None:
    """A PIN is set while something waits: from then on it is kept there."""
    name = phone.put()
    moved = Memory()
    for kept, record in phone.store.all("outbox").items():
        moved.put("outbox", kept, record)
    phone.outbox.use(moved)
    phone.go(name)
    assert moved.all("outbox")[name]["state"] == "sent"


def test_an_item_survives_its_record(phone: Phone) -> None:
    phone.lines.cut = ["open"]
    name = phone.put("Kept.", excluded=[])
    before = phone.go(name)
    again = phone.make_outbox().item(name)
    assert again == before
