"""Organisations: setting one up, its directory, its roster as it is, and the receipts it signs."""

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

from api.models.account import Account, Position
from api.models.base import Work
from api.models.organisation import Deployment, Desk, Organisation, RosterRecord
from api.rules import locking
from shared.errors import (
    Conflict,
    Damaged,
    NotFound,
    Unavailable,
)
from shared.schemas.accounts import WITH_DESKS
from shared.schemas.base import ANSWER, STORY
from shared.schemas.organisations import DEFAULTS
from shared.sealing import roster
from shared.sealing.encoding import unbox
from shared.sealing.roster import Roster, SignedRecord
from shared.sealing.stretch import TOKEN

RECEIPT_KEY = "wren/v1/receipt-key"

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

_PRESENT = select(Position.account_id).where(
    Position.organisation_id == bindparam("organisation"), Position.listed.is_(True)
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
        receipt_private=lock_receipt_key(db, slug, key),
        settings={},
        replies=list(replies),
    )
    db.add(made)
    db.flush()
    db.add_all(Desk(organisation_id=made.id, **desk) for desk in desks)
    db.flush()
    return made


def lock_receipt_key(db: Work, slug: str, key: Ed25519PrivateKey) -> bytes:
    """The private half of a receipt key as the database has it."""
    return locking.lock(db.config, RECEIPT_KEY, key.private_bytes_raw(), slug.encode())


@lru_cache(maxsize=1024)
def _receipt_key(lock: bytes, sealed: bytes, slug: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(unbox(lock, sealed, slug.encode()))


def receipt_key(db: Work, organisation: Organisation) -> Ed25519PrivateKey:
    """The key that signs this organisation's receipts.

    Raises `Unavailable` if the deployment's secret is not the one that locked it.
    """
    for lock in locking.keys(db.config, RECEIPT_KEY):
        try:
            return _receipt_key(lock, organisation.receipt_private, organisation.slug)
        except Damaged:
            continue
    raise Unavailable


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


def desk_names(db: Work, organisation: Organisation) -> dict[str, str]:
    """What the desks are called, by their short names."""
    found = select(Desk).where(Desk.organisation_id == organisation.id).order_by(Desk.id)
    return {one.slug: one.name for one in db.scalars(found)}


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
        **{name: dated(items) for name, items in organisation.directory.items()},
        "stretch": {"profile": TOKEN.name, "salt": salt(db)},
        "limits": {"story": STORY, "answer": ANSWER, "message": STORY} | _room(organisation),
        "roster_version": newest.version if newest else 0,
        "time_zone": organisation.time_zone,
        "release": organisation.release,
    }


def _room(organisation: Organisation) -> dict[str, Any]:
    found = settings(organisation)
    return {name: found[name] for name in ("attachment_bytes", "case_bytes", "attachment_types")}


def dated(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Choices, contacts or texts; the days among them as days."""
    return [
        one | {"checked_on": date.fromisoformat(one["checked_on"])} if "checked_on" in one else one
        for one in items
    ]


# --- roster -----------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def check_roster(signed: tuple[SignedRecord, ...], slug: str) -> Roster:
    """The roster in these records, checked once. Raises as `shared.sealing.roster.check` does."""
    return roster.check(signed, slug)


def _signed(db: Work, organisation: Organisation) -> tuple[SignedRecord, ...]:
    found = db.fetch(_ROSTER, organisation=organisation.id)
    return tuple(SignedRecord(record, signature) for record, signature in found)


def find_roster(db: Work, organisation: Organisation) -> Roster | None:
    """The organisation's checked roster; None until its first handler has signed."""
    signed = _signed(db, organisation)
    return check_roster(signed, organisation.slug) if signed else None


def read_roster(db: Work, organisation: Organisation) -> Roster:
    """The roster of an organisation that has cases, so it has one. Raises `NotFound`."""
    found = find_roster(db, organisation)
    if found is None:
        raise NotFound
    return found


def published_roster(db: Work, slug: str) -> dict[str, Any]:
    """The records as they are sent, oldest first. Raises `NotFound`."""
    return {"records": _signed(db, find(db, slug))}


def names(db: Work, organisation: Organisation) -> dict[UUID, str]:
    """The names of all whom the roster has or had, by id; empty before its first record."""
    found = find_roster(db, organisation)
    return {one.id: one.name for one in found.newest.handlers} if found else {}


def is_listed(db: Work, organisation: Organisation, handler: UUID) -> bool:
    """Whether the organisation's roster lists this handler with their present keys."""
    position = db.get(Position, (handler, organisation.id))
    return position is not None and position.listed


def present(db: Work, organisation: Organisation) -> set[UUID]:
    """Those whom the roster lists with the keys that they have: they open what is sealed now."""
    return set(db.fetch(_PRESENT, organisation=organisation.id).scalars())


def mark_listed(db: Work, organisation: Organisation, newest: roster.Record) -> None:
    """Notes whom the newest record lists with their present keys, and in a role that reads."""
    people = db.execute(
        select(Position, Account)
        .join(Account, Account.id == Position.account_id)
        .where(Position.organisation_id == organisation.id)
    )
    for position, account in people:
        entry = newest.active(account.id)
        position.listed = (
            entry is not None
            and (entry.seal_key, entry.sign_key) == (account.seal_key, account.sign_key)
            and position.role in WITH_DESKS
        )
    db.flush()
