"""Setting a deployment up: its tables and salt, organisations, and handlers with their keys."""

from __future__ import annotations

import json
import re
from datetime import time
from importlib.resources import files
from typing import Any

from sqlalchemy import select

from api import deployment_secret, migrations
from api.config import ConfigError, data_dir, secret_file
from api.models.account import Account, Invitation, Position
from api.models.base import Database, Work
from api.models.organisation import Organisation
from api.rules import (
    accounts,
    audit,
    categories,
    joining,
    organisations,
    renewing,
    rosters,
)
from api.rules.accounts import NewHandler
from shared.errors import NotFound
from shared.sealing.keyring import Keyring

CHOICES = ("concerns", "channels", "professional_groups", "contacts", "guidance")


def init(database: Database) -> None:
    """Brings the tables to this version and makes the salt; what is there stays.

    Those of a newer version that this one can work with stay too. Raises `ConfigError` for others.
    """
    if migrations.state(database.engine) == "foreign":
        raise ConfigError("The tables are of a version that this one can't work with.")
    migrations.upgrade(database.engine)
    database.write(organisations.set_up)


def secret() -> None:
    """Makes the data directory and the deployment's secret file, unless they are there."""
    data_dir().mkdir(mode=0o700, parents=True, exist_ok=True)
    deployment_secret.make(secret_file())


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
    """An account without an invitation, for demo and tests; true if the roster lists it.

    The first handler signs for itself, each next one is signed for by `approver` (id and
    keyring of a handler of the roster); without one, or with a role that has no desk, false.
    Raises `NotFound` for an unknown organisation and `Invalid` for a desk that does not fit.
    """
    organisation = organisations.find(db, slug)
    ids = joining.check_desks(db, organisation, role, list(desks))
    new = accounts.add(db, username, name, organisation.id, role, ids)
    if not ids:
        return new, False
    if joining.sign_first(db, organisation, new.id, new.keyring):
        return new, True
    if approver is None:
        return new, False
    rosters.next_record(db, slug, *approver, {"approve": new.id})
    return new, True


def invite(
    db: Work, slug: str, role: str, name: str, desks: tuple[str, ...]
) -> tuple[str, Invitation]:
    """An invitation that whoever runs the machine gives, and its code.

    Raises `ConfigError` for an unknown organisation, and what `joining.invite` raises.
    """
    organisation = _find(db, slug)
    code, made = joining.invite(db, organisation, role, name, desks)
    audit.record(
        db, organisation, audit.OPERATOR, "invited", invitation=str(made.id), role=made.role
    )
    return code, made


def renew(db: Work, slug: str, username: str, last_handler: bool) -> tuple[str, Invitation]:
    """An invitation that gives an account of this organisation new keys, and its code.

    Whoever runs the machine may do that too for an account of several organisations, and with
    `last_handler` for the last that can sign a roster, which ends with that. Raises
    `ConfigError`, and `Conflict` for the last one otherwise.
    """
    organisation = _find(db, slug)
    account = db.scalar(select(Account.id).where(Account.username == username))
    if account is None or db.get(Position, (account, organisation.id)) is None:
        raise ConfigError(f"There is no such account in {slug}.")
    if last_handler and not renewing.would_end(db, account):
        raise ConfigError("Somebody else can sign the roster: leave --last-handler out.")
    code, made = joining.invite(
        db, organisation, "", "", (), account, by_operator=True, last_handler=last_handler
    )
    audit.record(
        db,
        organisation,
        audit.OPERATOR,
        "invited",
        invitation=str(made.id),
        role=made.role,
        account=str(account),
        last_handler=last_handler,
    )
    return code, made


def _find(db: Work, slug: str) -> Organisation:
    try:
        return organisations.find(db, slug)
    except NotFound:
        raise ConfigError(
            f"There is no organisation {slug}. Add it with: wren organisation add"
        ) from None


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
