"""Floods: while very many cases are opened, each costs its sender work; nobody is looked at.

No work is asked while it is quiet. Where `Config.work_from` openings were stored about the last
minute by this process, an opening has to bring a solved challenge, or it is refused with
`WorkNeeded`. The more are stored, the more a new challenge costs. It is ALTCHA's, version 2
(https://github.com/altcha-org/altcha-lib-py).

A challenge is signed and not stored. It carries its own cost, so each process of each machine
takes the solution, and takes it whatever is going on by then: who fetched one before the first
word has a place, until the end of the second day after. The price of that is told in
docs/threats.md: solutions can be hoarded for two days, at the cost that each had.

Each solution is taken once. Only that is stored, as a keyed hash with a day.
"""

from __future__ import annotations

import hmac
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import altcha
from sqlalchemy import bindparam, delete, select

from api.config import Config
from api.load import Load
from api.models.base import Database, Work
from api.models.case import Case
from api.models.flood import SpentWork
from api.rules import locking, organisations
from shared.errors import SlowDown, WorkNeeded
from shared.sealing import tokens

COST = 250
"""Rounds of one try: a third of a millisecond, long enough to be no dearer in a browser."""
TRIES = 1_000
"""Of the cheapest challenge, at most; on average half of it: a fifth of a second."""
DOUBLINGS = 5
"""The dearest costs two to the power of this as much: some six seconds of one core."""
DAYS = 2
"""Days after today on which a challenge is taken."""

_SIGNS, _KNOWS, _SPENT = "wren/v1/work", "wren/v1/work-key", "wren/v1/work-spent"
_IS_SPENT = select(SpentWork.key).where(SpentWork.key.in_(bindparam("keys", expanding=True)))
_SWEEP = delete(SpentWork).where(SpentWork.sweep_after < bindparam("today"))
_IS_STORED = select(Case.id).where(Case.id == bindparam("case_id"))


@dataclass(frozen=True, slots=True)
class Place:
    """What somebody brought for an opening. `needed`: without good work it is refused.

    `keys` are the hashes under which the work is spent, the first of them the one to store;
    none if there was no good work. `until` is the last day on which it is taken. Once what it is
    for is stored, it is counted in `load`.
    """

    needed: bool
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    until: date = date.min
    load: Load | None = field(default=None, repr=False)


HELD = Place(needed=False)
"""Of who had their place before."""

_NOTHING: tuple[tuple[bytes, ...], date] = ((), date.min)


def challenge(database: Database, slug: str) -> dict[str, Any]:
    """What to solve before a case of this organisation is opened. Raises `NotFound`."""
    with database.read() as db:
        organisations.find(db, slug)
    load, config = database.load.openings.add(0), database.config
    return made(config, slug, level(load, config.work_from))


def asked(database: Database, slug: str) -> dict[str, Any] | None:
    """The same where work is asked for, or soon may be, else None."""
    if not is_flood(2 * database.load.openings.add(0), database.config.work_from):
        return None
    return challenge(database, slug)


def level(load: float, work_from: int) -> int:
    """How often the cost is doubled: 0 while it is quiet. `work_from` 0 is always quiet."""
    if not is_flood(load, work_from):
        return 0
    return min(DOUBLINGS, 1 + int(math.log2(load / work_from)))


def is_flood(load: float, work_from: int) -> bool:
    """Whether so many openings in a minute are too many to be taken as they come."""
    return 0 < work_from < load


def made(config: Config, slug: str, doublings: int) -> dict[str, Any]:
    """A new challenge. Its solution is known to us, and is checked without trying."""
    tries = TRIES * 2**doublings
    until = _today(config) + timedelta(days=DAYS)
    sign, know = locking.keys_of_each(config, _SIGNS, _KNOWS)[0]
    return altcha.create_challenge(
        "PBKDF2/SHA-256",
        COST,
        counter=secrets.randbelow(tries),
        # The library's own expiry is a second, and by a clock that isn't ours.
        data={"organisation": slug, "tries": tries, "until": until.isoformat()},
        hmac_secret=sign,
        hmac_key_secret=know,
    ).to_dict()


def _today(config: Config) -> date:
    return datetime.fromtimestamp(config.clock(), UTC).date()


