"""About the case: where it stands, what was promised, who reads it, and what can be done."""

from __future__ import annotations

from functools import partial
from typing import Any

from kivy.properties import ObjectProperty, StringProperty

from mobile.kv import load
from mobile.language import _, later
from mobile.view import kept
from mobile.widgets.callout import Callout
from mobile.widgets.card import Card, Row
from mobile.widgets.page import Page
from mobile.widgets.text import Heading, Note

COPIED = later("A copy is outside Wren: it can\u2019t be called back.")
URGENT = later("It was given to them at once.")
WAYS = (
    ("closing", "question", later("Answer the last question"), later("Would you speak up again?")),
    ("late", "clock", later("What you can do now"),
     later("Another desk, somebody outside, or wait")),
    ("add", "account-plus", later("Let somebody in"), later("A person of another desk")),
    ("proof", "shield", later("Keep a proof"),
     later("A file that shows what you reported, and when")),
    ("withdraw", "delete", later("Withdraw this report"),
     later("Delete it, as far as that can be")),
)  # fmt: skip


class KeyHolder(Card):
    """Somebody who can read it, why, and the button that takes the key away."""

    name = StringProperty("")
    about = StringProperty("")
    why = StringProperty("desk")
    action = StringProperty("")
    __events__ = ("on_act",)

    def on_act(self) -> None:
        """The button of this person was pressed."""


class CasePage(Page):
    """`show` takes a `view.View`. `act_on(code)` is called for what was chosen.

    Codes: `late`, `closing`, `add`, `proof`, `withdraw`, `stop:<request>`, `out:<handler>` and
    `back_in:<handler>`.
    """

    status = StringProperty("")
    act_on = ObjectProperty(None, allownone=True)

    def show(self, view: Any) -> None:
        """Shows a case."""
        self.subtitle, self.status = view.reference, view.standing.status
        self._facts(view.standing)
        self._people(view)
        self._ways(view.standing)

    def _facts(self, now: Any) -> None:
        facts = self.ids.facts
        facts.clear_widgets()
        for text in now.facts:
            facts.add_widget(Note(text=text))
        copies = "\n\n".join((*now.copies, _(COPIED))) if now.copies else ""
        for kind, icon, title, text in (
            ("warning", "clock", _("They are late"), now.late),
            ("info", "clock", "", now.promise),
            ("info", "lock", _("Your report is being kept"), kept(now.hold)),
            ("info", "eye", _("Copies that were made"), copies),
            ("warning", "alert", _("Marked as urgent"), _(URGENT) if now.urgent else ""),
        ):
            if text:
                facts.add_widget(Callout(kind=kind, icon=icon, title=title, text=text))

    def _people(self, view: Any) -> None:
        people = self.ids.people
        people.clear_widgets()
        for one in view.people:
            action, code = "", f"out:{one.id}"
            if one.why == "consent" and one.request:
                action, code = _("Stop sharing"), f"stop:{one.request}"
            elif one.why != "desk":
                action = _("Take the key away")
            self._person(people, code, one, why=one.why, action=action)
        gone = self.ids.gone
        gone.clear_widgets()
        if view.gone:
            gone.add_widget(Heading(text=_("Who no longer reads it")))
        for one in view.gone:
            action = _("Let them in again") if one.back else ""
            self._person(gone, f"back_in:{one.id}", one, why="gone", action=action)

    def _person(self, place: Any, code: str, one: Any, **more: str) -> None:
        card = KeyHolder(name=one.name, about=one.about, **more)
        card.bind(on_act=partial(self._act, code))
        place.add_widget(card)

    def _ways(self, now: Any) -> None:
        ways = self.ids.ways
        ways.clear_widgets()
        shown = {"closing": now.unanswered, "late": bool(now.late)}
        for code, icon, title, about in WAYS:
            if shown.get(code, True):
                row = Row(icon=icon, title=_(title), about=_(about))
                row.bind(on_release=partial(self._act, code))
                ways.add_widget(row)

    def _act(self, code: str, _widget: Any) -> None:
        if self.act_on is not None:
            self.act_on(code)

    def forget(self) -> None:
        """Takes the names and days away."""
        self.subtitle = self.status = ""
        for name in ("facts", "people", "gone", "ways"):
            self.ids[name].clear_widgets()


load(__file__)
