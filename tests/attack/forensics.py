"""Somebody has the whole database, all files with their dates, and all that was logged.

    python -m tests.attack.forensics DIRECTORY DATABASE_URL SINCE UNTIL [WORD ...]

Looks for the words, for any time of day between two moments (Unix seconds) and for any address, in
rows, in files and in the dates that file systems keep. Prints what it finds, one a line.
"""

from __future__ import annotations

import re
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.journeys.marks import Marks, as_bytes, rows
from tests.journeys.searching import dense
from tests.journeys.test_no_time_kept import tells

ADDRESS = re.compile(rb"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
HARMLESS = {b"127.0.0.1", b"0.0.0.0"}
"""Addresses of the service itself, which settings and plans of the database name."""

POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
"""PostgreSQL writes moments as microseconds since then, in eight bytes."""

CLOCKS = re.compile(rb"(?<!\d)(20\d\d-\d\d-\d\d[T _]\d\d:\d\d|\d\d:\d\d:\d\d)(?!\d)")
DATES = ("mtime", "ctime")
"""What `stat` tells. A third, of the making, is told by few systems and to few programs."""


@dataclass(frozen=True, order=True)
class Finding:
    """What gives away, where: `word`, `time`, `date of a file` or `address`."""

    kind: str
    where: str
    what: str = ""


@dataclass
class Seizure:
    """What was taken, and what is known of what happened: between when and when."""

    place: Path
    database_url: str
    since: float
    until: float
    marks: Marks = field(default_factory=Marks)

    def findings(self) -> list[Finding]:
        """All that is found, each once."""
        return sorted({*self._in_rows(), *self._in_files(), *self._in_dates()})

    def _in_rows(self) -> Iterator[Finding]:
        for name, table in rows(self.database_url).items():
            content = as_bytes(table)
            yield from self._words(f"table {name}", content)
            yield from self._addresses(f"table {name}", content)
            if any(tells(value, self.since, self.until) for row in table for value in row):
                yield Finding("time", f"table {name}")

    def _in_files(self) -> Iterator[Finding]:
        for path in self._files():
            content, where = dense(path.read_bytes()), f"file {self._name(path)}"
            yield from self._words(where, content)
            yield from self._addresses(where, content)
            for found in self._times(content):
                yield Finding("time", where, found)

    def _in_dates(self) -> Iterator[Finding]:
        for path in (*self._files(), *(one for one in self.place.rglob("*") if one.is_dir())):
            try:
                told = path.stat()
            except FileNotFoundError:
                continue
            for name in DATES:
                when = float(getattr(told, f"st_{name}"))
                if self.since <= when <= self.until:
                    yield Finding("date of a file", f"{self._name(path)}", name)

    def _words(self, where: str, content: bytes) -> Iterator[Finding]:
        for name in self.marks.found_in(content):
            yield Finding("word", where, name)

    def _addresses(self, where: str, content: bytes) -> Iterator[Finding]:
        for found in set(ADDRESS.findall(content)) - HARMLESS:
            if all(int(part) < 256 for part in found.split(b".")):
                yield Finding("address", where, found.decode())

    def _times(self, content: bytes) -> Iterator[str]:
        """Times within what happened: written out, as digits, or as a number of eight bytes."""
        seconds = range(int(self.since), int(self.until) + 1)
        minutes = {datetime.fromtimestamp(one, UTC).strftime("%H:%M") for one in seconds}
        local = {datetime.fromtimestamp(one).strftime("%H:%M") for one in seconds}
        for found in CLOCKS.findall(content):
            if any(one.encode() in found for one in minutes | local):
                yield found.decode()
        if _postgres_times(self.since, self.until).search(content):
            yield "microseconds since 2000"
        for one in seconds:
            forms = (str(one).encode(), struct.pack(">q", one), struct.pack("<q", one))
            if any(form in content for form in forms):
                yield "seconds since 1970"

    def _files(self) -> Iterator[Path]:
        for path in sorted(self.place.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path

    def _name(self, path: Path) -> str:
        """The file's name, without the ids in it."""
        return re.sub(r"[0-9a-f]{32}", "<id>", str(path.relative_to(self.place)))


def _postgres_times(since: float, until: float) -> re.Pattern[bytes]:
    """What finds one of PostgreSQL's moments between these two: all but its three lowest bytes."""
    first, last = (int((one - POSTGRES_EPOCH) * 1_000_000) >> 24 for one in (since, until))
    ends = (re.escape(struct.pack("<q", one)[:5]) for one in range(first, last + 1))
    return re.compile(b"(?s:...)(?:%b)" % b"|".join(ends))


def main() -> None:
    """Prints the findings."""
    place, database_url, since, until, *words = sys.argv[1:]
    seizure = Seizure(Path(place), database_url, float(since), float(until))
    for word in words:
        seizure.marks.add(word, word)
    for one in seizure.findings():
        print(one.kind, one.where, one.what, sep="\t")


if __name__ == "__main__":
    main()
