"""Settings: read once at start, each checked, each named in the message if it is wrong."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

import pyrage
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from api import addressing, deployment_secret
from api.deployment_secret import Secrets
from shared.schemas.accounts import EMAIL

Clock = Callable[[], float]

DATABASE, DATA, SECRET = "WREN_DATABASE_URL", "WREN_DATA", "WREN_SECRET_FILE"
EXIT, ONION, VAULT = "WREN_EXIT", "WREN_ONION", "WREN_VAULT"
AUTHORITY = "WREN_TIMESTAMP_AUTHORITY"
WORKER, PRIVATE = "WREN_WORKER", "WREN_WEBHOOKS_PRIVATE"
SMTP, SMTP_PASSWORD, SMTP_FROM = "WREN_SMTP", "WREN_SMTP_PASSWORD_FILE", "WREN_SMTP_FROM"
SMTP_CA, PUBLIC, METRICS = "WREN_SMTP_CA", "WREN_PUBLIC_ADDRESS", "WREN_METRICS"
WORK_FROM = "WREN_WORK_FROM"
BACKUP_TO, BACKUP_DAYS = "WREN_BACKUP_TO", "WREN_BACKUP_DAYS"
KNOWN = {
    WORK_FROM,
    DATABASE, DATA, SECRET, EXIT, ONION, VAULT, AUTHORITY, WORKER, PRIVATE,
    SMTP, SMTP_PASSWORD, SMTP_FROM, SMTP_CA, PUBLIC, METRICS, BACKUP_TO, BACKUP_DAYS,
}  # fmt: skip
USUAL_EXIT = "https://www.nhs.uk/"
USUAL_WORK_FROM = "60"
_OF_THE_APP = {"WREN_ADDRESS"}
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?(/[!-~]*)?")
S3 = "s3://"
_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._/-]*)?")
_ONION = re.compile(r"https?://[a-z2-7]{56}\.onion")

_SMTP = re.compile(
    r"(?P<kind>smtp|smtps|smtp\+starttls)://((?P<user>[^\s/@:]+)@)?"
    r"(?P<host>[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:(?P<port>\d{1,5}))?"
)
_HERE = ("127.0.0.1", "::1", "localhost")
_LISTENS = re.compile(r"(?P<host>[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")

MAX_BODY = 1024 * 1024
"""Bytes of a request: the longest report, every character escaped, stays under half of it."""

REPORTER_SESSION, ACCOUNT_SESSION = 60 * 60, 8 * 60 * 60
"""Seconds that a session lasts: an hour for a reporter, a working day for a handler."""

REPORT_DRAFT, REPORT_DRAFT_OPEN = 60 * 60, 23 * 60 * 60
"""Seconds for which a browser keeps a report that is being written, and for which a page of it
that is still open can go on after that."""


class ConfigError(Exception):
    """A setting is missing or wrong; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Mail:
    """How mail to handlers goes out. `security` is `tls`, `starttls` or `none` (to this machine).

    `sender` is its address; `authority` a file of certificates (PEM) in the place of the public
    ones; `console` the console's address, as handlers reach it.
    """

    host: str
    port: int
    security: str
    sender: str
    console: str
    user: str = ""
    password: str = field(default="", repr=False)
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """What the factory needs. `secret` (32 bytes) locks the receipt keys in the database.

    `other_secrets` open what they locked, while the secret changes; they lock nothing. With a
    `secret_file` that is looked at all the time, and both are those of the start.
    `clock` gives Unix seconds; only tests give another than the system's. `leave_to` is where
    the quick exit of the reporter's pages leads; `onion` is the address of the same service
    as an onion service, if it has one. `vault` is where attachments lie: a path, or
    `s3://bucket/prefix`; empty: beside the database. `timestamp_authority` is where time stamps
    for case files are asked for (RFC 3161), if anywhere. `worker_inside`: whether each process
    that serves has a worker in it. `webhooks_private`: networks and hosts that webhooks may
    reach though they are not of the internet. `mail` is how notices go out, if at all; `metrics`
    where each process that serves tells its numbers (host, port), if anywhere. `backup_to` are
    the age recipients that backups are encrypted to, and `backup_days` is for how many days they
    are kept; 0 where Wren makes none. `work_from`: how many openings of cases in a minute a
    process takes before each costs work; 0: it never does.
    """

    database_url: str = field(repr=False)
    secret: bytes = field(repr=False)
    clock: Clock = time.time
    testing: bool = False
    leave_to: str = USUAL_EXIT
    onion: str = ""
    vault: str = ""
    timestamp_authority: str = ""
    worker_inside: bool = True
    webhooks_private: tuple[str, ...] = ()
    mail: Mail | None = None
    metrics: tuple[str, int] | None = None
    work_from: int = 0
    other_secrets: tuple[bytes, ...] = field(default=(), repr=False)
    secret_file: Path | None = None
    backup_to: tuple[str, ...] = ()
    backup_days: int = 0


