"""The app's texts and their translations, as `make languages` collects and keeps them."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po

from mobile.language import WHERE

ROOT = Path(__file__).parents[2]


def collected(made: Path) -> Catalog:
    """The texts that are in the sources now; `made` is the file that they go through."""
    words = ["extract", "-F", "mobile/lang/babel.toml", "-k", "_l", "-o", str(made), "."]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        CommandLineInterface().run(["pybabel", "-q", *words])  # type: ignore[no-untyped-call]
    with made.open("rb") as file:
        return read_po(file)


def translated(code: str) -> Catalog:
    """The translations into a language."""
    with (WHERE / code / "LC_MESSAGES" / "app.po").open("rb") as file:
        return read_po(file, locale=code)
