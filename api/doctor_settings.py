"""What `wren doctor` finds in files, settings and the machine."""

from __future__ import annotations

import ipaddress
import os
import stat
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import text

from api.config import SMTP_PASSWORD, Config
from api.deployment_secret import LONG, Secrets
from api.models.base import Work
from api.rules import workshop
from api.vault import Finding

ROOM = 256 * 1024 * 1024
"""Bytes that should be free where the database lies, as the vault leaves them."""

CHANGING = 7
"""Days after its second step, which has a day, in which a change of the secret should be done."""

REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs",
                    "fuse.sshfs", "fuse.glusterfs", "lustre"})  # fmt: skip
"""File systems over a network, where SQLite's locks can't be relied on
(https://sqlite.org/useovernet.html)."""

SWAPS = Path("/proc/swaps")

_OPEN_POSTGRES: Mapping[str, tuple[str, ...]] = {
    "log_statement": ("none",),
    "log_min_error_statement": ("panic",),
    "log_error_verbosity": ("terse",),
    "log_connections": ("off", ""),
    "log_disconnections": ("off",),
    "track_commit_timestamp": ("off",),
}
"""PostgreSQL's settings by which its log holds nothing of anybody (docs/operations.md)."""

_LONG_WAL: Mapping[str, str] = {
    "wal_recycle": "on",
    "log_checkpoints": "on",
    "archive_timeout": "0",
}
"""PostgreSQL's settings as it comes, by which its files tell for weeks when something was written
(docs/threats.md)."""


# --- files --------------------------------------------------------------------------------


def files(secret_file: Path, database: Path | None) -> Iterator[Finding]:
    """Who else can read or replace the secret, SQLite's files and the mail server's password."""
    given = [secret_file]
    if database is not None:
        beside = [Path(f"{database}{end}") for end in ("", "-wal", "-shm")]
        given += [database.parent, *beside]
    if password := os.environ.get(SMTP_PASSWORD):
        given.append(Path(password))
    for one in given:
        if one.exists():
            yield _private(one)
    place = secret_file.absolute().parent
    mode = place.stat().st_mode
    if mode & (stat.S_IWGRP | stat.S_IWOTH) and not mode & stat.S_ISVTX:
        yield False, f"Others can replace {secret_file.name}: chmod go-w {place.name}"


def _private(path: Path) -> Finding:
    mode = path.stat().st_mode
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return False, f"{path.name} can be read by others. Take their rights away: chmod go-rwx"
    return True, f"{path.name} is for its owner only."


def disk(database: Path, mounts: Path = workshop.MOUNTS) -> Iterator[Finding]:
    """Whether SQLite's file is on a local disk that has room."""
    place = database.resolve().parent
    if not place.exists():
        return
    kind = workshop.file_system(place, mounts)
    if kind in REMOTE:
        yield False, f"SQLite's file is on a network ({kind}): keep it on a local disk."
    found = os.statvfs(place)
    free = found.f_bavail * found.f_frsize
    told = f"{free // 1024**2} MiB are free where the database is"
    yield free >= ROOM, f"{told}." if free >= ROOM else f"{told}: soon no report is taken."


def machine(swaps: Path = SWAPS) -> Iterator[Finding]:
    """Whether what is in memory can get to the disk. It is the machine's, not the deployment's."""
    try:
        on = [one.split()[0] for one in swaps.read_text().splitlines()[1:] if one.strip()]
    except OSError:
        on = []
    on = [one for one in on if not Path(one).name.startswith(("zram", "dm-"))]
    if on:
        yield False, f"Memory can get to the disk by swap ({', '.join(on)}): swapoff -a"
    else:
        yield True, "No swap on a plain disk."


# --- settings -----------------------------------------------------------------------------


def settings(config: Config, secrets: Secrets) -> Iterator[Finding]:
    """What is set more openly than it should be."""
    today = datetime.fromtimestamp(config.clock(), UTC).date()
    if any(_is_plain(one) for one in (secrets.now, *secrets.others)):
        yield False, "The secret is not random. Change it: wren secret rotate"
    if secrets.since is not None and (today - secrets.since).days > CHANGING:
        yield False, f"The secret is being changed since {secrets.since}: wren secret rotate"
    elif secrets.others:
        yield True, "The secret is being changed. Go on with: wren secret rotate"
    wide = [one for one in config.webhooks_private if _is_wide(one)]
    if wide:
        yield False, f"Webhooks may reach whole networks ({', '.join(wide)}): name hosts."
    if config.metrics and not _is_this_machine(config.metrics[0]):
        yield (
            False,
            f"Numbers are told beyond this machine, at {config.metrics[0]} (WREN_METRICS).",
        )
    if config.mail:
        host = urlsplit(config.mail.console)
        named = host.hostname or ""
        if host.scheme == "http" and not (_is_this_machine(named) or named.endswith(".onion")):
            yield False, "WREN_PUBLIC_ADDRESS is without TLS: it is in every notice. Use https://"


def _is_plain(secret: bytes) -> bool:
    """Whether chance can't have made it: of 32 random bytes about 30 differ."""
    return len(set(secret)) <= LONG // 2


def _is_wide(name: str) -> bool:
    """Whether it is a network of more than 256 addresses."""
    try:
        network = ipaddress.ip_network(name.rpartition("=")[2].strip())
    except ValueError:
        return False
    return network.num_addresses > 256 and not network.is_loopback


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def postgres(db: Work) -> Iterator[Finding]:
    """Whether PostgreSQL's log and files tell less than they could."""
    rows = db.execute(
        text("SELECT name, setting FROM pg_settings WHERE name = ANY(:names)"),
        {"names": [*_OPEN_POSTGRES, *_LONG_WAL, "archive_mode"]},
    )
    found = {str(name): str(setting) for name, setting in rows}
    loose = [
        f"{name} = {found[name]}"
        for name, good in _OPEN_POSTGRES.items()
        if name in found and found[name] not in good
    ]
    if loose:
        yield False, f"PostgreSQL tells more than it should: {', '.join(loose)}."
    else:
        yield True, "PostgreSQL's log tells nothing of anybody."
    long = [f"{name} = {value}" for name, value in _LONG_WAL.items() if found.get(name) == value]
    if long:
        yield False, f"PostgreSQL's files tell for long when reports came: {', '.join(long)}."
    if found.get("archive_mode", "off") != "off":
        yield False, "PostgreSQL archives its log, which has the time of every commit."
    row = db.execute(
        text(
            "SELECT s.ssl, a.client_addr IS NULL OR a.client_addr <<= inet '127.0.0.0/8'"
            " OR a.client_addr = inet '::1', r.rolsuper"
            " FROM pg_stat_activity a JOIN pg_roles r ON r.rolname = current_user"
            " LEFT JOIN pg_stat_ssl s USING (pid) WHERE a.pid = pg_backend_pid()"
        )
    ).one()
    encrypted, here, is_super = row
    if not (encrypted or here):
        yield False, "The way to PostgreSQL is without TLS: add ?sslmode=verify-full"
    if is_super:
        yield False, "Wren is PostgreSQL's superuser: give it a role of its own."
