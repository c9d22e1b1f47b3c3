"""Leaves without a trace in memory: the process is replaced by one that knows nothing.

A quick exit empties what it can, but Python and the system may hold copies. On a computer the
program is therefore started anew in the place of itself, which gives all its memory back. On a
phone a process can't do that. No Kivy here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

PAGE = "WREN_APP_PAGE"
PLAIN = "guidance"
"""Handed over in the environment, for the arguments of a process are shown to everybody."""
PHONE = "ANDROID_ARGUMENT"
"""Set by python-for-android."""

Exec = Callable[[str, list[str], dict[str, str]], object]


def command(data: Path, address: str = "") -> list[str]:
    """What starts the app anew at its plain page: as it is run now, packed or not."""
    packed = getattr(sys, "frozen", False)  # set by PyInstaller
    start = [sys.executable] if packed else [sys.executable, "-m", "mobile"]
    found = [*start, "--data", str(data)]
    return [*found, "--address", address] if address else found


def is_plain() -> bool:
    """Whether this process begins with its plain page; what it starts itself is not told so."""
    return os.environ.pop(PAGE, "") == PLAIN


def can() -> bool:
    """Whether this system lets a process be replaced."""
    return PHONE not in os.environ and sys.platform != "ios" and hasattr(os, "execve")


def replace(data: Path, address: str = "", do: Exec | None = None) -> None:
    """Replaces this process. Comes back only where that can't be done."""
    if not can():
        return
    words = command(data, address)
    environ = dict(os.environ) | {PAGE: PLAIN}
    root = str(Path(__file__).resolve().parents[1])
    if not getattr(sys, "frozen", False):
        environ["PYTHONPATH"] = os.pathsep.join(filter(None, [root, environ.get("PYTHONPATH")]))
    if sys.platform == "win32":  # which joins the words without quotes
        words = [words[0], *(f'"{word}"' for word in words[1:])]
    try:
        (do or os.execve)(words[0], words, environ)
    except OSError:
        return  # the plain page of this process is shown already
