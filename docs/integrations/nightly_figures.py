"""Writes the published figures of an organisation into a folder, whole or not at all.

For a scheduler to run each night. See nightly_figures.md.
"""

from __future__ import annotations

import csv
import io
import os
import sys
import tempfile
from contextlib import suppress
from datetime import date
from pathlib import Path

import requests

WREN, KEY = os.environ["WREN"].rstrip("/"), os.environ["KEY"]
ORGANISATION, FOLDER = os.environ["ORGANISATION"], Path(os.environ["FOLDER"])
MOST = 20_000_000
"""Bytes of an answer; twelve quarters take a fraction of it."""

COLUMNS = ["organisation", "quarter", "shown_since", "field", "value", "name", "count", "hidden"]


class NotFigures(Exception):
    """What came back is not a table of figures."""


def fetched() -> bytes:
    """The table as Wren answers it, looked at before it is used."""
    answer = requests.get(
        f"{WREN}/api/v1/statistics.csv",
        params={"organisation": ORGANISATION},
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=60,
        allow_redirects=False,  # the key goes to Wren, and to nobody it might point to
        stream=True,
    )
    with answer:
        if answer.status_code != 200:
            raise NotFigures(f"Wren answered {answer.status_code}.")
        data = answer.raw.read(MOST + 1, decode_content=True)
    rows = list(csv.reader(io.StringIO(data.decode("utf-8"))))
    if len(data) > MOST or not rows or rows[0] != COLUMNS:
        raise NotFigures("What was answered is not a table of figures.")
    if any(len(row) != len(COLUMNS) or row[0] != ORGANISATION for row in rows[1:]):
        raise NotFigures("A line of the table is broken, or of another organisation.")
    return bytes(data)


def put(data: bytes, name: str) -> None:
    """Puts a file in place in one step: whoever reads the folder finds the old or the new one."""
    handle, made = tempfile.mkstemp(prefix=f".{name}-", dir=FOLDER)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(made).chmod(0o640)
        Path(made).replace(FOLDER / name)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(made).unlink()
        raise


def main() -> str:
    """What was done, in a word."""
    data, newest = fetched(), f"figures-{ORGANISATION}.csv"
    before = FOLDER / newest
    if before.exists() and before.read_bytes() == data:
        return "unchanged"
    # First the dated copy: what stands in the newest file is always in one of those too.
    put(data, f"figures-{ORGANISATION}-{date.today().isoformat()}.csv")
    put(data, newest)
    return "written"


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{main()}\n")
    except (NotFigures, ValueError, csv.Error) as error:
        sys.exit(f"Nothing was written: {error}")
    except (requests.RequestException, OSError) as error:
        # Its text may name addresses and folders, which a scheduler sends on by mail.
        sys.exit(f"Nothing was written: {type(error).__name__}.")
