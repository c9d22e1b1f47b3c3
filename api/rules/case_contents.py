"""A case in words, for its file: everything for the desk, or what the reporter lets others see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from api.rules import tally
from api.rules.case_document import Block, Document, Facts, Heading, Picture, Text
from api.rules.exporting import Entry, Opened, Piece
from shared import evidence

_REPORT = {
    "when": "When",
    "place": "Where",
    "people": "Who was involved",
    "who_knows": "Who else knows",
    "told_before": "Told before",
    "wanted": "What should happen",
    "immediate_danger": "In danger now",
}
_CODES = {
    "concerns": ("Concerns", "concerns"),
    "channel": ("Where it took place", "channels"),
    "professional_group": ("Professional group", "professional_groups"),
}
_TYPES = {
    "consent-request": "asks for consent",
    "consent": "answers a request for consent",
    "feedback": "answers the closing question",
    "status": "tells of an act",
}
_FIELDS = {
    "answer": "Would you speak up again",
    "role": "As",
    "purpose": "What for",
    "until": "Until",
    "told": "Told",
    "reason": "Why",
}
_SHARING = {
    evidence.FOR_HANDLER: "for the handler's eyes only",
    evidence.FOR_INVESTIGATION: "may be shown in an investigation",
}
EDITABLE = "Text from an export, which anyone can edit."
COPY = (
    "This is a copy. It can't be called back, and nobody is kept from passing it on: keep it as "
    "safe as the case itself. The reporter is told that it was made, on which day and by whom."
)
CHECK = (
    "manifest.sha256 has the SHA-256 of each file: sha256sum -c manifest.sha256 compares them. "
    "manifest.json has the same and is signed with the organisation's key: wren verify FILE.zip "
    "checks signature, files and time stamp. case.txt has the words of case.pdf, every character "
    "as it was typed; case.pdf writes by its name what its fonts lack."
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a piece in this file: its name in it, a picture of it, or why it is not."""

    name: str = ""
    original: str = ""
    picture: Picture | None = field(default=None, repr=False)
    problem: str = ""


Became = Mapping[UUID, Taken]
"""By attachment."""


def document(opened: Opened, became: Became) -> Document:
    """The words of a case file."""
    made = f"Made on {opened.today.isoformat()} by {opened.name_of(str(opened.me))}"
    blocks = _sharing(opened, became) if opened.kind == "sharing" else _full(opened, became)
    title = f"Case file {opened.case.reference}"
    if opened.kind == "sharing":
        title += ", for sharing"
    return Document(title, opened.organisation.name, made, list(blocks))


def _day(day: date | None) -> str:
    return day.isoformat() if day else "not yet"


# --- for the desk -----------------------------------------------------------------------------


def _full(opened: Opened, became: Became) -> Iterator[Block]:
    case = opened.case
    yield Text(COPY, "warning")
    yield Facts(
        [
            ("Organisation", opened.organisation.name),
            ("Desk", opened.desk),
            ("Status", case.status.replace("_", " ")),
            ("Confidentiality", case.confidentiality),
            ("Opened", _day(case.opened_on)),
            ("Acknowledged", _day(case.acknowledged_on)),
            ("Feedback given", _day(case.feedback_on)),
            ("Closed", _day(case.closed_on)),
            *([("Legal hold", case.legal_hold)] if case.legal_hold else []),
            *([("Withdrawn by the reporter", _day(case.withdrawn_on))]
              if case.withdrawn_on else []),
            ("Read by", ", ".join(opened.readers)),
            ("Made", f"{_day(opened.today)}, by {opened.name_of(str(opened.me))}"),
        ]
    )  # fmt: skip
    yield Heading("Report")
    yield from _report(opened.thread[0], opened, became)
    yield Heading("Conversation")
    if len(opened.thread) == 1:
        yield Text("Nothing was written besides the report.")
    for day, some in groupby(opened.thread[1:], key=lambda one: one.day):
        yield Heading(_day(day), 2)
        for one in some:
            yield from _said(one, opened, became)
    yield from _consents(opened)
    if opened.notes:
        yield Heading("Private notes of the handlers")
        for one in opened.notes:
            yield Heading(f"{opened.name_of(one.author)}, {_day(one.day)}", 2)
            yield from _words(one, ("text",))
            yield from _pieces(one, became, 3)
    yield Heading("How to check this file")
    yield Text(CHECK)


def _report(one: Entry, opened: Opened, became: Became) -> Iterator[Block]:
    rows = [("Written by", opened.name_of(one.author)), ("Day", _day(one.day))]
    for name, (label, listed) in _CODES.items():
        given = one.content.get(name)
        codes = [given] if isinstance(given, str) else given if isinstance(given, list) else []
        known = {each["code"]: each["name"] for each in opened.directory[listed]}
        if codes:
            rows.append((label, ", ".join(str(known.get(code, code)) for code in codes)))
    rows += [(label, text) for name, label in _REPORT.items() if (text := _text(one, name))]
    yield Facts(rows)
    yield from _words(one, ("story",))
    yield from _pieces(one, became, 2)


