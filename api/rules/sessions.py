"""Sessions: begun, found again, ended. The database alone opens none (sealing.md)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from api.config import REPORTER_SESSION
from api.models.account import Account, SignedIn
from api.models.base import Work
from api.models.case import Case
from shared.errors import SignIn, UnknownToken
from shared.sealing import session
from shared.sealing.encoding import sha256
from shared.sealing.session import Kind, Session
from shared.sealing.stretch import Root, verifier


def start(
    db: Work, kind: Kind, subject: UUID, lasts: int, seed: bytes | None = None
) -> dict[str, Any]:
    """A new session's `session` (the bearer), `expires_in` (seconds) and `can_open`."""
    begun = Session(kind, subject, int(db.now) + lasts, seed)
    bearer, stored = session.start(begun)
    # A day later than it ends, so that the day tells nothing of the hour.
    sweep_after = db.utc.date() + timedelta(days=1)
    db.execute(delete(SignedIn).where(SignedIn.sweep_after < db.utc.date()))
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

    Raises `SignIn`, the same for missing, expired, ended and other kinds.
    """
    kind, secret = session.secret_of(bearer)
    if kind not in kinds:
        raise SignIn
    stored = db.get(SignedIn, sha256(secret))
    if stored is None or stored.kind != kind:
        raise SignIn
    found = session.resume(kind, secret, stored.sealed, db.now)
    if db.get(Case if kind == "reporter" else Account, found.subject) is None:
        raise SignIn
    return found


def end(db: Work, bearer: str) -> None:
    """Forgets the session."""
    _, secret = session.secret_of(bearer)
    db.execute(delete(SignedIn).where(SignedIn.hash == sha256(secret)))
