"""The lock: what is typed outlives being left only under a PIN, and nobody else sees it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mobile.lock import SECONDS, Do, Watch
from tests.mobile import samples
from tests.mobile.conftest import Board, Hand, Inline, find, texts
from tests.mobile.phone import answers
from tests.mobile.shell import CHEAP, PIN, SECOND, STORY, Shell


@pytest.fixture
def shell(hand: Hand, board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("mobile.notebook.calibrate", lambda: CHEAP)
    shell = Shell(hand, board, tmp_path / "phone")
    yield shell
    shell.stop()


def story_of(shell: Shell) -> str:
    return str(shell.draft.story)


# --- when: no Kivy ---


class Hours:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_with_a_pin_it_locks_at_once_when_left_and_after_a_minute() -> None:
    clock = Hours()
    watch = Watch(clock)
    assert watch.look(pin=True) is Do.NOTHING
    clock.now = SECONDS - 0.1
    assert watch.look(pin=True) is Do.NOTHING
    watch.touched()
    clock.now += SECONDS - 0.1
    assert watch.look(pin=True) is Do.NOTHING
    clock.now += 0.2
    assert watch.look(pin=True) is Do.LOCK
    assert Watch(clock).left(pin=True) is Do.LOCK


def test_without_a_pin_it_covers_then_forgets() -> None:
    clock = Hours()
    watch = Watch(clock)
    clock.now = 10 * SECONDS  # nobody touched it, but it was in sight: nothing to do
    assert watch.look(pin=False) is Do.NOTHING
    assert watch.left(pin=False) is Do.COVER
    clock.now += SECONDS - 0.1
    assert watch.look(pin=False) is Do.NOTHING
    clock.now += 0.2
    assert watch.look(pin=False) is Do.FORGET
    assert watch.look(pin=False) is Do.NOTHING  # not every second
    assert watch.back(pin=False) is Do.NOTHING
    watch.left(pin=False)
    clock.now += SECONDS
    assert watch.back(pin=False) is Do.FORGET
    assert watch.back(pin=False) is Do.NOTHING


def test_who_left_twice_was_away_since_the_first_time() -> None:
    clock = Hours()
    watch = Watch(clock)
    watch.left(pin=False)
    clock.now += SECONDS
    watch.left(pin=False)  # minimised, then hidden
    assert watch.back(pin=False) is Do.FORGET


# --- without a PIN ---


def test_it_works(shell: Shell) -> None:
    shell.write()
    shell.app.store.put("typed", "one", {"text": "invented"})
    shell.set_pin_by_hand()
    shell.app.report()
    shell.leave()
    assert shell.sees("Type your PIN")
    assert STORY not in texts(shell.stage)
    assert not story_of(shell)
    assert not shell.app.store.all("typed")
    shell.app.on_resume()
    shell.unlock()
    assert shell.app.store.get("typed", "one") == {"text": "invented"}
    assert shell.sees("What happened?")
    assert story_of(shell) == STORY
    assert STORY in texts(shell.screen)


def test_without_a_pin_it_is_covered_then_shown_again(shell: Shell) -> None:
    shell.write()
    shell.leave(SECONDS - 1)
    assert STORY not in texts(shell.stage)
    assert not shell.sees("What happened?")
    shell.app.on_resume()
    assert shell.sees("What happened?")
    assert STORY in texts(shell.screen)


def test_without_a_pin_a_minute_away_forgets(shell: Shell) -> None:
    shell.write()
    shell.leave(SECONDS)
    shell.app.on_resume()
    assert shell.sees("Report something")
    assert not story_of(shell)
    assert not list(shell.data.glob("notebook*"))
    shell.app.report()
    assert STORY not in texts(shell.screen)


def test_after_a_minute_only_what_is_on_its_way_stays(shell: Shell) -> None:
    name = shell.app.outbox.put_report(answers("It waits for a line."))
    shell.app.kept_cases.add(
        "eight invented words", "EEA-0000000000", "http://127.0.0.1:9/o/eeast"
    )
    shell.write()
    shell.leave(SECONDS * 60)
    shell.app.on_resume()
    assert shell.sees("Report something")
    assert not story_of(shell)
    assert not shell.app.store.all("case")
    assert shell.app.reporting is None
    item = shell.app.outbox.item(name)
    assert item is not None
    assert item.state == "waiting"
    assert list(shell.app.store.all("outbox")) == [name]
    shell.app.report()
    shell.hand.settle()
    assert STORY not in texts(shell.screen)


def test_a_minimised_window_is_covered(shell: Shell, paper: Any) -> None:
    shell.app.locking.start()
    shell.write()
    paper.dispatch("on_minimize")
    assert STORY not in texts(shell.stage)
    paper.dispatch("on_restore")
    assert STORY in texts(shell.screen)


def test_what_arrives_while_covered_waits_behind_the_cover(shell: Shell) -> None:
    shell.write()
    shell.leave()
    shell.app.settings()  # as a job's result may show a page
    assert not shell.sees("Language")
    shell.app.on_resume()
    assert shell.sees("Language")


def test_a_hidden_box_hears_no_keys(shell: Shell) -> None:
    shell.write()
    box = next(shell.screen.part(2).fields()).ids.box
    box.focus = True
    shell.leave()
    assert not box.focus


# --- with a PIN ---


def test_a_killed_app_leads_back_to_the_letter(shell: Shell) -> None:
    shell.set_pin()
    shell.write("Every letter, \u00e9 and \U0001f426 too.")
    shell.app.save()  # a second after the last key
    shell.restart()
    assert shell.sees("Type your PIN")
    shell.unlock()
    assert shell.sees("What happened?")
    assert "Every letter, \u00e9 and \U0001f426 too." in texts(shell.screen)


def test_keys_are_followed_by_saving(shell: Shell, paper: Any, hand: Hand) -> None:
    shell.set_pin()
    shell.app.locking.start()
    shell.write()
    shell.app.locking._save.timeout = 0.05
    end = time.monotonic() + 20
    while time.monotonic() < end:  # keys that come too quickly for a pause between them
        paper.dispatch("on_textinput", "x")
        hand.settle(1)
        if shell.app.store.get("draft", "report"):
            break
    kept = shell.app.store.get("draft", "report")
    assert kept is not None
    assert kept["story"] == STORY
    assert kept["step"] == 2


def test_a_minute_without_a_touch_locks(shell: Shell) -> None:
    shell.set_pin()
    shell.write()
    shell.clock[0] += SECONDS - 1
    shell.app.locking._looked()
    assert shell.sees("What happened?")
    shell.clock[0] += 1
    shell.app.locking._looked()
    assert shell.sees("Type your PIN")
    shell.unlock()
    assert story_of(shell) == STORY


def test_a_wrong_pin_is_told_and_waited_for(shell: Shell, hand: Hand) -> None:
    shell.set_pin(tries=5)
    shell.app.lock()
    for left in (4, 3, 2):
        shell.unlock("111222")
        assert shell.sees(f"That is not the PIN. {left} more wrong PINs")
    page = shell.screen
    assert page.seconds == 5
    assert shell.sees("Wait 5 seconds")
    assert find(page, "Open").disabled
    shell.press("1")
    assert page.ids.pad.digits == ""
    for _ in range(5):
        page._second()
    assert "Wait" not in page.said
    shell.press("1")
    assert page.ids.pad.digits == "1"


def test_the_last_wrong_pin_erases_and_says_so(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mobile.notebook.WAITS", (0,))
    shell.write()
    shell.set_pin(tries=3)
    shell.app.lock()
    for _ in range(2):
        shell.unlock("111222")
    assert shell.sees("after one more wrong PIN")
    shell.unlock("111222")
    assert shell.sees("Everything is erased")
    assert not list(shell.data.glob("notebook*"))
    shell.press("Go on")
    assert shell.sees("Report something")
    assert not story_of(shell)


def test_the_second_pin_opens_nothing_and_loses_nothing(shell: Shell) -> None:
    shell.write()
    shell.set_pin()
    shell.app.settings()
    shell.press("Add a second, empty PIN")
    shell.press("Choose a second PIN")
    shell.pin(SECOND, "Continue")
    shell.pin(SECOND, "Continue")
    assert shell.sees("Your second PIN is set")
    shell.app.lock()
    shell.unlock(SECOND)
    assert shell.sees("Report something")
    assert not story_of(shell)
    assert not shell.app.store.all("draft")
    shell.app.lock()
    shell.unlock()
    assert story_of(shell) == STORY


@pytest.mark.parametrize(
    ("pin", "why"),
    [
        ("12345", "A PIN has six digits or more."),
        ("123456", "Choose six digits or more that nobody would try first."),
        ("111111", "Choose six digits or more that nobody would try first."),
    ],
)
def test_a_weak_pin_is_refused(shell: Shell, pin: str, why: str) -> None:
    shell.app.set_pin(shell.app.home)
    shell.press("Choose a PIN")
    shell.pin(pin, "Continue")
    assert shell.sees(why)
    assert shell.sees("Choose a PIN")
    assert not list(shell.data.glob("notebook*"))


def test_two_different_pins_set_none(shell: Shell) -> None:
    shell.app.set_pin(shell.app.home)
    shell.press("Choose a PIN")
    shell.pin(PIN, "Continue")
    shell.pin(SECOND, "Continue")
    assert shell.sees("The two were not the same. Begin again.")
    assert not list(shell.data.glob("notebook*"))


def test_digits_may_come_from_a_keyboard(shell: Shell, paper: Any) -> None:
    shell.set_pin()
    shell.app.lock()
    for digit in "9" + PIN:
        paper.dispatch("on_key_down", ord(digit), 0, digit, [])
    for _ in range(len(PIN) + 1):
        paper.dispatch("on_key_down", 8, 0, "", [])
    for digit in PIN:
        paper.dispatch("on_key_down", 256 + int(digit), 0, digit, [])
    paper.dispatch("on_key_down", 13, 0, "", [])
    assert shell.app.keeping.kept
    assert shell.sees("Report something")


def test_a_pin_that_comes_too_late_opens_nothing(shell: Shell) -> None:
    """Left while the PIN was stretched: what was under way is dropped."""
    shell.set_pin()
    shell.app.lock()
    shell.saver.held = True
    shell.unlock()
    shell.exit()
    shell.saver.go()
    assert not shell.app.keeping.kept
    assert shell.sees("Staff guidance")


# --- what does not open ---


def cut(data: Path) -> None:
    path = data / "notebook.db"
    path.write_bytes(path.read_bytes()[:1000])


def newer(data: Path) -> None:
    import sqlite3

    db = sqlite3.connect(data / "notebook.db")
    db.execute("PRAGMA user_version = 99")
    db.close()


@pytest.mark.parametrize(
    ("harm", "why"), [(cut, "is damaged, and can\u2019t be opened"), (newer, "A newer Wren")]
)
def test_a_notebook_that_does_not_open_is_told_and_stays(
    shell: Shell, harm: Callable[[Path], None], why: str
) -> None:
    shell.write()
    shell.set_pin()
    shell.stop()
    harm(shell.data)
    before = (shell.data / "notebook.db").read_bytes()
    shell.start()
    assert shell.sees("What you keep can\u2019t be opened")
    assert shell.sees(why)
    assert shell.sees("Nothing was erased")
    shell.press("Try again")
    assert shell.sees(why)
    shell.press("What else can I do?")
    shell.press("Go on without it")
    assert shell.sees("Report something")
    shell.app.report()
    assert (shell.data / "notebook.db").read_bytes() == before
    shell.restart()
    shell.press("What else can I do?")
    shell.press("Erase it and begin anew")
    assert (shell.data / "notebook.db").read_bytes() == before  # asked once more
    shell.press("Yes, erase everything")
    assert shell.sees("Everything is erased")
    assert not list(shell.data.glob("notebook*"))


def test_damaged_records_are_told(shell: Shell) -> None:
    import sqlite3

    shell.write()
    shell.set_pin()
    shell.stop()
    db = sqlite3.connect(shell.data / "notebook.db")
    with db:
        db.execute("UPDATE records SET sealed = zeroblob(length(sealed))")
    db.close()
    shell.start()
    shell.unlock()
    assert shell.sees("Part of what you kept is damaged")
    shell.press("Go on")
    assert shell.sees("Report something")


def test_a_full_disk_is_told_and_typing_goes_on(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mobile.notebook import Notebook, NotKept

    shell.set_pin()
    shell.write()
    shell.app.save()
    shell.draft.place = "An invented group"

    def full(*_: Any) -> None:
        raise NotKept

    with monkeypatch.context() as broken:
        broken.setattr(Notebook, "put", full)
        shell.app.save()
        shell.hand.settle()
        assert shell.sees("This phone has no room left")
        assert STORY in texts(shell.screen)
    shell.app.save()  # tried again with the next key
    kept = shell.app.store.get("draft", "report")
    assert kept is not None
    assert kept["place"] == "An invented group"
    shell.press("Close")
    assert not shell.sees("This phone has no room left")


# --- the PIN is changed ---


def to_change(shell: Shell) -> None:
    shell.app.settings()
    shell.press("Change the PIN")
    assert shell.sees("Type the PIN that you have now")


def test_the_pin_is_changed_by_who_knows_it(shell: Shell) -> None:
    shell.write()
    shell.set_pin()
    to_change(shell)
    assert not shell.sees("I can\u2019t get in")
    shell.pin(PIN, "Continue")
    assert shell.sees("Choose another PIN")
    shell.pin(SECOND, "Continue")
    shell.pin(SECOND, "Continue")
    assert shell.sees("Your PIN is changed")
    shell.app.lock()
    shell.unlock(SECOND)
    assert story_of(shell) == STORY


def test_who_does_not_know_the_pin_changes_nothing_and_is_slowed_down(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mobile.notebook.WAITS", (0, 0, 0, 300))
    shell.write()
    shell.set_pin(tries=5)
    to_change(shell)
    for left in (4, 3, 2):
        shell.pin("111222", "Continue")
        assert shell.sees(f"That is not the PIN. {left} more wrong PINs")
    assert shell.screen.seconds > 200
    assert find(shell.screen, "Continue").disabled
    shell.screen.go_back()
    assert shell.sees("Language")
    to_change(shell)  # going back and forth wins nothing
    assert shell.screen.seconds > 200
    shell.app.lock()
    assert shell.screen.seconds > 200


def test_the_last_wrong_pin_erases_what_is_open(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mobile.notebook.WAITS", (0,))
    shell.write()
    shell.set_pin(tries=3)
    to_change(shell)
    for _ in range(3):
        shell.pin("111222", "Continue")
    assert shell.sees("Everything is erased")
    assert not list(shell.data.glob("notebook*"))
    assert not story_of(shell)
    shell.press("Go on")
    assert shell.sees("Report something")
    assert not shell.app.store.all("draft")


def test_what_the_page_says_stays_while_a_pin_is_set(shell: Shell) -> None:
    said = []
    begin = shell.app.keeping.begin

    def slow(*how: Any) -> None:
        said.append((shell.screen.title, shell.screen.heading, shell.screen.busy))
        begin(*how)

    shell.app.keeping.begin = slow  # type: ignore[method-assign]
    shell.app.set_pin(shell.app.home)
    shell.press("Choose a PIN")
    shell.pin(PIN, "Continue")
    shell.pin(PIN, "Continue")
    assert said == [("Your PIN", "Type it once more", True)]


# --- after the lock ---


class Waiting(Inline):
    """Work that is never done: a line that says nothing."""

    def run(self, work: Any, done: Any, failed: Any) -> None:
        self.waiting.append((work, done, failed))


def started_anew(shell: Shell) -> None:
    """Killed with a report begun under a PIN, and started: nothing of the organisation is read."""
    from mobile.organisation import Organisation

    shell.write()
    shell.app.save()
    shell.set_pin()
    shell.app.save()
    shell.restart()
    shell.app.organisation = shell.app.known = shell.app.outbox = None

    def found(address: str) -> Organisation:
        made = Organisation(address, shell.app.guide)
        made.directory = dict(samples.DIRECTORY)
        return made

    shell.app.connecting.make_organisation = found  # type: ignore[method-assign]


def test_after_the_lock_nothing_waits_for_the_line(shell: Shell) -> None:
    started_anew(shell)
    shell.app._begin()
    asked = shell.app.jobs = Waiting()
    shell.unlock()
    assert not shell.sees("Connecting\u2026")
    assert shell.sees("What happened?")
    assert story_of(shell) == STORY
    assert len(asked.waiting) == 1  # the line is asked all the same, once


def test_while_it_is_locked_the_line_is_not_asked(shell: Shell) -> None:
    started_anew(shell)
    shell.app._begin()
    assert not shell.app.connecting.asked
    assert shell.app.known


def test_left_while_it_was_locked_it_still_connects(shell: Shell) -> None:
    started_anew(shell)
    shell.app._begin()
    shell.app.jobs = Waiting()
    shell.app.connecting._busy = True  # as where the line was asked when it was left
    shell.leave()
    shell.app.on_resume()
    shell.unlock()
    assert shell.app.jobs.waiting