def _said(one: Entry, opened: Opened, became: Became) -> Iterator[Block]:
    act = _TYPES.get(_text(one, "type"), "")
    yield Heading(f"Message {one.number}, {opened.name_of(one.author)}" + f" {act}".rstrip(), 3)
    names = one.content.get("names")
    rows = [("Who", ", ".join(map(str, names)))] if isinstance(names, list) and names else []
    if isinstance(one.content.get("granted"), bool):
        rows.append(("Consent", "given" if one.content["granted"] else "not given"))
    rows += [(label, text) for name, label in _FIELDS.items() if (text := _text(one, name))]
    if rows:
        yield Facts(rows)
    yield from _words(one, ("text", "comment"))
    yield from _pieces(one, became, 4)


def _words(one: Entry, fields: Sequence[str]) -> Iterator[Block]:
    if one.problem:
        yield Text(f"This did not check: don't rely on it. {one.problem}", "warning")
    for name in fields:
        if text := _text(one, name):
            yield Text(text, "quote")


def _text(one: Entry, name: str) -> str:
    value: Any = one.content.get(name)
    return value if isinstance(value, str) else ""


def _pieces(entry: Entry, became: Became, level: int) -> Iterator[Block]:
    for at, one in enumerate(entry.pieces, 1):
        taken = became.get(one.said.attachment_id, Taken())
        yield Heading(f"File {at} of {len(entry.pieces)}", level)
        rows = [("The reporter says", _SHARING[one.said.sharing])] if entry.by_reporter else []
        if one.description is not None:
            rows += [
                ("Kind", one.description.type),
                ("Size as sent", f"{one.description.size} bytes"),
                ("SHA-256 as sent", one.description.sha256.hex()),
            ]
        if taken.name:
            rows.append(("In this case file", taken.name))
        if taken.original:
            rows.append(("Exactly as sent", taken.original))
        if problem := one.problem or taken.problem:
            rows.append(("Not in this case file", problem))
        yield Facts(rows)
        yield from _shown(one, taken)


def _shown(one: Piece, taken: Taken) -> Iterator[Block]:
    """What a piece shows: the transcript before the picture."""
    if one.said.source == evidence.MESSAGES:
        yield Text(EDITABLE)
    if one.said.transcript:
        yield Text("Transcript:")
        yield Text(one.said.transcript, "quote")
    if taken.picture is not None:
        yield taken.picture


def _consents(opened: Opened) -> Iterator[Block]:
    if not opened.consents:
        return
    yield Heading("Who reads by the reporter's consent")
    for one in opened.consents:
        ended = f", taken back on {_day(one['revoked_on'])}" if one["revoked_on"] else ""
        who = ", ".join(opened.name_of(str(each)) for each in one["handlers"])
        yield Text(f"{who}, as {one['role']}, until {_day(one['until'])}{ended}.")


# --- for sharing ------------------------------------------------------------------------------


def shared_pieces(opened: Opened) -> list[Piece]:
    """What the reporter signed that it may be shown in an investigation."""
    return [
        piece
        for entry in opened.thread
        if entry.by_reporter and entry.content
        for piece in entry.pieces
        if piece.said.sharing == evidence.FOR_INVESTIGATION
    ]


def _sharing(opened: Opened, became: Became) -> Iterator[Block]:
    yield Text(COPY, "warning")
    yield Text(
        "It holds what the reporter allowed to be shown in an investigation, and what a handler "
        "wrote of the rest. What the reporter wrote is not in it, nor on which days."
    )
    yield Facts(
        [
            ("Organisation", opened.organisation.name),
            ("Desk", opened.desk),
            ("Reported in the quarter", tally.quarter_of(opened.case.opened_on)),
            ("Made", f"{_day(opened.today)}, by {opened.name_of(str(opened.me))}"),
        ]
    )
    yield Heading("Summary by the handler")
    yield Text(opened.summary)
    yield Heading("Evidence")
    pieces = shared_pieces(opened)
    if not pieces:
        yield Text("The reporter has marked nothing to be shown in an investigation.")
    for at, one in enumerate(pieces, 1):
        taken = became.get(one.said.attachment_id, Taken())
        yield Heading(f"Piece {at}", 2)
        if taken.name:
            yield Facts([("In this case file", taken.name)])
        if problem := one.problem or taken.problem:
            yield Facts([("Not in this case file", problem)])
        yield from _shown(one, taken)
    yield Heading("How to check this file")
    yield Text(CHECK)