def look(database: Database, slug: str, body: Mapping[str, Any]) -> Place:
    """Looks at what a request brings, before anything dear is done for it.

    Raises `NotFound` and `WorkNeeded`. Who repeats an opening that is stored needs nothing more;
    `SlowDown` where that is done again and again, since it is as dear as an opening.
    """
    place = judge(database, slug, body.get("work", ""))
    if place.keys or not place.needed:
        return place
    with database.read() as db:
        if db.fetch(_IS_STORED, case_id=body["case_id"]).scalar() is None:
            raise WorkNeeded
    if not database.load.may_look(body["case_id"].bytes):
        raise SlowDown
    return place


def judge(database: Database, slug: str, work: str) -> Place:
    """Says what the work brought with an opening is worth: nothing once it is spent.

    Nor where it was looked at a few times: what is refused for something else spends no work, but
    has been dear. Counts nothing: `take` does, of what is stored. Whoever wants work to be asked,
    or to be dearer, of others has to leave as many reports, or begin them in a browser. Raises
    `NotFound` where anything hangs on the work; else the database is not asked.
    """
    keys, until = _worth(database.config, slug, work) if work else _NOTHING
    full = _is_full(database.load, database.config)
    if not keys and not full:
        return Place(needed=False, keys=keys, until=until, load=database.load)
    with database.read() as db:
        organisations.find(db, slug)
        if keys and _is_spent(db, keys):
            keys, until = _NOTHING
    if keys and not database.load.may_look(keys[0]):
        keys, until = _NOTHING
    return Place(full, keys, until, database.load)


def _is_full(load: Load, config: Config) -> bool:
    """Whether one opening more is too many to be taken as it comes."""
    return is_flood(load.openings.add(0) + 1, config.work_from)


def _worth(config: Config, slug: str, work: str) -> tuple[tuple[bytes, ...], date]:
    try:
        payload = altcha.Payload.from_base64(work)
        data = payload.challenge.parameters.data or {}
        nonce, until = bytes.fromhex(payload.challenge.parameters.nonce), data["until"]
        last = date.fromisoformat(until)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return _NOTHING
    if data.get("organisation") != slug or last < _today(config):
        return _NOTHING
    known = locking.keys_of_each(config, _SIGNS, _KNOWS, _SPENT)
    for sign, know, _spent in known:
        if altcha.verify_solution(payload, sign, hmac_key_secret=know).verified:
            return tuple(hmac.digest(one, nonce, "sha256") for _, _, one in known), last
    return _NOTHING


def take(db: Work, place: Place) -> None:
    """Spends the work that was brought, in the transaction of what it is for.

    Raises `WorkNeeded` if it was spent before, or there was none, and it is needed by now.
    """
    load = place.load
    if load is not None:
        db.afterwards.append(load.let_in)
    if not place.keys or _is_spent(db, place.keys):
        if place.needed or (load is not None and _is_full(load, db.config)):
            raise WorkNeeded
        return
    today = db.utc.date()
    db.fetch(_SWEEP, today=today)
    # By the day on which it is spent: that of the challenge would tell when it was fetched.
    last = max(place.until, today + timedelta(days=DAYS))
    db.store(SpentWork, {"key": place.keys[0], "sweep_after": last + timedelta(days=1)})


def _is_spent(db: Work, keys: tuple[bytes, ...]) -> bool:
    return db.fetch(_IS_SPENT, keys=keys).first() is not None


def hold(database: Database, place: Place) -> Place:
    """A place for somebody whose browser did no work: there are a few, whoever comes.

    Raises `WorkNeeded` where none is left.
    """
    if place.needed and not place.keys:
        if not database.load.places.take():
            raise WorkNeeded
        return HELD
    return place


def count_stretching(database: Database, body: Mapping[str, Any]) -> None:
    """Before an opening's words are stretched. Raises `SlowDown` for those sent again and again.

    While few are stretched nobody is held up. Where more than twice `Config.work_from` are in
    about a minute, most of them are repeats, or words that are in use: then each case and all
    words, however they are spelled, are stretched a few times. Raises `BadToken` too.
    """
    words = tokens.decode(body["token"])
    load, work_from = database.load, database.config.work_from
    if not is_flood(load.stretched.add(), 2 * work_from):
        return
    # Not counted with `look`, which the same request may have passed.
    if not all(load.may_look(one) for one in (b"stretch" + body["case_id"].bytes, words)):
        raise SlowDown


def count_key(database: Database, key: Any) -> None:
    """Counts a call of an API key. Raises `SlowDown` where there were too many of this key."""
    if not database.load.of_key(key).take():
        raise SlowDown("This key makes too many calls. Wait a second, and go on more slowly.")
