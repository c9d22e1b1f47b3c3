"""Refusals in a page's language: they are made where no Flask and no language is known.

`pybabel extract` calls `refusals` for the files that pyproject.toml and api/web/babel.toml
name; pages show what it finds through `told`.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import IO

from flask_babel import format_decimal
from flask_babel import gettext as _

from shared.schemas.base import Filled

Found = tuple[int, None, str, list[str]]


def told(fault: str) -> str:
    """A refusal's sentence in the page's language; what was put into it is put in again."""
    if not isinstance(fault, Filled):
        return str(_(fault)) if fault else ""
    values = {
        name: format_decimal(value) if isinstance(value, int) else value
        for name, value in fault.values.items()
    }
    return str(_(fault.sentence)).format(**values)


def size_text(size: int) -> str:
    """A count of bytes as people read it, in KB or MB."""
    if size < 1_000_000:
        return f"{format_decimal(max(1, round(size / 1_000)))} KB"
    return f"{format_decimal(round(size / 1_000_000, 1))} MB"


def refusals(
    file: IO[bytes],
    keywords: Collection[str],  # noqa: ARG001 - as Babel calls it
    comment_tags: Collection[str],  # noqa: ARG001
    options: Mapping[str, str],  # noqa: ARG001
) -> Iterator[Found]:
    """Each title of a refusal, and each whole sentence that stands as it is in the source."""
    tree = ast.parse(file.read())
    passed_over = {id(one) for node in ast.walk(tree) for one in _not_shown(node)}
    for node in ast.walk(tree):
        text = _title(node) or ("" if id(node) in passed_over else _sentence(node))
        if text:
            yield node.lineno, None, text, []  # type: ignore[attr-defined]


def _title(node: ast.AST) -> str:
    """The text that is assigned to `title`."""
    match node:
        case ast.Assign(targets=[ast.Name("title")], value=ast.Constant(str(text))):
            return text
        case ast.AnnAssign(target=ast.Name("title"), value=ast.Constant(str(text))):
            return text
    return ""


def _sentence(node: ast.AST) -> str:
    """What people read: not a code, nor a piece into which something is put.

    `Sentence` says that something is put into a whole sentence.
    """
    match node:
        case ast.Call(func=ast.Name("Sentence"), args=[ast.Constant(str(text))]):
            return text
        case ast.Constant(str(text)):
            whole = text[:1].isupper() and text.endswith(".") and " " in text
            return text if whole and "{" not in text else ""
    return ""


def _not_shown(node: ast.AST) -> Iterator[ast.AST]:
    """What is said to programmers: docstrings, descriptions of the API, pieces of f-strings."""
    if isinstance(node, ast.Expr):
        yield node.value
    elif isinstance(node, ast.AnnAssign) and _name(node.target) == "EXAMPLE" and node.value:
        yield from ast.walk(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield from node.values
    elif isinstance(node, ast.keyword) and node.arg in ("metadata", "description"):
        yield from ast.walk(node.value)


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""
