"""Step 7: everything that will be sent, with a way to change each part."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from kivy.properties import NumericProperty, ObjectProperty, StringProperty

import mobile.widgets.button
import mobile.widgets.callout  # noqa: F401 - their rules
from mobile.kv import load
from mobile.screens.step import Step
from mobile.widgets.card import Card
from mobile.widgets.text import LongText, Note

SKIPPED = "Skipped"


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
    """`names()` gives those who will read it; `change(step)` goes back to one."""

    readers = ObjectProperty(None, allownone=True)
    change = ObjectProperty(None, allownone=True)

    def arrive(self) -> None:
        """Makes the summary anew."""
        self.ids.cards.clear_widgets()
        for step, (title, answers) in enumerate(self._parts()):
            card = Answers(title=title, step=step)
            for label, text in answers:
                if text:
                    card.add(label, text)
            if not any(text for _, text in answers):
                card.add("", SKIPPED)
            card.bind(on_change=partial(self._change, step))
            self.ids.cards.add_widget(card)

    def _change(self, step: int, _card: Any) -> None:
        if self.change is not None:
            self.change(step)

    def _name(self, key: str, code: str) -> str:
        for item in self.directory[key]:
            if item.get("code", item.get("slug")) == code:
                return str(item["name"])
        return code

    def _parts(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        draft, group = self.draft, self.draft.professional_group
        concerns = ", ".join(self._name("concerns", one) for one in draft.concerns)
        danger = draft.immediate_danger.strip() or "Yes" if draft.in_danger else ""
        urgent = "Yes: goes to the guardian at once" if draft.marked_urgent else ""
        about = [("", concerns), ("In danger now", danger), ("Urgent", urgent)]
        yield "What it is about", about
        channel = self._name("channels", draft.channel) if draft.channel else ""
        yield "Where", [("", channel), ("Group or place", draft.place.strip())]
        yield "What happened", [("", draft.story.strip()), ("When", draft.when.strip())]
        people = [("Involved", draft.people.strip()), ("Who else knows", draft.who_knows.strip())]
        yield "People", people
        named = self._name("professional_groups", group) if group else ""
        yield (
            "What would help",
            [
                ("You would like", draft.wanted.strip()),
                ("Told before", draft.told_before.strip()),
                ("Your group", named),
            ],
        )
        yield "Who will read it", self._readers()

    def _readers(self) -> list[tuple[str, str]]:
        both: tuple[list[str], list[str]] = ([], [])
        for code, name in self.readers(self.draft.desk) if self.readers is not None else ():
            both[code in self.draft.excluded].append(name)
        desk = self._name("desks", self.draft.desk)
        return [(desk, ", ".join(both[0])), ("Shut out", ", ".join(both[1]))]

    def forget(self) -> None:
        """Takes the summary away."""
        self.ids.cards.clear_widgets()


load(__file__)
