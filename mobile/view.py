"""What the conversation shows: messages as bubbles, and cards for what has to be told or asked.

No Kivy here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from mobile.standing import Standing, spoken
from mobile.who import ENDED, NOBODY, STRANGER, Person
from shared import consents
from shared.consents import Asked, Consent, as_asked
from shared.errors import MissingEarlier
from shared.thread import ThreadMessage

WAITING, SENT, REFUSED = "waiting", "sent", "refused"
LABELS = {
    "story": "", "when": "When", "place": "Group or place", "people": "Involved",
    "who_knows": "Who else knows", "wanted": "You would like", "told_before": "Told before",
    "immediate_danger": "In danger",
}  # fmt: skip
TO_READ = {
    "status": "The status of your case changed.",
    "consent-request": "You are asked for consent, but the request can\u2019t be read.",
}
ANSWERS = {"yes": "Yes", "no": "No", "maybe": "Maybe", "dont_know": "I don\u2019t know"}
ANSWERED = {
    consents.GRANTED: "You allowed this on {day}. You can stop it at any time.",
    consents.ENDED: "You allowed this. It has ended.",
    consents.TAKEN_BACK: "You took this back on {day}.",
    consents.REFUSED: "You did not allow this, on {day}.",
    consents.LEFT_OUT: "You left {names} out of this report, so this can\u2019t be.",
    consents.UNLISTED: "Somebody here is not on the signed list, so this can\u2019t be.",
    consents.PASSED: "The last day has passed. There is nothing to answer.",
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
    """One message as it is shown. `warning` says what does not check; then trust nothing."""

    key: str
    mine: bool
    author: str
    day: str
    text: str = field(repr=False)
    state: str = SENT
    why: str = ""
    warning: str = ""
    notice: Notice | None = None


@dataclass(frozen=True)
class View:
    """What the conversation shows. `notices` stand under the newest message."""

    reference: str
    standing: Standing
    people: tuple[Person, ...]
    items: tuple[Item, ...] = field(repr=False)
    notices: tuple[Notice, ...] = field(default=(), repr=False)

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


def listed(names: Iterable[str]) -> str:
    """Names as one says them: `one`, `one and another`, `one, another and a third`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


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
        warning = one.problem.detail if one.problem is not None else ""
        sound = one.problem is None or isinstance(one.problem, MissingEarlier)
        content = one.content if sound else None
        mine = one.author == "reporter"
        author = "You" if mine else self.author(one.author)
        text = self.words(content) if content is not None else ""
        notice = self._notice(one, author, content) if content is not None and not mine else None
        return Item(str(one.id), mine, author, str(one.day), text, SENT, "", warning, notice)

    def author(self, author: str) -> str:
        """Who wrote it, by name."""
        kind, _, handler = author.partition(":")
        return self.name(handler) if kind == "handler" else "The service"

    def name(self, handler: object) -> str:
        """A handler's name by the signed roster."""
        if handler not in self._names:
            try:
                self._names[handler] = self._name_of(UUID(str(handler))) or NOBODY
            except ValueError:
                return NOBODY
        return self._names[handler]

    def words(self, content: Mapping[str, Any]) -> str:
        """The words of an opened message."""
        if content.get("type") == "consent":
            return self._consent_words(content)
        return readable(content, self._directory)

    def _consent_words(self, content: Mapping[str, Any]) -> str:
        who = content.get("handlers")
        names = (
            listed([self.name(one) for one in who]) if isinstance(who, list) and who else NOBODY
        )
        if content.get("granted") is True:
            return f"I allow {names} to read my case, until {_day(content, self._today)}."
        return f"I don\u2019t allow {names} to read my case."

    def _notice(
        self, one: ThreadMessage, author: str, content: Mapping[str, Any]
    ) -> Notice | None:
        if content.get("type") == "status" and content.get("event") == BROKEN:
            text = f"They told: {content.get('told')}\n\nWhy: {content.get('reason')}"
            title = f"{author} told somebody about your case without asking you"
            return Notice("danger", "alert", title, text)
        if content.get("type") != "consent-request":
            return None
        asked = as_asked(one.id, one.author, content)
        return self.request(asked, author) if asked is not None and asked.handlers else None

    def request(self, asked: Asked, author: str) -> Notice:
        """A request for consent, with its buttons, or how it was answered."""
        text, answer = self.asks(asked), self._given.get(asked.id)
        state, buttons = self._state(asked, answer)
        title = f"{author} asks for your consent"
        words = f"{text}\n\n{state}" if state else text
        if asked.text:
            words = f"{asked.text}\n\n{words}"
        return Notice("info", "account-group", title, words, buttons)

    def asks(self, asked: Asked) -> str:
        """Who, as what, for what, until when, and what they could read."""
        return f"May {self.names(asked)} read your case?\n{self.details(asked)}"

    def names(self, asked: Asked) -> str:
        """Whom a request is about."""
        return listed(self.name(one) for one in asked.handlers)

    def details(self, asked: Asked) -> str:
        """As what, for what, until when, and what they could read."""
        return (
            f"As: {asked.role}\nFor: {asked.purpose}\nUntil: {spoken(asked.until, self._today)}\n"
            "They could read your report and all messages here, also the earlier ones."
        )

    def _state(
        self, asked: Asked, answer: Consent | None
    ) -> tuple[str, tuple[tuple[str, str], ...]]:
        if asked.id in self._waiting:
            return "Your answer is on its way.", ()
        stands = consents.state(
            asked, answer, self._today, left_out=self._excluded, listed=self._name_of
        )
        if stands == consents.WAITING:
            code = str(asked.id)
            return "", ((f"allow:{code}", "Allow"), (f"refuse:{code}", "Don\u2019t allow"))
        text, values = ANSWERED[stands], dict[str, str]()
        if answer is not None:
            values["day"] = spoken(answer.day, self._today)
        if stands == consents.LEFT_OUT:
            out = (self.name(one) for one in asked.handlers if one in self._excluded)
            values["names"] = listed(out)
        stop = ((f"stop:{asked.id}", "Stop sharing"),) if stands == consents.GRANTED else ()
        return text.format(**values), stop


