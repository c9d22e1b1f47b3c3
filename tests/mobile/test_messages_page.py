"""Messages of WhatsApp in the app: chosen line by line, seen before, and nothing else kept."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest

from mobile.screens.lines import AT_ONCE, LinesPage
from mobile.screens.messages import MessagesPage
from mobile.whatsapp import Chat, Line, read
from mobile.whatsapp_text import sent
from tests.mobile.chats import ANDROID_UK, PASTE, android, zipped
from tests.mobile.chosen import lines
from tests.mobile.conftest import Board, Hand, texts
from tests.mobile.shell import PIN, Shell

MARK = "xylograph"
AMBIGUOUS = "03/04/2024, 10:18 - Kim: first\n04/05/2024, 10:19 - Jo: second\n"


@pytest.fixture
def shell(hand: Hand, board: Board, tmp_path: Path) -> Any:
    made = Shell(hand, board, tmp_path)
    yield made
    made.stop()


class Taken:
    """Who asked for messages: what came, and how often it was left."""

    def __init__(self, shell: Shell) -> None:
        self.texts: list[bytes] = []
        self.left = 0
        self._shell = shell
        shell.app.bring_messages(self._took, self._leave)
        shell.hand.settle()

    def _took(self, text: bytes) -> None:
        self.texts.append(text)
        self._shell.app.home()

    def _leave(self) -> None:
        self.left += 1
        self._shell.app.home()


def paste(shell: Shell, text: str) -> None:
    shell.board.text = text
    shell.press("Paste what I copied")


def row(shell: Shell, **fields: Any) -> Any:
    """The view of the row with these properties."""
    for view in shell.screen.ids.list.children[0].children:
        if all(getattr(view, name, None) == value for name, value in fields.items()):
            return view
    raise AssertionError(f"no row {fields}; there is:\n{texts(shell.screen)}")


def test_it_works(shell: Shell) -> None:
    """Pasted, oneself told, two lines chosen by hand: what the last page showed is sent."""
    taken = Taken(shell)
    paste(shell, ANDROID_UK)
    assert shell.sees("Which of these is you?")
    shell.press("Jo Madeup")
    assert isinstance(shell.screen, LinesPage)
    shell.hand.tap(row(shell, text="Morning\nall of you"))
    shell.hand.tap(row(shell, text="That is not right, Baz (edited)"))
    assert shell.sees("2 messages chosen")
    shell.press("Look at it")
    assert shell.sees("Text from an export, which anyone can edit.")
    assert shell.sees("10:21 Person A: That is not right, Baz (edited)")
    assert shell.sees("Names somebody of this chat: Baz")
    assert not shell.sees("Kim")
    shell.press("Add these messages")
    assert taken.texts == [sent(read(ANDROID_UK), {2, 4}, 2)]
    assert b"Kim" not in taken.texts[0]
    assert taken.left == 0


def test_own_lines_are_left_out_of_a_day_unless_chosen(shell: Shell) -> None:
    taken = Taken(shell)
    paste(shell, PASTE)  # "You" is known: nobody is asked
    day = row(shell, head="13 March")
    day.choose(0)
    shell.hand.settle()
    assert shell.sees("2 messages chosen")
    shell.hand.tap(row(shell, head="10:19 Me, who reports this"))
    assert shell.sees("3 messages chosen")
    shell.press("Look at it")
    shell.press("Add these messages")
    assert b"10:19 Me, who reports this: No" in taken.texts[0]


def test_a_day_is_chosen_by_its_mark_and_opened_beside_it(shell: Shell) -> None:
    Taken(shell)
    paste(shell, android(2_000))
    shell.press("I am not in it, or don\u2019t want to say")
    page = shell.screen
    assert all(one["view"] == "ChatDay" for one in page.ids.list.data)
    first = row(shell, place=0)
    x, y = first.to_window(first.x + first.left + 5, first.center_y)
    touch(shell, x, y)
    assert page.number > 0
    assert not page._open
    shell.hand.tap(row(shell, place=0))
    assert page._open == {0}
    chosen = page.number
    touch(shell, x, y)
    assert page.number == 0 < chosen


def touch(shell: Shell, x: float, y: float) -> None:
    from kivy.tests.common import UnitTestTouch

    one = UnitTestTouch(x, y)
    one.touch_down()
    one.touch_up()
    shell.hand.settle(3)


def test_the_order_of_a_date_is_asked_where_nobody_can_know(shell: Shell) -> None:
    taken = Taken(shell)
    paste(shell, AMBIGUOUS)
    assert shell.sees("Which day is meant?")
    shell.press("4 March 2024")
    shell.press("Kim")
    assert shell.sees("5 April 2024")
    shell.hand.tap(row(shell, text="second"))
    shell.press("Look at it")
    shell.press("Add these messages")
    assert b"5 April 2024\n10:19 Person A: second" in taken.texts[0]


def test_a_file_is_opened(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By the page of folders; what is no chat is told there, and nothing is asked twice."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "chat.zip").write_bytes(zipped({"WhatsApp Chat with X.txt": ANDROID_UK.encode()}))
    (home / "other.zip").write_bytes(zipped({"a.jpg": b"x"}))
    monkeypatch.setenv("HOME", str(home))
    Taken(shell)
    shell.press("Open an exported chat")
    shell.press("other.zip")
    assert shell.sees("There is no chat in this ZIP.")
    shell.press("chat.zip")
    assert shell.sees("Which of these is you?")


def test_what_is_no_chat_is_told_and_stays_in_the_box(shell: Shell) -> None:
    Taken(shell)
    page = shell.screen
    shell.press("Continue")
    assert shell.sees("Paste the messages first, or open a file.")
    shell.press("Paste what I copied")
    assert shell.sees("Nothing is copied.")
    page.ids.text.ids.box.text = '{"messages": []}'
    shell.press("Continue")
    assert shell.sees("This is not from WhatsApp.")
    assert page.ids.text.text == '{"messages": []}'


def test_one_message_alone(shell: Shell) -> None:
    taken = Taken(shell)
    paste(shell, "A message alone")
    shell.hand.tap(row(shell, text="A message alone"))
    shell.press("Look at it")
    shell.press("Add these messages")
    assert b"Somebody, without a name: A message alone" in taken.texts[0]


def test_nothing_chosen_is_told(shell: Shell) -> None:
    Taken(shell)
    paste(shell, PASTE)
    shell.press("Look at it")
    assert shell.sees("Choose a message first.")


def test_back_goes_page_by_page_and_out(shell: Shell) -> None:
    taken = Taken(shell)
    paste(shell, ANDROID_UK)
    shell.press("Jo Madeup")
    shell.hand.tap(row(shell, text="Morning\nall of you"))
    shell.press("Look at it")
    shell.screen.go_back()
    assert shell.screen.number == 1  # what was chosen stays
    shell.screen.go_back()
    assert shell.sees("Which of these is you?")
    shell.screen.go_back()
    assert isinstance(shell.screen, MessagesPage)
    shell.screen.go_back()
    assert taken.left == 1
    assert taken.texts == []


def left_in_memory() -> list[str]:
    """The texts of chats that anything still holds."""
    gc.collect()
    found = [one for one in gc.get_objects() if type(one) in (Chat, Line)]
    return [str(one.lines if isinstance(one, Chat) else one.text) for one in found]


@pytest.mark.parametrize("way", ["exit", "lock", "back", "done", "cover"])
def test_the_rest_is_dropped_however_it_is_left(shell: Shell, way: str) -> None:
    if way == "lock":
        shell.set_pin()
    taken = Taken(shell)
    paste(shell, ANDROID_UK.replace("Morning", MARK))
    shell.press("Jo Madeup")
    page = shell.screen
    shell.hand.tap(row(shell, text=f"{MARK}\nall of you"))
    shell.press("Look at it")
    last = shell.screen
    if way == "exit":
        shell.exit()
    elif way == "lock":
        shell.app.lock()
    elif way == "cover":
        shell.leave(600)
        shell.app.on_resume()
    elif way == "done":
        shell.press("Add these messages")
    else:
        for _step in range(4):
            shell.screen.go_back()
    shell.hand.settle()
    assert len(taken.texts) == (way == "done")
    assert MARK not in texts(page) + texts(last)
    assert not page.ids.list.data
    assert not last.ids.list.data
    assert not any(MARK in one for one in left_in_memory())
    assert not any(
        MARK.encode() in one.read_bytes() for one in shell.data.rglob("*") if one.is_file()
    )
    if way == "lock":
        shell.unlock(PIN)
        assert MARK not in texts(shell.stage)


def test_what_is_read_after_it_was_left_is_dropped(shell: Shell) -> None:
    taken = Taken(shell)
    shell.jobs.held = True
    paste(shell, ANDROID_UK)
    shell.screen.go_back()
    shell.jobs.held = False
    shell.jobs.go()
    shell.hand.settle()
    assert taken.left == 1
    assert not shell.sees("Which of these is you?")
    assert not any("Morning" in one for one in left_in_memory())


def test_a_long_day_is_shown_in_parts(hand: Hand) -> None:
    """And a chat of 40,000 messages by its days: only what is in sight has widgets."""
    text = "".join(f"13/03/2024, 10:18 - Kim: {at}\n" for at in range(500))
    page = hand.show(lines(text, chosen=()))
    data = page.ids.list.data
    assert len(data) == 1 + AT_ONCE + 1
    page._more(0)
    hand.settle()
    assert len(page.ids.list.data) == 1 + 2 * AT_ONCE + 1
    assert len(page.ids.list.children[0].children) < 60


def test_rows_are_as_tall_as_what_they_say(hand: Hand) -> None:
    from mobile.widgets.bubble import Part

    page = hand.show(lines(chosen=(2,)))
    found = [
        one for one in page.ids.list.walk(restrict=True) if isinstance(one, Part) and one.text
    ]
    assert len(found) > 6
    for part in found:
        assert part.texture_size[1] == pytest.approx(part.height, abs=1)
