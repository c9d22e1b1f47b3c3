"""The first screen: what this is, what to beware of, and the two ways in.

It loads little, since the first frame waits for it: cards come with the directory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior

from mobile.kv import load
from mobile.language import _, count
from mobile.widgets.button import Action
from mobile.widgets.callout import Callout
from mobile.widgets.page import Page
from mobile.widgets.text import Heading, Note


class NightSwitch(Action):
    """Changes to dark colours, and back."""


class Sign(ButtonBehavior, Callout):
    """What is new, or not sent: pressed, it leads there."""


class Welcome(Page):
    """`report`, `words`, `cases`, `waits` (for what is not sent), `guidance(slug)`, `settings` and
    `retry` are called when chosen.

    `kept` is how many cases are kept here, `unsent` how many things have not arrived, `news` in
    how many kept cases there is something new.
    """

    organisation = StringProperty("")
    started = BooleanProperty(False)
    busy = BooleanProperty(False)
    report = ObjectProperty(None, allownone=True)
    kept = NumericProperty(0)
    unsent = NumericProperty(0)
    news = NumericProperty(0)
    words = ObjectProperty(None, allownone=True)
    cases = ObjectProperty(None, allownone=True)
    waits = ObjectProperty(None, allownone=True)
    settings = ObjectProperty(None, allownone=True)
    guidance = ObjectProperty(None, allownone=True)
    reach = ObjectProperty(None, allownone=True)
    retry = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        self._directory: Mapping[str, Any] | None = None
        self._fetched: Callable[[], str] = str
        super().__init__(**kwargs)
        self.bind(unsent=self._count, news=self._count)
        self._count()

    def speak(self) -> None:
        """Writes anew what was written in Python, in the language in use."""
        self._count()
        if self.ids.more.children:
            self.ids.more.clear_widgets()
            self.ids.choices.clear_widgets()
            self.rest()
        if self._directory is not None:
            self.show(self._directory, self._fetched)

    def _count(self, *_args: Any) -> None:
        unsent, news, signs = int(self.unsent), int(self.news), self.ids.signs
        signs.clear_widgets()
        if news:
            title = count(
                "There is something new in {n} case.", "There is something new in {n} cases.", news
            )
            sign = Sign(kind="good", icon="email", title=title, text=_("Tap to see it."))
            sign.bind(on_release=lambda _sign: self.open_cases())
            signs.add_widget(sign)
        if unsent:
            title = count("{n} thing is not sent yet.", "{n} things are not sent yet.", unsent)
            sign = Sign(icon="clock", title=title, text=_("Tap to see what it waits for."))
            sign.bind(on_release=lambda _sign: self.waits() if self.waits else None)
            signs.add_widget(sign)

    def show(self, directory: Mapping[str, Any], fetched: Callable[[], str] = str) -> None:
        """Shows an organisation's name, guidance and contacts; `fetched()` says how old."""
        from mobile.draft import checked
        from mobile.widgets.card import Row, contact_card

        self._directory, self._fetched = directory, fetched
        self.organisation = str(directory["name"])
        self.ids.trouble.hide()
        topics, contacts = self.ids.topics, self.ids.contacts
        topics.clear_widgets()
        topics.add_widget(Heading(text=_("Guidance")))
        if age := fetched():
            topics.add_widget(Note(text=age))
        for topic in directory.get("guidance", ()):
            row = Row(title=_(topic["title"]), about=checked(topic.get("checked_on")))
            row.bind(on_release=partial(self._open, topic["slug"]))
            topics.add_widget(row)
        contacts.clear_widgets()
        contacts.add_widget(Heading(text=_("Others you can call")))
        for contact in directory.get("contacts", ()):
            contacts.add_widget(contact_card(contact, self.reach))
        self.rest()

    def rest(self) -> None:
        """Adds what may come a moment later, once the first frame was drawn."""
        if not self.ids.more.children:
            from mobile.widgets.card import Row

            row = Row(icon="cog", title=_("Settings"), about=_("Language, colours, PIN, Tor"))
            row.bind(on_release=lambda _row: self.settings() if self.settings else None)
            self.ids.choices.add_widget(row)
            self.ids.more.add_widget(NightSwitch())

    def open_cases(self) -> None:
        """To the cases that are kept here, or else to the eight words."""
        way = self.cases if self.kept else self.words
        if way is not None:
            way()

    def _open(self, slug: str, _row: Any) -> None:
        if self.guidance is not None:
            self.guidance(slug)

    def trouble(self, text: str) -> None:
        """Tells what is wrong, with a way to try again."""
        self.ids.trouble.tell(text, action=_("Try again"))
        self.to_top()


load(__file__)
