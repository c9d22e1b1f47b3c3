"""The notebook: a real file, real keys, and everything that can go wrong with either."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mobile import notebook
from mobile.notebook import (
    FILE,
    BrokenNotebook,
    InUse,
    NewerNotebook,
    Notebook,
    NotKept,
    WeakPin,
    Wiped,
    WrongPin,
)
from mobile.pin_key import LEAST, Cost, calibrate

CHEAP = Cost(1, 64)
PIN, SECOND, WRONG = "482915", "730264", "111222"
STORY = {"story": "An invented story with a marked word: zephyranthes.", "step": 3}


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Chip:
    """A device with a keystore."""

    def __init__(self) -> None:
        self.secret = b""

    def make(self) -> bool:
        self.secret = os.urandom(32)
        return True

    def mac(self, text: bytes) -> bytes | None:
        return self.secret + text[:1] if self.secret else None

    def destroy(self) -> None:
        self.secret = b""


@pytest.fixture(autouse=True)
def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Closes what a test left open."""
    made, connect = [], notebook.file.connect

    def remember(path: Path, **how: bool) -> sqlite3.Connection:
        made.append(connect(path, **how))
        return made[-1]

    monkeypatch.setattr(notebook.file, "connect", remember)
    yield
    for one in made:
        one.close()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Notebook]:
    made = Notebook.create(tmp_path, PIN, cost=CHEAP)
    yield made
    made.close()


def reopen(book: Notebook, pin: str = PIN) -> Notebook:
    book.close()
    return Notebook.open(book.directory, pin)


def test_it_works(book: Notebook) -> None:
    book.put("draft", "report", STORY)
    for number in range(5):
        book.put("case", f"c{number}", {"number": number})
    book.put("case", "c0", {"number": 10})
    book.drop("case", "c1")
    book.put("case", "c9", {"number": 9})
    for again in (False, True):
        one = reopen(book) if again else book
        assert one.get("draft", "report") == STORY
        assert list(one.all("case")) == ["c0", "c2", "c3", "c4", "c9"]
        assert one.get("case", "c0") == {"number": 10}
        assert one.get("case", "c1") is None
        assert one.unreadable == 0
    one.close()
    assert one.get("draft", "report") is None


def test_nothing_is_kept_without_it(tmp_path: Path) -> None:
    assert not notebook.exists(tmp_path)
    with pytest.raises(NotKept):
        Notebook.open(tmp_path, PIN)
    assert list(tmp_path.iterdir()) == []


def test_nothing_readable_is_in_the_file(book: Notebook) -> None:
    book.put("draft", "report", STORY)
    short = (book.directory / FILE).read_bytes()
    book.put("draft", "report", {"story": "x"})
    book.drop("draft", "report")
    for content in (short, (book.directory / FILE).read_bytes()):
        for mark in (b"zephyranthes", b"story", b"draft", b"report", PIN.encode()):
            assert mark not in content
    assert (book.directory / FILE).stat().st_mode & 0o077 == 0


def test_length_tells_little(book: Notebook) -> None:
    def longest() -> int:
        with closing(sqlite3.connect(f"file:{book.directory / FILE}?immutable=1", uri=True)) as db:
            return int(db.execute("SELECT max(length(sealed)) FROM records").fetchone()[0])

    book.put("draft", "report", {"story": "x"})
    before = longest()
    book.put("draft", "report", {"story": "x" * 600})
    assert longest() == before
    book.put("draft", "report", {"story": "x" * 1_600})
    assert longest() == before + 1024


@pytest.mark.parametrize(
    "pin", ["", "12345", "123456", "987654", "111111", "121212", "123123", "1234a6", "890123",
            "١٢٣٤٥٦"],
)  # fmt: skip
def test_weak_pins(tmp_path: Path, book: Notebook, pin: str) -> None:
    with pytest.raises(WeakPin):
        Notebook.create(tmp_path / "other", pin, cost=CHEAP)
    with pytest.raises(WeakPin):
        book.change_pin(pin)
    with pytest.raises(WeakPin):
        book.set_empty(pin)
    assert not (tmp_path / "other").exists()


def test_a_second_one_is_not_made(book: Notebook) -> None:
    with pytest.raises(FileExistsError):
        Notebook.create(book.directory, SECOND, cost=CHEAP)


