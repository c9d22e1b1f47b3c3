"""Sessions: begun, found again, ended. The database alone opens none (sealing.md)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, delete, or_, select

from api.config import ACCOUNT_SESSION, REPORTER_SESSION
from api.models.account import Account, SignedIn
from api.models.base import Work
from api.models.case import Case
from api.rules import positions, report_asides
from shared.errors import NotFound, SignIn, UnknownToken
from shared.sealing import session
from shared.sealing.encoding import sha256
from shared.sealing.session import Kind, Session
from shared.sealing.stretch import Root, verifier

SLACK = 3600
"""Seconds by which a clock may be put back while sessions go on. One that would last longer was
begun by a clock that was ahead, and would open a case for as long as that was wrong."""

_LONGEST = {"reporter": REPORTER_SESSION + SLACK, "account": ACCOUNT_SESSION + SLACK}


# Asked for at every call; built once, since building one costs more than running it.
_SEALED = select(SignedIn.sealed).where(
    SignedIn.hash == bindparam("hash"), SignedIn.kind == bindparam("kind")
)
_CASE = select(Case.id).where(Case.id == bindparam("id"), Case.withdrawn_on.is_(None))
_ACCOUNT = select(Account.id).where(Account.id == bindparam("id"))


def start(
    db: Work, kind: Kind, subject: UUID, lasts: int, seed: bytes | None = None
) -> dict[str, Any]:
    """A new session's `session` (the bearer), `expires_in` (seconds) and `can_open`."""
    begun = Session(kind, subject, int(db.now) + lasts, seed)
    bearer, stored = session.start(begun)
    # A day later than it ends, so that the day tells nothing of the hour.
    sweep_after = db.utc.date() + timedelta(days=1)
    today, on = db.utc.date(), SignedIn.sweep_after
    db.execute(delete(SignedIn).where(or_(on < today, on > today + timedelta(days=2))))
    db.add(
        SignedIn(
            hash=stored.hash,
            kind=kind,
            sweep_after=sweep_after,
            sealed=stored.sealed,
            account_id=subject if kind == "account" else None,
        )
    )
    db.flush()
    return {"session": bearer, "expires_in": lasts, "can_open": seed is not None}


def start_for_reporter(
    db: Work, access_key: bytes | None, root: Root | None = None
) -> dict[str, Any]:
    """Signs a reporter in; with `root` (from the words) the service may open for them.

    Raises `UnknownToken`, the same for unknown, withdrawn and expired words.
    """
    key = root.access_key if root else access_key
    known = select(Case.id).where(Case.withdrawn_on.is_(None))
    case_id = db.scalar(known.where(Case.verifier == verifier(key))) if key else None
    if case_id is None:
        raise UnknownToken
    seed = root.keyring.seed if root else None
    return start(db, "reporter", case_id, REPORTER_SESSION, seed)


def find(db: Work, bearer: str, kinds: tuple[Kind, ...]) -> Session:
    """The session of a bearer of one of these kinds, if it and its subject still are.

    Raises `SignIn`, the same for missing, expired, ended and other kinds, and for one that was
    begun by a clock that was ahead.
    """
    found = unsealed(db, bearer, kinds)
    subject = _CASE if found.kind == "reporter" else _ACCOUNT
    if db.fetch(subject, id=found.subject).scalar() is None:
        raise SignIn
    return found


def unsealed(db: Work, bearer: str, kinds: tuple[Kind, ...]) -> Session:
    """As `find`, for who looks by themselves whether its subject still is."""
    kind, secret = session.secret_of(bearer)
    if kind not in kinds:
        raise SignIn
    sealed = db.fetch(_SEALED, hash=sha256(secret), kind=kind).scalar()
    if sealed is None:
        raise SignIn
    found = session.resume(kind, secret, sealed, db.now)
    if found.expires - db.now > _LONGEST.get(kind, 0):
        raise SignIn
    return found


def end(db: Work, bearer: str) -> None:
    """Forgets the session, and what was kept for it."""
    kind, secret = session.secret_of(bearer)
    db.execute(delete(SignedIn).where(SignedIn.hash == sha256(secret)))
    if kind == "reporter":
        report_asides.drop(db, bearer)


def end_all(db: Work, account: UUID, but: str | None = None) -> int:
    """Ends all sessions of an account, but for that of this bearer; how many there were."""
    kept = sha256(session.secret_of(but)[1]) if but else b""
    ended = delete(SignedIn).where(*_own(account), SignedIn.hash != kept)
    return len(db.scalars(ended.returning(SignedIn.hash)).all())


def list_own(db: Work, account: UUID, bearer: str) -> dict[str, Any]:
    """The account's sessions, newest first: a short id that opens nothing, the day, which is this.

    One that has ended may still be listed, for a day at most: its end is sealed.
    """
    this = sha256(session.secret_of(bearer)[1])
    found = db.scalars(
        select(SignedIn)
        .where(*_own(account), SignedIn.sweep_after >= db.utc.date())
        .order_by(SignedIn.sweep_after.desc(), SignedIn.hash)
    )
    items = [
        {
            "id": _short(one.hash),
            "began_on": one.sweep_after - timedelta(days=1),
            "this": one.hash == this,
        }
        for one in found
    ]
    return {"items": items, "next": None}


def end_own(db: Work, account: UUID, short: str) -> None:
    """Ends the account's session of this short id. Raises `NotFound`, also for others'."""
    hashes = db.scalars(select(SignedIn.hash).where(*_own(account))).all()
    chosen = [one for one in hashes if _short(one) == short]
    if not chosen:
        raise NotFound
    db.execute(delete(SignedIn).where(SignedIn.hash.in_(chosen)))
    positions.record(db, account, "session_ended")


def _own(account: UUID) -> tuple[ColumnElement[bool], ...]:
    return SignedIn.kind == "account", SignedIn.account_id == account


def _short(stored: bytes) -> str:
    return sha256(stored).hex()[:16]
