"""The secrets that webhooks are signed with, locked under the deployment's own."""

from __future__ import annotations

import base64
from uuid import UUID

from api.config import Config
from api.models.base import Work
from api.models.integration import Webhook
from api.models.organisation import Organisation
from api.rules import locking, organisations

INFO = "wren/v1/webhook"
_PREFIX = "whsec_"


def lock(config: Config, webhook: UUID, secret: bytes) -> bytes:
    """A secret as it is stored: it opens only for this webhook."""
    return locking.lock(config, INFO, secret, webhook.bytes)


def told(secret: bytes) -> str:
    """A secret as people are shown it, once: the spelling of Standard Webhooks."""
    return _PREFIX + base64.b64encode(secret).decode("ascii")


def signing(db: Work, row: Webhook) -> list[bytes]:
    """The secrets that sign today, the newest first. Raises `Damaged` under another secret."""
    organisation = db.get_one(Organisation, row.organisation_id)
    locked = [row.secret]
    until = row.previous_until
    if row.previous_secret and until and until >= organisations.today(db, organisation):
        locked.append(row.previous_secret)
    return [locking.unlock(db.config, INFO, one, row.id.bytes) for one in locked]
