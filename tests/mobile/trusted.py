"""Organisations, the people who read there, and contacts: the screens of trust, filled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from mobile import codes, trust
from mobile.guide import NOT_SAVED
from mobile.kept import Accepted
from mobile.language import _, day_of
from mobile.organisation import changes
from mobile.pictures import Entry
from mobile.screens.address import AddressPage, KnownHere
from mobile.screens.contact import ContactPage
from mobile.screens.decide import Decide
from mobile.screens.guidance import Guidance
from mobile.screens.pictures import Pictures
from mobile.screens.roster import Roster
from mobile.screens.welcome import Welcome
from tests.mobile import samples

KEY = "0d1f 2c33 4e5a 6b77 8899 a0b1 c2d3 e4f5"
OTHER = "9c01 77aa 0b3c d2e4 1f56 88b0 4d2a 6ef3"
ONE = Accepted("id-1", "handler-1", ("guardian",), KEY)
TWO = Accepted("id-2", "handler-2", ("guardian", "senior-manager"), OTHER)
THREE = Accepted("id-3", "handler-3", ("senior-manager",), OTHER)
LINK = {"name": "Protect", "kind": "link", "value": "https://protect.example/speak-up-at-work",
        "detail": "Free legal advice on speaking up", "checked_on": "2026-11-02"}  # fmt: skip
DAY = date(2026, 11, 3)


def _here() -> tuple[KnownHere, ...]:
    fetched = _("{address}. Fetched on {day}.")
    ours, other = "https://wren.example/o/eeast", "https://other.example/o/invented"
    today, before = day_of(samples.DAY), day_of(DAY)
    return (
        KnownHere(ours, samples.DIRECTORY["name"], fetched.format(address=ours, day=today), True),
        KnownHere(other, HOSPITAL, fetched.format(address=other, day=before)),
    )


HOSPITAL = "An invented hospital trust"


class Known:
    """An organisation as `trust` needs it."""

    def __init__(self, *now: Accepted, before: tuple[Accepted, ...] = ()) -> None:
        self.people, self.changes = now, changes(before, now)
        self.directory, self.host, self.on_trust = samples.DIRECTORY, "wren.example", True


def roster(shown: Any) -> Any:
    page = Roster(back=lambda: None)
    page.show(shown)
    return page


def _on_trust() -> Any:
    return roster(trust.on_trust(Known(ONE, TWO)))  # type: ignore[arg-type]


def _changed() -> Any:
    now = (Accepted("id-1", "handler-1", ("guardian",), OTHER), THREE)
    return roster(trust.changed(Known(*now, before=(ONE, TWO))))  # type: ignore[arg-type]


def _vouched() -> Any:
    known = Known(ONE, TWO)
    known.on_trust = False
    page = roster(trust.everybody(known))  # type: ignore[arg-type]
    page.ids.people.children[0].open = True
    return page


def _stopped() -> Any:
    page = Decide(back=lambda: None)
    page.show(trust.stopped("wren.example"))
    return page


def _address(**more: Any) -> Any:
    page = AddressPage(picture=lambda: None, **more)
    page.show(_here())
    return page


def _refused() -> Any:
    page = AddressPage(no_picture=_(codes.NO_READER))
    page.fill("WIFI:S:work;T:WPA;P:invented;;")
    page.refused(codes.other_kind(page.ids.address.text))
    return page


def _pictures() -> Any:
    page = Pictures(back=lambda: None, up=lambda: None)
    names = (("Screenshots", True), ("poster-at-work.jpg", False), ("IMG_20261127.png", False))
    page.show("Pictures", [Entry(Path(name), folder) for name, folder in names])
    return page


def _no_code() -> Any:
    page = _pictures()
    page.tell(_(codes.NO_CODE))
    return page


def _contact(contact: Any, *, can_open: bool = True) -> Any:
    page = ContactPage(back=lambda: None)
    page.show(contact, can_open=can_open)
    return page


def _fetched() -> Any:
    page = Guidance(back=lambda: None, fetched=trust.fetched(day_of(DAY)))
    page.reach = lambda _contact: None
    page.show({**samples.DIRECTORY, "contacts": [*samples.DIRECTORY["contacts"], LINK]})
    return page


def _not_saved() -> Any:
    page = Welcome()
    page.show(samples.DIRECTORY, lambda: trust.fetched(day_of(DAY)))
    page.trouble(_(NOT_SAVED))
    return page


SCREENS: dict[str, Callable[[], Any]] = {
    "address-known": lambda: _address(back=lambda: None),
    "address-refused": _refused,
    "address-picture": _pictures,
    "address-picture-none": _no_code,
    "trust-first": _on_trust,
    "trust-changed": _changed,
    "trust-poster": _vouched,
    "trust-stopped": _stopped,
    "contact-999": lambda: _contact(samples.DIRECTORY["contacts"][0]),
    "contact-call": lambda: _contact(samples.DIRECTORY["contacts"][1]),
    "contact-link": lambda: _contact(LINK),
    "contact-no-phone": lambda: _contact(samples.DIRECTORY["contacts"][1], can_open=False),
    "guidance-kept": _fetched,
    "welcome-kept": _not_saved,
}
"""By name, how to make each."""
