"""The settings: each does what it says, at once, and is there after a restart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mobile.language import language
from mobile.theme import theme
from mobile.way_out import WayUnknown
from tests.mobile.conftest import Board, Hand, find, texts
from tests.mobile.shell import CHEAP, PIN, SECOND, STORY, Shell


@pytest.fixture
def shell(hand: Hand, board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("mobile.notebook.calibrate", lambda: CHEAP)
    shell = Shell(hand, board, tmp_path / "phone")
    yield shell
    shell.stop()
    language.use("en")
    theme.motion = True


def settings(shell: Shell) -> None:
    shell.app.settings()
    shell.hand.settle()


def test_it_works(shell: Shell) -> None:
    settings(shell)
    shell.press("Night colours")
    shell.press("No movement")
    assert theme.night
    assert not theme.motion
    shell.screen.go_back()
    assert shell.sees("Report something")
    shell.stop()
    theme.night, theme.motion = False, True
    shell.start()
    assert theme.night
    assert not theme.motion


def test_a_language_is_used_at_once_and_kept(shell: Shell) -> None:
    settings(shell)
    shell.press("Cymraeg")
    assert language.code == "cy"
    shell.press("Cymraeg")  # pressed again: it stays
    assert language.code == "cy"
    assert shell.screen.ids.languages.chosen == ["cy"]
    language.use("en")
    shell.restart()
    assert language.code == "cy"


def test_without_a_pin_it_says_that_nothing_is_kept(shell: Shell) -> None:
    settings(shell)
    assert shell.sees("Nothing of yours.")
    assert not shell.sees("Erase everything now")
    shell.set_pin()
    settings(shell)
    assert shell.sees("locked with your PIN")
    assert not shell.sees("Set a PIN")


def test_the_pin_is_changed(shell: Shell) -> None:
    shell.write()
    shell.set_pin()
    settings(shell)
    shell.press("Change the PIN")
    shell.pin(PIN, "Continue")
    shell.pin(SECOND, "Continue")
    shell.pin(SECOND, "Continue")
    assert shell.sees("Your PIN is changed")
    shell.app.lock()
    shell.unlock(PIN)
    assert shell.sees("That is not the PIN.")
    shell.unlock(SECOND)
    assert shell.draft.story == STORY


def test_keeping_nothing_any_more(shell: Shell) -> None:
    shell.write()
    shell.set_pin()
    shell.app.store.put("case", "one", {"words": "invented"})
    settings(shell)
    shell.press("Keep nothing any more")
    assert shell.sees("Your eight words are erased too")
    shell.press("Yes, keep nothing")
    assert shell.sees("Nothing of yours.")
    assert not list(shell.data.glob("notebook*"))
    assert shell.app.store.get("case", "one") == {"words": "invented"}  # until one leaves
    assert shell.draft.story == STORY
    shell.exit()
    assert not shell.app.store.all("case")


def test_erasing_everything(shell: Shell) -> None:
    shell.write()
    shell.set_pin()
    settings(shell)
    shell.press("Erase everything now")
    shell.press("Go back")
    assert shell.app.keeping.kept
    shell.press("Erase everything now")
    shell.press("Yes, erase everything")
    assert shell.sees("Everything is erased")
    assert not list(shell.data.glob("notebook*"))
    assert not shell.draft.report()
    shell.press("Go on")
    assert shell.sees("Report something")


def test_a_proxy_is_switched_on_changed_and_off(shell: Shell) -> None:
    settings(shell)
    straight = shell.app.organisation
    shell.press("Send everything through Tor")
    assert shell.app.guide.proxy == "socks5h://127.0.0.1:9050"
    assert shell.app.organisation is not straight  # nothing goes on by the line of before
    box = shell.screen.ids.proxy.ids.box
    box.text = "socks5h://127.0.0.1:9150"
    shell.press("Use this address")
    assert shell.app.guide.proxy == "socks5h://127.0.0.1:9150"
    assert find(shell.screen, "Use this address").disabled
    box.text = "http://somewhere"
    shell.press("Use this address")
    assert shell.screen.ids.proxy.error
    assert shell.app.guide.proxy == "socks5h://127.0.0.1:9150"
    shell.press("Send everything through Tor")
    assert shell.app.guide.proxy == ""


@pytest.mark.parametrize(
    ("answer", "proxy"),
    [("Through Tor, with the app Orbot", "socks5h://127.0.0.1:9050"),
     ("Straight, without Tor", "")],
)  # fmt: skip
def test_a_way_that_can_not_be_read_is_asked_for(shell: Shell, answer: str, proxy: str) -> None:
    settings(shell)
    shell.press("Send everything through Tor")
    (shell.data / "way").write_bytes(b"damaged")
    shell.restart()
    assert shell.sees("Which way should Wren go out?")
    with pytest.raises(WayUnknown):
        shell.app.organisation.connect()  # type: ignore[union-attr]
    shell.app.home()  # however one gets there
    shell.hand.settle()
    shell.press(answer)
    assert shell.sees("Report something")
    assert (shell.app.guide.way_known, shell.app.guide.proxy) == (True, proxy)
    shell.restart()
    assert shell.app.guide.proxy == proxy
    assert shell.sees("Report something")


def test_what_is_in_clear_says_nothing_of_its_user(shell: Shell) -> None:
    shell.write()
    shell.set_pin()
    settings(shell)
    shell.press("Night colours")
    written = (shell.data / "guide.json").read_text()
    assert STORY not in written
    assert json.loads(written)["guide"]["night"] is True
    assert set(json.loads(written)["guide"]) == {
        "current", "language", "motion", "night", "organisations", "proxy",
    }  # fmt: skip


def test_what_it_cant_protect_is_said(shell: Shell) -> None:
    settings(shell)
    shell.press("What Wren can\u2019t protect")
    assert "A phone that somebody watches" in texts(shell.screen)
    shell.press("Go back")
    assert shell.sees("Settings")


def test_a_first_page_leads_to_the_settings(shell: Shell) -> None:
    shell.app.welcome.rest()
    shell.press("Settings")
    assert shell.sees("Look")
