"""Guidance and contacts: from what was kept, with its dates; a call is made after a warning."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mobile import elsewhere, reaching
from mobile.screens.contact import ContactPage
from mobile.screens.guidance import Guidance
from tests.mobile import samples
from tests.mobile.conftest import Board, Hand, texts
from tests.mobile.shell import Shell

POLICE = samples.DIRECTORY["contacts"][0]
LINK = {"name": "Protect", "kind": "link", "value": "https://protect.example/speak-up",
        "detail": "Advice", "checked_on": "2026-11-02"}  # fmt: skip


@pytest.fixture
def shell(hand: Hand, board: Board, tmp_path: Path) -> Any:
    shell = Shell(hand, board, tmp_path / "app")
    yield shell
    shell.stop()


def test_it_works(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(reaching.reach, "__defaults__", (opened.append, lambda _address: True))
    shell.app.guidance()
    assert shell.sees("What counts as harassment")
    assert shell.sees("Last checked on 2 November 2026")
    shell.press("Call")
    assert shell.sees("Your phone remembers this call")
    assert opened == []  # nothing before it was said
    shell.press("Call 999")
    assert opened == ["tel:999"]
    shell.screen.go_back()
    shell.hand.settle()
    assert shell.sees("What counts as harassment")


def test_what_is_kept_is_shown_with_its_day(shell: Shell) -> None:
    shell.app.organisation.fetched_on = date(2026, 11, 3)
    shell.app.guidance()
    assert shell.sees("Fetched on 3 November 2026")
    shell.app.outside(shell.app.home)
    assert shell.sees("Fetched on 3 November 2026")
    assert not shell.sees("What counts as harassment")
    shell.app.organisation.fresh = True
    shell.app.guidance()
    assert not shell.sees("Fetched on")


def test_the_plain_page_says_nothing_of_what_was_done(shell: Shell) -> None:
    shell.exit()
    shown = texts(shell.stage).lower()
    for word in ("wren", "report", "harass", "speak", "guardian", "east of england", "fetched"):
        assert word not in shown
    assert "999" in shown
    assert not [w for w in shell.stage.walk() if getattr(w, "text", "") == "Call"]


def test_without_a_directory_there_is_something_to_read(hand: Hand) -> None:
    page = hand.show(Guidance(reach=lambda _contact: None))
    page.show(None)
    hand.settle()
    assert "Samaritans" in texts(page)
    page.show({"name": "x", "guidance": [], "contacts": [LINK]}, contacts_only=True)
    assert "Protect" in texts(page)
    assert "Samaritans" not in texts(page)


def test_a_link_says_what_the_browser_keeps(hand: Hand) -> None:
    copied: list[str] = []
    page = hand.show(ContactPage(copy=copied.append))
    page.show(LINK, can_open=True)
    hand.settle()
    assert "Your browser remembers this page" in texts(page)
    assert "141" not in texts(page) or page.is_link
    hand.tap_text(page, "Copy the address")
    assert copied == [LINK["value"]]


def test_a_computer_that_can_not_call_says_so(shell: Shell) -> None:
    shell.app.reach(POLICE, shell.app.home)
    assert shell.sees("This device can\u2019t call")
    shell.press("Copy the number")
    assert shell.board.text == "999"


def test_what_did_not_open_is_told(shell: Shell) -> None:
    reaching.reach(shell.app, LINK, shell.app.home, lambda _address: False, lambda _address: True)
    shell.press("Open the page")
    assert shell.sees("That did not work")

    def breaks(_address: str) -> bool:
        from shared.errors import WrenError

        raise WrenError

    reaching.reach(shell.app, LINK, shell.app.home, breaks, lambda _address: True)
    shell.press("Open the page")
    assert shell.sees("That did not work")


@pytest.mark.parametrize(
    ("contact", "address"),
    [
        ({"kind": "phone", "value": "0300 311 22 33"}, "tel:03003112233"),
        ({"kind": "phone", "value": "+44 20 3117 2520"}, "tel:+442031172520"),
        ({"value": "999"}, "tel:999"),
        (LINK, LINK["value"]),
        ({"kind": "phone", "value": "*#06#"}, ""),
        ({"kind": "phone", "value": "tel:999"}, ""),
        ({"kind": "phone", "value": "https://x.example"}, ""),
        ({"kind": "phone", "value": "9" * 40}, ""),
        ({"kind": "link", "value": "http://x.example"}, ""),
        ({"kind": "link", "value": "intent://x#Intent;end"}, ""),
        ({"kind": "link", "value": "javascript:alert(1)"}, ""),
        ({"kind": "link", "value": "file:///etc/passwd"}, ""),
        ({"kind": "link", "value": "https://user@x.example"}, ""),
        ({"kind": "link", "value": "https://x.example/ --new-window"}, ""),
        ({"kind": "link", "value": "https://\u0445.example"}, ""),
        ({"kind": "link", "value": "https://x.example:x/"}, ""),
        ({"kind": "link", "value": "-https://x.example"}, ""),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value["value"])[:20],
)
def test_nothing_but_a_number_or_a_page_is_opened(contact: dict[str, str], address: str) -> None:
    assert elsewhere.target(contact) == address


def test_a_computer_opens_pages_in_its_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(elsewhere.webbrowser, "open", lambda url: not opened.append(url))
    assert elsewhere.open_address(LINK["value"])
    assert not elsewhere.open_address("tel:999")
    assert opened == [LINK["value"]]
    assert elsewhere.can_open(LINK["value"])
    assert not elsewhere.can_open("tel:999")
    assert not elsewhere.can_open("")


def test_every_topic_of_the_directory_opens(hand: Hand) -> None:
    page = hand.show(Guidance())
    page.show(samples.DIRECTORY, "safe-order")
    hand.settle()
    assert page.opened() == ["safe-order"]
    assert "Stay safe." in texts(page)
