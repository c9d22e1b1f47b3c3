"""Search over what a session can open: opened in memory for this request, indexed nowhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from unicodedata import normalize
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from api.models.base import Work
from api.models.case import Case, CaseAccess, CaseEpoch, CaseKey
from api.models.message import Message
from api.models.note import Note
from api.models.organisation import Organisation
from api.rules import inbox
from api.rules.messages import SEALS
from api.rules.unlocking import shown_to
from shared.errors import NotAllowed, SealingError
from shared.sealing.case import SealedEpoch, quick_keys
from shared.sealing.keyring import Keyring
from shared.sealing.message import Kind

MOST = 50
"""Cases in an answer: who finds more says more."""
AROUND = 60
"""Characters shown before and after what was found."""


def search(
    db: Work, handler: UUID, keyring: Keyring | None, body: Mapping[str, Any]
) -> dict[str, Any]:
    """The handler's cases in which every word stands: in reference, report, thread or notes.

    `items` are as in the inbox, newest first, each with `found`; `more` is true if there are
    others. What can't be opened is passed over. Raises `NotAllowed` for a session that can't
    open.
    """
    if keyring is None:
        raise NotAllowed(SEALS)
    words = _plain(body["text"]).casefold().split()
    shown = shown_to(db, handler)
    if "organisation" in body:
        chosen = select(Organisation.id).where(Organisation.slug == body["organisation"])
        shown = and_(shown, Case.organisation_id.in_(chosen))
    rows = db.execute(inbox.listing(db, handler).where(shown)).mappings().all()
    opened = _texts(db, handler, keyring, shown)
    items: list[dict[str, Any]] = []
    for row in rows:
        text = _plain(" · ".join((*opened.get(row["case_id"], ()), row["reference"])))
        folded = text.casefold()
        if all(word in folded for word in words):
            if len(items) == MOST:
                return {"items": items, "more": True}
            items.append(inbox.item(row) | {"found": _around(text, folded, words[0])})
    return {"items": items, "more": False}


def _plain(text: str) -> str:
    """The text with each letter written in one way only (Unicode, NFKC)."""
    return normalize("NFKC", text)


def _around(text: str, folded: str, word: str) -> str:
    # Folding may change the length of a text by a few characters: then this is a little off.
    at = folded.find(word)
    begin, end = max(at - AROUND, 0), at + len(word) + AROUND
    shown = " ".join(text[begin:end].split())
    return ("…" if begin else "") + shown + ("…" if end < len(text) else "")


def _texts(
    db: Work, handler: UUID, keyring: Keyring, shown: ColumnElement[bool]
) -> dict[UUID, list[str]]:
    """What can be opened of each case, as plain text. Three statements, however many cases."""
    sealed: dict[UUID, list[SealedEpoch]] = defaultdict(list)
    for row in db.execute(_epochs(handler, shown)):
        sealed[row.case_id].append(SealedEpoch(*row[1:]))
    keys = {
        case_id: quick_keys(case_id, handler, keyring, chain) for case_id, chain in sealed.items()
    }
    texts: dict[UUID, list[str]] = defaultdict(list)
    kinds: tuple[tuple[Kind, type[Message] | type[Note]], ...] = (
        ("message", Message),
        ("note", Note),
    )
    for kind, table in kinds:
        for row in db.execute(_envelopes(shown, table)):
            if row.case_id not in keys:  # it came between these statements
                continue
            try:
                body = keys[row.case_id].read(kind, row.id, row.envelope)
            except SealingError:
                continue
            texts[row.case_id].extend(_strings(body))
    return texts


def _epochs(handler: UUID, shown: ColumnElement[bool]) -> Any:
    return (
        select(
            CaseEpoch.case_id,
            CaseEpoch.purpose,
            CaseEpoch.epoch,
            CaseEpoch.case_key,
            CaseEpoch.record,
            CaseEpoch.signature,
            CaseKey.sealed_key,
            CaseEpoch.previous_key,
        )
        .join(CaseAccess, CaseAccess.case_id == CaseEpoch.case_id)
        .join(Case, Case.id == CaseEpoch.case_id)
        .outerjoin(
            CaseKey,
            (CaseKey.case_id == CaseEpoch.case_id)
            & (CaseKey.purpose == CaseEpoch.purpose)
            & (CaseKey.epoch == CaseEpoch.epoch)
            & (CaseKey.reader == handler),
        )
        .where(shown)
        .order_by(CaseEpoch.case_id, CaseEpoch.purpose, CaseEpoch.epoch)
    )


def _envelopes(shown: ColumnElement[bool], table: type[Message] | type[Note]) -> Any:
    found = (
        select(table.case_id, table.id, table.envelope)
        .join(CaseAccess, CaseAccess.case_id == table.case_id)
        .join(Case, Case.id == table.case_id)
        .where(shown)
        .order_by(table.case_id, table.number)
    )
    return found.where(Message.desk_number.is_not(None)) if table is Message else found


_NOT_WRITTEN = {
    "excluded", "handlers", "request", "concerns", "channel", "professional_group", "raised",
    "elements", "categories", "region", "outcome", "national", "answer", "event", "until",
}  # fmt: skip
"""Ids, days and codes of a body: nobody wrote them as words."""


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name in value:
            if name not in _NOT_WRITTEN:
                yield from _strings(value[name])
    elif isinstance(value, Iterable):
        for one in value:
            yield from _strings(one)
