"""Organisations: setting one up, its directory, its roster, and the receipts it signs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import bindparam, select

from api.models.account import Account, Membership, Position
from api.models.base import Work
from api.models.organisation import Deployment, Desk, Organisation, RosterRecord
from shared.errors import (
    BadSignature,
    BrokenChain,
    Conflict,
    Damaged,
    NotAllowed,
    NotFound,
    Unavailable,
)
from shared.schemas.base import ANSWER, STORY
from shared.schemas.organisations import DEFAULTS
from shared.sealing import roster
from shared.sealing.encoding import box, hkdf, unbox
from shared.sealing.keyring import Keyring
from shared.sealing.roster import Entry, Roster, SignedRecord
from shared.sealing.stretch import TOKEN

# Read for every report; built once, since building one costs more than running it.
_BY_SLUG = select(Organisation).where(Organisation.slug == bindparam("slug"))
_SALT = select(Deployment.salt)
_DESK = select(Desk.id).where(
    Desk.organisation_id == bindparam("organisation"), Desk.slug == bindparam("slug")
)
_ROSTER = (
    select(RosterRecord.record, RosterRecord.signature)
    .where(RosterRecord.organisation_id == bindparam("organisation"))
    .order_by(RosterRecord.version)
)


def set_up(db: Work) -> None:
    """Gives a new deployment its salt; one that has it keeps it."""
    if db.get(Deployment, 1) is None:
        db.add(Deployment(id=1, salt=os.urandom(16)))
        db.flush()


def salt(db: Work) -> bytes:
    """The deployment's public salt, 16 bytes. Raises `Unavailable` before `wren init`."""
    found = db.fetch(_SALT).scalar_one_or_none()
    if found is None:
        raise Unavailable
    return bytes(found)


def add(
    db: Work,
    slug: str,
    name: str,
    *,
    directory: Mapping[str, Any],
    desks: Iterable[Mapping[str, str]],
    replies: Iterable[Mapping[str, str]] = (),
    time_zone: str = "Europe/London",
    release: Any = ("07:00", "13:00", "19:00"),
) -> Organisation:
    """A new organisation with its desks and a receipt key of its own. Raises `Conflict`."""
    if db.scalar(select(Organisation.id).where(Organisation.slug == slug)):
        raise Conflict("There is an organisation of this short name already.")
    key = Ed25519PrivateKey.generate()
    made = Organisation(
        slug=slug,
        name=name,
        time_zone=str(ZoneInfo(time_zone)),
        release=release if release == "at once" else list(release),
        directory=dict(directory),
        receipt_key=key.public_key().public_bytes_raw(),
        receipt_private=box(_receipt_lock(db), key.private_bytes_raw(), slug.encode()),
        settings={},
        replies=list(replies),
    )
    db.add(made)
    db.flush()
    db.add_all(Desk(organisation_id=made.id, **desk) for desk in desks)
    db.flush()
    return made


def _receipt_lock(db: Work) -> bytes:
    return hkdf(db.config.secret, "wren/v1/receipt-key")


