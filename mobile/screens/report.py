"""The report, in seven short steps. What was typed stays, also when sending fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty

import mobile.widgets.callout  # noqa: F401 - their rules
from mobile.draft import Draft
from mobile.kv import load
from mobile.language import _, later, told
from mobile.screens.step import Step
from mobile.widgets.page import Page

SKIP = later("You can skip this.")
# module, class, question, help; loaded when first shown
STEPS = (
    ("about", "About", later("What is it about?"), later("Tick all that fit, or none.")),
    ("where", "Where", later("Where did it happen?"), SKIP),
    ("story", "Story", later("What happened?"), ""),
    ("people", "People", later("Who is part of it?"), SKIP),
    ("wanted", "Wanted", later("What would help?"), SKIP),
    ("readers", "Readers", later("Who should read it?"),
     later("Shut out anybody you don\u2019t trust.")),
    ("check", "Check", later("Check before you send"), later("Nothing has left this phone yet.")),
)  # fmt: skip
READERS, CHECK = 5, 6
FIELDS = {
    "concerns": 0, "immediate_danger": 0, "urgent": 0, "channel": 1, "place": 1, "story": 2,
    "when": 2, "people": 3, "who_knows": 3, "wanted": 4, "told_before": 4,
    "professional_group": 4, "desk": 5, "excluded": 5,
}  # fmt: skip


SENT_BEFORE = later(
    "An earlier version may have arrived. If so, that one counts, and we tell you."
)
KEPT = later("What you write is kept on this phone, under your PIN.")
NOT_KEPT = later(
    "What you write is kept nowhere. It is gone when Wren is closed, or left for a minute."
)


class Report(Page):
    """`send()` is called at the end, `home()` before the first step.

    `readers(desk)` gives (id, name) of those who would read it. `look_over(then)`, if it is
    given, shows something between the last step and the check, and calls `then()` to go on.
    `sent_before` says that a version of this report may have left the phone. `set_pin()` is
    called for somebody who may be interrupted. `pieces()` says what evidence goes with it,
    `evidence()` leads to that.
    """

    step = NumericProperty(-1)
    question = StringProperty("")
    hint = StringProperty("")
    hours = NumericProperty(0)
    sent_before = BooleanProperty(False)
    kept = BooleanProperty(False)
    can_keep = BooleanProperty(False)
    send = ObjectProperty(None, allownone=True)
    home = ObjectProperty(None, allownone=True)
    readers = ObjectProperty(None, allownone=True)
    look_over = ObjectProperty(None, allownone=True)
    evidence = ObjectProperty(None, allownone=True)
    pieces = ObjectProperty(None, allownone=True)
    set_pin = ObjectProperty(None, allownone=True)

    def __init__(self, draft: Draft, directory: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.draft, self.directory = draft, directory
        self.hours = draft.hours
        self.steps: dict[int, Step] = {}
        self.back = self.one_back
        self._then: Callable[[], None] | None = None
        self.bind(kept=self._interrupted, can_keep=self._interrupted)
        self.bind(sent_before=lambda *_: self._head())
        self.step = min(draft.step, CHECK)

    def part(self, number: int) -> Step:
        """A step's widgets, made when they are first asked for."""
        if number not in self.steps:
            module, name, *_texts = STEPS[number]
            kind = getattr(import_module(f"mobile.screens.{module}"), name)
            part = kind(self.draft, self.directory)
            if number >= READERS:
                part.readers = self.readers
            if number == CHECK:
                part.change, part.kept = self.go_to, self.kept
                for name in ("evidence", "pieces"):
                    setattr(part, name, getattr(self, name))
                    self.bind(**{name: part.setter(name)})
                part.bind(hours=self.setter("hours"))
                self.bind(kept=part.setter("kept"))
            self.steps[number] = part
        return self.steps[number]

    def on_step(self, _page: Any, number: int) -> None:
        """Shows another step from its top."""
        self.draft.step, self._then = number, None
        self._head()
        self.progress = (number + 1) / len(STEPS)
        self.ids.trouble.hide()
        self.ids.place.clear_widgets()
        part = self.part(number)
        self.ids.place.add_widget(part)
        part.arrive()
        self.to_top()

    def speak(self) -> None:
        """Says everything in the language that was chosen now; what was typed stays."""
        self._head()
        for part in self.steps.values():
            part.speak()

    def _head(self) -> None:
        """What stands over the step."""
        question, hint = STEPS[self.step][2:]
        if self.step == CHECK and self.sent_before:
            hint = SENT_BEFORE
        self.question, self.hint = _(question), _(hint)
        self.subtitle = _("Step {step} of {all}").format(step=self.step + 1, all=len(STEPS))
        self._interrupted()

    def _interrupted(self, *_args: Any) -> None:
        """On the first step: what becomes of the report if somebody comes in."""
        notice = self.ids.interrupted
        if self.step != 0:
            notice.hide()
        elif self.kept:
            notice.tell(_(KEPT), kind="info", title=_("You can be interrupted"))
        else:
            action = _("Keep it under a PIN") if self.can_keep else ""
            notice.tell(
                _(NOT_KEPT), kind="info", title=_("May you be interrupted?"), action=action
            )

    def go_to(self, number: int) -> None:
        """Shows a step, also if it is the one that is shown."""
        if self.step == number:
            self.on_step(self, number)
        self.step = number

    def to_words(self, name: str, start: int, end: int, then: Callable[[], None]) -> None:
        """Shows a field with these words selected; the next *Continue* calls `then()`."""
        self.go_to(FIELDS[name])
        self._then = then
        for field in self.part(self.step).fields():
            if field.name == name:
                self.reveal(field)
                field.choose_words(start, end)

    def add_who_knows(self, text: str) -> None:
        """Adds a sentence to who else knows about it."""
        for field in self.part(FIELDS["who_knows"]).fields():
            if field.name == "who_knows" and text not in field.text:
                field.text = f"{field.text}\n{text}".strip()

    def go_on(self) -> None:
        """The next step, or sending, unless something has to be done first."""
        missing = self.part(self.step).ready()
        if missing:
            self._missing(missing)
        elif self._then is not None:
            self._then()
        elif self.step == READERS and self.look_over is not None:
            self.look_over(lambda: self.go_to(CHECK))
        elif self.step < CHECK:
            self.step += 1
        elif not self._show_faults(self.draft.faults()) and self.send is not None:
            self.ids.trouble.hide()
            self.send()

    def _missing(self, text: str) -> None:
        """Says once what has to be done: beside its field, or else at the top."""
        wrong = [field for field in self.part(self.step).fields() if field.error]
        if wrong:
            self.ids.trouble.hide()
            self.reveal(wrong[0])
        else:
            self.tell(text)

    def one_back(self) -> None:
        """The step before, or out of the report; the draft stays either way."""
        if self.step > 0:
            self.step -= 1
        elif self.home is not None:
            self.home()

    def tell(self, text: str, *, action: str = "", title: str = "") -> None:
        """Says what went wrong at the top of the step."""
        self.ids.trouble.tell(text, action=action, title=title)
        self.to_top()

    def refused(self, errors: Mapping[str, Any]) -> bool:
        """Shows what the service found wrong, at its fields. False if it names none of ours."""
        found = dict(named(errors))
        faults = {name: found[name] for name in found.keys() & FIELDS.keys()}
        return self._show_faults(faults)

    def _show_faults(self, faults: Mapping[str, str]) -> bool:
        places = sorted((FIELDS[name], name) for name in faults)
        if not places:
            return False
        self.go_to(places[0][0])
        for number, name in places:
            if not self.part(number).fault(name, faults[name]) and number == self.step:
                self.tell(faults[name])
        return True

    def readers_changed(self, text: str) -> None:
        """Shows the readers again; whoever is new has to be agreed to."""
        self.go_to(READERS)
        self.tell(text, title=_("Nothing was sent"))

    def forget(self) -> None:
        """Empties every step."""
        for part in self.steps.values():
            part.forget()
        self.steps.clear()
        self.ids.place.clear_widgets()


def named(errors: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The first fault of each field, by the last part of its name, however deep it stands."""
    for name, value in errors.items():
        if isinstance(value, Mapping):
            yield from named(value)
        else:
            first = value[0] if isinstance(value, list) and value else value
            yield str(name).rsplit(".", maxsplit=1)[-1], told(str(first))


load(__file__)
