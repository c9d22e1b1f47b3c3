"""What was being written when a case's session ended: sealed until it is in its box again.

A row of `report_drafts`, under a secret that is made of the new session's bearer: whoever holds
the session finds it, and the database alone opens nothing. It goes with what it was kept for,
with its session, or on the day in `sweep_after`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import bindparam, delete, select

from api.models.base import Work
from api.models.report_draft import ReportDraft
from api.rules.report_drafts import SIZES
from shared.errors import Damaged
from shared.sealing import session
from shared.sealing.encoding import box, exact_json, hkdf, sha256, unbox
from shared.sealing.message import pad, unpad

_LONGEST = 2 * 1024 * 1024
"""Bytes that a form can hold, with what JSON adds to them."""

_SIZES = (*SIZES, _LONGEST)
_SEALED = select(ReportDraft.sealed).where(ReportDraft.hash == bindparam("of"))
_DROP = delete(ReportDraft).where(ReportDraft.hash == bindparam("of"))
_SWEEP = delete(ReportDraft).where(ReportDraft.sweep_after < bindparam("today"))


def put(db: Work, bearer: str, kept: Mapping[str, str]) -> None:
    """Keeps this for the session of this bearer. Raises `SignIn` for what is no bearer."""
    today = db.utc.date()
    db.fetch(_SWEEP, today=today)
    drop(db, bearer)
    secret = _secret(bearer)
    sealed = box(_key(secret), pad(exact_json(kept), _SIZES), sha256(secret))
    after = today + timedelta(days=2)
    db.store(ReportDraft, {"hash": sha256(secret), "sweep_after": after, "sealed": sealed})


def find(db: Work, bearer: str) -> dict[str, str] | None:
    """What is kept for this session, if something is."""
    secret = _secret(bearer)
    sealed = db.fetch(_SEALED, of=sha256(secret)).scalar_one_or_none()
    if sealed is None:
        return None
    try:
        inside = unpad(unbox(_key(secret), bytes(sealed), sha256(secret)), _SIZES)
        found: dict[str, str] = json.loads(inside)
    except (Damaged, ValueError):
        return None
    return found


def drop(db: Work, bearer: str) -> None:
    """Forgets it; nothing is no fault."""
    db.fetch(_DROP, of=sha256(_secret(bearer)))


def _secret(bearer: str) -> bytes:
    _kind, secret = session.secret_of(bearer)
    return hkdf(secret, "wren/v1/report-aside")


def _key(secret: bytes) -> bytes:
    return hkdf(secret, "wren/v1/report-draft")
