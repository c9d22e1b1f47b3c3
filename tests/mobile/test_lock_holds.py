"""The lock and the quick exit hold when something goes wrong: full disks, haste, Kivy's keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import kivy.app
import pytest

from mobile.clipboard import Clipboard
from mobile.notebook import Notebook, NotKept
from tests.mobile.conftest import Board, Hand, texts
from tests.mobile.phone import answers
from tests.mobile.shell import CHEAP, PIN, STORY, Shell

NO_ROOM = "What you typed last could not be kept: this phone has no room."


@pytest.fixture
def shell(hand: Hand, board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("mobile.notebook.calibrate", lambda: CHEAP)
    shell = Shell(hand, board, tmp_path / "phone")
    yield shell
    shell.stop()


def failing(error: type[BaseException]) -> Callable[..., None]:
    def fail(*_: Any, **_more: Any) -> None:
        raise error

    return fail


def test_it_works(shell: Shell) -> None:
    shell.set_pin()
    shell.write()
    shell.leave()
    assert not shell.sees(NO_ROOM)
    shell.unlock()
    assert shell.draft.story == STORY


@pytest.mark.parametrize("error", [NotKept, MemoryError])
def test_it_locks_where_nothing_can_be_kept_and_says_so(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    shell.set_pin()
    shell.write()
    with monkeypatch.context() as broken:
        broken.setattr(Notebook, "put", failing(error))
        shell.leave()
        shell.leave()  # minimised, then hidden
    assert not shell.app.keeping.kept
    assert STORY not in texts(shell.stage)
    shell.app.on_resume()
    assert shell.sees(NO_ROOM)
    shell.unlock()
    shell.app.lock()
    assert not shell.sees(NO_ROOM)


def test_a_page_that_can_not_be_put_down_locks_all_the_same(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.set_pin()
    shell.write()
    monkeypatch.setattr(shell.app.draft, "record", failing(ValueError))
    shell.leave()
    assert shell.sees("Type your PIN")
    assert not shell.app.keeping.kept


def test_a_lock_that_can_not_be_drawn_shows_nothing(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.set_pin()
    shell.write()
    monkeypatch.setattr("mobile.unlocking.LockPage", failing(MemoryError))
    with pytest.raises(MemoryError):
        shell.leave()
    assert not shell.app.keeping.kept
    assert STORY not in texts(shell.stage)
    assert not shell.draft.story


@pytest.mark.parametrize("name", ["put", "close"])
def test_a_quick_exit_where_something_fails(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    shell.set_pin()
    shell.write()
    with monkeypatch.context() as broken:
        broken.setattr(Notebook, name, failing(MemoryError))
        shell.app.quick_exit()
        if name == "put":
            shell.app.leaving.finish()
        else:
            with pytest.raises(MemoryError):
                shell.app.leaving.finish()
    assert shell.sees("Staff guidance")
    assert shell.away.times == 1
    assert not shell.app.keeping.kept
    assert not shell.draft.story


def test_a_quick_exit_shows_its_page_before_it_writes(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.set_pin()
    shell.write()
    seen: list[str] = []
    real = Notebook.put

    def put(book: Notebook, *record: Any) -> None:
        seen.append(texts(shell.stage))
        real(book, *record)

    monkeypatch.setattr(Notebook, "put", put)
    shell.app.quick_exit()
    assert not seen  # the page is drawn first
    shell.hand.settle()
    assert seen
    assert all("Staff guidance" in one for one in seen)
    assert shell.away.times == 1


def test_left_at_once_after_a_quick_exit_it_is_finished(shell: Shell) -> None:
    shell.set_pin()
    shell.write()
    shell.app.quick_exit()
    shell.app.on_pause()  # a phone draws nothing any more
    assert not shell.app.keeping.kept
    assert not shell.draft.story
    assert shell.sees("Staff guidance")
    shell.app.on_resume()
    assert shell.sees("Staff guidance")


def test_a_pin_typed_before_it_was_left_opens_nothing(shell: Shell) -> None:
    shell.write()
    shell.set_pin()
    shell.app.lock()
    shell.saver.held = True
    shell.unlock()
    shell.leave(50)
    shell.app.on_resume()
    shell.saver.held = False
    shell.saver.go()
    shell.hand.settle()
    assert not shell.app.keeping.kept
    assert shell.sees("Type your PIN")
    shell.unlock()
    assert shell.draft.story == STORY


def test_a_pin_needs_no_line(shell: Shell) -> None:
    shell.jobs.held = True  # it hangs on a dead one
    shell.set_pin_by_hand()
    assert shell.app.keeping.kept
    shell.app.lock()
    shell.unlock()
    assert shell.app.keeping.kept


def test_a_full_disk_sets_no_pin(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    name = shell.app.outbox.put_report(answers("It waits with its words."))
    with monkeypatch.context() as broken:
        broken.setattr(Notebook, "put_all", failing(NotKept))
        shell.app.set_pin(shell.app.home)
        shell.press("Choose a PIN")
        shell.pin(PIN, "Continue")
        shell.pin(PIN, "Continue")
        assert shell.sees("This phone has no room left")
    assert not shell.app.keeping.exists
    assert shell.app.outbox.item(name) is not None
    assert list(shell.app.store.all("outbox")) == [name]


# --- gone on without it ---


def without(shell: Shell) -> None:
    shell.set_pin()
    shell.app.lock()
    shell.press("I can\u2019t get in")
    shell.press("Go on without it")


def test_what_was_left_aside_can_be_unlocked(shell: Shell) -> None:
    shell.write()
    without(shell)
    name = shell.app.outbox.put_report(answers("Written without it."))
    shell.app.settings()
    assert shell.sees("What you kept before is still here")
    assert not shell.sees("Nothing of yours.")
    shell.press("Unlock what is kept")
    shell.unlock()
    assert shell.draft.story == STORY
    assert list(shell.app.store.all("outbox")) == [name]
    assert shell.app.outbox.item(name) is not None


def test_a_report_that_is_begun_is_not_lost_by_unlocking(shell: Shell) -> None:
    without(shell)
    shell.write()
    shell.app.set_pin(shell.app.home)
    assert shell.sees("The report that you have begun now is forgotten.")
    shell.press("Go on with the report")
    assert shell.draft.story == STORY
    shell.app.set_pin(shell.app.home)
    shell.press("Yes, unlock")
    assert shell.sees("Type your PIN")
    shell.unlock()
    assert not shell.draft.story


@pytest.mark.parametrize("how", ["away", "exit"])
def test_without_it_ends_with_being_away(shell: Shell, how: str) -> None:
    without(shell)
    if how == "away":
        shell.leave(500)
        shell.app.on_resume()
    else:
        shell.exit()
        shell.app.start_page()
        shell.hand.settle()
    assert shell.sees("Type your PIN")


# --- keys, and the clipboard ---


def test_no_key_opens_settings_of_kivys(
    shell: Shell, paper: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kivy.app.App, "_running_app", shell.app)
    shell.app._install_settings_keys(paper)
    before = list(paper.children)
    paper.dispatch("on_keyboard", 282, 0, "", [])
    assert shell.app.open_settings()
    assert paper.children == before


def test_the_clipboard_is_looked_at_after_a_sleep(shell: Shell, board: Board) -> None:
    shell.app.clipboard = Clipboard(board, lambda: shell.clock[0])
    shell.app.clipboard.put("eight invented words")
    shell.leave(59)
    assert board.text == "eight invented words"  # to be pasted elsewhere
    shell.app.on_resume()
    assert board.text == "eight invented words"
    shell.leave(1)
    shell.app.on_resume()
    assert board.text == " "