def test_change_pin(book: Notebook) -> None:
    book.put("draft", "report", STORY)
    book.change_pin("926401")
    with pytest.raises(WrongPin):
        reopen(book)
    assert Notebook.open(book.directory, "926401").get("draft", "report") == STORY


# --- wrong PINs -----------------------------------------------------------------------------


def test_wrong_pins_slow_down_then_wipe(book: Notebook) -> None:
    book.put("draft", "report", STORY)
    book.close()
    clock, waits = Clock(), []
    for tried in range(1, 10):
        with pytest.raises(WrongPin) as told:
            Notebook.open(book.directory, WRONG, clock=clock)
        assert told.value.left == 10 - tried == notebook.tries_left(book.directory)
        waits.append(told.value.wait)
        if told.value.wait:  # before that even the right one is not tried
            clock.now += told.value.wait - 1
            with pytest.raises(WrongPin) as early:
                Notebook.open(book.directory, PIN, clock=clock)
            assert (early.value.left, early.value.wait) == (10 - tried, 1)
            clock.now += 1
    assert waits == sorted(waits)
    assert waits[0] == 0
    assert waits[-1] >= 300
    with pytest.raises(Wiped):
        Notebook.open(book.directory, WRONG, clock=clock)
    assert list(book.directory.iterdir()) == []


def test_the_right_pin_forgets_wrong_ones(book: Notebook) -> None:
    for _ in range(2):
        with pytest.raises(WrongPin):
            reopen(book, WRONG)
    reopen(book).close()
    assert notebook.tries_left(book.directory) == 10


def test_the_wait_begins_anew_after_a_restart(book: Notebook) -> None:
    book.close()
    clock = Clock()
    for _ in range(3):
        with pytest.raises(WrongPin):
            Notebook.open(book.directory, WRONG, clock=clock)
    notebook._since.clear()  # as in another process
    assert notebook.wait(book.directory, clock) == 5
    clock.now += 3
    assert notebook.wait(book.directory, clock) == 2


