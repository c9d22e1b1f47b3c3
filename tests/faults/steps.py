"""Steps of a server that a test counts: at one its processes are killed, or its disk fails.

The count lies in a file that the test and the server share as memory. A step comes before each
statement, before and after each commit, before each write of SQLite's and of the vault's, and
once half of such a write is done. After one step and before the next is the same moment: nothing
outside of the process differs.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import select
import signal
import struct
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

_NUMBERS = struct.Struct("<qqq")
_LEFT, _ERROR, _FAILS = range(3)
_NAME = 120
_WRITES = (b"pwrite", b"pwrite64")


class Steps:
    """How many steps are left until the server is killed, or its disk fails; 0: it goes on."""

    def __init__(self, place: Path) -> None:
        if not place.exists():
            place.write_bytes(bytes(_NUMBERS.size + _NAME))
        with place.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)
        self._lock = threading.Lock()

    def _number(self, at: int) -> int:
        return int(_NUMBERS.unpack_from(self._memory)[at])

    def _put(self, at: int, number: int) -> None:
        struct.pack_into("<q", self._memory, 8 * at, number)

    @property
    def left(self) -> int:
        """Steps until the end."""
        return self._number(_LEFT)

    def kill_at(self, step: int) -> None:
        """From now on counts; at this step the server is killed."""
        self._put(_FAILS, 0)
        self._put(_ERROR, 0)
        self._put(_LEFT, step)

    def fail_at(self, step: int, error: int) -> None:
        """From now on counts; from this step on every write ends with this `errno`."""
        self._put(_FAILS, 0)
        self._put(_ERROR, error)
        self._put(_LEFT, step)

    def go_on(self) -> int:
        """Nothing happens any more. How many steps were left."""
        left = self.left
        for at in (_LEFT, _ERROR, _FAILS):
            self._put(at, 0)
        return left

    @property
    def last(self) -> str:
        """What the step was at which it happened."""
        return self._memory[_NUMBERS.size :].rstrip(b"\0").decode()

    @property
    def fails(self) -> int:
        """The `errno` that writes end with by now; 0 for none."""
        return self._number(_ERROR) if self._number(_FAILS) else 0

    def step(self, name: str) -> None:
        """One step of what was asked for: not of what the worker does by itself."""
        if threading.current_thread().name == "worker":
            return
        with self._lock:
            if self.left <= 0:
                return
            self._put(_LEFT, self.left - 1)
            if self.left == 0:
                self._memory[_NUMBERS.size :] = name.encode()[:_NAME].ljust(_NAME, b"\0")
                if self._number(_ERROR) == 0:
                    os.killpg(os.getpgrp(), signal.SIGKILL)
                self._put(_FAILS, 1)

    def write(self, name: str, size: int, some: Callable[[int], Any]) -> None:
        """Two steps of a write: before it, and with half of it done."""
        self.step(name)
        if self.left == 1:
            some(size // 2)
        self.step(f"half of {name}")


class _Os:
    """What the vault knows as `os`, with steps."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(os, name)
        if name not in ("open", "ftruncate", "fdatasync", "fsync", "utime"):
            return found

        def stepped(*args: Any, **more: Any) -> Any:
            self._steps.step(f"vault {name}")
            if name in ("fdatasync", "fsync") or (name == "open" and args[1] & os.O_CREAT):
                self._raise()
            return found(*args, **more)

        return stepped

    def pwrite(self, file: int, data: Any, at: int) -> int:
        self._steps.write("vault pwrite", len(data), lambda size: os.pwrite(file, data[:size], at))
        return os.pwrite(file, data, at)

    def _raise(self) -> None:
        if error := self._steps.fails:
            raise OSError(error, os.strerror(error))


def put_in(steps: Steps, place_of_os: Any) -> None:
    """Puts steps into this process, and so into all that it forks."""
    place_of_os.os = _Os(steps)

    def before(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        steps.step(" ".join(statement.split()[:3]))

    event.listen(Engine, "before_cursor_execute", before)
    real = DefaultDialect.do_commit

    def do_commit(self: Any, connection: Any) -> None:
        steps.step("commit")
        real(self, connection)
        steps.step("committed")

    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]
    _into_sqlite(steps)


# --- SQLite's own writes --------------------------------------------------------------------


class _Vfs(ctypes.Structure):
    """https://www.sqlite.org/c3ref/vfs.html: the calls to the system can be put in, for tests."""

    _fields_ = [
        ("version", ctypes.c_int),
        ("of_file", ctypes.c_int),
        ("longest", ctypes.c_int),
        *((f"unused_{at}", ctypes.c_void_p) for at in range(16)),
        ("set", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)),
        ("get", ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)),
    ]


_PWRITE = ctypes.CFUNCTYPE(
    ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64,
    use_errno=True,
)  # fmt: skip
_kept: list[Any] = []


def _into_sqlite(steps: Steps) -> None:
    """Steps before each write of SQLite's; where its library is not to be found, none."""
    import _sqlite3

    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(_sqlite3.__file__)
        library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        found = library.sqlite3_vfs_find(None)
        for name in _WRITES:
            at = found.contents.get(found, name)
            if at:
                stepped = _stepped(steps, _PWRITE(at))
                _kept.append(stepped)
                found.contents.set(found, name, ctypes.cast(stepped, ctypes.c_void_p))


def _stepped(steps: Steps, real: Any) -> Any:
    def pwrite(file: int, data: int, size: int, at: int) -> int:
        steps.write("SQLite's pwrite", size, lambda some: real(file, data, some, at))
        if error := steps.fails:
            ctypes.set_errno(error)
            return -1
        return int(real(file, data, size, at))

    return _PWRITE(pwrite)


def serve_stepped(steps: Steps) -> None:
    """What `served.create` gives, with a step when a call comes and before its answer goes."""
    from api import served

    create = served.create

    def stepped() -> Any:
        app = create()
        inner = app.wsgi_app

        def called(environ: Any, start: Any) -> Any:
            steps.step("asked")
            answer = inner(environ, start)
            steps.step("answer")
            return answer

        app.wsgi_app = called  # type: ignore[method-assign]
        return app

    served.create = stepped


def _end_with_the_test() -> None:
    """Ends the server where the test was cut off: nobody holds the other end of the input."""
    hung_up = select.poll()
    hung_up.register(0, select.POLLHUP)
    hung_up.poll()
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    """`python -m tests.faults.steps FILE PORT`: serves anew for each line on its input.

    Everything is imported once. It says when a server has ended, and how.
    """
    from api import files, serving, vault_disk

    steps = Steps(Path(sys.argv[1]))
    put_in(steps, vault_disk)
    vars(files)["os"] = vault_disk.os
    serve_stepped(steps)
    print("ready", flush=True)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            threading.Thread(target=_end_with_the_test, daemon=True).start()
            with suppress(BaseException):
                serving.serve("127.0.0.1", int(sys.argv[2]), 1)
            os._exit(1)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
