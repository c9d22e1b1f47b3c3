"""Who reads at an organisation, what changed about them, and their keys to compare by phone."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.kv import load
from mobile.language import _
from mobile.widgets.callout import Callout
from mobile.widgets.card import Card
from mobile.widgets.page import Page
from mobile.widgets.text import Note


class Group4(BoxLayout):
    """Four digits of a fingerprint, and how one says them."""

    digits = StringProperty("")
    said = StringProperty("")


class Signer(Card):
    """Somebody with a key; `open` shows it, to be compared."""

    name = StringProperty("")
    desks = StringProperty("")
    note = StringProperty("")
    kind = StringProperty("info")
    before = StringProperty("")
    spoken = ListProperty([])
    gone = BooleanProperty(False)
    open = BooleanProperty(False)

    def on_open(self, _signer: Any, is_open: bool) -> None:
        """Shows the key group by group, or takes it away."""
        rows = self.ids.spoken
        rows.clear_widgets()
        if not is_open:
            return
        for digits, said in self.spoken:
            rows.add_widget(Group4(digits=digits, said=said))
        if self.before:
            rows.add_widget(Note(text=_("Until now it was: {key}").format(key=self.before)))


class Roster(Page):
    """`show` takes a `trust.Trust`. `yes()` and `other()` are called for what was chosen."""

    heading = StringProperty("")
    body = StringProperty("")
    yes_text = StringProperty("")
    other_text = StringProperty("")
    yes = ObjectProperty(None, allownone=True)
    other = ObjectProperty(None, allownone=True)

    def show(self, trust: Any) -> None:
        """Shows the people."""
        self.title, self.heading, self.body = trust.title, trust.heading, trust.body
        self.yes_text, self.other_text = trust.yes, trust.other
        points, people = self.ids.points, self.ids.people
        points.clear_widgets()
        for one in trust.points:
            callout = Callout(kind=one.kind, icon=one.icon, title=one.title, text=one.text)
            points.add_widget(callout)
        people.clear_widgets()
        for one in trust.people:
            card = Signer(
                name=one.name, desks=one.desks, note=one.note, kind=one.kind, before=one.before,
                spoken=list(one.spoken), gone=not one.spoken,
            )  # fmt: skip
            people.add_widget(card)
            card.open = one.kind == "danger"


load(__file__)
