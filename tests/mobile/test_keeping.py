"""What is kept moves between memory and a notebook whole, whatever is under way; no screens."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from api.models.case import Case
from mobile import reporter
from mobile.keeping import Dropped, Keeping
from mobile.notebook import Notebook, NotKept
from mobile.pin_key import Cost
from mobile.store import Store
from tests.mobile.phone import Phone
from tests.mobile.shell import CHEAP, PIN
from tests.online import Online


class Kept:
    """A phone with an outbox, and a directory for a notebook."""

    def __init__(self, directory: Path, address: str) -> None:
        self.directory, self.address = directory, address
        self.keeping = Keeping(directory, self._moved)
        self.phone = Phone(address, self.keeping.store)

    def _moved(self, store: Store) -> None:
        self.phone.outbox.use(store)

    def begin(self) -> None:
        self.keeping.begin(PIN, 10, self.keeping.turn)

    def killed(self) -> Phone:
        """Another process, with what is in the notebook."""
        self.keeping.close()
        self.keeping.unlock(PIN, self.keeping.turn)
        phone = Phone(self.address, self.keeping.store)
        phone.clocks.pass_(1000)
        return phone


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mobile.notebook.calibrate", lambda: CHEAP)


@pytest.fixture
def kept(online: Online, tmp_path: Path) -> Any:
    kept = Kept(tmp_path, online.address)
    yield kept
    kept.keeping.close()


def cases(online: Online) -> int:
    with online.service.database.read() as db:
        return int(db.scalar(select(func.count()).select_from(Case)) or 0)


def test_it_works(kept: Kept) -> None:
    name = kept.phone.put()
    kept.keeping.store.put("case", "one", {"words": "invented"})
    kept.begin()
    assert kept.keeping.kept
    assert kept.killed().item(name).state == "waiting"
    assert kept.keeping.store.get("case", "one") == {"words": "invented"}


@pytest.mark.parametrize("writes", [0, 1])
def test_a_full_disk_sets_no_pin_and_loses_nothing(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    name = kept.phone.put()
    kept.keeping.store.put("case", "one", {"words": "invented"})
    real, done = Notebook.put_all, []

    def full(book: Notebook, records: Any) -> None:
        if len(done) == writes:
            raise NotKept
        done.append(1)
        real(book, records)

    with monkeypatch.context() as broken:
        broken.setattr(Notebook, "put_all", full)
        with pytest.raises(NotKept):
            kept.begin()
    assert not list(kept.directory.glob("notebook*"))
    assert not kept.keeping.exists
    assert kept.keeping.store.get("case", "one") == {"words": "invented"}
    assert kept.phone.go(name).state == "sent"
    kept.begin()
    assert kept.killed().item(name).state == "sent"


def test_a_pin_set_while_a_report_is_sealed_sends_it_once(
    kept: Kept, online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = kept.phone.put("Sent once.")
    real = Notebook.put_all

    def slow(book: Notebook, records: Any) -> None:
        real(book, records)
        monkeypatch.setattr(Notebook, "put_all", real)
        kept.phone.go(name)  # as the sender's thread does, when the notebook has the rest

    kept.keeping.store.put("case", "one", {"words": "invented"})
    monkeypatch.setattr(Notebook, "put_all", slow)
    kept.phone.lines.cut = ["open"]
    kept.begin()
    words = kept.phone.item(name).words
    phone = kept.killed()
    assert phone.item(name).sealed
    sent = phone.go(name)
    assert (sent.state, sent.words) == ("sent", words)
    assert cases(online) == 1


def test_keeping_nothing_while_something_is_sent(
    kept: Kept, online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.begin()
    name = kept.phone.put()
    real = reporter.send_report

    def meanwhile(*args: Any) -> Any:
        found = real(*args)
        kept.keeping.stop()
        return found

    monkeypatch.setattr(reporter, "send_report", meanwhile)
    assert kept.phone.go(name).state == "sent"
    assert kept.keeping.store.all("outbox")[name]["state"] == "sent"
    assert not kept.keeping.exists


def test_unlocking_joins_what_waits_here_and_there(kept: Kept) -> None:
    kept.begin()
    before = kept.phone.put("Before.")
    kept.keeping.close()
    kept.phone = Phone(kept.address, kept.keeping.store)
    after = kept.phone.put("After.")
    kept.keeping.unlock(PIN, kept.keeping.turn)
    assert {one.name for one in kept.phone.outbox.items()} == {before, after}
    assert set(kept.keeping.store.all("outbox")) == {before, after}
    kept.phone.outbox.send_due()
    kept.phone.outbox.send_due()
    assert {one.state for one in kept.phone.outbox.items()} == {"sent"}


def test_a_notebook_on_a_full_disk_still_opens(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.begin()
    kept.keeping.close()
    kept.phone = Phone(kept.address, kept.keeping.store)

    def full(*_: Any) -> None:
        raise NotKept

    monkeypatch.setattr(Notebook, "put_all", full)
    kept.keeping.unlock(PIN, kept.keeping.turn)
    assert kept.keeping.kept


def while_stretched(monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    real = Cost.stretch

    def stretch(cost: Cost, pin: str, salt: bytes) -> bytes:
        act()
        return real(cost, pin, salt)

    monkeypatch.setattr(Cost, "stretch", stretch)


@pytest.mark.parametrize("how", ["drop", "close"])
def test_left_while_a_pin_is_stretched_opens_nothing(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    kept.begin()
    kept.keeping.close()
    with monkeypatch.context() as slow:
        while_stretched(slow, getattr(kept.keeping, how))
        with pytest.raises(Dropped):
            kept.keeping.unlock(PIN, kept.keeping.turn)
    assert kept.keeping.locked
    assert kept.keeping.tries() == (10, 0)  # nobody holds the file any more


def test_left_while_a_pin_is_set_keeps_nothing(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.keeping.store.put("case", "one", {"words": "invented"})
    while_stretched(monkeypatch, kept.keeping.close)
    with pytest.raises(Dropped):
        kept.begin()
    assert not list(kept.directory.glob("notebook*"))
    assert not kept.keeping.store.all("case")


def test_asking_for_the_tries_waits_for_a_pin_that_is_tried(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.begin()
    kept.keeping.close()
    trying, go = threading.Event(), threading.Event()

    def held() -> None:
        trying.set()
        assert go.wait(60)

    while_stretched(monkeypatch, held)

    def tried() -> None:
        with suppress(Dropped):
            kept.keeping.unlock(PIN, 0)

    one = threading.Thread(target=tried)
    one.start()
    assert trying.wait(60)
    found: list[Any] = []
    other = threading.Thread(target=lambda: found.append(kept.keeping.tries()))
    other.start()
    go.set()
    one.join()
    other.join()
    assert found == [(10, 0)]


def test_what_was_sent_does_not_come_back_as_begun(kept: Kept) -> None:
    kept.begin()
    kept.keeping.store.put("typed", "one", {"text": "begun"})
    kept.keeping.close()
    kept.keeping.unlock(PIN, kept.keeping.turn)
    kept.keeping.later("typed", "one", None)
    kept.keeping.flush()
    assert kept.keeping.store.get("typed", "one") is None


def test_what_could_not_be_written_is_tried_again(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.begin()

    def full(*_: Any) -> None:
        raise NotKept

    kept.keeping.later("draft", "report", {"story": "invented"})
    with monkeypatch.context() as broken:
        broken.setattr(Notebook, "put", full)
        with pytest.raises(NotKept):
            kept.keeping.flush()
    assert kept.keeping.pending
    kept.keeping.flush()
    assert kept.keeping.store.get("draft", "report") == {"story": "invented"}


def test_nothing_of_one_notebook_is_written_into_another(kept: Kept) -> None:
    kept.begin()
    kept.keeping.later("draft", "report", {"story": "invented"})
    kept.keeping.close()
    kept.keeping.unlock(PIN, kept.keeping.turn)
    kept.keeping.flush()
    assert kept.keeping.store.get("draft", "report") is None


def test_what_was_left_aside_is_locked_again_once_all_is_closed(kept: Kept) -> None:
    kept.begin()
    kept.keeping.close()
    kept.keeping.without = True
    assert (kept.keeping.locked, kept.keeping.aside) == (False, True)
    kept.keeping.close()
    assert kept.keeping.locked
