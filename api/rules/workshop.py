"""Where programs of others work on a file: in memory, one at a time, with nothing else to see.

The file is the reporter's evidence in clear, and the programs read what anybody may have made. So
they get a folder on a memory file system that is removed after them, no network, no secrets in
their environment, and limits. With bubblewrap they also see no file of the service's.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import BinaryIO, cast

from shared.errors import Unavailable

MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory, looked at before each use
MOUNTS = Path("/proc/self/mountinfo")
PATIENCE = 60
"""Seconds that a file waits for those before it."""
_GIB = 1024**3
_FILES = 256 * 1024 * 1024
_SYSTEM = (
    "/usr",
    "/bin",
    "/lib",
    "/lib64",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/mime.types",
)
_BUSY = "Other files are being cleaned just now. Try again in a minute."


def memory_file() -> BinaryIO:
    """A file that is on no file system: it goes when it is closed."""
    return cast(BinaryIO, os.fdopen(os.memfd_create("wren"), "w+b"))


def in_memory(path: Path = MEMORY) -> bool:
    """Whether this folder lies on a file system in memory, and may be written to."""
    return file_system(path) in ("tmpfs", "ramfs") and os.access(path, os.W_OK | os.X_OK)


def file_system(path: Path, mounts: Path = MOUNTS) -> str:
    """The kind of file system that holds this path, wherever links lead; empty if nothing tells.

    From mountinfo (proc(5)), which writes blanks in octal.
    """
    real, found, kind = str(path.resolve()), -1, ""
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    for line in lines:
        before, mark, after = line.partition(" - ")
        words = before.split()
        if not mark or len(words) < 5:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), words[4])
        if f"{real}/".startswith(f"{point.rstrip('/')}/") and len(point) >= found:
            found, kind = len(point), after.split()[0]
    return kind


def _ours() -> Path:
    """A folder in memory for this user alone. Raises `Unavailable` if somebody else has it."""
    folder = MEMORY / f"wren-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise Unavailable
    return folder


@contextmanager
def alone(kind: str) -> Iterator[Path]:
    """A folder in memory, for one file of this kind at a time over threads and processes.

    What a process left that was killed here is gone before. Raises `Unavailable` if the files
    before take too long.
    """
    place = _ours()
    lock = os.open(place / f"{kind}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        _wait(lock)
        for left in place.glob(f"{kind}-*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=place))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def _wait(lock: int) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            # It holds for this opening of the file: against other threads too.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > until:
                raise Unavailable(_BUSY) from None
            time.sleep(0.02)


def run(
    command: Sequence[str],
    folder: Path,
    seconds: int,
    *,
    memory: int = 2 * _GIB,
    also: Sequence[str] = (),
    streams: tuple[BinaryIO, BinaryIO] | None = None,
) -> int:
    """Runs a program in the folder, with limits and without a network; returns its exit code.

    It sees the folder, the system's programs and what is named in `also`. `streams` are its
    standard input and output; it has no others. Past the seconds it is ended: then -9.
    """
    source, target = streams or (subprocess.DEVNULL, subprocess.DEVNULL)
    limits = [f"--as={memory}", f"--cpu={seconds}", f"--fsize={_FILES}", "--core=0"]
    started = subprocess.Popen(  # noqa: S603 - no shell, and no word of the file's
        [*_apart(folder, also), "prlimit", *limits, "--nofile=256", "--", *command],
        stdin=source,
        stdout=target,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        start_new_session=True,
    )
    try:
        return started.wait(seconds)
    except subprocess.TimeoutExpired:
        return -signal.SIGKILL
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def _apart(folder: Path, also: Sequence[str]) -> list[str]:
    """What keeps a program apart; an empty list where the system has nothing that does."""
    if apartness() == "bwrap":
        seen = (one for one in (*_SYSTEM, *also) if Path(one).exists())
        return [
            *("bwrap", "--unshare-all", "--die-with-parent", "--new-session"),
            *("--cap-drop", "ALL"),
            # First, since Wren itself may be installed below /tmp.
            *("--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"),  # noqa: S108
            *(word for one in seen for word in ("--ro-bind", one, one)),
            *("--bind", str(folder), str(folder), "--chdir", str(folder)),
        ]
    if apartness() == "unshare":
        return ["unshare", "--user", "--net"]
    return []


@cache
def apartness() -> str:
    """`bwrap`: no network and no files of the service's; `unshare`: no network; or ``."""
    tries = {
        "bwrap": ["--unshare-all", "--ro-bind", "/", "/", "true"],
        "unshare": ["--user", "--net", "true"],
    }
    for name, words in tries.items():
        found = shutil.which(name)
        if found and not subprocess.run([found, *words], capture_output=True).returncode:  # noqa: PLW1510, S603
            return name
    return ""


def python() -> tuple[str, list[str]]:
    """This Python, and the folders without which it does not start apart."""
    packages = [
        str(Path(cast(str, sys.modules[one].__file__)).parent) for one in ("api", "shared")
    ]
    return sys.executable, [sys.base_prefix, sys.prefix, *packages]
