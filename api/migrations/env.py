"""Alembic calls this; the connection comes from `api.migrations`."""

from alembic import context

import api.models.account
import api.models.attachment
import api.models.audit
import api.models.case
import api.models.deletion
import api.models.figures
import api.models.flood
import api.models.integration
import api.models.message
import api.models.note
import api.models.notice
import api.models.organisation
import api.models.outbox
import api.models.report_draft
import api.models.returns
import api.models.tally  # noqa: F401 - the tables register themselves
from api.models.base import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
