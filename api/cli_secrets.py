"""`wren secret`: the deployment's secret changes while everything goes on."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from api import config, deployment_secret, serving
from api.deployment_secret import Secrets
from api.models.base import Database
from api.plain import plainly
from api.rules import floods, secret_rotation

HELD = timedelta(days=floods.DAYS + 1)
"""For so long after the day of the second step something may need the secret before: pages that
are open, and places held for a report; a day of it for machines that get the file later."""

_SPREAD = """\
The processes of this machine have taken it up. Give the same file to every other machine:
  {file}"""


@click.group()
def secret() -> None:
    """The deployment's secret."""


@secret.command("rotate")
@click.option(
    "--now",
    "at_once",
    is_flag=True,
    help="Forget the secret before at once: pages open, and places held for reports, are lost.",
)
@plainly
def rotate(at_once: bool) -> None:
    """Goes one step on in changing the secret; says what to do before the next one.

    There are three, and the service goes on in all of them. See docs/keys.md.
    """
    settings, file = config.from_env(), config.secret_file()
    held = config.read_secrets(file)
    database = Database(settings)
    serving.check_tables(settings)
    today = datetime.fromtimestamp(settings.clock(), UTC).date()
    if held.next is not None:
        # A secret that was never there before can't have locked anything.
        _write(file, Secrets(held.next, before=held.now, since=today))
        click.echo("Step 2 of 3: the next secret is in use. The one before still opens.\n")
        click.echo(_SPREAD.format(file=file))
        click.echo(f"\nThen, from {_from(today)} on: wren secret rotate")
    elif held.before is not None and held.since is not None:
        _finish(database, file, held, date.min if at_once else _from(held.since), today)
    else:
        database.write(secret_rotation.keep_lasting)
        _write(file, Secrets(held.now, next=os.urandom(deployment_secret.LONG)))
        click.echo("Step 1 of 3: the next secret opens what it locks, and locks nothing yet.\n")
        click.echo(_SPREAD.format(file=file))
        click.echo("\nOnce all have it: wren secret rotate")


def _from(since: date) -> date:
    return since + HELD + timedelta(days=1)


def _finish(database: Database, file: Path, held: Secrets, over: date, today: date) -> None:
    found = secret_rotation.relock(database)
    click.echo(f"{found.held} values are under the secret in use, {found.anew} locked anew.")
    if found.shut:
        click.echo(f"{found.shut} open under no known secret. Run: wren doctor", err=True)
    if today < over:
        click.echo(
            "The secret before is kept for pages that are open and places that are held. "
            f"From {over} on run this again, or now with --now."
        )
        return
    _write(file, Secrets(held.now))
    click.echo("Step 3 of 3: the secret before is gone from the file.\n")
    click.echo(_SPREAD.format(file=file))
    click.echo("\nThat is all. Backups made before hold the secret before, encrypted.")


def _write(file: Path, secrets: Secrets) -> None:
    """Writes it, and waits until all processes here have looked at it."""
    deployment_secret.write(file, secrets)
    time.sleep(2 * deployment_secret.LOOK)


@secret.command("show")
@plainly
def show() -> None:
    """Says how far a change of the secret is; shows no secret."""
    held = config.read_secrets(config.secret_file())
    if held.next is not None:
        click.echo("Step 1 of 3 was done: the next secret opens, and locks nothing yet.")
    elif held.since is not None:
        click.echo(f"Step 2 of 3 was done on {held.since}: the secret before still opens.")
    else:
        click.echo("One secret is in use. Nothing is being changed.")
