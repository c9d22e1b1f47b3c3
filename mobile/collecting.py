"""Collects the app's texts, for `make languages`: Babel calls `python`, `kv` and `rules`.

Not Babel's own extractor for Python: `later` is also what a method here and there is called.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import IO

_KV = re.compile(r"""\btr\._\(\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*\)""")
_ONE = ("_", "later")

Found = tuple[int, str | None, str | tuple[str, ...], list[str]]


def python(
    file: IO[bytes],
    keywords: Collection[str],  # noqa: ARG001 - as Babel calls it
    comment_tags: Collection[str],  # noqa: ARG001
    options: Mapping[str, str],  # noqa: ARG001
) -> Iterator[Found]:
    """Each text of a module that `_`, `later` or `count` is called with.

    Raises `ValueError` for one with values put in already: it would never be found again.
    """
    for node in ast.walk(ast.parse(file.read())):
        match node:
            case ast.Call(func=ast.Name(name), args=[ast.JoinedStr(), *_]) if name in _ONE:
                raise ValueError(f"line {node.lineno}: an f-string can't be looked up")
            case ast.Call(func=ast.Name(name), args=[ast.Constant(str(text))]) if name in _ONE:
                yield node.lineno, None, text, []
            case ast.Call(
                func=ast.Name("count"),
                args=[ast.Constant(str(one)), ast.Constant(str(many)), *_],
            ):
                yield node.lineno, "ngettext", (one, many), []


def kv(
    file: IO[bytes],
    keywords: Collection[str],  # noqa: ARG001
    comment_tags: Collection[str],  # noqa: ARG001
    options: Mapping[str, str],  # noqa: ARG001
) -> Iterator[Found]:
    """Each text of a kv file that stands in `tr._('...')`."""
    for number, line in enumerate(file.read().decode("utf-8").splitlines(), 1):
        for found in _KV.finditer(line):
            yield number, None, ast.literal_eval(found[1]), []


def rules(
    file: IO[bytes],
    keywords: Collection[str],  # noqa: ARG001
    comment_tags: Collection[str],  # noqa: ARG001
    options: Mapping[str, str],  # noqa: ARG001
) -> Iterator[Found]:
    """Each sentence that a rule of `mobile.pointing` explains itself with, once."""
    text = file.read().decode("utf-8")
    listed = tomllib.loads(text).get("rules", ())
    for why in dict.fromkeys(one["why"] for one in listed):
        yield text[: text.index(why)].count("\n") + 1, None, why, []
