"""`wren demo --sample`: invented cases in every state, and never among somebody's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from api import config, demo, sample
from api.models.account import Account
from api.models.attachment import Attachment
from api.models.base import Database
from api.models.case import Case, CaseCheck, CaseConsent, CaseExport, CaseLink
from api.models.message import Message
from api.models.note import Note
from api.models.returns import Return
from api.models.tally import Tally
from api.rules import deadlines, organisations, returns, tally
from tests.cli.conftest import Deployment

FEW = 16
"""Cases of each earlier quarter: so few are made in seconds, and some counts still show."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The directory of a demo with the sample."""
    found = tmp_path_factory.mktemp("sample") / "data"
    before = {name: os.environ.get(name) for name in config.KNOWN}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sample, "PAST", FEW)
        demo.prepare(found, sampled=True)
    yield found
    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


@pytest.fixture(scope="module")
def database(place: Path) -> Iterator[Database]:
    made = Database(config.from_env())
    yield made
    made.engine.dispose()


def count(database: Database, what: Any, *where: Any) -> int:
    with database.read() as db:
        return int(db.scalar(select(func.count()).select_from(what).where(*where)) or 0)


@pytest.mark.ordeal
def test_it_works(database: Database) -> None:
    with database.read() as db:
        states = dict(db.execute(select(Case.status, func.count()).group_by(Case.status)).all())
        manners = set(db.scalars(select(Case.confidentiality)))
        desks = set(db.scalars(select(Case.desk_id)))
    assert set(states) == {"new", "acknowledged", "in_progress", "awaiting_reporter", "closed"}
    assert states["closed"] > FEW
    assert manners == {"open", "confidential", "anonymous"}
    assert len(desks) == 2
    assert count(database, Case, Case.urgent)
    assert count(database, Case, Case.legal_hold.is_not(None))
    assert count(database, Case, Case.recorded_by.is_not(None)) > 4
    assert count(database, CaseExport)
    assert count(database, CaseCheck, CaseCheck.done_on.is_not(None))
    assert count(database, Attachment)
    assert count(database, Note) > FEW


@pytest.mark.ordeal
def test_what_is_late_is_there(database: Database) -> None:
    with database.read() as db:
        found = db.scalars(select(Case).where(Case.status != "closed")).all()
        today = organisations.today(db, organisations.find(db, demo.SLUG))
        late = {deadlines.overdue(one, today) for one in found}
    assert {"acknowledge", "feedback", None} <= late


@pytest.mark.ordeal
def test_consents_and_links(database: Database) -> None:
    assert count(database, CaseConsent)
    assert count(database, CaseLink)


@pytest.mark.ordeal
def test_it_is_sealed_as_anything_else(place: Path, database: Database) -> None:
    # Not a word of a story in the database, and both sides wrote.
    held = (place / "wren.db").read_bytes()
    for suffix in ("-wal",):
        log = place / f"wren.db{suffix}"
        held += log.read_bytes() if log.exists() else b""
    assert b"Invented sample" not in held
    with database.read() as db:
        authors = {one.partition(":")[0] for one in db.scalars(select(Message.author))}
    assert authors == {"reporter", "handler"}


@pytest.mark.ordeal
def test_earlier_quarters_have_figures(database: Database) -> None:
    with database.read() as db:
        rows = db.execute(select(Tally.quarter, Tally.field, Tally.count)).all()
    assert len({quarter for quarter, _, _ in rows}) >= 2
    assert max(one for _, field, one in rows if field == "element") > 5
    assert {"element", "category", "region", "channel", "outcome", "speak_up_again"} <= {
        field for _, field, _ in rows
    }


@pytest.mark.ordeal
def test_a_return_was_submitted_and_one_waits(database: Database) -> None:
    with database.read() as db:
        (submitted,) = db.scalars(select(Return)).all()
        who = db.get_one(Account, submitted.submitted_by).username
        me = submitted.submitted_by
        found = returns.listed(db, me, demo.SLUG)
    assert (who, submitted.number, submitted.why) == ("analyst-1", 1, "")
    first = sample.begins(date.today())
    assert submitted.quarter == tally.quarter_of(first)
    assert submitted.day == returns.due(submitted.quarter) + timedelta(days=12)
    assert len(found) >= 2


@pytest.mark.ordeal
def test_every_day_was_one_of_the_past(database: Database) -> None:
    with database.read() as db:
        days = list(db.scalars(select(Case.opened_on)))
        today = organisations.today(db, organisations.find(db, demo.SLUG))
    assert min(days) < today
    assert max(days) <= today


@pytest.mark.ordeal
def test_a_second_start_keeps_it(place: Path, database: Database) -> None:
    before = count(database, Case)
    people, _ = demo.prepare(place, sampled=True)
    assert "password" not in people[0]
    assert not demo.is_new(place)
    assert count(database, Case) == before


def test_not_among_the_cases_of_others(deployment: Deployment) -> None:
    before = (deployment.place / "wren.db").read_bytes()
    said = deployment.refused(
        "demo", "--sample", "--no-app", "--port", "0", "--data", str(deployment.place)
    )
    assert "is in use: sample cases go into a new one only" in said
    assert (deployment.place / "wren.db").read_bytes() == before
    assert not (deployment.place / demo.SAMPLED).exists()
