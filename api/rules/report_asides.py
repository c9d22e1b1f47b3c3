"""What is kept beside a case's session, sealed: it goes with what it was kept for.

What was being written when the session before it ended, until it is in its box again; and which
files were added and not sent yet. Each is a row of `report_drafts`, under a secret that is made
of the session's bearer: whoever holds the session finds it, and the database alone opens
nothing. It goes with its session, too, or on the day in `sweep_after`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select

from api.models.base import Work
from api.models.report_draft import ReportDraft
from api.rules.report_drafts import SIZES
from shared.errors import Damaged
from shared.sealing import session
from shared.sealing.encoding import box, exact_json, hkdf, sha256, unbox
from shared.sealing.message import pad, unpad

WRITTEN, FILES = "wren/v1/report-aside", "wren/v1/report-files"
"""What is kept: a label each, so that a session can have both."""

_LONGEST = 2 * 1024 * 1024
"""Bytes that a form can hold, with what JSON adds to them."""

_SIZES = (*SIZES, _LONGEST)
_SEALED = select(ReportDraft.sealed).where(ReportDraft.hash == bindparam("of"))
_DROP = delete(ReportDraft).where(ReportDraft.hash.in_(bindparam("of", expanding=True)))
_SWEEP = delete(ReportDraft).where(ReportDraft.sweep_after < bindparam("today"))


def put(db: Work, bearer: str, kept: Mapping[str, Any], what: str = WRITTEN) -> None:
    """Keeps this for the session of this bearer, in place of what was there.

    Raises `SignIn` for what is no bearer.
    """
    today = db.utc.date()
    db.fetch(_SWEEP, today=today)
    drop(db, bearer, what)
    secret = _secret(bearer, what)
    sealed = box(_key(secret), pad(exact_json(kept), _SIZES), sha256(secret))
    after = today + timedelta(days=2)
    db.store(ReportDraft, {"hash": sha256(secret), "sweep_after": after, "sealed": sealed})


def find(db: Work, bearer: str, what: str = WRITTEN) -> dict[str, Any] | None:
    """What is kept for this session, if something is."""
    secret = _secret(bearer, what)
    sealed = db.fetch(_SEALED, of=sha256(secret)).scalar_one_or_none()
    if sealed is None:
        return None
    try:
        inside = unpad(unbox(_key(secret), bytes(sealed), sha256(secret)), _SIZES)
        found: dict[str, Any] = json.loads(inside)
    except (Damaged, ValueError):
        return None
    return found


def drop(db: Work, bearer: str, *what: str) -> None:
    """Forgets it, or all that is kept for the session; nothing is no fault."""
    db.fetch(_DROP, of=[sha256(_secret(bearer, one)) for one in what or (WRITTEN, FILES)])


def _secret(bearer: str, what: str) -> bytes:
    _kind, secret = session.secret_of(bearer)
    return hkdf(secret, what)


def _key(secret: bytes) -> bytes:
    return hkdf(secret, "wren/v1/report-draft")
