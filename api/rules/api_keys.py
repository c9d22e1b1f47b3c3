"""API keys: programs that follow statuses, read figures or keep webhooks, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, update

from api.models.base import Database, Work
from api.models.integration import ApiKey
from api.models.organisation import Organisation
from api.rules import audit, organisations
from api.rules.roles import require
from shared.errors import Conflict, Invalid, NotAllowed, NotFound, SignIn
from shared.sealing import session
from shared.sealing.encoding import b64, sha256

ADMINISTRATOR = "administrator"

LONGEST = 366
"""Days that a key can be valid, at most."""

MOST = 50
"""Keys of an organisation."""


def make(db: Work, me: UUID, body: Mapping[str, Any]) -> dict[str, Any]:
    """A new key; `key` in the answer is shown once, and stored only as its hash.

    Raises `NotFound`, `NotAllowed`, `Conflict` where there are too many, or `Invalid`.
    """
    organisation = require(db, me, body["organisation"], ADMINISTRATOR)
    today = organisations.today(db, organisation)
    if not today <= body["expires_on"] <= today + timedelta(days=LONGEST):
        raise Invalid(errors={"expires_on": ["Use a day from today on, within 366 days."]})
    if len(set(body["scopes"])) != len(body["scopes"]):
        raise Invalid(errors={"scopes": ["Name each scope once."]})
    db.execute(select(Organisation.id).where(Organisation.id == organisation.id).with_for_update())
    count = select(func.count()).where(ApiKey.organisation_id == organisation.id)
    if (db.scalar(count) or 0) >= MOST:
        raise Conflict("There are 50 keys already. Revoke those that nobody uses.")
    secret = os.urandom(32)
    made = ApiKey(
        id=uuid4(),
        organisation_id=organisation.id,
        name=body["name"],
        scopes=sorted(body["scopes"]),
        hash=sha256(secret),
        created_on=today,
        created_by=me,
        expires_on=body["expires_on"],
        last_used_on=None,
    )
    db.add(made)
    db.flush()
    audit.record(
        db,
        organisation,
        me,
        "api_key_made",
        key=str(made.id),
        scopes=made.scopes,
        until=made.expires_on.isoformat(),
    )
    return _shown(db, organisation, made) | {"key": session.PREFIXES["key"] + b64(secret)}


def _shown(db: Work, organisation: Organisation, key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": key.scopes,
        "created_on": key.created_on,
        "expires_on": key.expires_on,
        "last_used_on": key.last_used_on,
        "expired": key.expires_on < organisations.today(db, organisation),
    }


def listed(db: Work, me: UUID, slug: str) -> dict[str, Any]:
    """The organisation's keys by name, expired ones too. Raises `NotFound` or `NotAllowed`."""
    organisation = require(db, me, slug, ADMINISTRATOR)
    found = db.scalars(
        select(ApiKey)
        .where(ApiKey.organisation_id == organisation.id)
        .order_by(ApiKey.name, ApiKey.id)
    )
    return {"items": [_shown(db, organisation, one) for one in found], "next": None}


def revoke(db: Work, me: UUID, key: UUID) -> None:
    """Takes a key away, at once. Raises `NotFound` or `NotAllowed`."""
    found = db.get(ApiKey, key)
    if found is None:
        raise NotFound
    organisation = db.get_one(Organisation, found.organisation_id)
    require(db, me, organisation.slug, ADMINISTRATOR)
    db.delete(found)
    db.flush()
    audit.record(db, organisation, me, "api_key_revoked", key=str(key))


# --- using one ------------------------------------------------------------------------------


def enter(database: Database, bearer: str, scope: str | None) -> UUID:
    """The id of a key that may make a call of this scope; notes the day of its use.

    Raises `SignIn`, the same for unknown, revoked and expired ones and where no key is taken,
    and `NotAllowed` for one without the scope.
    """
    kind, secret = session.secret_of(bearer)
    if kind != "key" or scope is None:
        raise SignIn
    with database.read() as db:
        found = db.scalar(select(ApiKey).where(ApiKey.hash == sha256(secret)))
        if found is None:
            raise SignIn
        today = organisations.today(db, db.get_one(Organisation, found.organisation_id))
    if found.expires_on < today:
        raise SignIn
    if scope not in found.scopes:
        raise NotAllowed("This key does not have the scope of this call.")
    if found.last_used_on != today:
        used = update(ApiKey).where(ApiKey.id == found.id).values(last_used_on=today)
        database.write(lambda db: db.execute(used), lasting=False)
    return found.id


def require_either(db: Work, kind: str, id: UUID, slug: str, *roles: str) -> Organisation:
    """The organisation, for an account with one of these roles there, or for a key of it.

    That a key has the scope of its call was looked at when it came in. Raises `NotFound`, also
    for a key of another organisation, and `NotAllowed`.
    """
    if kind != "key":
        return require(db, id, slug, *roles)
    key = db.get(ApiKey, id)
    if key is None:
        raise NotFound
    organisation = db.get_one(Organisation, key.organisation_id)
    if organisation.slug != slug:
        raise NotFound
    return organisation
