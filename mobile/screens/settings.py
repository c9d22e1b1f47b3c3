"""What can be chosen: the language, the look, what is kept, and the way out to the network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

import mobile.widgets.callout
import mobile.widgets.choice
import mobile.widgets.field  # noqa: F401 - their rules
from mobile.kv import load
from mobile.language import NAMES, NOT_YET_READ, _, later
from mobile.widgets.card import Row
from mobile.widgets.page import Page

ORBOT = "socks5h://127.0.0.1:9050"
"""Where Orbot listens unless it was told otherwise; `h`: names are looked up by it, too."""

NOTHING = later(
    "Nothing of yours. It is in memory only, and gone when you leave the app for a minute or "
    "press Quick exit."
)
LOCKED = later(
    "Your words, drafts and what waits to be sent, locked with your PIN. It stays until you erase "
    "it."
)
ASIDE = later(
    "What you kept before is still here, locked with its PIN. Nothing that you write now is added "
    "to it. That is in memory only, and gone when you leave the app for a minute or press Quick "
    "exit."
)
PUBLIC = later(
    "The guidance and the list of people of your organisation are kept too. Anybody can fetch "
    "those, and they do not say that you reported anything."
)
FIRST = later("A first translation: no native speaker has read it yet.")

Rows = tuple[tuple[str, str, str, str], ...]
WITHOUT: Rows = (
    # code, icon, title, what it means
    ("set", "lock", later("Set a PIN"), later("Keep your words and drafts on this phone.")),
)
BESIDE: Rows = (("unlock", "lock", later("Unlock what is kept"), later("Type its PIN.")),)
WITH: Rows = (
    ("lock", "lock", later("Lock now"), ""),
    ("change", "key", later("Change the PIN"), ""),
    ("second", "shield", later("Add a second, empty PIN"),
     later("It opens Wren with nothing in it, for when somebody makes you open it.")),
    ("stop", "account-off", later("Keep nothing any more"),
     later("What is kept is erased from this phone. It stays open until you leave.")),
    ("wipe", "delete", later("Erase everything now"), later("For good. It can\u2019t be undone.")),
)  # fmt: skip
ABOUT: Rows = (
    ("organisation", "desk", later("Another organisation"), later("By its address or QR code.")),
    ("limits", "shield-alert", later("What Wren can\u2019t protect"), ""),
)


class SettingsPage(Page):
    """`act(code)` is called for a row. `set_language(code)`, `set_night(on)`, `set_motion(on)`
    and `set_proxy(address)` are called when they are chosen; the last returns what is wrong.
    """

    pin = BooleanProperty(False)
    aside = BooleanProperty(False)
    kept = StringProperty("")
    proxy = StringProperty("")
    act = ObjectProperty(None, allownone=True)
    set_language = ObjectProperty(None, allownone=True)
    set_night = ObjectProperty(None, allownone=True)
    set_motion = ObjectProperty(None, allownone=True)
    set_proxy = ObjectProperty(None, allownone=True)

    def show(
        self,
        *,
        language: str,
        night: bool,
        motion: bool,
        proxy: str,
        pin: bool,
        aside: bool = False,
    ) -> None:
        """Shows what is chosen now. Until then nothing is called.

        `pin`: what is kept is open. `aside`: there is something, which is not open.
        """
        ids = self.ids
        self.pin, self.aside, self.proxy = pin, aside, proxy
        ids.night.active, ids.still.active, ids.tor.active = night, not motion, bool(proxy)
        ids.proxy.text = proxy or ORBOT
        ids.languages.chosen = [language]
        ids.languages.show(
            [
                {"code": code, "name": name, "about": FIRST if code in NOT_YET_READ else ""}
                for code, name in NAMES.items()
            ],
            {},
        )
        ids.languages.bind(chosen=self._language)
        ids.night.bind(active=lambda _row, on: self.set_night(on))
        ids.still.bind(active=lambda _row, on: self.set_motion(not on))
        ids.tor.bind(active=self._tor)
        self.speak()

    def speak(self) -> None:
        """Writes anew what was written in Python, in the language in use."""
        kept, rows = (LOCKED, WITH) if self.pin else (NOTHING, WITHOUT)
        if self.aside:
            kept, rows = ASIDE, BESIDE
        self.kept = f"{_(kept)}\n\n{_(PUBLIC)}"
        self._fill(self.ids.keeping, rows)
        self._fill(self.ids.about, ABOUT)

    def _fill(self, place: Any, rows: Sequence[tuple[str, str, str, str]]) -> None:
        place.clear_widgets()
        for code, icon, title, about in rows:
            row = Row(icon=icon, title=_(title), about=_(about))
            row.bind(on_release=partial(self._pressed, code))
            place.add_widget(row)

    def _pressed(self, code: str, _row: Any) -> None:
        if self.act is not None:
            self.act(code)

    def _language(self, choices: Any, chosen: list[str]) -> None:
        from mobile.language import language

        if not chosen:  # pressed again: one of them is always in use
            choices.chosen = [language.code]
        elif chosen[0] != language.code:
            self.set_language(chosen[0])

    def _tor(self, _row: Any, on: bool) -> None:
        self.ids.proxy.text = self.proxy or ORBOT
        self._use_proxy(ORBOT if on else "")

    def proxy_typed(self) -> None:
        """Uses the address that was typed."""
        self._use_proxy(self.ids.proxy.text.strip())

    def _use_proxy(self, address: str) -> None:
        wrong = self.set_proxy(address)
        if wrong:
            self.ids.proxy.error = wrong
        else:
            self.proxy = address
            self.ids.proxy.error = ""

    def tell(self, text: str) -> None:
        """Says what went wrong."""
        self.ids.trouble.tell(text)
        self.to_top()


load(__file__)