def data_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the database and the secret lie unless settings say otherwise."""
    return Path(environ.get(DATA, "var/wren"))


def database_url(environ: Mapping[str, str] = os.environ) -> str:
    """`WREN_DATABASE_URL`, or an SQLite file in the data directory. Raises `ConfigError`."""
    url = environ.get(DATABASE, f"sqlite:///{data_dir(environ) / 'wren.db'}")
    if not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise ConfigError(f"{DATABASE}: begin it with sqlite:/// or postgresql://")
    try:
        make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError(f"{DATABASE}: this is not a database address.") from None
    return url


def secret_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the deployment's secret is kept: `WREN_SECRET_FILE`, or the data directory."""
    return Path(environ.get(SECRET, data_dir(environ) / "secret"))


def from_env(environ: Mapping[str, str] = os.environ) -> Config:
    """The settings of this process. Raises `ConfigError`, also for misspelt names."""
    given = {name for name in environ if name.startswith("WREN_")}
    unknown = sorted(given - KNOWN - _OF_THE_APP)
    if unknown:
        raise ConfigError(
            f"{unknown[0]}: there is no such setting. Known: {', '.join(sorted(KNOWN))}"
        )
    secrets = read_secrets(secret_file(environ))
    return Config(
        database_url(environ),
        secrets.now,
        other_secrets=secrets.others,
        secret_file=secret_file(environ).absolute(),
        leave_to=leave_to(environ),
        onion=onion(environ),
        vault=vault(environ),
        timestamp_authority=timestamp_authority(environ),
        worker_inside=worker_inside(environ),
        webhooks_private=webhooks_private(environ),
        mail=mail(environ),
        metrics=metrics(environ),
        work_from=work_from(environ),
        backup_to=backup_to(environ),
        backup_days=backup_days(environ),
    )


