"""docs/threats.md lists what can be read in the database: every table stands there."""

from __future__ import annotations

import re
from pathlib import Path

from api.app import create_app
from api.config import Config
from api.models.base import Base
from tests.service import SECRET


def listed() -> set[str]:
    """The tables of the list."""
    text = Path(__file__).parents[2].joinpath("docs", "threats.md").read_text("utf-8")
    section = text.partition("## What is in clear")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_it_works() -> None:
    create_app(Config("sqlite://", SECRET)).extensions["wren"].engine.dispose()
    assert listed() == set(Base.metadata.tables)
