"""The vault on disk: an append-only file for each attachment.

A file is a row of records of one size: the chunk's number (4 bytes) || the chunk || CRC-32 of
both. One is durable once its write and an fsync are done. A crash can tear only what was not
answered yet: a record that is too short is cut off, one whose sum does not fit is passed over.
Files are locked with flock while something is added, so several workers may serve one vault.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import struct
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path
from uuid import UUID, uuid4
from zlib import crc32

from api import files
from shared.errors import Conflict, NoRoom, NotFound, Unavailable
from shared.sealing.stream import SEALED_CHUNK

_HEAD = struct.Struct(">I")
RECORD = 4 + SEALED_CHUNK + 4
RESERVE = 256 * 1024 * 1024
"""Bytes that attachments leave free: reports and messages may lie on the same disk."""

LIST = "deleted"
"""The name of the list of deleted cases; cases' directories have 32 characters."""

_VOID = 0xFFFF_FFFF
_KNOWN_FILES = 64
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class _Known:
    """What this process has seen of a file: up to where, and which chunk lies at which place."""

    __slots__ = ("at", "inode", "size")

    def __init__(self, inode: int) -> None:
        self.inode, self.size = inode, 0
        self.at: dict[int, int] = {}


class DiskVault:
    """A directory with one for each case, and in it a file for each attachment."""

    def __init__(self, root: Path, reserve: int = RESERVE) -> None:
        self.root, self._reserve = root, reserve
        self._known: OrderedDict[tuple[UUID, UUID], _Known] = OrderedDict()
        self._guard = threading.Lock()

    def put(self, case_id: UUID, attachment_id: UUID, number: int, chunk: bytes) -> None:
        """Stores a chunk durably. Raises `Conflict`, `NoRoom` or `Unavailable`."""
        with _told(), self._opened((case_id, attachment_id), make=True) as file:
            self._add(file, (case_id, attachment_id), number, chunk)
            self._sync(file, (case_id, attachment_id), number)

    def fill(self, case_id: UUID, attachment_id: UUID, chunks: Iterable[bytes]) -> None:
        """Stores all chunks, with one wait for the disk at the end."""
        with _told(), self._opened((case_id, attachment_id), make=True) as file:
            for number, chunk in enumerate(chunks):
                self._add(file, (case_id, attachment_id), number, chunk)
            self._sync(file, (case_id, attachment_id), None)

    def have(self, case_id: UUID, attachment_id: UUID) -> set[int]:
        """The numbers of the chunks that are stored durably."""
        try:
            with _told(), self._opened((case_id, attachment_id)) as file:
                found = set(self._look(file, (case_id, attachment_id)).at)
                os.fsync(file)
                return found
        except NotFound:
            return set()

    def get(self, case_id: UUID, attachment_id: UUID, number: int) -> bytes:
        """A chunk. Raises `NotFound`."""
        with _told(), self._opened((case_id, attachment_id)) as file:
            at = self._look(file, (case_id, attachment_id)).at.get(number)
            record = os.pread(file, RECORD, at) if at is not None else b""
        if not _is_good(record):
            raise NotFound
        return record[_HEAD.size : -4]

    def delete(self, case_id: UUID, attachment_id: UUID) -> None:
        """Unlinks the attachment's file, and its case's directory where it was the last."""
        path = self._path(case_id, attachment_id)
        with _told():
            path.unlink(missing_ok=True)
            with suppress(OSError):  # others are beside it
                path.parent.rmdir()
            _date(path.parent, self.root)

    def delete_case(self, case_id: UUID) -> None:
        """Unlinks all files of a case."""
        with _told():
            place = self.root / case_id.hex
            for _ in range(3):  # an upload may put another file there meanwhile
                if not place.exists():
                    break
                shutil.rmtree(place, ignore_errors=True)
            if place.exists():
                raise Unavailable
            _date(self.root)

    def redate(self) -> None:
        """Gives each file and directory its date again.

        A file system notes by itself when that was last done (ctime), which no program can set:
        from then on it tells the hour of this, and no longer that of an upload.
        """
        with _told():
            for place, _, names in os.walk(self.root):
                for one in (*(Path(place, name) for name in names), Path(place)):
                    with suppress(FileNotFoundError):
                        then = one.stat().st_mtime_ns
                        os.utime(one, ns=(then, then))

    def listed(self) -> bytes:
        """The list of deleted cases that lies beside the chunks; empty if there is none."""
        with _told():
            try:
                return (self.root / LIST).read_bytes()
            except FileNotFoundError:
                return b""

    def change_list(self, change: Callable[[bytes], bytes]) -> None:
        """Puts another list in its place; the directory is locked meanwhile."""
        with _told():
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
            try:
                flock(handle, LOCK_EX)
                held = self.listed()
                new = change(held)
                if new != held:
                    files.replace(self.root / LIST, new, _date)
            finally:
                os.close(handle)
            _date(self.root)

    def look(self) -> None:
        """Returns if its directory is there and can be read, else raises `Unavailable`."""
        with _told(), os.scandir(self.root) as found:
            next(found, None)

    def held(self) -> Iterator[tuple[UUID, UUID, int]]:
        """Case, attachment and how many records its file is long, of each file."""
        with _told():
            cases = sorted(self.root.iterdir()) if self.root.exists() else []
        for place in cases:
            try:
                for one in sorted(place.iterdir()):
                    named = _ids(place.name, one.name)
                    if named:
                        yield *named, one.stat().st_size // RECORD
            except (FileNotFoundError, NotADirectoryError):
                continue  # it went meanwhile, or is none of a case

    def check(self) -> list[tuple[bool, str]]:
        """Whether it is private, takes a chunk and gives it back, and has room."""
        if not self.root.exists():
            return [(True, "The vault is empty: nothing was attached yet.")]
        findings = []
        mode = self.root.stat().st_mode
        private = not mode & (stat.S_IRWXG | stat.S_IRWXO)
        told = "is for its owner only." if private else "can be read by others: chmod go-rwx"
        findings.append((private, f"The vault {told}"))
        case_id, one = uuid4(), uuid4()
        try:
            self.put(case_id, one, 0, bytes(SEALED_CHUNK))
            good = self.get(case_id, one, 0) == bytes(SEALED_CHUNK)
            self.delete_case(case_id)
            findings.append((good, "The vault takes attachments and gives them back."))
        except NoRoom:
            findings.append((False, "The vault's disk is full: no attachment is taken."))
        except (Unavailable, NotFound):
            findings.append((False, "The vault can't be written. Whose is its directory?"))
        return findings

    # --- files --------------------------------------------------------------------------

    def _path(self, case_id: UUID, attachment_id: UUID) -> Path:
        return self.root / case_id.hex / attachment_id.hex

    @contextmanager
    def _opened(self, one: tuple[UUID, UUID], *, make: bool = False) -> Iterator[int]:
        path = self._path(*one)
        # On a disk that is read-only what is there can be read.
        flags = (os.O_RDWR if make else os.O_RDONLY) | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            file = os.open(path, flags)
        except FileNotFoundError:
            if not make:
                raise NotFound from None
            file = _make(path, flags)
        try:
            yield file
        finally:
            os.close(file)

    def _add(self, file: int, one: tuple[UUID, UUID], number: int, chunk: bytes) -> None:
        """Appends a record, unless it is there already. It lasts only after `_sync`."""
        record = _HEAD.pack(number) + chunk
        record += _HEAD.pack(crc32(record))
        flock(file, LOCK_EX)
        try:
            known = self._look(file, one)
            at = known.at.get(number)
            if at is not None:
                if os.pread(file, RECORD, at) != record:
                    raise Conflict("This chunk was stored before with other bytes.")
                return
            if _free(file) < self._reserve:
                raise NoRoom
            end = known.size
            if os.fstat(file).st_size != end:
                os.ftruncate(file, end)
            try:
                _write_all(file, record, end)
            except OSError:
                os.ftruncate(file, end)
                raise
            with self._guard:
                known.at.setdefault(number, end)
                known.size = max(known.size, end + RECORD)
        finally:
            flock(file, LOCK_UN)

    def _sync(self, file: int, one: tuple[UUID, UUID], number: int | None) -> None:
        """Waits for the disk. What it could not keep is taken out again."""
        try:
            _date(file)
            os.fdatasync(file)
        except OSError:
            with self._guard:
                known = self._known.pop(one, None)
            if known is not None and number in known.at:
                os.pwrite(file, _HEAD.pack(_VOID), known.at[number])
            raise

    def _look(self, file: int, one: tuple[UUID, UUID]) -> _Known:
        """What the file holds; only what was added since the last look is read."""
        found = os.fstat(file)
        with self._guard:
            known = self._known.get(one)
            if known is None or known.inode != found.st_ino or known.size > found.st_size:
                known = self._known[one] = _Known(found.st_ino)
            self._known.move_to_end(one)
            while len(self._known) > _KNOWN_FILES:
                self._known.popitem(last=False)
            while found.st_size - known.size >= RECORD:
                record = os.pread(file, RECORD, known.size)
                if _is_good(record):
                    known.at.setdefault(_HEAD.unpack(record[: _HEAD.size])[0], known.size)
                known.size += RECORD
            return known


