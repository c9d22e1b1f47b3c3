"""Webhooks: what an organisation's own systems are told of a case. Never any content."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, delete, exists, func, select

from api import addressing
from api.config import Config
from api.models.base import Work
from api.models.case import Case, CaseExcluded
from api.models.integration import Webhook, WebhookDay
from api.models.organisation import Organisation
from api.models.outbox import Delivery
from api.rules import audit, organisations, outbox, webhook_secrets
from api.rules.api_keys import ADMINISTRATOR, require_either
from shared.errors import Conflict, Invalid, NotFound

KIND = "webhook"
"""Of rows in the outbox; their target is the webhook."""

MOST = 20
"""Webhooks of an organisation."""

_REFUSED = {
    "form": "Give an address like https://receiver.example/path, without user name or #.",
    "address": "This leads to an address inside a network. The operator has to allow it.",
    "plain": "Use https://. For http inside a network the operator has to allow the host.",
    "port": "Use port 443, or one from 1024 on.",
}


def private(config: Config, slug: str) -> addressing.Allowed:
    """What the operator lets this organisation's webhooks reach inside."""
    return addressing.allowed(config.webhooks_private, slug)


def _check_url(db: Work, slug: str, body: Mapping[str, Any]) -> None:
    if "url" in body:
        try:
            addressing.check(body["url"], private(db.config, slug))
        except addressing.Refused as error:
            raise Invalid(errors={"url": [_REFUSED[error.code]]}) from None


def _each_once(body: Mapping[str, Any]) -> None:
    events = body.get("events", ())
    if len(set(events)) != len(events):
        raise Invalid(errors={"events": ["Name each event once."]})


# --- keeping them ---------------------------------------------------------------------------


def make(db: Work, kind: str, who: UUID, body: Mapping[str, Any]) -> dict[str, Any]:
    """A new webhook, with the `secret` that is shown once.

    Raises `NotFound`, `NotAllowed`, `Conflict` where there are too many, or `Invalid`.
    """
    organisation = require_either(db, kind, who, body["organisation"], ADMINISTRATOR)
    _each_once(body)
    _check_url(db, organisation.slug, body)
    db.execute(select(Organisation.id).where(Organisation.id == organisation.id).with_for_update())
    count = select(func.count()).where(Webhook.organisation_id == organisation.id)
    if (db.scalar(count) or 0) >= MOST:
        raise Conflict("There are 20 webhooks already. Delete those that nobody uses.")
    made, secret = uuid4(), os.urandom(32)
    row = Webhook(
        id=made,
        organisation_id=organisation.id,
        name=body["name"],
        url=body["url"],
        events=list(body["events"]),
        secret=webhook_secrets.lock(db.config, made, secret),
        previous_secret=None,
        previous_until=None,
        state="enabled",
        created_on=organisations.today(db, organisation),
        failing_since=None,
        why=None,
    )
    db.add(row)
    db.flush()
    audit.record(db, organisation, who, "webhook_made", webhook=str(made), events=row.events)
    return _shown(db, organisation, row) | {"secret": webhook_secrets.told(secret)}


def listed(db: Work, kind: str, who: UUID, slug: str) -> dict[str, Any]:
    """The organisation's webhooks by name. Raises `NotFound` or `NotAllowed`."""
    organisation = require_either(db, kind, who, slug, ADMINISTRATOR)
    found = db.scalars(
        select(Webhook)
        .where(Webhook.organisation_id == organisation.id)
        .order_by(Webhook.name, Webhook.id)
    )
    return {"items": [_shown(db, organisation, one) for one in found], "next": None}


def show(db: Work, kind: str, who: UUID, webhook: UUID) -> dict[str, Any]:
    """One of them. Raises `NotFound` or `NotAllowed`."""
    row, organisation = _find(db, kind, who, webhook)
    return _shown(db, organisation, row)


