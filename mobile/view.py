"""What the conversation shows: messages as bubbles, and cards for what has to be told or asked.

No Kivy here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from mobile.access import Gone
from mobile.language import _, later, listed
from mobile.readable import readable
from mobile.standing import Standing, spoken
from mobile.who import ENDED, NOBODY, STRANGER, Person
from shared import consents
from shared.consents import Asked, Consent, as_asked
from shared.errors import MissingEarlier
from shared.thread import ThreadMessage

WAITING, SENT, REFUSED = "waiting", "sent", "refused"
ANSWERED = {
    consents.GRANTED: later("You allowed this on {day}. You can stop it at any time."),
    consents.ENDED: later("You allowed this. It has ended."),
    consents.TAKEN_BACK: later("You took this back on {day}."),
    consents.REFUSED: later("You did not allow this, on {day}."),
    consents.LEFT_OUT: later("You left {names} out of this report, so this can\u2019t be."),
    consents.UNLISTED: later("Somebody here is not on the signed list, so this can\u2019t be."),
    consents.PASSED: later("The last day has passed. There is nothing to answer."),
}
BROKEN = "confidentiality_broken"


@dataclass(frozen=True)
class Notice:
    """A card in the thread. `buttons` are (code, what it says), two at most."""

    kind: str
    icon: str
    title: str
    text: str = field(repr=False)
    buttons: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Item:
    """One message as it is shown. `warning` says what does not check; then trust nothing.

    `pieces` are cards of the evidence that it names, `progress` how far it is sent.
    """

    key: str
    mine: bool
    author: str
    day: str
    text: str = field(repr=False)
    state: str = SENT
    why: str = ""
    warning: str = ""
    notice: Notice | None = None
    pieces: tuple[Notice, ...] = ()
    progress: str = ""


@dataclass(frozen=True)
class View:
    """What the conversation shows. `notices` stand under the newest message.

    `gone` are those who read no more.
    """

    reference: str
    standing: Standing
    people: tuple[Person, ...]
    items: tuple[Item, ...] = field(repr=False)
    notices: tuple[Notice, ...] = field(default=(), repr=False)
    gone: tuple[Gone, ...] = ()

    @property
    def readers(self) -> tuple[str, ...]:
        """The names of those who can read it."""
        return tuple(one.name for one in self.people)

    def unagreed(self) -> tuple[Person, ...]:
        """Who has to be agreed to before anything more is sent."""
        return tuple(one for one in self.people if not one.agreed)

    def unknown(self) -> tuple[Person, ...]:
        """Those of them whom no desk, no consent and no signature of the user's let in."""
        return tuple(one for one in self.unagreed() if one.why in (STRANGER, ENDED))


