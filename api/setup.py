"""Setting a deployment up: its tables and salt, organisations, and handlers with their keys."""

from __future__ import annotations

import json
import re
from datetime import time
from importlib.resources import files
from typing import Any

from sqlalchemy import select

from api import migrations
from api.config import ConfigError, data_dir, make_secret, secret_file
from api.models.base import Database, Work
from api.models.organisation import Desk
from api.rules import accounts, categories, organisations
from api.rules.accounts import NewHandler
from shared.errors import NotFound
from shared.sealing import roster
from shared.sealing.keyring import Keyring

CHOICES = ("concerns", "channels", "professional_groups", "contacts", "guidance")


def init(database: Database) -> None:
    """Brings the tables to this version and makes the salt; what is there stays."""
    migrations.upgrade(database.engine)
    database.write(organisations.set_up)


def secret() -> None:
    """Makes the data directory and the deployment's secret file, unless they are there."""
    data_dir().mkdir(mode=0o700, parents=True, exist_ok=True)
    make_secret(secret_file())


def defaults(name: str = "england") -> dict[str, Any]:
    """Choices, contacts, guidance and desks to begin with; an administrator changes them."""
    found = json.loads(files("api").joinpath("data", f"{name}.json").read_text("utf-8"))
    return dict(found)


def add_organisation(
    db: Work,
    slug: str,
    name: str,
    *,
    contacts: list[dict[str, str]],
    release: Any,
    own_categories: dict[str, Any] | None = None,
) -> None:
    """An organisation with the default desks and texts, and contacts of its own first.

    `own_categories` has lists of `categories` and `regions`; without it there are none.
    """
    given = defaults()
    directory = {one: given[one] for one in CHOICES}
    directory["contacts"] = [*contacts, *directory["contacts"]]
    made = organisations.add(
        db,
        slug,
        name,
        directory=directory,
        desks=given["desks"],
        replies=given["replies"],
        release=release,
    )
    if own_categories:
        categories.change(db, made, own_categories)


def add_handler(
    db: Work,
    slug: str,
    desks: tuple[str, ...],
    username: str,
    name: str,
    approver: tuple[Any, Keyring] | None = None,
    role: str = "handler",
) -> tuple[NewHandler, bool]:
    """A handler; true if the roster lists them, false if they wait for approval.

    The first handler signs for itself, each next one is signed for by `approver` (id and
    keyring of a handler of the roster). Raises `ConfigError` for an unknown organisation or
    desk, and for an approver who is not in the roster.
    """
    try:
        organisation = organisations.find(db, slug)
    except NotFound:
        raise ConfigError(
            f"There is no organisation {slug}. Add it with: wren organisation add"
        ) from None
    known = db.scalars(
        select(Desk).where(Desk.organisation_id == organisation.id).order_by(Desk.id)
    ).all()
    ids = [one.id for one in known if one.slug in desks]
    if len(ids) != len(set(desks)) or not desks:
        listed = ", ".join(one.slug for one in known)
        raise ConfigError(f"There is no such desk. {slug} has: {listed}")
    new = accounts.add(db, username, name, organisation.id, role, ids)
    if organisations.find_roster(db, organisation) is None:
        entry = organisations.entry_of(db, organisation, new.id)
        today = organisations.today(db, organisation)
        record = roster.first(slug, entry, [organisation.receipt_key], today)
        organisations.store_record(db, organisation, (), roster.sign(record, new.keyring), new.id)
    elif approver is None:
        return new, False
    else:
        try:
            organisations.next_record(db, slug, *approver, {"approve": new.id})
        except NotFound:
            raise ConfigError(f"The approver is not in the roster of {slug}.") from None
    return new, True


def check_text(what: str, text: str, most: int) -> None:
    """Returns if this can be a name. Raises `ConfigError`."""
    if not text.strip() or len(text) > most or not text.isprintable():
        raise ConfigError(f"{what}: 1 to {most} characters that can be seen.")


def check_slug(slug: str) -> None:
    """Returns if this can be an organisation's short name. Raises `ConfigError`."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{2,49}", slug):
        raise ConfigError("The short name: 3 to 50 of a-z, 0-9 and -, beginning with a letter.")


def read_release(text: str) -> Any:
    """Release times from `07:00,13:00` or `at once`. Raises `ConfigError`."""
    if text.strip() == "at once":
        return "at once"
    try:
        times = [time.fromisoformat(one.strip()) for one in text.split(",")]
    except ValueError:
        raise ConfigError("--release: give times as 07:00,13:00,19:00, or 'at once'.") from None
    return sorted({one.strftime("%H:%M") for one in times})
