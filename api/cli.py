"""The command `wren`.

What one command alone needs is loaded by it: a server that was killed is to answer soon.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from pathlib import Path
from threading import Event
from typing import Any

import click
import pyotp
from cryptography.x509 import load_pem_x509_certificates

from api import (
    at_start,  # noqa: F401 - the first of all
    cli_backups,
    cli_secrets,
    config,
    logs,
    poster,
    serving,
    setup,
)
from api.models.base import Database
from api.plain import plainly as _plainly
from api.rules import organisations, receipt_keys
from shared.errors import BadToken, WrenError
from shared.schemas.accounts import ROLES
from shared.sealing.encoding import b64, unb64


@click.group()
@click.version_option(package_name="wren")
def main() -> None:
    """Anonymous reports, and a conversation with the guardian.

    Settings: WREN_DATA (a directory, default var/wren), WREN_DATABASE_URL (default an
    SQLite file in it), WREN_SECRET_FILE (default `secret` in it), WREN_EXIT (where the quick
    exit leads), WREN_ONION (the same service as an onion service), WREN_VAULT (where attachments
    lie: a directory, or s3://bucket/prefix; default beside the database), WREN_WORKER (inside, or
    apart where `wren worker` runs by itself), WREN_WEBHOOKS_PRIVATE (networks and hosts inside
    that webhooks may reach), WREN_SMTP, WREN_SMTP_PASSWORD_FILE, WREN_SMTP_FROM, WREN_SMTP_CA and
    WREN_PUBLIC_ADDRESS (how notices go out by mail), WREN_METRICS (where numbers are told),
    WREN_TIMESTAMP_AUTHORITY (who stamps case files), WREN_BACKUP_TO (what backups are encrypted
    to), WREN_BACKUP_DAYS (for how long they are kept) and WREN_WORK_FROM (how many cases may be
    opened in a minute before each costs its sender work; default 60). Each in full:
    docs/operations.md.
    """
    # Whatever is written from here on is for its owner's eyes only.
    os.umask(0o077)
    logs.take_over()


@main.command()
@_plainly
def init() -> None:
    """Makes the secret, the tables and the salt. Safe to run again, also to upgrade."""
    setup.secret()
    settings = config.from_env()
    setup.init(Database(settings))
    if not settings.backup_to:
        click.echo("No backups yet: run wren backup-key on another machine.")
    click.echo("Ready. Next: wren organisation add")


@main.group()
def organisation() -> None:
    """Organisations."""


@organisation.command("add")
@click.argument("slug")
@click.argument("name")
@click.option(
    "--release",
    default="07:00,13:00,19:00",
    show_default=True,
    help="When reporters' acts become visible to handlers: times, or 'at once'.",
)
@_plainly
def add_organisation(slug: str, name: str, release: str) -> None:
    """Adds the organisation NAME under the short name SLUG, with the usual desks and texts."""
    setup.check_slug(slug)
    setup.check_text("The name", name, 200)
    times = setup.read_release(release)
    Database(config.from_env()).write(
        lambda db: setup.add_organisation(db, slug, name, contacts=[], release=times)
    )
    click.echo(f"Added {slug}. Next: wren invite {slug}")


@organisation.command("show")
@click.argument("slug")
@_plainly
def show_organisation(slug: str) -> None:
    """Shows what a poster of the organisation SLUG must carry, and who is in its roster."""
    with Database(config.from_env()).read() as db:
        roster = organisations.find_roster(db, organisations.find(db, slug))
    if roster is None:
        raise config.ConfigError(f"{slug} has no roster yet. Run: wren invite {slug}")
    click.echo(f"Poster  https://<host>/o/{slug}#{b64(roster.fingerprint)}")
    click.echo(f"Roster  version {roster.newest.version}, of {roster.newest.day}")
    for one in roster.newest.handlers:
        until = f", until {one.until}" if one.until else ""
        click.echo(f"  {one.id}  {one.name}: {', '.join(one.desks)}{until}")


@main.command("poster")
@click.argument("slug")
@click.option("--address", required=True, help="The service's, as https://speak.example.org")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--language", type=click.Choice(poster.LANGUAGES), default="en", show_default=True)
@click.option(
    "--page", type=click.Choice(("html", "text")), help="For the intranet, in the poster's place."
)
@_plainly
def poster_(slug: str, address: str, out: Path, language: str, page: str | None) -> None:
    """Writes a poster of the organisation SLUG as PDF, or a page for its intranet.

    Its QR code is the address with the fingerprint of the roster, which the app compares. The
    page has a link and no form: the employer's server never carries a report.
    """
    with Database(config.from_env()).read() as db:
        found = organisations.find(db, slug)
        roster, name = organisations.find_roster(db, found), found.name
    if roster is None:
        raise config.ConfigError(f"{slug} has no roster yet. Run: wren invite {slug}")
    made = poster.of(address, slug, name, roster.fingerprint)
    if page is None:
        out.write_bytes(poster.pdf(made, language))
    else:
        written = poster.html if page == "html" else poster.text
        out.write_text(written(made, language), "utf-8")
    out.chmod(0o644)  # it is for everybody
    click.echo(f"Wrote {out}. Its code: {made.code}")


@main.command()
@click.argument("slug")
@click.option("--role", type=click.Choice(ROLES), help="What they will be.")
@click.option("--desk", "desks", multiple=True, help="For handlers, managers; may be repeated.")
@click.option("--name", "display_name", help="The name that reporters are shown.")
@click.option(
    "--renew", "username", help="New keys for this account, which lost its recovery words too."
)
@click.option(
    "--last-handler",
    is_flag=True,
    help="With --renew, though nobody else can sign the roster: it ends, and takes no report.",
)
@_plainly
def invite(
    slug: str,
    role: str | None,
    desks: tuple[str, ...],
    display_name: str | None,
    username: str | None,
    last_handler: bool,
) -> None:
    """Invites somebody to the organisation SLUG, and prints the link of the invitation.

    Whoever has the link can join, once: give it to that person alone. The first handler of an
    organisation signs its roster; each next one waits until a handler approves them.
    """
    database = Database(config.from_env())
    if username is not None:
        if role or desks or display_name:
            raise click.UsageError("--renew keeps role, desks and name: leave them out.")
        code, made = database.write(lambda db: setup.renew(db, slug, username, last_handler))
    elif last_handler or role is None or display_name is None:
        raise click.UsageError("Give --role and --name, or --renew.")
    else:
        setup.check_text("--name", display_name, 100)
        code, made = database.write(lambda db: setup.invite(db, slug, role, display_name, desks))
    click.echo(f"For {made.display_name}, {made.role}; it works once, until {made.expires_on}.\n")
    click.echo(f"  link  https://<host>/console/join#{code}")
    click.echo(f"  code  {code}")
    click.echo("\nNothing can show it again.")


@main.group()
def keys() -> None:
    """Keys that sign an organisation's receipts and case files."""