def change(
    db: Work, kind: str, who: UUID, webhook: UUID, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Changes what is given; what waits for one that is disabled is dropped.

    Raises `NotFound`, `NotAllowed` or `Invalid`.
    """
    row, organisation = _find(db, kind, who, webhook, lock=True)
    _each_once(body)
    _check_url(db, organisation.slug, body)
    wanted = {name: body[name] for name in ("name", "url", "events") if name in body}
    if "enabled" in body:
        wanted["state"] = "enabled" if body["enabled"] else "disabled"
    fields = sorted(name for name, value in wanted.items() if getattr(row, name) != value)
    for name in fields:
        setattr(row, name, wanted[name])
    if {"url", "state"} & set(fields):
        row.failing_since = row.why = None
    if row.state != "enabled":
        drop_waiting(db, webhook)
    db.flush()
    if fields:
        audit.record(db, organisation, who, "webhook_changed", webhook=str(webhook), fields=fields)
    return _shown(db, organisation, row)


def remove(db: Work, kind: str, who: UUID, webhook: UUID) -> None:
    """Deletes one, with what waits for it. Raises `NotFound` or `NotAllowed`."""
    row, organisation = _find(db, kind, who, webhook, lock=True)
    drop_waiting(db, webhook)
    db.delete(row)
    db.flush()
    audit.record(db, organisation, who, "webhook_deleted", webhook=str(webhook))


def rotate(db: Work, kind: str, who: UUID, webhook: UUID, overlap_days: int) -> dict[str, Any]:
    """A new secret, shown once; for so many more days the one before signs too.

    By the day, so that no hour of anybody's work is kept. Raises `NotFound` or `NotAllowed`.
    """
    row, organisation = _find(db, kind, who, webhook, lock=True)
    secret, until = os.urandom(32), None
    if overlap_days:
        until = organisations.today(db, organisation) + timedelta(days=overlap_days)
    row.previous_secret, row.previous_until = (row.secret if until else None), until
    row.secret = webhook_secrets.lock(db.config, webhook, secret)
    db.flush()
    audit.record(db, organisation, who, "webhook_secret_changed", webhook=str(webhook))
    return _shown(db, organisation, row) | {"secret": webhook_secrets.told(secret)}


def log(db: Work, kind: str, who: UUID, webhook: UUID) -> dict[str, Any]:
    """How tries ended, the newest day first, and what waits. Raises as `show` does."""
    _find(db, kind, who, webhook)
    found = db.scalars(
        select(WebhookDay)
        .where(WebhookDay.webhook_id == webhook)
        .order_by(WebhookDay.day.desc(), WebhookDay.outcome)
    )
    counted = db.execute(
        select(Delivery.state, func.count())
        .where(Delivery.kind == KIND, Delivery.target == webhook)
        .group_by(Delivery.state)
    )
    states = {one.state: int(one[1]) for one in counted}
    items = [{"day": one.day, "outcome": one.outcome, "tries": one.tries} for one in found]
    counts = {"waiting": states.get("waiting", 0), "given_up": states.get("dead", 0)}
    return {"items": items, "next": None, **counts}


def _find(
    db: Work, kind: str, who: UUID, webhook: UUID, *, lock: bool = False
) -> tuple[Webhook, Organisation]:
    row = db.get(Webhook, webhook, with_for_update=lock or None)
    if row is None:
        raise NotFound
    organisation = db.get_one(Organisation, row.organisation_id)
    return row, require_either(db, kind, who, organisation.slug, ADMINISTRATOR)


def _shown(db: Work, organisation: Organisation, row: Webhook) -> dict[str, Any]:
    until = row.previous_until
    over = until is None or until < organisations.today(db, organisation)
    names = ("id", "name", "url", "events", "state", "created_on", "failing_since", "why")
    return {name: getattr(row, name) for name in names} | {
        "organisation": organisation.slug,
        "overlap_until": None if over else until,
    }


# --- the outbox -----------------------------------------------------------------------------

# Asked for at every report; built once, since building it costs more than running it.
_WANTED = (
    select(Webhook.id, Webhook.events, Organisation.slug)
    .join(Organisation, Organisation.id == Webhook.organisation_id)
    .where(
        Webhook.organisation_id == bindparam("organisation"),
        Webhook.state == "enabled",
        ~exists().where(CaseExcluded.case_id == bindparam("case_id")),
    )
)


def subscribe_fan(db: Work, case: Case, event: str) -> None:
    """Puts one row into the outbox for each of the organisation's webhooks that asks for it.

    Nothing is told of a case that somebody was kept out of: in a chat they would hear of a case
    that is not in their inbox.
    """
    found = db.fetch(_WANTED, organisation=case.organisation_id, case_id=case.id)
    for webhook, events, slug in found.all():
        if event in events:
            outbox.put(
                db,
                kind=KIND,
                target=webhook,
                organisation_id=case.organisation_id,
                event=event,
                body={"event": event, "organisation": slug, "reference": case.reference},
                case_id=case.id,
            )


def drop_waiting(db: Work, webhook: UUID) -> None:
    """Takes what waits for a webhook, and what was given up, out of the outbox."""
    db.execute(delete(Delivery).where(Delivery.kind == KIND, Delivery.target == webhook))
