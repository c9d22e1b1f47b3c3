"""`wren demo`: an organisation to try everything with, prepared once and kept."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from subprocess import Popen
from sys import executable
from typing import Any

from sqlalchemy import select

from api import config, setup
from api.models.account import Account, Membership
from api.models.base import Database, Work
from api.models.organisation import Desk
from api.rules import categories, organisations
from shared.sealing.encoding import b64

SLUG = "eeast"
PEOPLE = (
    ("handler-1", "guardian"),
    ("handler-2", "guardian"),
    ("handler-3", "senior-manager"),
    ("handler-4", "senior-manager"),
)


def prepare(directory: Path) -> tuple[list[dict[str, Any]], str]:
    """Prepares the directory once; returns its handlers and the poster's fingerprint.

    Passwords, TOTP secrets and recovery words are in the answer of the first call only.
    The environment is set so that this process and its workers use the directory.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in config.KNOWN:
        os.environ.pop(name, None)
    os.environ[config.DATA] = str(directory.resolve())
    setup.secret()
    database = Database(config.from_env())
    setup.init(database)
    known = database.write(_known)
    handlers = known or database.write(_fill)
    with database.read() as db:
        roster = organisations.read_roster(db, organisations.find(db, SLUG))
    database.engine.dispose()
    return handlers, b64(roster.fingerprint)


def _known(db: Work) -> list[dict[str, Any]]:
    rows = db.execute(
        select(Account.id, Account.username, Desk.slug)
        .join(Membership, Membership.account_id == Account.id)
        .join(Desk, Desk.id == Membership.desk_id)
        .order_by(Account.username)
    )
    return [{"id": str(one), "username": name, "desks": [desk]} for one, name, desk in rows]


def _fill(db: Work) -> list[dict[str, Any]]:
    own = setup.defaults(SLUG)
    setup.add_organisation(
        db,
        SLUG,
        own["name"],
        contacts=own["contacts"],
        release="at once",
        own_categories={name: own[name] for name in categories.LISTS},
    )
    made: list[dict[str, Any]] = []
    approver = None
    for username, desk in PEOPLE:
        new, _ = setup.add_handler(db, SLUG, (desk,), username, username, approver)
        approver = approver or (new.id, new.keyring)
        made.append(
            {
                "id": str(new.id),
                "username": username,
                "password": new.password,
                "totp_secret": new.totp_secret,
                "recovery": new.recovery,
                "desks": [desk],
            }
        )
    return made


def start_app(address: str) -> Popen[bytes] | None:
    """Opens the phone app in a window of its own; None without a display or without Kivy."""
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not display or find_spec("kivy") is None:
        return None
    return Popen([executable, "-m", "mobile", "--address", address])  # noqa: S603 - our own module
