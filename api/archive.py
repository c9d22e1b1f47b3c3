"""A backup's file: a tar (POSIX.1-2001) in an age file, written and read as a stream.

`age -d -i KEY backup.age | tar t` lists it with no program of Wren's. In it, in this order:

    wren-backup.json          format, version of Wren, revision of the tables, day
    secret                    the deployment's secret file
    tables/NAME/NUMBER        rows: a line with the columns' names, then one JSON list a row
    vault/CASE/ATTACHMENT/N   a sealed chunk of an attachment
    end.json                  how many rows each table has, how many chunks there are

age (https://age-encryption.org/v1) authenticates each piece of 64 KiB and where the last one is,
so what was altered or cut short is found out. Nothing is kept in memory but the piece at hand.
"""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from threading import Thread
from typing import Any, BinaryIO
from uuid import UUID

import pyrage
from sqlalchemy import Column, Date, LargeBinary, Table, Uuid

from api import files
from api.config import ConfigError
from shared.errors import Damaged
from shared.sealing.encoding import b64, unb64

BEGIN, END, SECRET = "wren-backup.json", "end.json", "secret"
PART = ".{}.part"
"""What a backup is called while it is being written."""

_AGE = b"age-encryption.org/v1\n"
FORMAT = 1
BATCH = 1024 * 1024
"""Bytes of rows after which a new piece of a table begins."""

MOST = 64 * 1024 * 1024
"""Bytes that nothing in a backup may exceed: rows are far below."""

Entry = tuple[str, bytes]


class BadBackup(ConfigError):
    """The file can't be restored; the message says why."""


ALTERED = "This backup is cut short, or it was altered. Take another copy of it."
OTHER_KEY = "This key does not open this backup. Give the one that belongs to WREN_BACKUP_TO."
NO_BACKUP = "This is not a backup of Wren."


# --- keys -----------------------------------------------------------------------------------


def make_key() -> tuple[str, str]:
    """A new pair: what backups are encrypted to, and the text of the file that opens them.

    The text is that of `age-keygen`.
    """
    made = pyrage.x25519.Identity.generate()
    recipient = str(made.to_public())
    return recipient, f"# public key: {recipient}\n{made}\n"


def identities(path: Path) -> list[Any]:
    """The keys in a file of `wren backup-key` or `age-keygen`. Raises `BadBackup`."""
    try:
        lines = path.read_text("ascii").split("\n")
    except UnicodeDecodeError:
        raise BadBackup(f"{path} is not a key for backups.") from None
    found = []
    for line in (one.strip() for one in lines):
        if line.startswith("AGE-SECRET-KEY-1"):
            try:
                found.append(pyrage.x25519.Identity.from_str(line))
            except pyrage.IdentityError:
                raise BadBackup(f"{path}: the key in it is damaged.") from None
    if not found:
        raise BadBackup(f"{path} is not a key for backups: it has no AGE-SECRET-KEY-1... in it.")
    return found


# --- writing --------------------------------------------------------------------------------


@dataclass
class _Source(io.RawIOBase):
    """What age reads from: pieces as they are made. It remembers why one could not be made."""

    pieces: Iterator[bytes]
    fault: BaseException | None = field(default=None, init=False)
    _left: memoryview = field(default_factory=lambda: memoryview(b""), init=False)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._left:
                self._left = memoryview(next(self.pieces))
        except StopIteration:
            return b""
        except BaseException as error:
            self.fault = error
            raise
        most = len(self._left) if size < 0 else size
        given, self._left = self._left[:most], self._left[most:]
        return bytes(given)


@dataclass
class _Sink(io.RawIOBase):
    """Where age writes to. It remembers why something could not be written."""

    file: Any
    fault: BaseException | None = field(default=None, init=False)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        try:
            self.file.write(data)
        except BaseException as error:
            self.fault = error
            raise
        return len(data)


def is_one(path: Path) -> bool:
    """Whether this file begins as backups do. Raises `OSError`."""
    with path.open("rb") as file:
        return file.read(len(_AGE)) == _AGE


def write(out: Path, entries: Iterable[Entry], recipients: Sequence[str]) -> None:
    """Writes a backup: all of it is there under this name then, durable, or nothing is.

    Raises `OSError`, and what making the entries raises.
    """
    to = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
    part = out.with_name(PART.format(out.name))
    with _alone(part) as file:
        try:
            source, sink = _Source(_tar(entries)), _Sink(file)
            try:
                pyrage.encrypt_io(source, sink, to)
            except Exception as error:  # noqa: BLE001 - age tells others' faults as its own
                raise source.fault or sink.fault or error from None
            file.flush()
            os.fsync(file.fileno())
            part.replace(out)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    files.sync(out.parent)