def backup_to(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """`WREN_BACKUP_TO`: age recipients, with commas. Raises `ConfigError`."""
    found = tuple(one.strip() for one in environ.get(BACKUP_TO, "").split(",") if one.strip())
    for one in found:
        try:
            pyrage.x25519.Recipient.from_str(one)
        except pyrage.RecipientError:
            raise ConfigError(
                f"{BACKUP_TO}: give what wren backup-key prints, age1..., never the key itself."
            ) from None
    return found


def backup_days(environ: Mapping[str, str] = os.environ) -> int:
    """`WREN_BACKUP_DAYS`: 30 unless set, 0 if no backups are made. Raises `ConfigError`."""
    found = environ.get(BACKUP_DAYS, "30")
    if not found.isdecimal() or not 1 <= int(found) <= 400:
        raise ConfigError(f"{BACKUP_DAYS}: give a number of days, 1 to 400.")
    return int(found) if environ.get(BACKUP_TO) else 0


def leave_to(environ: Mapping[str, str] = os.environ) -> str:
    """`WREN_EXIT`: where the quick exit leads. Raises `ConfigError`."""
    found = environ.get(EXIT, USUAL_EXIT)
    if not _ADDRESS.fullmatch(found):
        raise ConfigError(f"{EXIT}: give the address of a harmless site, https://...")
    return found


def onion(environ: Mapping[str, str] = os.environ) -> str:
    """`WREN_ONION`: this service as an onion service, without a path. Raises `ConfigError`."""
    found = environ.get(ONION, "")
    if found and not _ONION.fullmatch(found):
        raise ConfigError(f"{ONION}: give http://, 56 characters, .onion, and nothing after it.")
    return found


def timestamp_authority(environ: Mapping[str, str] = os.environ) -> str:
    """`WREN_TIMESTAMP_AUTHORITY`: the address of an RFC 3161 authority. Raises `ConfigError`."""
    found = environ.get(AUTHORITY, "")
    if found and not _ADDRESS.fullmatch(found):
        raise ConfigError(f"{AUTHORITY}: give the address of the authority, https://...")
    return found


def worker_inside(environ: Mapping[str, str] = os.environ) -> bool:
    """`WREN_WORKER`: `inside` the processes that serve, or `apart`. Raises `ConfigError`."""
    found = environ.get(WORKER, "inside")
    if found not in ("inside", "apart"):
        raise ConfigError(f"{WORKER}: use inside, or apart where wren worker runs by itself.")
    return found == "inside"


def webhooks_private(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """`WREN_WEBHOOKS_PRIVATE`: networks and hosts, with commas. Raises `ConfigError`."""
    found = tuple(one.strip() for one in environ.get(PRIVATE, "").split(",") if one.strip())
    try:
        addressing.allowed(found)
    except ValueError:
        raise ConfigError(
            f"{PRIVATE}: give networks (10.1.2.0/24) and hosts (cases.trust.example), with commas."
        ) from None
    return found


def mail(environ: Mapping[str, str] = os.environ) -> Mail | None:
    """`WREN_SMTP` and what belongs to it; None without it. Raises `ConfigError`."""
    given = environ.get(SMTP, "")
    if not given:
        return None
    found = _SMTP.fullmatch(given)
    if found is None:
        raise ConfigError(f"{SMTP}: give smtp+starttls://user@host:587 or smtps://user@host:465.")
    host = found["host"].strip("[]")
    security = {"smtps": "tls", "smtp+starttls": "starttls", "smtp": "none"}[found["kind"]]
    if security == "none" and host not in _HERE:
        raise ConfigError(f"{SMTP}: smtp:// is for 127.0.0.1 alone. Use smtp+starttls://.")
    port = int(found["port"] or {"tls": 465, "starttls": 587, "none": 25}[security])
    sender = environ.get(SMTP_FROM, "")
    if not EMAIL.fullmatch(sender):
        raise ConfigError(f"{SMTP_FROM}: give the address that notices come from.")
    public = environ.get(PUBLIC, "").rstrip("/")
    if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d+)?", public):
        raise ConfigError(f"{PUBLIC}: give this service's address, https://speak.example.org")
    password = _password(environ.get(SMTP_PASSWORD, ""))
    if password and not found["user"]:
        raise ConfigError(f"{SMTP}: there is a password, so say whose: smtps://user@host")
    authority = environ.get(SMTP_CA, "")
    if authority and not Path(authority).is_file():
        raise ConfigError(f"{SMTP_CA}: there is no such file.")
    return Mail(
        host, port, security, sender, f"{public}/console", unquote(found["user"] or ""), password,
        authority,
    )  # fmt: skip


def _password(file: str) -> str:
    if not file:
        return ""
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{SMTP_PASSWORD}: the file can't be read.") from None


def metrics(environ: Mapping[str, str] = os.environ) -> tuple[str, int] | None:
    """`WREN_METRICS`: host and port; None without it. Raises `ConfigError`."""
    given = environ.get(METRICS, "")
    if not given:
        return None
    found = _LISTENS.fullmatch(given)
    if found is None or not 0 < int(found["port"]) < 65536:
        raise ConfigError(f"{METRICS}: give an address and a port, 127.0.0.1:9464")
    return found["host"].strip("[]"), int(found["port"])


def work_from(environ: Mapping[str, str] = os.environ) -> int:
    """`WREN_WORK_FROM`: openings in a minute, or `never`, which is 0. Raises `ConfigError`."""
    given = environ.get(WORK_FROM, USUAL_WORK_FROM)
    if given == "never":
        return 0
    if not re.fullmatch(r"[1-9]\d{0,5}", given):
        raise ConfigError(f"{WORK_FROM}: give openings of cases in a minute (60), or never.")
    return int(given)


def vault(environ: Mapping[str, str] = os.environ) -> str:
    """`WREN_VAULT`: a directory or `s3://bucket/prefix`; `vault_place` knows what is usual.

    Raises `ConfigError`.
    """
    found = environ.get(VAULT, "")
    if found.startswith(S3):
        if not _BUCKET.fullmatch(found):
            raise ConfigError(f"{VAULT}: give s3://, the bucket's name, and perhaps /a/prefix.")
        if find_spec("boto3") is None:
            raise ConfigError(f"{VAULT}: for s3:// install the extra s3 of Wren (boto3).")
    elif "://" in found:
        raise ConfigError(f"{VAULT}: give a directory, or s3://bucket/prefix.")
    elif not found and not database_url(environ).startswith("sqlite"):
        return str(data_dir(environ) / "wren.vault")
    return found


def vault_place(config: Config) -> str:
    """Where attachments lie: as set, else beside the SQLite file, under its name."""
    if config.vault:
        return config.vault
    file = make_url(config.database_url).database or ""
    if config.database_url.startswith("sqlite") and file:
        return str(Path(file).with_suffix(".vault"))
    return str(data_dir() / "wren.vault")


def read_secrets(path: Path) -> Secrets:
    """What this file holds. Raises `ConfigError`."""
    try:
        return deployment_secret.read(path)
    except FileNotFoundError:
        raise ConfigError(
            f"{SECRET}: {path} is missing. For the data of make run set {DATA}=var/demo; "
            "for a new installation run: wren init"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{SECRET}: {path} is not a secret.") from None
    except OSError:
        raise ConfigError(f"{SECRET}: {path} can't be read.") from None
    except ValueError as error:
        raise ConfigError(f"{SECRET}: {path} {error}.") from None
