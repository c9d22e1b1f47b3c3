"""Taking a case out of Wren: who may, what goes along, and that the reporter is told.

`full` is for the desk's own file. `sharing` is for an investigation: only what the reporter
marked for one, and what the handler writes of the story; no text of the thread, no name of a file
and no day of the reporter's finer than the quarter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from api.models.attachment import Attachment
from api.models.base import Work
from api.models.case import Case, CaseExport
from api.models.note import Note
from api.models.organisation import Desk, Organisation
from api.rules import audit, consents, messages, notes, organisations, reading
from api.rules.unlocking import by_handler, check_desk_reader, check_open, lock, unlock
from shared import evidence
from shared.errors import NotAllowed, SealingError
from shared.sealing import case as sealing
from shared.sealing.keyring import Keyring
from shared.sealing.message import REPORTER, Attached, Kind
from shared.sealing.roster import Roster
from shared.sealing.stream import Description

FULL, SHARING = "full", "sharing"

SEALS = (
    "This session seals by itself, so the service can't open the case for it. Sign in with "
    "password and code, in the console or by POST /sign-in, and make the case file there."
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A file that hangs on a message or note. `problem` says why it can't be opened."""

    row: Attachment | None
    said: evidence.Piece = field(repr=False)
    description: Description | None = field(repr=False)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message or note, opened; `content` is empty where it could not be."""

    number: int
    author: str
    day: date
    content: Mapping[str, Any] = field(repr=False)
    problem: str
    pieces: tuple[Piece, ...] = field(default=(), repr=False)

    @property
    def by_reporter(self) -> bool:
        """Whether the reporter wrote it."""
        return self.author == REPORTER


@dataclass(frozen=True, slots=True)
class Opened:
    """All that a case file is made of. `thread` begins with the report."""

    kind: str
    case: Case
    organisation: Organisation
    directory: Mapping[str, Any]
    desk: str
    roster: Roster
    names: Mapping[str, str]
    readers: Sequence[str]
    consents: Sequence[Mapping[str, Any]]
    today: date
    me: UUID
    thread: Sequence[Entry] = field(repr=False)
    notes: Sequence[Entry] = field(repr=False)
    summary: str = field(repr=False)
    originals: bool

    def name_of(self, author: str) -> str:
        """Who an author is, in words."""
        if author == REPORTER:
            return "the reporter"
        return self.names.get(author.removeprefix("handler:"), "a former handler")


def open_for(
    db: Work, me: UUID, keyring: Keyring | None, reference: str, body: Mapping[str, Any]
) -> Opened:
    """The case, opened for a file of `body["kind"]`.

    Raises `NotFound`, `NotAllowed` (who reads by consent, a session that can't open, or a file for
    sharing of a case that was withdrawn), or the sealing error that closes the case.
    """
    case = by_handler(db, me, reference)
    check_desk_reader(db, case, me)
    if keyring is None:
        raise NotAllowed(SEALS)
    kind = body["kind"]
    if kind == SHARING:
        check_open(case)
    organisation = db.get_one(Organisation, case.organisation_id)
    unlocked = unlock(db, organisation, case, me, keyring)
    rows = {
        one.id: one for one in db.scalars(select(Attachment).where(Attachment.case_id == case.id))
    }
    items = messages.whole(db, case, me, unlocked)
    return Opened(
        kind,
        case,
        organisation,
        organisation.directory,
        db.get_one(Desk, case.desk_id).name,
        organisations.read_roster(db, organisation),
        {str(one): name for one, name in organisations.names(db, organisation).items()},
        [one["name"] for one in reading.readers(db, case)],
        consents.of_case(db, case.id),
        organisations.today(db, organisation),
        me,
        [_entry(unlocked, "message", one, rows) for one in items],
        list(_notes(db, case, unlocked, rows)) if body["notes"] else [],
        body["summary"],
        body["originals"],
    )


def _notes(
    db: Work, case: Case, unlocked: sealing.Case, rows: Mapping[UUID, Attachment]
) -> Iterator[Entry]:
    found = select(Note).where(Note.case_id == case.id, Note.kind == notes.NOTE)
    for one in db.scalars(found.order_by(Note.number)):
        yield _entry(unlocked, "note", notes.show(one, unlocked), rows)


def _entry(
    unlocked: sealing.Case, kind: Kind, item: Mapping[str, Any], rows: Mapping[UUID, Attachment]
) -> Entry:
    content, fault = item.get("content") or {}, item.get("problem")
    pieces: tuple[Piece, ...] = ()
    if content.get("attachments"):
        signed = unlocked.read(kind, item["id"], item["sealed"]["envelope"])
        said = {one.attachment_id: one for one in evidence.pieces(content)}
        named = {one.id: one for one in signed.attachments}  # once, however often it is named
        hung = {id_: row for id_, row in rows.items() if row.message_id == item["id"]}
        pieces = tuple(_piece(unlocked, kind, one, hung, said) for one in named.values())
    problem = fault["detail"] if fault else ""
    return Entry(item["number"], item["author"], item["day"], content, problem, pieces)


def _piece(
    unlocked: sealing.Case,
    kind: Kind,
    named: Attached,
    rows: Mapping[UUID, Attachment],
    said: Mapping[UUID, evidence.Piece],
) -> Piece:
    about, row = said.get(named.id, evidence.Piece(named.id)), rows.get(named.id)
    if row is None:
        return Piece(None, about, None, "It is not there any more.")
    try:
        found = unlocked.open_attachment(kind, named, row.envelope)
    except SealingError as error:
        return Piece(row, about, None, error.detail)
    return Piece(row, about, found)


def record(db: Work, me: UUID, reference: str, kind: str) -> None:
    """Notes, for the reporter and in the audit, that a case file is made now.

    Raises `NotFound` where the case was withdrawn, or the reader taken out, meanwhile.
    """
    case = by_handler(db, me, reference)
    lock(db, case, me)
    organisation = db.get_one(Organisation, case.organisation_id)
    highest = select(func.max(CaseExport.number)).where(CaseExport.case_id == case.id)
    db.add(
        CaseExport(
            case_id=case.id,
            number=(db.scalar(highest) or 0) + 1,
            day=organisations.today(db, organisation),
            kind=kind,
            handler=me,
        )
    )
    db.flush()
    audit.record(db, organisation, me, "case_exported", case.id, kind=kind)


def of_case(db: Work, case_id: UUID, names: Mapping[UUID, str]) -> list[dict[str, Any]]:
    """The case files that were made: `day`, `kind`, `handler` and their `name`, oldest first."""
    found = select(CaseExport).where(CaseExport.case_id == case_id).order_by(CaseExport.number)
    return [
        {
            "day": one.day,
            "kind": one.kind,
            "handler": one.handler,
            "display_name": names.get(one.handler, ""),
        }
        for one in db.scalars(found)
    ]


def count(db: Work, case_id: UUID) -> int:
    """How many case files were made."""
    found = select(func.count()).select_from(CaseExport).where(CaseExport.case_id == case_id)
    return db.scalar(found) or 0
