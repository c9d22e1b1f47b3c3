"""Step 7: everything that will be sent, with a way to change each part; and when it goes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty

import mobile.widgets.button
import mobile.widgets.callout
import mobile.widgets.choice  # noqa: F401 - their rules
from mobile.kv import load
from mobile.language import _, count, later
from mobile.pace import goes
from mobile.screens.step import Step
from mobile.widgets.card import Card
from mobile.widgets.text import LongText, Note

SKIPPED = later("Skipped")
TIMES = (0, 2, 6, 12)
"""Hours within which it may be sent, by chance; those of `mobile.pace`."""


class Answers(Card):
    """The answers of one step."""

    title = StringProperty("")
    step = NumericProperty(0)
    __events__ = ("on_change",)

    def on_change(self) -> None:
        """Somebody wants to change them."""

    def add(self, label: str, text: str) -> None:
        """One answer under its label."""
        if label:
            self.ids.body.add_widget(Note(text=label))
        self.ids.body.add_widget(LongText(text=text))


class Check(Step):
    """`readers(desk)` gives those who will read it; `change(step)` goes back to one.

    `pieces()` says what evidence there is, `evidence()` leads to it.

    `hours`: it goes at a random moment within so many; 0: now. `kept`: there is a PIN.
    """

    readers = ObjectProperty(None, allownone=True)
    change = ObjectProperty(None, allownone=True)
    evidence = ObjectProperty(None, allownone=True)
    pieces = ObjectProperty(None, allownone=True)
    about_pieces = StringProperty("")
    hours = NumericProperty(0)
    kept = BooleanProperty(False)
    later_text = StringProperty("")

    def fill(self) -> None:
        """Shows when it can go."""
        self.bind(kept=lambda *_: self._tell_when())
        self.ids.times.chosen = [str(self.draft.hours)]
        self.ids.times.bind(chosen=self._chose)
        self.hours = self.draft.hours
        self._times()
        self._tell_when()

    def _times(self) -> None:
        items = [{"code": str(hours), "name": when_name(hours)} for hours in TIMES]
        self.ids.times.show(items, {})

    def _chose(self, _widget: Any, chosen: list[str]) -> None:
        if not chosen:  # one it must be
            self.ids.times.chosen = [str(self.hours)]
            return
        self.hours = self.draft.hours = int(chosen[0])
        self._tell_when()

    def _tell_when(self) -> None:
        self.later_text = goes(kept=self.kept) if self.hours else ""

    def arrive(self) -> None:
        """Makes the summary anew."""
        self._tell_when()
        self.on_pieces()
        self.ids.cards.clear_widgets()
        for step, (title, answers) in enumerate(self._parts()):
            card = Answers(title=title, step=step)
            for label, text in answers:
                if text:
                    card.add(label, text)
            if not any(text for _, text in answers):
                card.add("", _(SKIPPED))
            card.bind(on_change=partial(self._change, step))
            self.ids.cards.add_widget(card)

    def on_pieces(self, *_args: Any) -> None:
        """Says what evidence there is."""
        self.about_pieces = (self.pieces() if self.pieces is not None else "") or _(SKIPPED)

    def speak(self) -> None:
        """Makes the summary in the language that was chosen now."""
        self.arrive()
        self._times()

    def _change(self, step: int, _card: Any) -> None:
        if self.change is not None:
            self.change(step)

    def _name(self, key: str, code: str) -> str:
        for item in self.directory[key]:
            if item.get("code", item.get("slug")) == code:
                return _(str(item["name"]))
        return code

    def _parts(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        draft, group = self.draft, self.draft.professional_group
        concerns = ", ".join(self._name("concerns", one) for one in draft.concerns)
        danger = draft.immediate_danger.strip() or _("Yes") if draft.in_danger else ""
        urgent = _("Yes: goes to the guardian at once") if draft.marked_urgent else ""
        about = [("", concerns), (_("In danger now"), danger), (_("Urgent"), urgent)]
        yield _("What it is about"), about
        channel = self._name("channels", draft.channel) if draft.channel else ""
        yield _("Where"), [("", channel), (_("Group or place"), draft.place.strip())]
        when = (_("When"), draft.when.strip())
        yield _("What happened"), [("", draft.story.strip()), when]
        knows = (_("Who else knows"), draft.who_knows.strip())
        yield _("People"), [(_("Involved"), draft.people.strip()), knows]
        named = self._name("professional_groups", group) if group else ""
        yield (
            _("What would help"),
            [
                (_("You would like"), draft.wanted.strip()),
                (_("Told before"), draft.told_before.strip()),
                (_("Your group"), named),
            ],
        )
        yield _("Who will read it"), self._readers()

    def _readers(self) -> list[tuple[str, str]]:
        both: tuple[list[str], list[str]] = ([], [])
        for code, name in self.readers(self.draft.desk) if self.readers is not None else ():
            both[code in self.draft.excluded].append(name)
        desk = self._name("desks", self.draft.desk)
        return [(desk, ", ".join(both[0])), (_("Shut out by you"), ", ".join(both[1]))]

    def forget(self) -> None:
        """Takes the summary away."""
        self.ids.cards.clear_widgets()


def when_name(hours: int) -> str:
    """What a time to send is called."""
    if not hours:
        return _("Now")
    return count("At a random time within {n} hour", "At a random time within {n} hours", hours)


load(__file__)
