"""What is tried on SQLite and PostgreSQL: `make test` does both where the database matters.

Forms, texts and refusals are the same code on both, so their PostgreSQL half is of the ordeal.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ON_BOTH = frozenset(
    f"{name}.py"
    for name in (
        # Locks, and what two do at once.
        "api/test_assignment", "api/test_attachments_gone", "api/test_counting",
        "api/test_database", "api/test_drafts", "api/test_epochs", "api/test_handler_messages",
        "api/test_invitations", "api/test_join", "api/test_links", "api/test_newcomers",
        "api/test_openings", "api/test_receipt_keys", "api/test_recovery", "api/test_renewal",
        "api/test_roster", "api/test_sessions", "api/test_sign_in", "api/test_tally",
        "api/test_work", "web/test_while_others_write", "worker/test_outbox",
        # What SQL counts, orders, compares by time, or deletes.
        "api/test_audit", "api/test_deadlines", "api/test_exclusion", "api/test_inbox",
        "api/test_legal_hold", "api/test_open_case", "api/test_releases", "api/test_statistics",
        "api/test_withdraw", "attack/test_differences", "attack/test_forensics",
        "faults/test_clock", "worker/test_health", "worker/test_retention",
        # The database itself.
        "api/test_migrations", "backup/test_damaged", "backup/test_rosters",
        "cli/test_doctor_finds",
    )
)  # fmt: skip
"""Files whose tests `make test` runs on PostgreSQL too."""

REFUSALS = (
    "do_not_fit", "fields_are_named", "outsiders", "that_are_none", "do_not_follow",
    "records_that_can_not_be", "does_not_check", "is_no_work", "what_is_refused", "for_nothing",
    "nothing_else_is_taken",
)  # fmt: skip
"""Parts of the names of their tests that ask what is refused: that is the same code on both."""


def on_one_database(items: list[pytest.Item]) -> None:
    """Marks the PostgreSQL half of all other files as of the ordeal."""
    here = Path(__file__).parent
    for item in items:
        called = getattr(item, "callspec", None)
        if called is None or "postgresql" not in called.params.values():
            continue
        name = item.name.partition("[")[0]
        same = any(part in name for part in REFUSALS)
        if same or item.path.relative_to(here).as_posix() not in ON_BOTH:
            item.add_marker(pytest.mark.ordeal)