def _ids(case: str, attachment: str) -> tuple[UUID, UUID] | None:
    try:
        return UUID(hex=case), UUID(hex=attachment)
    except ValueError:
        return None


def _is_good(record: bytes) -> bool:
    return len(record) == RECORD and record[-4:] == _HEAD.pack(crc32(record[:-4]))


def _make(path: Path, flags: int) -> int:
    """A new file in a directory that is there for good, as is the file's name in it."""
    for place in (path.parent.parent, path.parent):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        file = os.open(path, flags | os.O_CREAT, 0o600)
    except FileNotFoundError:  # the last file beside it went meanwhile, and the directory with it
        path.parent.mkdir(mode=0o700, exist_ok=True)
        file = os.open(path, flags | os.O_CREAT, 0o600)
    _date(path.parent, path.parent.parent)
    for place in (path.parent, path.parent.parent):
        files.sync(place)
    return file


def _date(*places: Path | int) -> None:
    """A file or directory says when it was changed, or what is in it: the day, and no hour."""
    today = int(time.time()) // 86_400 * 86_400
    for place in places:
        with suppress(FileNotFoundError):
            os.utime(place, (today, today))


def _write_all(file: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, at)
        view, at = view[written:], at + written


def _free(file: int) -> int:
    found = os.fstatvfs(file)
    return found.f_bavail * found.f_frsize


@contextmanager
def _told() -> Iterator[None]:
    """A fault of the disk as a refusal that names no path."""
    try:
        yield
    except OSError as error:
        raise (NoRoom if error.errno in _FULL else Unavailable)() from None
