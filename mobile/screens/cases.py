"""The cases on this phone: what is new in each, and what is not sent yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout

import mobile.widgets.callout  # noqa: F401 - its rules
from mobile.kv import load
from mobile.widgets.page import Page


@dataclass(frozen=True)
class Shown:
    """What the list shows of a case or a report. `sign` is what is new, `waits` what is not sent.

    `news` marks what somebody should look at.
    """

    name: str
    title: str
    about: str = ""
    sign: str = ""
    waits: str = ""
    icon: str = "feather"
    news: bool = False


class CaseCard(ButtonBehavior, BoxLayout):
    """A card to press, with what is new on it."""

    icon = StringProperty("")
    title = StringProperty("")
    about = StringProperty("")
    sign = StringProperty("")
    waits = StringProperty("")
    news = BooleanProperty(False)


class CaseRow(BoxLayout):
    """A card that opens a case, and beside it the button for what else can be done with it."""

    icon = StringProperty("")
    title = StringProperty("")
    about = StringProperty("")
    sign = StringProperty("")
    waits = StringProperty("")
    news = BooleanProperty(False)
    has_more = BooleanProperty(True)
    busy = BooleanProperty(False)
    __events__ = ("on_open", "on_more")

    def on_open(self) -> None:
        """The card was pressed."""

    def on_more(self) -> None:
        """The button beside it was pressed."""


class CasesPage(Page):
    """`open_case(name)`, `open_report(name)`, `more(name)` and `add()` are called when chosen.

    `kept`: under a PIN. `busy` is set while a case is being opened.
    """

    kept = BooleanProperty(False)
    busy = BooleanProperty(False)
    has_reports = BooleanProperty(False)
    has_cases = BooleanProperty(False)
    open_case = ObjectProperty(None, allownone=True)
    open_report = ObjectProperty(None, allownone=True)
    more = ObjectProperty(None, allownone=True)
    add = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        self._shown: Any = None
        super().__init__(**kwargs)

    def show(self, cases: Sequence[Shown], reports: Sequence[Shown]) -> None:
        """Shows them; what is shown already stays, under whatever finger is on it."""
        if self._shown == (cases, reports):
            return
        self._shown = cases, reports
        self.has_reports, self.has_cases = bool(reports), bool(cases)
        for place, found, has_more in (("reports", reports, False), ("cases", cases, True)):
            rows = self.ids[place]
            rows.clear_widgets()
            for one in found:
                rows.add_widget(self._row(one, has_more=has_more))

    def _row(self, one: Shown, *, has_more: bool) -> CaseRow:
        row = CaseRow(
            icon=one.icon, title=one.title, about=one.about, sign=one.sign, waits=one.waits,
            news=one.news, has_more=has_more, busy=self.busy,
        )  # fmt: skip
        self.bind(busy=row.setter("busy"))
        row.bind(on_open=partial(self._opened, one.name, has_more))
        row.bind(on_more=partial(self._more, one.name))
        return row

    def _opened(self, name: str, is_case: bool, _row: Any) -> None:
        way = self.open_case if is_case else self.open_report
        if way is not None:
            way(name)

    def _more(self, name: str, _row: Any) -> None:
        if self.more is not None:
            self.more(name)

    def tell(self, text: str) -> None:
        """Says why a case can't be opened now."""
        self.busy = False
        self.ids.trouble.tell(text)
        self.to_top()

    def hush(self) -> None:
        """The line is back: what was told about it is over."""
        self.ids.trouble.hide()

    def forget(self) -> None:
        """Empties the lists."""
        self._shown = None
        self.hush()
        for place in ("reports", "cases"):
            self.ids[place].clear_widgets()


load(__file__)