@contextmanager
def _alone(part: Path) -> Iterator[BinaryIO]:
    """The file that becomes the backup, empty; what one that was killed left goes."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    another = f"Another backup is being written to {part.parent}."
    with os.fdopen(os.open(part, flags, 0o600), "wb") as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise ConfigError(another) from None
        if not part.exists() or part.stat().st_ino != os.fstat(file.fileno()).st_ino:
            raise ConfigError(another)  # it ended meanwhile: this is the whole one now
        os.fchmod(file.fileno(), 0o600)
        file.truncate()
        yield file


def _tar(entries: Iterable[Entry]) -> Iterator[bytes]:
    for name, content in entries:
        head = tarfile.TarInfo(name)
        head.size, head.mode = len(content), 0o600
        yield head.tobuf(tarfile.PAX_FORMAT)
        yield content
        yield bytes(-len(content) % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


# --- reading --------------------------------------------------------------------------------


@contextmanager
def reading(file: BinaryIO, keys: Sequence[Any]) -> Iterator[Iterator[Entry]]:
    """The entries of a backup, from its beginning.

    Whether the whole of it is good is known once they have ended. Raises `BadBackup`.
    """
    file.seek(0)
    read, written = os.pipe()
    faults: list[Exception] = []
    decrypting = Thread(target=_decrypt, args=(file, written, keys, faults), daemon=True)
    decrypting.start()
    with os.fdopen(read, "rb") as pipe:
        try:
            yield _entries(pipe, lambda: _ended(decrypting, faults))
        finally:
            with suppress(OSError):
                pipe.close()  # what decrypts ends with it
            decrypting.join()


def _decrypt(file: BinaryIO, written: int, keys: Sequence[Any], faults: list[Exception]) -> None:
    with suppress(OSError), os.fdopen(written, "wb") as into:
        try:
            pyrage.decrypt_io(file, into, keys)
        except (pyrage.DecryptError, OSError) as error:
            faults.append(error)


def _ended(decrypting: Thread, faults: Sequence[Exception]) -> None:
    """Returns if all of it was decrypted. Raises `BadBackup`."""
    decrypting.join()
    if not faults:
        return
    told = str(faults[0])
    if isinstance(faults[0], OSError):
        raise BadBackup(ALTERED) from None
    if "No matching keys" in told:
        raise BadBackup(OTHER_KEY) from None
    if "MAC" in told:
        raise BadBackup(ALTERED) from None
    raise BadBackup(NO_BACKUP) from None


def _entries(pipe: BinaryIO, ended: Callable[[], None]) -> Iterator[Entry]:
    try:
        with tarfile.open(fileobj=pipe, mode="r|") as tar:
            for one in tar:
                vars(tar)["members"].clear()  # else it would remember each
                content = tar.extractfile(one) if one.isfile() and one.size <= MOST else None
                if content is None:
                    raise BadBackup(NO_BACKUP)
                yield one.name, content.read()
        while pipe.read(BATCH):
            pass
    except tarfile.TarError:
        ended()
        raise BadBackup(NO_BACKUP) from None
    ended()


# --- rows -----------------------------------------------------------------------------------


def rows_to_text(columns: Sequence[Column[Any]], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Pieces of a table, each beginning with the names of its columns."""
    first = json.dumps([one.name for one in columns])
    lines, size = [first], 0
    for row in rows:
        line = json.dumps([_plain(value) for value in row], separators=(",", ":"))
        lines.append(line)
        size += len(line)
        if size >= BATCH:
            yield "\n".join(lines).encode()
            lines, size = [first], 0
    if len(lines) > 1:
        yield "\n".join(lines).encode()


def rows_from_text(table: Table, text: bytes) -> list[dict[str, Any]]:
    """The rows of a piece. Raises `BadBackup` for columns that the table does not have."""
    try:
        first, *lines = (json.loads(line) for line in text.split(b"\n"))
        columns = [table.columns[name] for name in first]
        return [
            {
                column.name: _value(column, value)
                for column, value in zip(columns, line, strict=True)
            }
            for line in lines
        ]
    except (KeyError, TypeError, ValueError, Damaged):
        raise BadBackup(f"{NO_BACKUP} Its table {table.name} has another form.") from None


def _plain(value: Any) -> Any:
    """A value of the database as JSON has it."""
    if isinstance(value, bytes | memoryview):
        return b64(bytes(value))
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, date):
        return value.isoformat()
    return value


def _value(column: Column[Any], plain: Any) -> Any:
    """What `_plain` made of a value of this column."""
    if plain is None:
        return None
    if isinstance(column.type, LargeBinary):
        return unb64(plain)
    if isinstance(column.type, Uuid):
        return UUID(plain)
    if isinstance(column.type, Date):
        return date.fromisoformat(plain)
    return plain


_CHUNK = re.compile(r"vault/([0-9a-f]{32})/([0-9a-f]{32})/(\d{1,9})")
_ROWS = re.compile(r"tables/([a-z_]{1,60})/\d{1,9}")


def chunk_name(case_id: UUID, attachment_id: UUID, number: int) -> str:
    """The name of a chunk in the backup."""
    return f"vault/{case_id.hex}/{attachment_id.hex}/{number}"


def chunk_of(name: str) -> tuple[UUID, UUID, int] | None:
    """Case, attachment and number of the chunk that has this name; None for other names."""
    found = _CHUNK.fullmatch(name)
    return (UUID(found[1]), UUID(found[2]), int(found[3])) if found else None


def table_of(name: str) -> str | None:
    """The table whose rows have this name; None for other names."""
    found = _ROWS.fullmatch(name)
    return found[1] if found else None