def _day(content: Mapping[str, Any], today: date) -> str:
    try:
        return spoken(date.fromisoformat(content["until"]), today)
    except (KeyError, TypeError, ValueError):
        return "a day that can\u2019t be read"


def readable(content: Mapping[str, Any], directory: Mapping[str, Any]) -> str:
    """The words of an opened message, with a report's answers under short labels."""
    if content.get("type") == "feedback":
        answer = ANSWERS.get(str(content.get("answer")), "")
        comment = str(content.get("comment") or "")
        return f"Would I speak up again? {answer}." + (f"\n\n{comment}" if comment else "")
    if content.get("type") != "report":
        text = str(content.get("text") or "")
        return text or TO_READ.get(str(content.get("type")), "A message this app can\u2019t show.")
    parts = []
    for name, label in LABELS.items():
        if content.get(name):
            parts.append(f"{label}\n{content[name]}" if label else str(content[name]))
    names = {one["code"]: one["name"] for one in (*directory["concerns"], *directory["channels"])}
    codes = [*content.get("concerns", ()), *filter(None, [content.get("channel")])]
    if codes:
        parts.insert(0, ", ".join(str(names.get(one, one)) for one in codes))
    return "\n\n".join(parts)


def notices(standing: Standing, *, answering: bool = False) -> tuple[Notice, ...]:
    """The cards under the newest message: what is late, kept, or still to be answered.

    `answering`: the closing question was answered, and the answer is on its way.
    """
    found = []
    if standing.hold:
        text = f"It can\u2019t be deleted for now. The reason they give: {standing.hold}"
        found.append(Notice("info", "lock", "Your report is being kept", text))
    if standing.late:
        late = (("late", "What you can do"),)
        found.append(Notice("warning", "clock", "They are late", standing.late, late))
    elif standing.promise:
        found.append(Notice("quiet", "clock", "", standing.promise))
    if standing.unanswered and not answering:
        text = "Given your experience, would you speak up again?"
        answer = (("closing", "Answer"),)
        found.append(Notice("info", "information", "One last question", text, answer))
    return tuple(found)
