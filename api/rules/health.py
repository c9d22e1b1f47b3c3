"""Whether the service can serve, and which of its parts are well. Nothing of any case."""

from __future__ import annotations

import os
import time
from pathlib import Path
from threading import Lock
from uuid import UUID

from api import vault
from api.config import S3, Config, vault_place
from api.models.base import Database
from api.rules import heartbeats, organisations
from shared.errors import WrenError

KEPT = 30.0
"""Seconds for which a look at storage elsewhere is good: anybody may ask, and often."""

_NOTHING = UUID(int=0)
_looked: dict[str, tuple[float, bool]] = {}
_looking = Lock()


def parts(database: Database) -> dict[str, str]:
    """`database`, `vault` and `worker`, each `ok` or `away`.

    Raises `Unavailable` before `wren init`, and what a database raises that does not answer.
    """
    with database.read() as db:
        organisations.salt(db)
        alive = heartbeats.is_alive(db)
    return {
        "database": "ok",
        "vault": _said(_vault(database.config)),
        "worker": _said(alive),
    }


def _said(well: bool) -> str:
    return "ok" if well else "away"


def _vault(config: Config) -> bool:
    place = vault_place(config)
    if not place.startswith(S3):
        return _can_be_written(Path(place))
    now = time.monotonic()
    with _looking:
        at, well = _looked.get(place, (float("-inf"), False))
        if now - at > KEPT:
            well = _answers(config)
            _looked[place] = now, well
        return well


def _can_be_written(place: Path) -> bool:
    """Whether it is there, or can be made once something is attached."""
    while not place.exists() and place != place.parent:
        place = place.parent
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK)


def _answers(config: Config) -> bool:
    """Asks the storage for what is not there."""
    try:
        vault.of(config).have(_NOTHING, _NOTHING)
    except WrenError:
        return False
    return True
