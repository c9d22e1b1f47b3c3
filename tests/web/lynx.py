"""Somebody at Lynx, a browser of text alone: keys go in by a terminal, and the screen is read.

The terminal knows four things, so that its screen is easy to read: to clear it, to clear a line,
where the cursor goes, and letters.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests import need

Found = TypeVar("Found")

ROWS, COLUMNS = 300, 100
"""As high as the longest page, so that nothing has to be scrolled."""

_TERMINAL = r"""
plain|a screen that is easy to read,
	am, cols#100, lines#300,
	clear=\E[H\E[J, cup=\E[%i%p1%d;%p2%dH, el=\E[K, cr=\r, bel=^G,
	kcub1=\E[D, kcud1=\E[B, kcuf1=\E[C, kcuu1=\E[A, kbs=^H,
"""
_CODES = re.compile(rb"\x1b\[(?:(\d*);?(\d*)H|(J)|(K))|\r|\n|\x08|\x07|[^\x1b\r\n\x08\x07]+|\x1b")
SETTINGS = """
FORCE_SSL_COOKIES_SECURE:TRUE
NO_PAUSE:TRUE
SHOW_CURSOR:TRUE
DEFAULT_KEYPAD_MODE:LINKS_AND_FIELDS_ARE_NUMBERED
"""
ENTER, DOWN, TAB, LEFT = "\r", "\x1b[B", "\t", "\x1b[D"


class Lynx:
    """A running Lynx. Every link and field has a number, by which it is chosen."""

    def __init__(self, place: Path, certificate: Path, url: str) -> None:
        lynx, tic = need.program("lynx"), need.program("tic", "tic (Debian: ncurses-bin)")
        (place / "terminal").write_text(_TERMINAL)
        subprocess.run([tic, "-o", place / "info", place / "terminal"], check=True)
        (place / "lynx.cfg").write_text(SETTINGS)
        self.lines: list[list[str]] = []
        self.at = (0, 0)
        self._clear()
        environ = {
            "HOME": str(place), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "plain",
            "TERMINFO": str(place / "info"), "SSL_CERT_FILE": str(certificate),
        }  # fmt: skip
        self.line, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.process = subprocess.Popen(
            [
                lynx, f"-cfg={place / 'lynx.cfg'}", "-accept_all_cookies",
                "-tna", "-nocolor", "-assume_charset=utf-8",
                "-display_charset=utf-8", "-noreferer", url,
            ],
            stdin=theirs, stdout=theirs, stderr=theirs, cwd=place, env=environ,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)

    def close(self) -> None:
        """Ends it."""
        self.process.kill()
        self.process.wait()
        os.close(self.line)

    @property
    def screen(self) -> str:
        """What is on the screen, without empty lines and spaces at the ends."""
        lines = ("".join(one).rstrip() for one in self.lines)
        return "\n".join(one for one in lines if one)

    @property
    def text(self) -> str:
        """The same in one line, without the numbers."""
        return re.sub(r"\s+", " ", re.sub(r"\[\d+\]", "", self._plain()))

    def wait(self, words: str) -> None:
        """Waits until the screen says this, and all of the page is there."""
        self.find(lambda: words in self.text, words)
        while self.read(0.15):
            pass

    def find(self, look: Callable[[], Found], what: str, seconds: float = 30) -> Found:
        """Looks at the screen until there is what is looked for."""
        until = time.monotonic() + seconds
        while not (found := look()):
            assert time.monotonic() < until, f"no {what!r} on the screen:\n{self.screen}"
            self.read(0.1)
        return found

    def read(self, seconds: float) -> bool:
        """Takes what came from Lynx; whether there was any."""
        ready, _, _ = select.select([self.line], [], [], seconds)
        if not ready:
            return False
        try:
            self._show(os.read(self.line, 1 << 20))
        except OSError:  # the other end is closed
            raise AssertionError(f"lynx has ended:\n{self.screen}") from None
        return True

    def keys(self, keys: str) -> None:
        """Presses these keys."""
        os.write(self.line, keys.encode())
        while self.read(0.05):
            pass

    def number(self, words: str) -> int:
        """The number of the link, the button or the choice that stands before these words."""
        wanted = re.compile(r"\[(\d+)\](?:\([ *]\)|\[[ X]\])?\s*" + _spaced(words))
        return int(self._matched(wanted, words)[1])

    def box(self, words: str) -> int:
        """The number of the first box to type into after these words."""
        wanted = re.compile(_spaced(words) + r"(?s:.)*?\[(\d+)\]_")
        return int(self._matched(wanted, words)[1])

    def _matched(self, wanted: re.Pattern[str], what: str) -> re.Match[str]:
        found = self.find(lambda: wanted.search(self._plain()), what)
        assert found is not None
        return found

    def choose(self, words: str, then: str = "") -> None:
        """Follows a link, presses a button, or ticks a choice; waits for what comes then."""
        self.keys(f"{self.number(words)}g{ENTER}")
        self.keys(ENTER)
        if then:
            self.wait(then)

    def type(self, label: str, text: str) -> None:
        """Types into the box after this label."""
        self.keys(f"{self.box(label)}g{ENTER}")
        self.keys(ENTER)
        self.keys(text)
        self.keys(TAB)

    def _plain(self) -> str:
        """The screen with a button's number before its words, as a link has it."""
        return re.sub(r"\(\[(\d+)\][^()\[\]]*\) ", r"[\1]", self.screen)

    def _clear(self) -> None:
        self.lines = [[" "] * COLUMNS for _ in range(ROWS)]
        self.at = (0, 0)

    def _show(self, raw: bytes) -> None:
        for one in _CODES.finditer(raw):
            row, column = self.at
            code = one[0]
            if code.startswith(b"\x1b"):
                if code.endswith(b"H"):
                    self.at = (int(one[1] or 1) - 1, int(one[2] or 1) - 1)
                elif one[3]:
                    for at in range(row, ROWS):
                        self.lines[at] = [" "] * COLUMNS
                elif one[4]:
                    self.lines[row][column:] = [" "] * (COLUMNS - column)
            elif code == b"\r":
                self.at = (row, 0)
            elif code == b"\n":
                self.at = (min(row + 1, ROWS - 1), column)
            elif code == b"\x08":
                self.at = (row, max(column - 1, 0))
            elif code != b"\x07":
                for letter in code.decode(errors="replace"):
                    row, column = self.at
                    if column >= COLUMNS:
                        row, column = min(row + 1, ROWS - 1), 0
                    self.lines[row][column] = letter
                    self.at = (row, column + 1)


def _spaced(words: str) -> str:
    return r"\s+".join(re.escape(one) for one in words.split())
