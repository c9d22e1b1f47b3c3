"""Messages as the pages of a case show them: whose, on which day, and in what words.

What is opened was sealed by somebody's client: nothing of it is taken to be of the right kind.
What does not check is never shown as somebody's words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import format_time
from flask_babel import gettext as _
from markupsafe import Markup

from api.rules import viewing
from api.rules.own_case import OwnCase
from api.rules.viewing import Shown
from api.texts import told
from api.web.language import day, listed, stock
from api.web.pages import web
from api.web.steps import YES
from shared import consents
from shared.consents import Asked, as_asked
from shared.errors import MissingEarlier
from shared.thread import ThreadMessage

BROKEN = "confidentiality_broken"


class Part(NamedTuple):
    """A label, which may be empty, and a text below it: somebody's words, or Wren's (`ours`)."""

    label: str
    text: Any
    ours: bool = False


class File(NamedTuple):
    """A file that hangs on a message. Without a name it did not check."""

    id: UUID
    name: str
    size: int


FEW = 3
"""Files of a message in the conversation; all are on its own page."""

_OF_FILE = 400
"""Bytes of a page that a file takes beside its name."""


@dataclass(frozen=True, slots=True)
class Item:
    """One message as it is shown.

    `kind` is empty for a bubble, else that of a card (`info`, `danger`). `asks` is the request
    that can be answered on a page of its own, `state` how it was answered, or what became of a
    message of one's own. `problem` says what does not check; then there are no words.
    """

    id: UUID
    number: int
    mine: bool
    author: str
    day: str
    kind: str = ""
    title: str = ""
    parts: tuple[Part, ...] = field(default=(), repr=False)
    state: str = ""
    asks: UUID | None = None
    answer: str = ""
    problem: str = ""
    gap: bool = False
    new: bool = False
    cut: bool = False
    files: tuple[File, ...] = field(default=(), repr=False)

    def within(self, most: int) -> Item:
        """The same with so many bytes of words as a page holds at most; `cut` says so."""
        files = tuple(one._replace(name=shortened(one.name, 200)) for one in self.files[:FEW])
        left = most - sum(size(one.name) + _OF_FILE for one in files)
        made = replace(self, files=files, cut=len(self.files) > FEW)
        kept = list[Part]()
        for part in self.parts:
            fits = shortened(str(part.text), left)
            if fits != part.text:
                if fits:
                    kept.append(part._replace(text=fits + "…"))
                return replace(made, parts=tuple(kept), cut=True)
            kept.append(part)
            left -= size(part.text)
        return made


@web.app_template_filter("lines")
def lines(text: str) -> Markup:
    """A text with its line breaks as a page has them, also for browsers without styles."""
    return Markup("<br>").join(str(text).split("\n"))


def size(text: str) -> int:
    """How many bytes of a page it takes."""
    return len(lines(text).encode())


def shortened(text: str, most: int) -> str:
    """As much of it from its beginning as takes at most so many bytes of a page."""
    if size(text) <= most:
        return text
    low, high = 0, min(len(text), max(most, 0))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= most else (low, middle - 1)
    kept = text[:low]
    word = kept.rstrip().rfind(" ")
    return kept[:word] if word > low - 200 and word > 0 else kept


class Bubbles:
    """Makes items of the messages of a case that is open.

    `held` says of messages of one's own, by id, from when on (Unix seconds) handlers see them;
    `files` has what hangs on messages.
    """

    def __init__(
        self,
        own: OwnCase,
        held: Mapping[UUID, int],
        now: float,
        files: Mapping[UUID, Sequence[Shown]] | None = None,
    ) -> None:
        self._own, self._held, self._now, self._files = own, held, now, files or {}
        self._given = own.given()
        mine = [one.id for one in own.messages if one.author == "reporter"]
        self._newest = mine[-1] if mine else None

    def all(self) -> list[Item]:
        """Every message, oldest first."""
        return [self.item(one) for one in self._own.messages]

    def item(self, one: ThreadMessage) -> Item:
        """One message."""
        mine = one.author == "reporter"
        made = Item(
            one.id,
            one.number,
            mine,
            self.author(one.author),
            day(one.day),
            new=not mine and one.number > self._own.row.read_number,
        )
        gap = isinstance(one.problem, MissingEarlier)
        if one.content is None or (one.problem is not None and not gap):
            why = told(one.problem.detail) if one.problem is not None else ""
            return replace(made, mine=False, problem=why or _("This can’t be read."))
        made = replace(made, gap=gap, files=self._of(one.id))
        if mine:
            return replace(made, parts=self.words(one.content), state=self._sent(one.id))
        return self._card(made, one) or replace(made, parts=self.words(one.content))

    def _of(self, message: UUID) -> tuple[File, ...]:
        return tuple(
            File(
                one.piece.attachment_id,
                viewing.plain_name(one.told.name) if one.told else "",
                one.told.size if one.told else 0,
            )
            for one in self._files.get(message, ())
        )

    def author(self, author: str) -> str:
        """Who wrote it, by name."""
        kind, _mark, handler = author.partition(":")
        if author == "reporter":
            return str(_("You"))
        return self.name(handler) if kind == "handler" else str(_("The service"))

    def name(self, handler: object) -> str:
        """A handler's name by the signed roster."""
        try:
            found = self._own.name_of(UUID(str(handler)))
        except ValueError:
            found = ""
        return found or str(_("somebody who is not on the list"))

    def _names(self, handlers: Any) -> str:
        known = handlers if isinstance(handlers, list | tuple) and handlers else ("",)
        return listed(self.name(one) for one in known)

    # --- cards ---

    def _card(self, made: Item, one: ThreadMessage) -> Item | None:
        content = one.content or {}
        if content.get("type") == "status" and content.get("event") == BROKEN:
            title = _(
                "%(name)s told somebody about your case without asking you", name=made.author
            )
            told_, why = _text(content, "told"), _text(content, "reason")
            parts = (Part(_("They told"), told_), Part(_("Why"), why))
            return replace(made, kind="danger", title=title, parts=parts)
        if content.get("type") != "consent-request":
            return None
        asked = as_asked(one.id, one.author, content)
        return self._request(made, asked) if asked is not None and asked.handlers else None

    def _request(self, made: Item, asked: Asked) -> Item:
        names = self._names(asked.handlers)
        said = (Part("", asked.text),) if asked.text else ()
        parts: tuple[Part, ...] = (
            *said,
            Part("", _("May %(names)s read your case?", names=names), ours=True),
            Part(_("As"), asked.role),
            Part(_("For"), asked.purpose),
            Part(_("Until"), day(asked.until), ours=True),
            Part("", _(
                "They could read your report and all messages here, also the earlier ones."
            ), ours=True),
        )  # fmt: skip
        title = _("%(name)s asks for your consent", name=made.author)
        state = self.stands(asked)
        answer = {
            consents.WAITING: _("Answer"), consents.GRANTED: _("Stop sharing"),
        }.get(state, "")  # fmt: skip
        return replace(
            made, kind="info", title=title, parts=parts, state=self._answered(asked, state),
            asks=asked.id if answer else None, answer=answer,
        )  # fmt: skip

    def stands(self, asked: Asked) -> str:
        """Where a request stands, as `shared.consents` has it."""
        return self._own.stands(asked, self._given)

    def _answered(self, asked: Asked, state: str) -> str:
        answer = self._given.get(asked.id)
        when = day(answer.day) if answer is not None else ""
        out = self._names([one for one in asked.handlers if one in self._own.excluded])
        texts = {
            consents.GRANTED: _(
                "You allowed this on %(day)s. You can stop it at any time.", day=when
            ),
            consents.ENDED: _("You allowed this. It has ended."),
            consents.TAKEN_BACK: _("You took this back on %(day)s.", day=when),
            consents.REFUSED: _("You did not allow this, on %(day)s.", day=when),
            consents.LEFT_OUT: _(
                "You left %(names)s out of this report, so this can’t be.", names=out
            ),
            consents.UNLISTED: _("Somebody here is not on the signed list, so this can’t be."),
            consents.PASSED: _("The last day has passed. There is nothing to answer."),
        }
        return str(texts.get(state, ""))

    # --- words ---

    def words(self, content: Mapping[str, Any]) -> tuple[Part, ...]:
        """The words of an opened message, a report's answers under labels."""
        kind = content.get("type")
        if kind == "report":
            return self._report(content)
        if kind == "consent":
            return (Part("", self._consent(content), ours=True),)
        if kind == "feedback":
            asked = str(_("Would I speak up again?"))
            comment = _text(content, "comment")
            answer = closing_answers().get(_text(content, "answer"), "")
            said = (Part("", comment),) if comment else ()
            return (Part(asked, answer, ours=True), *said)
        text = _text(content, "text")
        return (Part("", text) if text else Part("", self._to_read(kind), ours=True),)

    def _to_read(self, kind: Any) -> str:
        if kind == "status":
            return str(_("The status of your case changed."))
        if kind == "consent-request":
            return str(_("You are asked for consent, but the request can’t be read."))
        return str(_("A message that can’t be shown here."))

    def _report(self, content: Mapping[str, Any]) -> tuple[Part, ...]:
        directory = self._own.organisation.directory

        def called(label: str, field: str, list_: str) -> Part:
            names = {one["code"]: one["name"] for one in directory.get(list_, ())}
            given = content.get(field)
            codes = given if isinstance(given, list) else [given]
            texts = [one for one in codes if isinstance(one, str) and one]
            text = ", ".join(str(stock(names.get(one, one))) for one in texts)
            return Part(label, text, ours=True)

        parts = (
            called(_("What it is about"), "concerns", "concerns"),
            called(_("Where it happened"), "channel", "channels"),
            Part("", _text(content, "story")),
            Part(_("When"), _text(content, "when")),
            Part(_("Group or place"), _text(content, "place")),
            Part(_("Involved"), _text(content, "people")),
            Part(_("Who else knows"), _text(content, "who_knows")),
            Part(_("You would like"), _text(content, "wanted")),
            Part(_("Told before"), _text(content, "told_before")),
            _danger(_text(content, "immediate_danger")),
            called(_("Professional group"), "professional_group", "professional_groups"),
        )
        return tuple(one for one in parts if one.text)

    def _consent(self, content: Mapping[str, Any]) -> str:
        names = self._names(content.get("handlers"))
        if content.get("granted") is not True:
            return str(_("I don’t allow %(names)s to read my case.", names=names))
        try:
            until = day(date.fromisoformat(_text(content, "until")))
        except ValueError:
            until = str(_("a day that can’t be read"))
        return str(_("I allow %(names)s to read my case, until %(day)s.", names=names, day=until))

    # --- what became of it ---

    def _sent(self, message: UUID) -> str:
        at = self._held.get(message, 0)
        if at <= self._now:
            return str(_("Sent. They can see it.")) if message == self._newest else ""
        zone = ZoneInfo(self._own.organisation.time_zone)
        when = datetime.fromtimestamp(at, zone)
        clock = format_time(when, "short", rebase=False)
        if when.date() == self._own.today:
            return str(_("Sent. They can see it from %(time)s today.", time=clock))
        return str(
            _("Sent. They can see it from %(time)s on %(day)s.", time=clock, day=day(when.date()))
        )


def _danger(text: str) -> Part:
    """Who is in danger; or that somebody is, where a box was ticked and nothing typed."""
    label = str(_("In danger now"))
    return Part(label, str(_("Yes")), ours=True) if text == YES else Part(label, text)


def closing_answers() -> dict[str, str]:
    """What can be answered to the closing question, by code."""
    return {
        "yes": str(_("Yes")),
        "no": str(_("No")),
        "maybe": str(_("Maybe")),
        "dont_know": str(_("I don’t know")),
    }


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    return value if isinstance(value, str) else ""
