"""Reports that are being written in a browser: sealed between two pages (sealing.md, Session).

The key is with the browser alone: its cookie has it, and each form that is open has a secret of
which it is made. So a form gets more than the cookie, which stays in the browser for longer.
What is stored opens nothing, tells no hour and no length. It goes when the report is done with,
on a quick exit, or with the first report that is begun after the day in `sweep_after`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, delete, select, update

from api.config import REPORT_DRAFT, REPORT_DRAFT_OPEN
from api.models.base import Work
from api.models.report_draft import ReportDraft
from shared.errors import Damaged, SignIn
from shared.sealing import tokens
from shared.sealing.encoding import b64, box, exact_json, hkdf, sha256, unb64, unbox
from shared.sealing.message import pad, unpad

PREFIX, FORM = "wd_", "wf_"
"""How the bearer in the cookie begins, and the secret in a form."""

SIZES = (4_096, 16_384, 65_536, 196_608)
"""What the inside is padded to, in bytes; the longest possible report fits the last."""

_SEALED = select(ReportDraft.sealed).where(ReportDraft.hash == bindparam("of"))
_SEALED_LOCKED = _SEALED.with_for_update()
_PUT = (
    update(ReportDraft)
    .where(ReportDraft.hash == bindparam("of"))
    .values(sealed=bindparam("box"), sweep_after=bindparam("day"))
)
_PUT_OVER = _PUT.where(ReportDraft.sealed == bindparam("before"))
_DROP = delete(ReportDraft).where(ReportDraft.hash == bindparam("of"))
_SWEEP = delete(ReportDraft).where(ReportDraft.sweep_after < bindparam("today"))


@dataclass(frozen=True, slots=True)
class Writing:
    """A report that is being written: for which organisation, and what is there so far.

    `bearer` is what the cookie has, `form` what the forms have. `case_id` and `token` are made at
    the beginning, so that sending twice makes one case with the same words. `reference` is empty
    until it is sent. `until` is when it ends (Unix seconds). `stored` is what was found, sealed.
    """

    bearer: str = field(repr=False)
    form: str = field(repr=False)
    organisation: str
    case_id: str
    token: str = field(repr=False)
    until: int
    answers: Mapping[str, Any] = field(default_factory=dict, repr=False)
    reference: str = ""
    stored: bytes = field(default=b"", repr=False, compare=False)


def begin(db: Work, organisation: str) -> Writing:
    """A new draft, with nothing in it, for the organisation of this short name."""
    db.fetch(_SWEEP, today=db.utc.date())
    form = FORM + b64(os.urandom(32))
    made = Writing(
        bearer_of(form),
        form,
        organisation,
        str(uuid4()),
        tokens.new_token(),
        int(db.now) + REPORT_DRAFT,
    )
    secret = _secret(made.bearer)
    db.store(
        ReportDraft,
        {"hash": sha256(secret), "sweep_after": _sweep_after(db), "sealed": _seal(made, secret)},
    )
    return made


def find(db: Work, key: str, *, lock: bool = False) -> Writing:
    """The draft of this bearer, or of a form's secret.

    A page that is still open keeps it for a day after its hour: by the form's secret alone, and
    not once it was sent, since then it holds the words. `lock`: nobody else changes it before
    this unit ends. Raises `SignIn`, the same for what ended and never was.
    """
    secret = _secret(key)
    statement = _SEALED_LOCKED if lock else _SEALED
    sealed = db.fetch(statement, of=sha256(secret)).scalar_one_or_none()
    if sealed is None:
        raise SignIn
    try:
        inside = unbox(hkdf(secret, "wren/v1/report-draft"), bytes(sealed), sha256(secret))
        bearer = PREFIX + b64(secret)
        found = Writing(bearer=bearer, stored=sealed, **json.loads(unpad(inside, SIZES)))
    except (Damaged, TypeError, ValueError):
        raise SignIn from None
    is_open = key.startswith(FORM) and not found.reference
    if db.now >= found.until + (REPORT_DRAFT_OPEN if is_open else 0):
        raise SignIn
    return found


def sent(db: Work, writing: Writing, reference: str, answers: Mapping[str, Any]) -> Writing:
    """The draft of what was sent, not kept yet: it holds its words for an hour, and no longer."""
    until = int(db.now) + REPORT_DRAFT
    return replace(writing, reference=reference, answers=answers, until=until)


def keep(db: Work, writing: Writing) -> Writing:
    """Keeps the draft as it is now, for another hour; once it was sent, for what is left of it.

    Raises `SignIn` if it was dropped.
    """
    kept, values = _put(db, writing)
    if db.fetch(_PUT, **values).rowcount == 0:  # type: ignore[attr-defined]
        raise SignIn
    return kept


def keep_over(db: Work, writing: Writing) -> Writing | None:
    """The same, unless it was changed or dropped since it was found: then nothing is kept."""
    kept, values = _put(db, writing)
    done: Any = db.fetch(_PUT_OVER, **values, before=writing.stored)
    return kept if done.rowcount else None


def _put(db: Work, writing: Writing) -> tuple[Writing, dict[str, Any]]:
    until = writing.until if writing.reference else int(db.now) + REPORT_DRAFT
    kept = replace(writing, until=until)
    secret = _secret(kept.bearer)
    return kept, {"of": sha256(secret), "box": _seal(kept, secret), "day": _sweep_after(db)}


def drop(db: Work, key: str) -> None:
    """Takes the draft of a bearer or a form's secret away; none is no fault."""
    try:
        db.fetch(_DROP, of=sha256(_secret(key)))
    except SignIn:
        return


def _seal(writing: Writing, secret: bytes) -> bytes:
    body = {
        "form": writing.form,
        "organisation": writing.organisation,
        "case_id": writing.case_id,
        "token": writing.token,
        "until": writing.until,
        "answers": writing.answers,
        "reference": writing.reference,
    }
    inside = pad(exact_json(body), SIZES)
    return box(hkdf(secret, "wren/v1/report-draft"), inside, sha256(secret))


def _sweep_after(db: Work) -> Any:
    # Two days on, so that the day tells nothing of the hour.
    return db.utc.date() + timedelta(days=2)


def bearer_of(form: str) -> str:
    """What the cookie has, of a form's secret; nothing leads back. Raises `SignIn`."""
    return PREFIX + b64(_secret(form))


def _secret(key: str) -> bytes:
    """The 32 bytes of a bearer, or those that are made of a form's secret."""
    prefix = key[: len(PREFIX)]
    try:
        secret = unb64(key[len(PREFIX) :]) if prefix in (PREFIX, FORM) else b""
    except Damaged:
        secret = b""
    if len(secret) != 32:
        raise SignIn
    return hkdf(secret, "wren/v1/report-draft-cookie") if prefix == FORM else secret