@keys.command("rotate")
@click.argument("slug")
@_plainly
def rotate_keys(slug: str) -> None:
    """Makes the next receipt key of the organisation SLUG.

    It signs once a handler has put it into the roster: in the console, under People. What the
    old one signed stays good.
    """
    made = Database(config.from_env()).write(lambda db: receipt_keys.make_next(db, slug))
    click.echo(
        f"Made a receipt key for {slug}. Its fingerprint:\n\n  {receipt_keys.shown(made)}\n"
    )
    click.echo("Tell it to a handler in person or by phone. They compare it in the console, under")
    click.echo("People, and sign the roster. Until then the old key signs.")


@keys.command("show")
@click.argument("slug")
@_plainly
def show_keys(slug: str) -> None:
    """Shows which receipt key the organisation SLUG signs with, and which one waits."""
    with Database(config.from_env()).read() as db:
        now, waits = receipt_keys.state(db, slug)
    click.echo(f"Signs   {now}")
    click.echo(f"Waits   {waits or 'none'}")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True)
@click.option("--workers", type=int, help="Default: 1 on SQLite, the cores on PostgreSQL.")
@_plainly
def serve(host: str, port: int, workers: int | None) -> None:
    """Serves the API until it is stopped. Put a proxy with TLS in front."""
    settings = config.from_env()
    usual = serving.workers_for(settings.database_url)
    if workers and workers > 1 and settings.database_url.startswith("sqlite"):
        raise config.ConfigError("SQLite has one writer: use one worker, or PostgreSQL.")
    serving.check_tables(settings)
    port = serving.check_port(host, port)
    at = f"[{host}]" if ":" in host else host
    serving.serve(
        host, port, workers or usual, lambda: click.echo(f"Serving on http://{at}:{port}")
    )