@lru_cache(maxsize=1024)
def _receipt_key(lock: bytes, sealed: bytes, slug: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(unbox(lock, sealed, slug.encode()))


def receipt_key(db: Work, organisation: Organisation) -> Ed25519PrivateKey:
    """The key that signs this organisation's receipts.

    Raises `Unavailable` if the deployment's secret is not the one that locked it.
    """
    try:
        return _receipt_key(_receipt_lock(db), organisation.receipt_private, organisation.slug)
    except Damaged:
        raise Unavailable from None


def find(db: Work, slug: str) -> Organisation:
    """The organisation of this short name. Raises `NotFound`."""
    found = db.scalar(_BY_SLUG, {"slug": slug})
    if found is None:
        raise NotFound
    return found


def find_desk(db: Work, organisation: Organisation, slug: str) -> int | None:
    """The id of the organisation's desk of this short name, if there is one."""
    return db.fetch(_DESK, organisation=organisation.id, slug=slug).scalar_one_or_none()


def today(db: Work, organisation: Organisation) -> date:
    """The day it is for the organisation."""
    return db.utc.astimezone(ZoneInfo(organisation.time_zone)).date()


def settings(organisation: Organisation) -> dict[str, Any]:
    """The organisation's settings, with the usual ones where it has not chosen."""
    return DEFAULTS | organisation.settings


def list_all(db: Work) -> dict[str, Any]:
    """Every organisation's short name and name."""
    found = db.execute(select(Organisation.slug, Organisation.name).order_by(Organisation.name))
    return {"items": [{"slug": slug, "name": name} for slug, name in found], "next": None}


def directory(db: Work, slug: str) -> dict[str, Any]:
    """What a reporter must know before reporting. Raises `NotFound`."""
    organisation = find(db, slug)
    found = find_roster(db, organisation)
    newest = found.newest if found else None
    desks = db.scalars(
        select(Desk).where(Desk.organisation_id == organisation.id).order_by(Desk.id)
    )
    active = [one for one in newest.handlers if not one.until] if newest else []
    return {
        "slug": organisation.slug,
        "name": organisation.name,
        "desks": list(desks),
        "handlers": [
            {"id": one.id, "display_name": one.name, "desks": one.desks} for one in active
        ],
        **{name: _dated(items) for name, items in organisation.directory.items()},
        "stretch": {"profile": TOKEN.name, "salt": salt(db)},
        "limits": {"story": STORY, "answer": ANSWER, "message": STORY},
        "roster_version": newest.version if newest else 0,
        "time_zone": organisation.time_zone,
        "release": organisation.release,
    }


def _dated(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Choices, contacts or texts; the days among them as days."""
    return [
        one | {"checked_on": date.fromisoformat(one["checked_on"])} if "checked_on" in one else one
        for one in items
    ]


# --- roster -----------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _check(signed: tuple[SignedRecord, ...], slug: str) -> Roster:
    return roster.check(signed, slug)


def _signed(db: Work, organisation: Organisation) -> tuple[SignedRecord, ...]:
    found = db.fetch(_ROSTER, organisation=organisation.id)
    return tuple(SignedRecord(record, signature) for record, signature in found)


def find_roster(db: Work, organisation: Organisation) -> Roster | None:
    """The organisation's checked roster; None until its first handler has signed."""
    signed = _signed(db, organisation)
    return _check(signed, organisation.slug) if signed else None


def read_roster(db: Work, organisation: Organisation) -> Roster:
    """The roster of an organisation that has cases, so it has one. Raises `NotFound`."""
    found = find_roster(db, organisation)
    if found is None:
        raise NotFound
    return found


def published_roster(db: Work, slug: str) -> dict[str, Any]:
    """The records as they are sent, oldest first. Raises `NotFound`."""
    return {"records": _signed(db, find(db, slug))}


def next_record(
    db: Work, slug: str, signer: UUID, keyring: Keyring | None, body: Mapping[str, Any]
) -> dict[str, Any]:
    """A handler of the roster signs the next record; returns the roster.

    `approve` signs here, with the caller's keyring; `record` and `signature` were made by
    the client. Raises `NotFound`, `NotAllowed`, `Conflict`, `BrokenChain` or `BadSignature`.
    """
    organisation = find(db, slug)
    before = read_roster(db, organisation)
    if before.newest.active(signer) is None:
        raise NotFound
    if "approve" in body:
        if keyring is None:
            raise NotAllowed
        signed = _approval(db, organisation, before, signer, keyring, body["approve"])
    else:
        signed = SignedRecord(body["record"], body["signature"])
    if signed == before.signed[-1]:
        return published_roster(db, slug)
    store_record(db, organisation, before.signed, signed, signer)
    return published_roster(db, slug)


def _approval(
    db: Work,
    organisation: Organisation,
    before: Roster,
    signer: UUID,
    keyring: Keyring,
    newcomer: UUID,
) -> SignedRecord:
    entry = entry_of(db, organisation, newcomer)
    kept = [one for one in before.newest.handlers if one != entry]
    if len(kept) < len(before.newest.handlers):
        return before.signed[-1]
    if any(one.id == newcomer and not one.until for one in kept):
        raise Conflict("This handler is in the roster already, with other keys or desks.")
    day = today(db, organisation)
    record = roster.following(
        before,
        (*before.newest.handlers, entry),
        signer,
        day,
        _with_receipt_key(organisation, before),
    )
    return roster.sign(record, keyring)


def _with_receipt_key(organisation: Organisation, before: Roster) -> tuple[bytes, ...]:
    keys = before.newest.receipt_keys
    return keys if organisation.receipt_key in keys else (*keys, organisation.receipt_key)


def entry_of(db: Work, organisation: Organisation, handler: UUID) -> Entry:
    """How a handler who belongs to the organisation is listed. Raises `NotFound`."""
    account = db.get(Account, handler)
    desks = db.scalars(
        select(Desk.slug)
        .join(Membership, Membership.desk_id == Desk.id)
        .where(Membership.account_id == handler, Desk.organisation_id == organisation.id)
        .order_by(Desk.slug)
    ).all()
    if account is None or not desks:
        raise NotFound("There is no such handler in this organisation.")
    return Entry(
        account.id, account.display_name, tuple(desks), account.seal_key, account.sign_key
    )


def store_record(
    db: Work,
    organisation: Organisation,
    before: tuple[SignedRecord, ...],
    signed: SignedRecord,
    signer: UUID,
) -> None:
    """Stores the next record if it follows, its signer signs, and all it lists belong here.

    Raises `BrokenChain`, `BadSignature`, `Damaged` or `BadKey`.
    """
    checked = _check((*before, signed), organisation.slug)
    newest = checked.newest
    if newest.signer != signer:
        raise BadSignature("A record is signed by the handler who sends it.")
    if organisation.receipt_key not in newest.receipt_keys:
        raise BrokenChain("The record leaves out the organisation's receipt key.")
    known = {one.receipt_key for one in [organisation]} | set(
        checked.records[-2].receipt_keys if len(checked.records) > 1 else ()
    )
    if not known.issuperset(newest.receipt_keys):
        raise BrokenChain("The record lists a receipt key that is not the organisation's.")
    for one in newest.handlers:
        if not one.until and entry_of(db, organisation, one.id) != one:
            raise BrokenChain("The record lists a handler with other keys, name or desks.")
    db.add(
        RosterRecord(
            organisation_id=organisation.id,
            version=newest.version,
            record=signed.record,
            signature=signed.signature,
        )
    )
    db.flush()
    mark_listed(db, organisation, newest)


def is_listed(db: Work, organisation: Organisation, handler: UUID) -> bool:
    """Whether the organisation's roster lists this handler with their present keys."""
    position = db.get(Position, (handler, organisation.id))
    return position is not None and position.listed


def mark_listed(db: Work, organisation: Organisation, newest: roster.Record) -> None:
    """Notes who of the organisation's people the newest record lists with their present keys."""
    people = db.execute(
        select(Position, Account)
        .join(Account, Account.id == Position.account_id)
        .where(Position.organisation_id == organisation.id)
    )
    for position, account in people:
        entry = newest.active(account.id)
        position.listed = entry is not None and (entry.seal_key, entry.sign_key) == (
            account.seal_key,
            account.sign_key,
        )
    db.flush()
