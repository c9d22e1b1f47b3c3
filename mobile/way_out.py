"""Which way the app goes out: straight, or through a proxy. No Kivy here.

It has a small file of its own beside `guide.json`: a damaged directory of an organisation must
not lead somebody past Tor who had chosen it. Where what was chosen can't be read, `known` is
false and no connection is made (`mobile.organisation`) until its user chose again. Without the
file nothing was ever chosen, which means straight.
"""

from __future__ import annotations

from pathlib import Path

from mobile import whole_file
from mobile.language import later
from shared.errors import LineError

FILE = "way"
LONGEST = 1000


class WayUnknown(LineError):
    """Nothing may go out before its user said which way."""

    code = "way_unknown"
    title = "Which way to go out?"
    default = later(
        "Wren can\u2019t read any more whether to go through Tor. Choose it on the first page or "
        "in the settings. Nothing was sent."
    )


class WayOut:
    """The choice as it is kept in a directory; without one, for as long as the app runs.

    `proxy` is an address, or empty: straight. `chosen`: there is a file.
    """

    def __init__(self, where: Path | None) -> None:
        self._path = where / FILE if where is not None else None
        self._written: bytes | None = None
        self.proxy, self.known, self.chosen = "", True, False
        if self._path is not None:
            self._read(self._path)

    def choose(self, proxy: str) -> None:
        """Its user chose; `save` keeps it."""
        self.proxy, self.known, self.chosen = proxy, True, True

    def doubt(self) -> None:
        """What else could tell is damaged: without a file it is not known what was chosen."""
        self.known = self.known and self.chosen

    def save(self) -> None:
        """Writes what changed. Raises `OSError`."""
        if self._path is None or not (self.chosen and self.known):
            return
        data = _to_bytes(self.proxy)
        if data != self._written:
            whole_file.write(self._path, data)
            self._written = data

    def _read(self, path: Path) -> None:
        try:
            data = whole_file.read(path, LONGEST)
            if data is None:
                return
            self.chosen = True
            _sum, _space, proxy = data.decode().partition(" ")
        except (OSError, ValueError):
            self.chosen, self.known = True, False
            return
        self.known = data == _to_bytes(proxy)
        if self.known:
            self.proxy, self._written = proxy, data


def _to_bytes(proxy: str) -> bytes:
    """With a sum: a flipped byte would be another port."""
    import hashlib  # only where somebody chose

    return f"{hashlib.sha256(proxy.encode()).hexdigest()} {proxy}".encode()