@main.command("worker")
@click.option("--once", is_flag=True, help="Do what is due now, and end.")
@_plainly
def worker_(once: bool) -> None:
    """Does what happens by itself: notices, webhooks, deadlines, retention, what is left over.

    It also runs inside `wren serve`, unless WREN_WORKER is set to apart. Any number may run at
    once. It may be stopped or killed at any time: what has not arrived is sent again.
    """
    from api.worker import Worker

    settings = config.from_env()
    serving.check_tables(settings)
    one = Worker(Database(settings))
    if once:
        one.run_once()
        return
    stop = Event()

    def end(_number: int, _frame: Any) -> None:
        stop.set()
        one.wake()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    one.run(stop)


@main.command("demo")
@click.option("--port", default=8080, show_default=True, help="0: any free port.")
@click.option("--data", default="var/demo", show_default=True, help="What is kept, and where.")
@click.option("--app/--no-app", "with_app", default=True, help="Open the phone app too.")
@click.option("--json", "as_json", is_flag=True, help="One line for a program, nothing else.")
@click.option(
    "--sample", "sampled", is_flag=True, help="Fill a new one with invented cases in all states."
)
@_plainly
def demo_(port: int, data: str, with_app: bool, as_json: bool, sampled: bool) -> None:
    """Prepares the organisation eeast with invented people, and serves it.

    A second start keeps all cases, and shows no secrets again. Making the sample takes up to
    some minutes, once.
    """
    from api import demo

    port = serving.check_port("127.0.0.1", port)
    if sampled and not as_json and demo.is_new(Path(data)):
        click.echo("The sample: invented cases of half a year. This takes up to some minutes.")
    handlers, fingerprint = demo.prepare(Path(data), sampled)
    url = f"http://127.0.0.1:{port}"
    started: list[Any] = []

    def ready() -> None:
        if as_json:
            line = {"url": url, "organisation": demo.SLUG, "handlers": handlers}
            click.echo(json.dumps(line))
        else:
            _tell(url, demo.SLUG, fingerprint, handlers, data)
        sys.stdout.flush()
        if with_app:
            address = f"{url}/o/{demo.SLUG}#{fingerprint}"
            started.append(demo.start_app(address, Path(data).resolve() / "phone"))
            if started == [None] and not as_json:
                click.echo(
                    "There is no display here, so the app was not opened. With one, on this"
                )
                click.echo(f"machine: make app ADDRESS='{url}/o/{demo.SLUG}#{fingerprint}'\n")

    try:
        serving.serve("127.0.0.1", port, 1, ready)
    finally:
        for app in filter(None, started):
            app.terminate()


def _tell(
    url: str, slug: str, fingerprint: str, handlers: list[dict[str, Any]], data: str
) -> None:
    click.echo("\nWren is running, with invented people. Stop it with Ctrl+C.\n")
    click.echo(f"  Staff      {url}/o/{slug}")
    click.echo(f"  The app    {url}/o/{slug}#{fingerprint}")
    click.echo("             (the text of the poster's QR code; in a browser the same as Staff)")
    click.echo(f"  Guardian   {url}/console")
    click.echo(f"  API        {url}/api/v1/docs\n")
    if "password" not in handlers[0]:
        click.echo("Passwords were shown at the first start and are kept nowhere.")
        click.echo(f"To begin anew, with new ones and without the cases: remove {data}\n")
        return
    click.echo("Sign in with these. Shown now and never again:\n")
    for one in handlers:
        desks = "".join(f", desk {desk}" for desk in one["desks"])
        click.echo(f"  {one['username']}  {one['role']}{desks}")
        click.echo(f"    password     {one['password']}")
        click.echo(f"    TOTP secret  {one['totp_secret']}")
    click.echo("\nThe six-digit code: from an authenticator app, or: .venv/bin/wren code SECRET\n")


