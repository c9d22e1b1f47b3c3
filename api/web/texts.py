"""Collects the texts of `api/data/` that Wren brings, and a reporter's page shows by `| stock`.

`pybabel extract` calls `stock` for the files that `babel.toml` names.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

from api.texts import Found

SHOWN = ("desks", "concerns", "channels", "professional_groups", "contacts", "guidance")
"""The lists that a reporter sees; replies and categories are the guardian's."""

TEXTS = ("name", "about", "detail", "title", "text")


def stock(
    file: IO[bytes],
    keywords: Collection[str],  # noqa: ARG001 - as Babel calls it
    comment_tags: Collection[str],  # noqa: ARG001
    options: Mapping[str, str],  # noqa: ARG001
) -> Iterator[Found]:
    """Each text of a file in the form of `england.json`."""
    for number, text in enumerate(texts(json.loads(file.read())), 1):
        yield number, None, text, []


def texts(data: Mapping[str, Any]) -> Iterator[str]:
    """The texts for reporters of such a file, in order."""
    for listed in SHOWN:
        for one in data.get(listed, ()):
            for name in TEXTS:
                if one.get(name):
                    yield one[name]