def test_a_try_that_is_cut_off_counts(book: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    book.close()

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(notebook.file, "open_slots", cut)
    for left in (9, 8):
        with pytest.raises(KeyboardInterrupt):
            Notebook.open(book.directory, WRONG)
        assert notebook.tries_left(book.directory) == left


def test_what_is_no_try_does_not_count(book: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    """A phone without memory left, or without its keystore for a moment."""

    def none_left(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(notebook.file, "open_slots", none_left)
    book.close()
    for _ in range(12):
        with pytest.raises(MemoryError):
            Notebook.open(book.directory, PIN)
    assert notebook.tries_left(book.directory) == 10


def test_fewer_tries(tmp_path: Path) -> None:
    Notebook.create(tmp_path, PIN, cost=CHEAP, tries=1).close()
    with pytest.raises(Wiped):
        Notebook.open(tmp_path, WRONG)
    assert not notebook.exists(tmp_path)


# --- the second PIN -------------------------------------------------------------------------


def test_second_pin_opens_an_empty_one(book: Notebook) -> None:
    book.put("draft", "report", STORY)
    book.set_empty(SECOND)
    empty = reopen(book, SECOND)
    assert empty.all("settings") == {}
    assert (empty.get("draft", "report"), empty.all("case"), empty.unreadable) == (None, {}, 0)
    empty.put("draft", "report", {"story": "Another."})
    for pin, before in (("615243", SECOND), ("804937", "615243"), ("273948", "804937")):
        empty.set_empty(pin)  # asked for by somebody who looks over a shoulder
        if pin == "273948":  # the fourth slot was the last
            with pytest.raises(WrongPin):
                reopen(empty, pin)
            break
        empty = reopen(empty, pin)
        assert empty.get("draft", "report") is None
        earlier = reopen(empty, before)
        assert earlier.unreadable == 0
        empty = reopen(earlier, pin)
    again = Notebook.open(book.directory, SECOND)
    assert again.get("draft", "report") == {"story": "Another."}
    first = reopen(again)
    assert first.get("draft", "report") == STORY
    assert first.unreadable == 0
    with pytest.raises(WeakPin):
        first.set_empty(PIN)
    with pytest.raises(WeakPin):
        first.change_pin(SECOND)
    first.set_empty("926401")
    for gone in (SECOND, "615243", "804937"):
        with pytest.raises(WrongPin):
            reopen(first, gone)
        first = Notebook.open(book.directory, PIN)
    renewed = reopen(first, "926401")
    assert renewed.get("draft", "report") is None
    assert reopen(renewed).get("draft", "report") == STORY


def test_second_pin_wins_no_tries_at_the_first(book: Notebook) -> None:
    book.set_empty(SECOND)
    with pytest.raises(WrongPin):
        reopen(book, WRONG)
    reopen(book, SECOND).close()
    assert notebook.tries_left(book.directory) == 9
    reopen(book).close()
    assert notebook.tries_left(book.directory) == 10


def test_second_notebook_is_no_place_to_guess_the_first_pin(book: Notebook) -> None:
    book.put("draft", "report", STORY)
    book.set_empty(SECOND)
    second = reopen(book, SECOND)
    second.change_pin(PIN)  # guessed: nothing tells
    assert reopen(second, PIN).get("draft", "report") is None


def test_second_pin_on_a_full_disk(book: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it is written, or nothing: a second notebook always knows that it is one."""
    book.put("draft", "report", STORY)

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Notebook, "_insert", full)
    with pytest.raises(NotKept):
        book.set_empty(SECOND)
    monkeypatch.undo()
    with pytest.raises(WrongPin):
        reopen(book, SECOND)
    assert Notebook.open(book.directory, PIN).get("draft", "report") == STORY


def test_nobody_sees_whether_there_is_one(tmp_path: Path) -> None:
    seen = []
    for second in ("", SECOND):
        book = Notebook.create(tmp_path / f"with{second}", PIN, cost=CHEAP)
        if second:
            book.set_empty(second)
        book.close()
        with closing(sqlite3.connect(book.directory / FILE)) as db, db:
            slots = db.execute("SELECT number, length(sealed), length(listed) FROM slots")
            seen.append(slots.fetchall())
    assert seen[0] == seen[1]


# --- the device -----------------------------------------------------------------------------


def test_bound_to_its_device(tmp_path: Path) -> None:
    chip = Chip()
    book = Notebook.create(tmp_path, PIN, cost=CHEAP, device=chip)
    book.put("draft", "report", STORY)
    book.close()
    with pytest.raises(BrokenNotebook):
        Notebook.open(tmp_path, PIN, Chip())
    assert Notebook.open(tmp_path, PIN, chip).get("draft", "report") == STORY
    notebook.wipe(tmp_path, chip)
    assert chip.secret == b""


def test_the_cost_fits_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cost, "stretch", lambda *_: b"")

    def cost(seconds_of_64_mib: float, total_mib: int) -> Cost:
        # The first two are of a busy moment.
        ticks = iter([0.0, 9.0, 0.0, 8.0, 0.0, seconds_of_64_mib, 0.0, 1 / 3])
        return calibrate(1.0, total_mib * 1024, lambda: next(ticks))

    quick = cost(0.05, 16_384)
    assert quick.passes == 3
    assert quick.memory > 256 * 1024
    small = cost(0.05, 512)
    assert small.memory == 128 * 1024
    assert small.passes >= 3
    assert cost(5.0, 4_096) == LEAST
    assert cost(5.0, 32) == Cost(2, 8 * 1024)


# --- a file that is not as it was -----------------------------------------------------------


def test_flipped_byte_in_a_record(book: Notebook) -> None:
    book.put("case", "c1", {"words": "zephyranthes"})
    book.put("case", "c2", {"number": 2})
    which = book._kept["case", "c1"].id
    book.close()
    with closing(sqlite3.connect(book.directory / FILE)) as db, db:
        (sealed,) = db.execute("SELECT sealed FROM records WHERE id = ?", (which,)).fetchone()
        broken = sealed[:40] + bytes([sealed[40] ^ 1]) + sealed[41:]
        db.execute("UPDATE records SET sealed = ? WHERE id = ?", (broken, which))
    found = Notebook.open(book.directory, PIN)
    assert found.unreadable == 1
    assert len(found.all("case")) == 1
    found.put("draft", "report", STORY)  # what is written meanwhile does not hide it
    found = reopen(found)
    assert found.unreadable == 1
    assert found.get("draft", "report") == STORY


def test_record_that_vanished(book: Notebook) -> None:
    book.put("case", "c1", {"number": 1})
    book.close()
    with closing(sqlite3.connect(book.directory / FILE)) as db, db:
        db.execute("DELETE FROM records")
    assert Notebook.open(book.directory, PIN).unreadable == 2  # its own about itself too


def test_records_exchanged(book: Notebook) -> None:
    book.put("case", "c1", {"number": 1})
    book.put("case", "c2", {"number": 2})
    ids = [book._kept["case", name].id for name in ("c1", "c2")]
    book.close()
    with closing(sqlite3.connect(book.directory / FILE)) as db, db:
        query = "SELECT id, sealed FROM records WHERE id IN (?, ?)"
        (one, first), (two, second) = db.execute(query, ids).fetchall()
        db.execute("UPDATE records SET sealed = ? WHERE id = ?", (second, one))
        db.execute("UPDATE records SET sealed = ? WHERE id = ?", (first, two))
    found = Notebook.open(book.directory, PIN)
    assert (found.all("case"), found.unreadable) == ({}, 2)


def test_any_flipped_byte_is_told(book: Notebook, tmp_path: Path) -> None:
    """Wherever it is: an error, a count, or nothing lost."""
    for number in range(3):
        book.put("case", f"c{number}", {"number": number})
    book.close()
    whole = (book.directory / FILE).read_bytes()
    for at in range(0, len(whole), 997):
        place = tmp_path / "flipped"
        place.mkdir()
        (place / FILE).write_bytes(whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1 :])
        try:
            found = Notebook.open(place, PIN)
        except (BrokenNotebook, NewerNotebook, NotKept):
            pass
        else:
            assert len(found.all("case")) == 3 or found.unreadable
            found.close()
        notebook._since.clear()
        shutil.rmtree(place)


@pytest.mark.parametrize("left", [0, 1, 100, 4_096, 0.5, 0.9])
def test_cut_short(book: Notebook, left: float) -> None:
    for number in range(20):
        book.put("case", f"c{number}", {"number": number})
    book.close()
    path = book.directory / FILE
    cut = path.read_bytes()[: int(left * path.stat().st_size) if 0 < left < 1 else int(left)]
    path.write_bytes(cut)
    try:
        found = Notebook.open(book.directory, PIN)
    except BrokenNotebook:
        assert path.read_bytes() == cut  # nothing of it is taken away
    else:
        assert found.unreadable
        found.close()


@pytest.mark.parametrize(
    "change",
    ["salt = zeroblob(16)", "passes = 2", "memory = 128", "bound = 1", "tries = 3", "wrong = 9"],
)
def test_damaged_lock_is_no_wrong_pin(book: Notebook, change: str) -> None:
    """Else the right PIN, tried again and again, would erase everything."""
    book.close()
    with closing(sqlite3.connect(book.directory / FILE)) as db, db:
        db.execute(f"UPDATE lock SET {change}")
    for _ in range(12):
        with pytest.raises(BrokenNotebook):
            Notebook.open(book.directory, PIN)
    assert notebook.exists(book.directory)


def test_many_or_none(book: Notebook) -> None:
    book.put("draft", "report", STORY)
    new = [("case", f"c{number}", {"number": number}) for number in range(3)]
    with pytest.raises(TypeError):
        book.put_all([*new, ("case", "c3", {"number": object()})])
    assert book.all("case") == {}
    book = reopen(book)
    assert book.all("case") == {}
    book.put_all(new)
    assert list(reopen(book).all("case")) == ["c0", "c1", "c2"]


def test_closed_one_keeps_nothing(book: Notebook) -> None:
    book.close()
    with pytest.raises(NotKept):
        book.put("draft", "report", STORY)
    book.drop("draft", "report")


def test_keystore_that_fails_stops_no_wipe(book: Notebook) -> None:
    class Broken(Chip):
        def destroy(self) -> None:
            raise RuntimeError

    book.close()
    with pytest.raises(RuntimeError):
        notebook.wipe(book.directory, Broken())
    assert not notebook.exists(book.directory)


def test_newer_version(book: Notebook) -> None:
    book.close()
    path = book.directory / FILE
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA user_version = 2")
    before = path.read_bytes()
    with pytest.raises(NewerNotebook):
        Notebook.open(book.directory, PIN)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"<html>", b"\0" * 5_000, b"SQLite format 3\0rubbish" * 99])
def test_rubbish(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(BrokenNotebook):
        Notebook.open(tmp_path, PIN)
    assert (tmp_path / FILE).read_bytes() == content


def test_two_windows(book: Notebook) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom mobile.notebook import Notebook, InUse\n"
        "try: Notebook.open(Path(sys.argv[1]), sys.argv[2])\n"
        "except InUse: print('in use')"
    )
    command = [sys.executable, "-c", code, str(book.directory), PIN]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    assert found.stdout.strip() == "in use"
    assert issubclass(InUse, notebook.NotebookError)


# --- a disk that is full --------------------------------------------------------------------


def test_disk_full(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk's end, in a process of its own."""
    code = """
import json, resource, signal, sys
from pathlib import Path
from mobile.notebook import Notebook, NotKept
from mobile.pin_key import Cost
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
book = Notebook.create(Path(sys.argv[1]), "482915", cost=Cost(1, 64))
book.put("draft", "report", {"story": "before"})
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))
try:
    book.put("draft", "report", {"story": "x" * 100_000})
    print("kept")
except NotKept as error:
    print(json.dumps([error.detail, book.get("draft", "report")]))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
book.put("draft", "report", {"story": "after"})
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    detail, kept = json.loads(found.stdout)
    assert "no room" in detail
    assert kept == {"story": "before"}
    assert Notebook.open(tmp_path, PIN).get("draft", "report") == {"story": "after"}
    assert resource.getrlimit(resource.RLIMIT_FSIZE)


def test_killed_while_it_writes(tmp_path: Path) -> None:
    """Killed at some moment of many writes: what was acknowledged is there, the rest whole."""
    code = """
import sys
from pathlib import Path
from mobile.notebook import Notebook
from mobile.pin_key import Cost
book = Notebook.create(Path(sys.argv[1]), "482915", cost=Cost(1, 64))
for number in range(100_000):
    book.put("case", f"c{number % 7}", {"number": number, "pad": "x" * 3_000})
    print(number, flush=True)
"""
    for round_ in range(3):
        place = tmp_path / str(round_)
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(place)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        last = [int(child.stdout.readline()) for _ in range(20 + round_ * 7)][-1]
        child.kill()
        last = max([last, *map(int, child.stdout.read().split())])
        child.wait()
        child.stdout.close()
        found = Notebook.open(place, PIN)
        assert found.unreadable == 0
        numbers = [one["number"] for one in found.all("case").values()]
        assert max(numbers) in (last, last + 1)
        found.close()


def test_repr_and_errors_tell_nothing(book: Notebook) -> None:
    book.put("draft", "report", STORY)
    assert "zephyranthes" not in repr(book)
    assert PIN not in repr(book)
    with pytest.raises(WrongPin) as told:
        reopen(book, WRONG)
    assert WRONG not in f"{told.value!r} {told.value}"


def test_parts_are_read_one_by_one_and_wiped(tmp_path: Path) -> None:
    """Bytes of evidence: sealed, bound to their place, gone without a trace once dropped."""
    mark, name, other = b"marked-bytes-" * 9_000, "ab" * 16, "cd" * 16
    book = Notebook.create(tmp_path, PIN, cost=CHEAP)
    for number in range(3):
        book.put_part(name, number, mark + bytes([number]))
    book.put_part(other, 0, b"others")
    book.close()
    assert mark[:13] not in (tmp_path / FILE).read_bytes()
    book = Notebook.open(tmp_path, PIN)
    assert book.part(name, 2) == mark + b"\2"
    assert book.part(name, 3) is None
    assert book.part_names() == {name, other}
    book._db.execute("UPDATE parts SET number = 7 WHERE number = 2")
    assert book.part(name, 7) is None
    sealed = book._db.execute("SELECT sealed FROM parts WHERE number = 1").fetchone()[0]
    book.tidy({other})
    assert book.part_names() == {other}
    book.close()
    assert sealed[100:400] not in (tmp_path / FILE).read_bytes()


def test_a_second_pin_sees_no_parts_and_loses_none(tmp_path: Path) -> None:
    book = Notebook.create(tmp_path, PIN, cost=CHEAP)
    book.put_part("ab" * 16, 0, b"mine")
    book.set_empty(SECOND)
    book.close()
    second = Notebook.open(tmp_path, SECOND)
    assert not second.part_names()
    second.tidy(set())
    second.put_part("ef" * 16, 0, b"theirs")
    second.close()
    book = Notebook.open(tmp_path, PIN)
    book.tidy({"ab" * 16})
    assert book.part("ab" * 16, 0) == b"mine"
    book.close()


def test_a_notebook_of_an_earlier_wren_has_no_parts_and_gets_them(tmp_path: Path) -> None:
    book = Notebook.create(tmp_path, PIN, cost=CHEAP)
    book.put("draft", "report", STORY)
    book._db.executescript("DROP TABLE parts")
    book.close()
    book = Notebook.open(tmp_path, PIN)
    assert book.get("draft", "report") == STORY
    book.put_part("ab" * 16, 0, b"new")
    assert book.part("ab" * 16, 0) == b"new"
    book.close()


def moved() -> tuple[int, int]:
    """The bytes that this process has read and written so far."""
    lines = Path("/proc/self/io").read_text("ascii").splitlines()
    found = dict(line.split(": ") for line in lines)
    return int(found["rchar"]), int(found["wchar"])


def test_fifty_megabytes_are_kept_in_little_memory_and_quickly(tmp_path: Path) -> None:
    """A write writes little but its own, and a start reads next to nothing."""
    from mobile.store import PART

    book = Notebook.create(tmp_path, PIN, cost=CHEAP)
    data, written = os.urandom(PART), []
    for number in range(100):
        _, before = moved()
        book.put_part("ab" * 16, number, data)
        written.append(moved()[1] - before)
    book.close()
    assert max(written) < 2 * PART
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    before, _ = moved()
    book = Notebook.open(tmp_path, PIN)
    assert moved()[0] - before < PART
    assert book.part_names() == {"ab" * 16}
    assert all(book.part("ab" * 16, number) == data for number in range(100))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 16 * 1024
    book.close()


# --- the PIN is asked for while it is open ----------------------------------------------------


def test_who_changes_the_pin_has_to_know_it(book: Notebook) -> None:
    clock = Clock()
    book.set_empty(SECOND)
    book.confirm(PIN, clock)
    for tried, pin in enumerate((WRONG, SECOND, WRONG), start=1):  # a second PIN is a wrong one
        with pytest.raises(WrongPin) as told:
            book.confirm(pin, clock)
        assert told.value.left == 10 - tried == book.tries(clock)[0]
    assert book.tries(clock)[1] == 5
    with pytest.raises(WrongPin) as early:  # before that even the right one is not tried
        book.confirm(PIN, clock)
    assert (early.value.left, early.value.wait) == (7, 5)
    clock.now += 5
    book.confirm(PIN, clock)
    assert book.tries(clock) == (10, 0)


def test_the_last_wrong_pin_wipes_an_open_one_too(tmp_path: Path) -> None:
    book = Notebook.create(tmp_path, PIN, cost=CHEAP, tries=2)
    with pytest.raises(WrongPin):
        book.confirm(WRONG)
    with pytest.raises(Wiped):
        book.confirm(WRONG)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(NotKept):
        book.put("draft", "report", STORY)


def test_wrong_pins_of_an_open_one_count_at_the_lock(book: Notebook) -> None:
    with pytest.raises(WrongPin):
        book.confirm(WRONG)
    book.close()
    assert notebook.tries_left(book.directory) == 9


def test_a_second_notebook_confirms_its_own_pin_alone_and_wins_no_tries(book: Notebook) -> None:
    book.set_empty(SECOND)
    second = reopen(book, SECOND)
    with pytest.raises(WrongPin):
        second.confirm(PIN)
    second.confirm(SECOND)
    assert second.tries()[0] == 9
    second.close()