@main.command()
@click.argument("secret", required=False)
@_plainly
def code(secret: str | None) -> None:
    """Prints the six digits of a TOTP secret now, for trying things out."""
    try:
        click.echo(pyotp.TOTP(secret or click.prompt("TOTP secret", hide_input=True)).now())
    except ValueError:
        raise click.ClickException("This is not a TOTP secret.") from None


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("beside", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--roster", "fingerprint", help="What follows # in the poster's address.")
@click.option(
    "--authority",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Certificates (PEM) that a case file's time stamp may go back to.",
)
@_plainly
def verify(
    file: Path, beside: tuple[Path, ...], fingerprint: str | None, authority: Path | None
) -> None:
    """Checks a proof or a case file (ZIP), and whether the files BESIDE are those that it means.

    Of a proof it asks for the eight words, to open the text and compare files; without them it
    checks all but these. The words open the whole case: give them only where the whole case
    may be read.

    Ends with 0 if all that was checked holds, 1 if something was changed, 3 if it is cut short,
    4 if it is another's or not of Wren, 5 if it is of a newer version, 2 if called wrongly.
    """
    from api import verifying
    from api.verifying_case_file import check_case_file

    pinned = _fingerprint(fingerprint) if fingerprint else None
    try:
        if verifying.is_zip(file):
            roots = _certificates(authority) if authority else []
            check_case_file(file, beside, pinned, roots, click.echo)
        else:
            verifying.check_proof(file, beside, pinned, _ask_for_words, click.echo)
    except verifying.Verdict as found:
        click.echo(f"Error: {found.sentence}", err=True)
        raise SystemExit(found.code) from None
    except BadToken as error:
        raise click.UsageError(error.detail) from None


def _certificates(path: Path) -> list[Any]:
    try:
        return load_pem_x509_certificates(path.read_bytes())
    except ValueError:
        raise click.UsageError("--authority: give a file of certificates in PEM.") from None


def _fingerprint(text: str) -> bytes:
    try:
        found = unb64(text.rpartition("#")[2])
    except WrenError:
        found = b""
    if len(found) != 16:
        raise config.ConfigError("--roster: give what follows # in the poster's address.")
    return found


def _ask_for_words() -> str | None:
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip() or None
    asked = "Eight words, to open the text too (Enter: without)"
    return click.prompt(asked, default="", show_default=False, hide_input=True).strip() or None


@main.command("doctor")
@click.option(
    "--backup-days",
    type=click.IntRange(0),
    default=2,
    show_default=True,
    help="How old the last backup may be. 0: they are made otherwise.",
)
@click.option("--thorough", is_flag=True, help="Read every envelope, and every attachment.")
@_plainly
def doctor_(backup_days: int, thorough: bool) -> None:
    """Looks at settings, files, tables, vault, clock, backups, rosters and keys; changes nothing.

    Exits with 1 if anything is not as it should be.
    """
    from api import doctor

    findings = doctor.examine(
        config.from_env(), config.secret_file(), backup_days=backup_days, thorough=thorough
    )
    for good, text in findings:
        click.echo(f"{'ok  ' if good else 'FAIL'}  {text}")
    if not all(good for good, _ in findings):
        raise SystemExit(1)


for _one in (
    cli_backups.backup_key, cli_backups.back_up, cli_backups.restore_, cli_secrets.secret,
):  # fmt: skip
    main.add_command(_one)

gc.enable()
