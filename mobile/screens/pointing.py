"""Between the last step of a report and its check: could this point at you?

Also before a reply, and before retyped words go with a piece of evidence. It shows and explains,
and stops nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from kivy.properties import AliasProperty, BooleanProperty, ObjectProperty, StringProperty

import mobile.widgets.callout
import mobile.widgets.choice  # noqa: F401 - their rules
from mobile.kv import load
from mobile.language import ENGLISH, _, count, language, later
from mobile.pointing import FEW, Finding, Group, around, groups
from mobile.widgets.finding import FindingCard
from mobile.widgets.page import Page
from mobile.widgets.text import Heading, Note

LINES = 3
"""Places in the text that a card shows; how many more there are stands under them."""
MOST = 40
"""Cards at most: a pasted chat has names in every line, and nobody reads hundreds of cards."""
NOTHING = later(
    "Nothing that we look for. A story can still point at you: by what only you know, or by how "
    "you write."
)
FOUND = later(
    "This can be wrong, and it can miss things. A story can point at you in ways that no list "
    "knows. You decide: nothing here stops you."
)
BROKEN = later("This check did not work. Read what you wrote again yourself before you send it.")
ONLY_ENGLISH = later(
    "Wren knows only English wording for this. In another language it finds numbers, dates in "
    "figures and some names. Read it again yourself."
)
PLACES = {
    "story": later("What happened"), "when": later("When"), "place": later("Group or place"),
    "people": later("Involved"), "who_knows": later("Who else knows"),
    "wanted": later("You would like"), "told_before": later("Told before"),
    "immediate_danger": later("In danger"),
}  # fmt: skip


class Pointing(Page):
    """`then()` goes on, `change(field, start, end)` to the words, `put(text)` into the report.

    `leave_it(key)` and `chose(code)` are told what was pressed. `reply`: it is about a reply;
    `words`: about those that were retyped beside a piece of evidence.
    """

    reply = BooleanProperty(False)
    words = BooleanProperty(False)
    alone = AliasProperty(lambda page: page.reply or page.words, bind=("reply", "words"))
    looking = BooleanProperty(True)
    broken = BooleanProperty(False)
    foreign = StringProperty("")
    honest = StringProperty("")
    then = ObjectProperty(None, allownone=True)
    change = ObjectProperty(None, allownone=True)
    leave_it = ObjectProperty(None, allownone=True)
    chose = ObjectProperty(None, allownone=True)
    put = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._groups: list[Group] = []
        self._texts: Mapping[str, str] = {}
        self._left: set[tuple[str, ...]] = set()
        self._put = ""
        self.ids.many.bind(chosen=self._chosen)
        self.speak()

    def show(
        self,
        texts: Mapping[str, str],
        found: Mapping[str, Sequence[Finding]],
        left: Collection[tuple[str, ...]] = (),
        many: str = "",
    ) -> None:
        """Shows what was found in these texts, what was left as it is, and what was answered."""
        self._texts, self._groups, self._left = texts, groups(found), set(left)
        self.ids.many.chosen = [many] if many else []
        self.looking = False
        self.speak()
        self.to_top()

    def could_not(self) -> None:
        """The check failed: that is said, and goes on all the same."""
        self.broken, self.looking = True, False
        self.speak()

    def speak(self) -> None:
        """Makes the cards and the answers in the language in use."""
        self.foreign = "" if language.code == ENGLISH else _(ONLY_ENGLISH)
        if self.looking:
            self.honest = _("Looking\u2026")
        elif self.broken:
            self.honest = _(BROKEN)
        else:
            self.honest = _(FOUND) if self._groups else _(NOTHING)
        self._cards()
        many = self.ids.many
        items = [{"code": code, "name": _(told[0])} for code, told in FEW.items()]
        many.show([] if self.alone else items, {})
        self._answer(many.chosen)

    def _cards(self) -> None:
        place, last = self.ids.cards, ""
        place.clear_widgets()
        for group in self._groups[:MOST]:
            if group.place != last and group.place in PLACES:
                place.add_widget(Heading(text=_(PLACES[group.place])))
            last = group.place
            place.add_widget(self._card(group))
        more = len(self._groups) - MOST
        if more > 0:
            text = count("And {n} more like these.", "And {n} more like these.", more)
            place.add_widget(Note(text=text))

    def _card(self, group: Group) -> FindingCard:
        text = self._texts[group.place]
        card = FindingCard(title=group.title, why=group.why, left=group.key in self._left)
        card.show(around(text, one) for one in group.findings[:LINES])
        more = len(group.findings) - LINES
        if more > 0:
            card.more = count("And {n} more place.", "And {n} more places.", more)
        first = group.findings[0]
        card.bind(
            on_change=lambda _card: self.change(group.place, first.start, first.end),
            on_leave_it=partial(self._leave, group.key),
        )
        return card

    def _leave(self, key: tuple[str, ...], card: FindingCard) -> None:
        self._left.add(key)
        card.left = True
        if self.leave_it is not None:
            self.leave_it(key)

    def _chosen(self, _many: Any, chosen: list[str]) -> None:
        self._put = ""
        if self.chose is not None:
            self.chose(chosen[0] if chosen else "")
        self._answer(chosen)
        if chosen and not self.looking:
            self.reveal(self.ids.answer)

    def _answer(self, chosen: Sequence[str]) -> None:
        answer = self.ids.answer
        if not chosen:
            answer.hide()
            return
        code = chosen[0]
        _name, kind, text, _report = FEW[code]
        done = self._put == code
        if done:
            text = later("It is in your report now, at \u201cWho else knows about it?\u201d.")
        action = "" if done else _("Write it into my report")
        answer.tell(_(text), kind=kind, action=action)

    def write_in(self) -> None:
        """The answer is to stand in the report, where the desk can plan with it."""
        chosen = self.ids.many.chosen
        if chosen and self.put is not None:
            self.put(_(FEW[chosen[0]][3]))
            self._put = chosen[0]
            self._answer(chosen)

    def forget(self) -> None:
        """Takes everything of the user's away."""
        self._groups, self._texts, self._left = [], {}, set()
        self.chose = None
        self.ids.cards.clear_widgets()
        self.ids.many.chosen = []


load(__file__)
