"""Webhooks on their way: signed (Standard Webhooks 1.0.0), posted, and noted by the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import standardwebhooks
from sqlalchemy import delete, select

from api import addressing, posting
from api.config import Config
from api.models.base import Database, Work
from api.models.integration import Webhook, WebhookDay
from api.models.organisation import Organisation
from api.rules import organisations, webhook_secrets, webhooks
from api.rules.outbox import Item
from shared.errors import Damaged
from shared.schemas.integrations import TEST_EVENT
from shared.sealing.encoding import exact_json

GONE = 410
"""The status by which a receiver says that it wants nothing more, ever."""

KEPT = 90
"""Days of the log."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is posted where. `id` stays the same at each try: receivers know a repeat by it."""

    id: UUID
    url: str = field(repr=False)
    secrets: Sequence[bytes] = field(repr=False)
    body: Any = field(repr=False)
    organisation: str


def prepare(db: Work, items: Sequence[Item]) -> dict[UUID, Letter]:
    """The letters of these rows, by row; none for a webhook that is gone or disabled."""
    found = db.scalars(
        select(Webhook).where(
            Webhook.id.in_({one.target for one in items}), Webhook.state == "enabled"
        )
    ).all()
    known = {one.id: one for one in found}
    return {
        one.id: _letter(db, known[one.target], one.id, one.body)
        for one in items
        if one.target in known
    }


def _letter(db: Work, row: Webhook, id: UUID, body: Any) -> Letter:
    organisation = db.get_one(Organisation, row.organisation_id)
    return Letter(id, row.url, _secrets(db, row), body, organisation.slug)


def _secrets(db: Work, row: Webhook) -> list[bytes]:
    try:
        return webhook_secrets.signing(db, row)
    except Damaged:  # the deployment's secret is another: then nothing can be signed
        return []


def send(config: Config, letter: Letter) -> str | None:
    """Signs and posts. None: it arrived; else the code of `OUTCOMES` that says why not."""
    outcome = _outcome(config, letter)
    return None if outcome == "2xx" else outcome


def _outcome(config: Config, letter: Letter) -> str:
    if not letter.secrets:
        return "fault"
    body = exact_json(letter.body)
    private = webhooks.private(config, letter.organisation)
    try:
        signed = _signed(config, letter, body)
        status = posting.post(letter.url, body, signed, private, letter.organisation)
    except addressing.Refused as error:
        return error.code
    return "gone" if status == GONE else f"{status // 100}xx" if 100 <= status < 600 else "5xx"


def _signed(config: Config, letter: Letter, body: bytes) -> dict[str, str]:
    now = datetime.fromtimestamp(int(config.clock()), UTC)
    signatures = (
        standardwebhooks.Webhook(one).sign(str(letter.id), now, body.decode("utf-8"))
        for one in letter.secrets
    )
    return {
        "Content-Type": "application/json",
        "webhook-id": str(letter.id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


# --- what is kept of it ---------------------------------------------------------------------


def record(db: Work, results: Sequence[tuple[Item, str | None]]) -> None:
    """Counts the tries by day and outcome; marks webhooks that fail, and ends those gone."""
    ended: dict[UUID, list[str]] = {}
    for item, why in results:
        ended.setdefault(item.target, []).append(why or "2xx")
    for webhook in sorted(ended):
        _note(db, webhook, ended[webhook])


def _note(db: Work, webhook: UUID, outcomes: Sequence[str]) -> None:
    row = db.get(Webhook, webhook, with_for_update=True)
    if row is None:
        return
    today = organisations.today(db, db.get_one(Organisation, row.organisation_id))
    for one in sorted(set(outcomes)):
        _count(db, webhook, today, one, outcomes.count(one))
    if row.state == "enabled":
        last = outcomes[-1]
        row.why = None if last == "2xx" else last
        row.failing_since = None if last == "2xx" else row.failing_since or today
        if "gone" in outcomes:
            row.state, row.why = "gone", "gone"
            webhooks.drop_waiting(db, webhook)
    db.flush()


def _count(db: Work, webhook: UUID, today: date, outcome: str, tries: int) -> None:
    counted = db.get(WebhookDay, (webhook, today, outcome))
    if counted is not None:
        counted.tries += tries
        return
    old = today - timedelta(days=KEPT)
    db.execute(
        delete(WebhookDay).where(WebhookDay.webhook_id == webhook, WebhookDay.day < old),
        execution_options={"synchronize_session": False},
    )
    db.add(WebhookDay(webhook_id=webhook, day=today, outcome=outcome, tries=tries))


# --- a test ---------------------------------------------------------------------------------


def test(database: Database, kind: str, who: UUID, webhook: UUID) -> dict[str, Any]:
    """Posts `webhook.test` now and waits for it: `arrived`, and the `outcome`. It is logged.

    Also to one that is disabled or gone, which it leaves as it is. Raises `NotFound` or
    `NotAllowed`.
    """
    with database.read() as db:
        shown = webhooks.show(db, kind, who, webhook)
        row = db.get_one(Webhook, webhook)
        body = {"event": TEST_EVENT, "organisation": shown["organisation"]}
        letter = _letter(db, row, uuid4(), body)
    outcome = _outcome(database.config, letter)
    database.write(lambda db: _note(db, webhook, [outcome]))
    return {"arrived": outcome == "2xx", "outcome": outcome}
