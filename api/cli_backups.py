"""`wren backup-key`, `wren backup` and `wren restore`; each loads what it needs."""

from __future__ import annotations

from pathlib import Path

import click

from api import config, files
from api.models.base import Database
from api.plain import plainly

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("backup-key")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@plainly
def backup_key(out: Path) -> None:
    """Makes the key that opens backups, and prints what backups are encrypted to.

    Do this on another machine, and keep the file there, or on paper: whoever has it and a backup
    has all that the server has. `age-keygen` makes the same.
    """
    from api import archive

    recipient, text = archive.make_key()
    files.new(out, text.encode())
    click.echo(f"Wrote {out}. Keep it off the server, twice. On the server set:\n")
    click.echo(f"  WREN_BACKUP_TO={recipient}")


@click.command("backup")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="A file, or a directory."
)
@click.option("--without-files", is_flag=True, help="Also while the vault is empty, or away.")
@plainly
def back_up(out: Path, without_files: bool) -> None:
    """Backs up the database, the vault and the secret, encrypted to WREN_BACKUP_TO.

    Exits with 1 if what it found is not whole; the backup is written all the same, but where the
    vault is empty or away, or another would go that may have all files.

    The service goes on meanwhile. In a directory the backup is called wren-DAY.age, and those
    older than WREN_BACKUP_DAYS are deleted: longer than that nobody is told that they are kept.
    The last that has all files stays.
    """
    from api import backup

    database = Database(config.from_env())
    try:
        told = backup.back_up(database, config.secret_file(), out, without_files=without_files)
    finally:
        database.engine.dispose()
    click.echo(f"Wrote {told.out}: {told.rows['cases']} cases, {told.chunks} chunks of files.")
    if told.gone:
        click.echo(f"Deleted meanwhile, and not in it: {told.gone} attachments.")
    if told.old:
        click.echo(f"Deleted: {told.old} older backups.")
    if told.kept:
        click.echo(
            f"{told.kept} older backups were not deleted, since the last run was not in the days "
            "before today. If the clock is right, the run of another day deletes them.",
            err=True,
        )
    if len(told.spared) == 1:
        click.echo(
            f"The backup of {told.spared[0]} stays, longer than reporters are told: it is the "
            "last that has all files. Find those, or delete it by hand.",
            err=True,
        )
    elif told.spared:
        click.echo(
            f"{len(told.spared)} older backups stay, longer than reporters are told: any may be "
            "the last that has all files. Find those, or delete them by hand.",
            err=True,
        )
    if told.aside:
        click.echo(
            f"{told.aside} stays until there is one that has all files: it may have what this one "
            "lacks. Find those, or delete it by hand.",
            err=True,
        )
    if told.ahead:
        click.echo(
            f"{told.ahead} backups are called by a day that is still to come: a clock was ahead. "
            "They are never deleted by Wren: do it by hand.",
            err=True,
        )
    if told.missing and without_files:
        click.echo(f"It lacks the files: {told.missing} attachments.", err=True)
    elif told.missing:
        click.echo(
            f"The vault lacks parts of {told.missing} attachments, or can't read them. "
            "Run: wren doctor --thorough",
            err=True,
        )
    if told.damaged:
        click.echo(
            f"{told.damaged} rows are damaged, and in it as they are. Keep an older backup that "
            "has them whole. Run: wren doctor --thorough",
            err=True,
        )
    if told.missing or told.damaged:
        raise SystemExit(1)


@click.command("restore")
@click.argument("file", type=_FILE)
@click.option("--identity", "key", required=True, type=_FILE, help="The file of wren backup-key.")
@click.option(
    "--deleted", "listed", type=_FILE, help="A copy of the vault's list of deleted cases."
)
@click.option(
    "--damaged", is_flag=True, help="Also what was damaged before it was made, as it is."
)
@click.option("--check", is_flag=True, help="Only read all of it, and say what it holds.")
@plainly
def restore_(file: Path, key: Path, listed: Path | None, damaged: bool, check: bool) -> None:
    """Restores the backup FILE to where the settings say, which must be empty.

    The database may be of the other kind: SQLite or PostgreSQL. A backup of an older version is
    brought to this one. All of it is restored, or nothing. Cases that were deleted since are not
    brought back, as far as the vault, if it is still there, or the copy of its list tells.
    """
    from api import archive, restore

    keys = archive.identities(key)
    with file.open("rb") as opened:
        if check:
            told = restore.check(opened, keys, damaged=damaged)
        else:
            told = restore.restore(
                config.from_env,
                config.database_url(),
                config.secret_file(),
                opened,
                keys,
                listed.read_bytes() if listed else None,
                damaged=damaged,
            )
    click.echo(f"Made on {told.made_on} by Wren {told.wren}.")
    click.echo(f"{told.rows['cases']} cases, {told.rows['messages']} messages, ", nl=False)
    click.echo(f"{told.chunks} chunks of files.")
    if told.damaged:
        click.echo(f"Damaged before it was made: {told.damaged} rows. Nobody can read those.")
    if check:
        all_else = "All else" if told.damaged else "All of it"
        click.echo(f"{all_else} is good. Nothing was restored.")
        return
    if told.listed:
        click.echo(f"Deleted since, and not brought back: {told.deleted} cases.")
    else:
        click.echo("No list of deleted cases was found: what was withdrawn since may be back.")
    for slug, fingerprint in told.rosters.items():
        click.echo(f"  {slug}  {fingerprint}")
    click.echo("Restored. Compare these fingerprints with what follows # on the posters.")
    click.echo("Everybody signs in anew. Next: wren doctor, then docs/backup.md, After a restore")
