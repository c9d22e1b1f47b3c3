"""Step 6: which desk, who would read it by name, and who must not."""

from __future__ import annotations

from functools import partial
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

import mobile.widgets.button
import mobile.widgets.callout
import mobile.widgets.choice  # noqa: F401 - their rules
from mobile.kv import load
from mobile.language import _, count, listed
from mobile.screens.step import Step
from mobile.widgets.card import Card


class Reader(Card):
    """One person of the desk: reads it, or is shut out."""

    code = StringProperty("")
    name = StringProperty("")
    excluded = BooleanProperty(False)
    new = BooleanProperty(False)
    __events__ = ("on_toggle",)

    def on_toggle(self) -> None:
        """The button of this person was pressed."""


class Readers(Step):
    """`readers(desk)` gives (id, name) of those who hold a key to it, by the checked roster."""

    readers = ObjectProperty(None, allownone=True)

    def fill(self) -> None:
        """Shows the desks; the first one is the guardian's and the default."""
        desks = self.directory["desks"]
        if not self.draft.desk and desks:
            self.draft.desk = desks[0]["slug"]
        items = [{**one, "code": one["slug"]} for one in desks]
        self.ids.desk.chosen = [self.draft.desk]
        self.ids.desk.show(items, {})
        self.ids.desk.bind(chosen=self._chose)
        self.ids.seen.bind(active=self._agree)

    def arrive(self) -> None:
        """Shows the people as the newest roster has them."""
        self._people()

    def _chose(self, _widget: Any, chosen: list[str]) -> None:
        if not chosen:  # one desk there must be
            self.ids.desk.chosen = [self.draft.desk]
            return
        self.draft.desk = chosen[0]
        self._people()

    def _now(self) -> list[tuple[str, str]]:
        return list(self.readers(self.draft.desk)) if self.readers is not None else []

    def _people(self) -> None:
        self.ids.people.clear_widgets()
        known = set(self.draft.agreed)
        for code, name in self._now():
            excluded = code in self.draft.excluded
            new = bool(known) and code not in known and not excluded
            reader = Reader(code=code, name=name, excluded=excluded, new=new)
            reader.bind(on_toggle=partial(self._toggle, code))
            self.ids.people.add_widget(reader)
        self._tell()

    def _toggle(self, code: str, _reader: Any) -> None:
        excluded = self.draft.excluded
        self.draft.excluded = (
            [one for one in excluded if one != code] if code in excluded else [*excluded, code]
        )
        self._people()

    def new_readers(self) -> list[str]:
        """Names of those who would read it and were not there when you last looked."""
        return [one.name for one in reversed(self.ids.people.children) if one.new]

    def _tell(self) -> None:
        new = self.new_readers()
        self.ids.seen.active = False
        self.ids.ask.shown = bool(new)
        self.ids.seen.disabled = not new
        self.ids.ask.text = self._ask(new) if new else ""
        nobody = not self._left()
        self.ids.nobody.shown = nobody
        if nobody:
            self.ids.nobody.tell(
                _("Choose another desk above, or call an outside contact on the start page."),
                title=_("Nobody would be left to read it"),
                kind="warning",
            )

    @staticmethod
    def _ask(names: list[str]) -> str:
        return count(
            "{names} can now read it too. Is that all right?",
            "{names} can now read it too. Is that all right?",
            len(names),
            names=listed(names),
        )

    def speak(self) -> None:
        """Says again who is new; what was ticked stays ticked."""
        seen = self.ids.seen.active
        self._tell()
        self.ids.seen.active = seen

    def _left(self) -> list[str]:
        return [code for code, _name in self._now() if code not in self.draft.excluded]

    def _agree(self, _widget: Any, active: bool) -> None:
        if active:
            self.ids.ask.kind = "info"

    def ready(self) -> str:
        """Somebody has to be left, and newcomers have to be agreed to."""
        if not self._left():
            return _("Nobody would be left to read it. Choose another desk.")
        if self.new_readers() and not self.ids.seen.active:
            return _("Look at who is new, and tick the box if that is all right.")
        self.draft.agreed = [code for code, _name in self._now()]
        return ""

    def forget(self) -> None:
        """Nothing typed here; the names go."""
        self.ids.people.clear_widgets()


load(__file__)