class Cards:
    """Makes items of messages: what a request asks, and how it was answered."""

    def __init__(
        self,
        name_of: Callable[[UUID], str],
        directory: Mapping[str, Any],
        today: date,
        given: Mapping[UUID, Consent],
        waiting: Collection[UUID],
        excluded: Collection[UUID],
    ) -> None:
        self._name_of, self._directory, self._today = name_of, directory, today
        self._given, self._waiting, self._excluded = given, waiting, excluded
        self._names: dict[object, str] = {}

    def item(self, one: ThreadMessage) -> Item:
        """One message. What does not check is never shown as somebody's words."""
        warning = _(one.problem.detail) if one.problem is not None else ""
        sound = one.problem is None or isinstance(one.problem, MissingEarlier)
        content = one.content if sound else None
        mine = one.author == "reporter"
        author = _("You") if mine else self.author(one.author)
        text = self.words(content) if content is not None else ""
        notice = self._notice(one, author, content) if content is not None and not mine else None
        return Item(str(one.id), mine, author, str(one.day), text, SENT, "", warning, notice)

    def author(self, author: str) -> str:
        """Who wrote it, by name."""
        kind, _colon, handler = author.partition(":")
        return self.name(handler) if kind == "handler" else _("The service")

    def name(self, handler: object) -> str:
        """A handler's name by the signed roster."""
        if handler not in self._names:
            try:
                self._names[handler] = self._name_of(UUID(str(handler))) or _(NOBODY)
            except ValueError:
                return _(NOBODY)
        return self._names[handler]

    def words(self, content: Mapping[str, Any]) -> str:
        """The words of an opened message."""
        if content.get("type") == "consent":
            return self._consent_words(content)
        return readable(content, self._directory)

    def _consent_words(self, content: Mapping[str, Any]) -> str:
        who = content.get("handlers")
        found = who if isinstance(who, list) else []
        names = listed([self.name(one) for one in found]) if found else _(NOBODY)
        if content.get("granted") is True:
            allowed = _("I allow {names} to read my case, until {day}.")
            return allowed.format(names=names, day=_day(content, self._today))
        return _("I don\u2019t allow {names} to read my case.").format(names=names)

    def _notice(
        self, one: ThreadMessage, author: str, content: Mapping[str, Any]
    ) -> Notice | None:
        if content.get("type") == "status" and content.get("event") == BROKEN:
            text = _("They told: {told}\n\nWhy: {why}")
            text = text.format(told=content.get("told"), why=content.get("reason"))
            title = _("{name} told somebody about your case without asking you")
            return Notice("danger", "alert", title.format(name=author), text)
        if content.get("type") != "consent-request":
            return None
        asked = as_asked(one.id, one.author, content)
        return self.request(asked, author) if asked is not None and asked.handlers else None

    def request(self, asked: Asked, author: str) -> Notice:
        """A request for consent, with its buttons, or how it was answered."""
        text, answer = self.asks(asked), self._given.get(asked.id)
        state, buttons = self._state(asked, answer)
        title = _("{name} asks for your consent").format(name=author)
        words = f"{text}\n\n{state}" if state else text
        if asked.text:
            words = f"{asked.text}\n\n{words}"
        return Notice("info", "account-group", title, words, buttons)

    def asks(self, asked: Asked) -> str:
        """Who, as what, for what, until when, and what they could read."""
        may = _("May {names} read your case?").format(names=self.names(asked))
        return f"{may}\n{self.details(asked)}"

    def names(self, asked: Asked) -> str:
        """Whom a request is about."""
        return listed(self.name(one) for one in asked.handlers)

    def details(self, asked: Asked) -> str:
        """As what, for what, until when, and what they could read."""
        return _(
            "As: {role}\nFor: {purpose}\nUntil: {day}\n"
            "They could read your report and all messages here, also the earlier ones."
        ).format(role=asked.role, purpose=asked.purpose, day=spoken(asked.until, self._today))

    def _state(
        self, asked: Asked, answer: Consent | None
    ) -> tuple[str, tuple[tuple[str, str], ...]]:
        if asked.id in self._waiting:
            return _("Your answer is on its way."), ()
        stands = consents.state(
            asked, answer, self._today, left_out=self._excluded, listed=self._name_of
        )
        if stands == consents.WAITING:
            code = str(asked.id)
            return "", ((f"allow:{code}", _("Allow")), (f"refuse:{code}", _("Don\u2019t allow")))
        text, values = ANSWERED[stands], dict[str, str]()
        if answer is not None:
            values["day"] = spoken(answer.day, self._today)
        if stands == consents.LEFT_OUT:
            out = (self.name(one) for one in asked.handlers if one in self._excluded)
            values["names"] = listed(out)
        stop = ((f"stop:{asked.id}", _("Stop sharing")),) if stands == consents.GRANTED else ()
        return _(text).format(**values), stop


def _day(content: Mapping[str, Any], today: date) -> str:
    try:
        return spoken(date.fromisoformat(content["until"]), today)
    except (KeyError, TypeError, ValueError):
        return _("a day that can\u2019t be read")


def kept(reason: str) -> str:
    """Why a report is not deleted; empty if it is not kept."""
    text = _("It can\u2019t be deleted for now. The reason they give: {reason}")
    return text.format(reason=reason) if reason else ""


def notices(standing: Standing, *, answering: bool = False) -> tuple[Notice, ...]:
    """The cards under the newest message: what is late, kept, or still to be answered.

    `answering`: the closing question was answered, and the answer is on its way.
    """
    found = []
    if standing.hold:
        found.append(Notice("info", "lock", _("Your report is being kept"), kept(standing.hold)))
    if standing.late:
        late = (("late", _("What you can do")),)
        found.append(Notice("warning", "clock", _("They are late"), standing.late, late))
    elif standing.promise:
        found.append(Notice("quiet", "clock", "", standing.promise))
    if standing.unanswered and not answering:
        text = _("Given your experience, would you speak up again?")
        answer = (("closing", _("Answer")),)
        found.append(Notice("info", "information", _("One last question"), text, answer))
    return tuple(found)
