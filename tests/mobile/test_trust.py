"""Who reads: shown and asked about before anything is written to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mobile import spoken
from mobile.guide import Guide
from mobile.kept import Accepted, Kept
from mobile.screens.roster import Roster
from mobile.trust import changed, everybody, on_trust
from shared.errors import BrokenChain, UnknownToken, Unreachable
from tests.mobile import samples
from tests.mobile.conftest import Board, Hand, texts
from tests.mobile.shell import Shell

KEY = "0d1f 2c33 4e5a 6b77 8899 a0b1 c2d3 e4f5"
ONE = Accepted("id-1", "handler-1", ("guardian",), KEY)
TWO = Accepted("id-2", "handler-2", ("guardian", "senior-manager"), KEY[::-1])


class Known:
    """An organisation whose people the test says."""

    def __init__(self, accepted: tuple[Accepted, ...], now: tuple[Accepted, ...]) -> None:
        from mobile.organisation import changes

        self.people, self.changes = now, changes(accepted, now)
        self.directory, self.host, self.on_trust = samples.DIRECTORY, "wren.example", True


def test_letters_are_said_as_on_the_radio() -> None:
    assert spoken.groups("0d1f 99ab") == [
        ("0d1f", "0 Delta 1 Foxtrot"), ("99ab", "9 9 Alfa Bravo"),
    ]  # fmt: skip


def test_a_list_on_trust_says_so_and_how_to_check_it(hand: Hand) -> None:
    page = hand.show(Roster())
    page.show(on_trust(Known((ONE,), (ONE,))))  # type: ignore[arg-type]
    hand.settle()
    shown = texts(page)
    assert "You take this list on trust" in shown
    assert "wren.example" in shown
    assert "Freedom to Speak Up guardian" in shown
    assert "0 Delta 1 Foxtrot" not in shown
    hand.tap_text(page, "Compare the key")
    assert "0 Delta 1 Foxtrot" in texts(page)
    hand.tap_text(page, "Hide the key")
    assert "0 Delta 1 Foxtrot" not in texts(page)


def test_another_key_is_shown_first_and_open_to_be_compared(hand: Hand) -> None:
    now = (replace(TWO, fingerprint=KEY), Accepted("id-3", "handler-3", ("guardian",), KEY))
    page = hand.show(Roster())
    page.show(changed(Known((ONE, TWO), now)))  # type: ignore[arg-type]
    hand.settle()
    cards = list(reversed(page.ids.people.children))
    assert [(one.name, one.kind, one.open) for one in cards] == [
        ("handler-2", "danger", True), ("handler-3", "info", False), ("handler-1", "info", False),
    ]  # fmt: skip
    shown = texts(page)
    assert "Another key: handler-2" in shown
    assert f"Until now it was: {TWO.fingerprint}" in shown
    assert "3 things are not as you last saw them." in shown
    assert cards[2].gone  # nobody compares the key of somebody who left


def test_a_poster_vouches(hand: Hand) -> None:
    known = Known((ONE,), (ONE,))
    known.on_trust = False
    page = hand.show(Roster())
    page.show(everybody(known))  # type: ignore[arg-type]
    assert "A poster vouches for this list" in texts(page)
    assert "on trust" not in texts(page)


@pytest.fixture
def shell(hand: Hand, board: Board, tmp_path: Path) -> Any:
    shell = Shell(hand, board, tmp_path / "app")
    yield shell
    shell.stop()


def change(shell: Shell, accepted: tuple[Accepted, ...], now: tuple[Accepted, ...]) -> None:
    """The people are others than those whom the user accepted."""
    organisation = shell.app.organisation
    kept = Kept("eeast", {"name": "x", "guidance": [], "contacts": []}, (), accepted,
                date(2026, 11, 27))  # fmt: skip
    shell.app.guide.keep(organisation.address, kept)
    type(organisation).people = property(lambda _self: now)  # type: ignore[method-assign, assignment]


@pytest.fixture
def changing(shell: Shell) -> Any:
    kind = type(shell.app.organisation)
    before = kind.people
    change(shell, (ONE,), (replace(ONE, fingerprint=KEY[::-1]), TWO))
    yield shell
    kind.people = before


def test_nothing_is_written_before_changed_people_were_accepted(changing: Shell) -> None:
    changing.press("Report something")
    assert changing.sees("The people who read here changed")
    assert changing.app.reporting is None
    changing.press("That is all right")
    assert changing.app.reporting is not None
    changing.app.home()
    changing.press("Report something")
    assert not changing.sees("The people who read here changed")
    kept = Guide(changing.app.data).organisations[changing.app.organisation.address]
    assert [one.name for one in kept.accepted] == ["handler-1", "handler-2"]


def test_who_does_not_like_it_is_shown_others_to_turn_to(changing: Shell) -> None:
    changing.press("Report something")
    changing.press("Don\u2019t write now")
    assert changing.sees("Outside help")
    assert changing.sees("Samaritans")
    changing.screen.go_back()
    changing.hand.settle()
    changing.press("Report something")
    assert changing.sees("The people who read here changed")  # still asked


def test_a_list_that_does_not_check_stops_with_a_page(shell: Shell) -> None:
    shell.app.home()
    shell.app.connecting._not_connected(BrokenChain())
    shell.hand.settle()
    assert shell.sees("Stop: something is wrong")
    shell.press("Others you can turn to")
    assert shell.sees("Outside help")


def test_no_line_is_no_reason_to_stop(shell: Shell) -> None:
    shell.app.home()
    shell.app.connecting._not_connected(Unreachable())
    shell.hand.settle()
    assert shell.sees("Report something")


def test_words_of_another_organisation_are_tried_nowhere_else(shell: Shell) -> None:
    trusting, guide = shell.app.trusting, shell.app.guide
    assert trusting.of_words(UnknownToken()) == UnknownToken.default
    kept = Kept("eeast", {"name": "An invented service", "guidance": [], "contacts": []}, (),
                (ONE,), date(2026, 11, 27))  # fmt: skip
    guide.keep("https://a.example/o/eeast", kept)
    guide.use("https://a.example/o/eeast")
    assert "open nothing at An invented service" in trusting.of_words(UnknownToken())
    assert "add it first" in trusting.of_words(UnknownToken())
    guide.keep("https://b.example/o/other", kept)
    assert "has not tried" in trusting.of_words(UnknownToken())
    assert "open nothing" not in trusting.of_words(Unreachable())


def test_what_could_not_be_read_is_told_once_and_never_on_the_plain_page(
    hand: Hand, board: Board, tmp_path: Path
) -> None:
    (tmp_path / "guide.json").write_bytes(b"rubbish")
    shell = Shell(hand, board, tmp_path)
    assert shell.sees("was damaged and is gone")
    shell.app.guidance()
    assert not shell.sees("was damaged and is gone")
    shell.restart(plain=True)
    assert not shell.sees("was damaged and is gone")
    shell.stop()
