"""Files for their owner alone that are there, whole, after a failure of power too."""

from __future__ import annotations

import os
from collections.abc import Callable
from errno import EEXIST
from fcntl import LOCK_EX, flock
from pathlib import Path


def new(path: Path, content: bytes) -> None:
    """Makes a file: all of it is there under this name then, durable, or nothing is.

    Only a file system without hard links may keep an empty one, where a crash comes between its
    last two steps: take it away. Raises `FileExistsError` if there is one, and `OSError` where
    nothing can be written.
    """
    if os.path.lexists(path):
        raise FileExistsError(EEXIST, os.strerror(EEXIST), str(path))
    _write(path, content, lambda _handle: None, _take_free)


def replace(
    path: Path, content: bytes, ready: Callable[[int], None] = lambda _handle: None
) -> None:
    """Puts this in the place of a file: all of it is there under this name then, or what was.

    `ready` is called with the handle of the new file before it takes the name. What one that was
    killed left goes. Raises `OSError`, and what `ready` raises.
    """
    _write(path, content, ready, Path.replace)


def _take_free(part: Path, path: Path) -> None:
    """Gives the file a name that nothing has. Raises `OSError`."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links, as on a memory stick
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        part.replace(path)
    else:
        part.unlink()


def _write(
    path: Path,
    content: bytes,
    ready: Callable[[int], None],
    take: Callable[[Path, Path], object],
) -> None:
    part = path.with_name(f".{path.name}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    with os.fdopen(os.open(part, flags, 0o600), "wb") as file:
        flock(file, LOCK_EX)
        if not part.exists() or part.stat().st_ino != os.fstat(file.fileno()).st_ino:
            _write(path, content, ready, take)  # that was another's, which has the name by now
            return
        try:
            os.fchmod(file.fileno(), 0o600)
            file.truncate()
            file.write(content)
            file.flush()
            ready(file.fileno())
            os.fsync(file.fileno())
            take(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    sync(path.parent)


def sync(place: Path) -> None:
    """Waits until the names in this directory are durable. Raises `OSError`."""
    handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
