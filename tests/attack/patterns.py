"""Finds every regular expression of `api`, `shared` and `mobile`, those within functions too.

What is written out is read from the source; what a module puts together is computed with the
module's own names; what a function puts together is taken down while the function runs.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "shared", "mobile")
CALLS = {"compile", "search", "match", "fullmatch", "sub", "subn", "findall", "finditer", "split",
         "template"}  # fmt: skip

Noted = tuple[str, re.Pattern[Any]]


class Found(NamedTuple):
    """A pattern, the file that has it, and whether it is only tried where a text begins."""

    path: str
    pattern: re.Pattern[Any]
    anchored: bool


class Local(Exception):
    """A pattern that a function puts together."""


def calls() -> Iterator[tuple[str, ast.Call, list[str]]]:
    """Each use of `re`, or of marshmallow's `Regexp`, with a pattern: its file, and its names."""
    for path, tree in trees():
        named: dict[int, list[str]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                named[id(node.value)] = [ast.unparse(one) for one in node.targets]
            if isinstance(node, ast.Call) and node.args and _takes_pattern(node.func):
                yield path, node, named.get(id(node), [])


def _takes_pattern(func: ast.expr) -> bool:
    match func:
        case ast.Attribute(value=ast.Name("re"), attr=name):
            return name in CALLS
        case ast.Attribute(attr="Regexp") | ast.Name("Regexp"):
            return True
    return False


def imported() -> Iterator[str]:
    """Lines that take `re`, or something of it, by another name: `calls` would not see it."""
    for path, tree in trees():
        for node in ast.walk(tree):
            match node:
                case ast.ImportFrom(module="re" | "regex"):
                    yield f"{path}:{node.lineno}"
                case ast.Import(names=names) if any(
                    one.name == "regex" or (one.name == "re" and one.asname) for one in names
                ):
                    yield f"{path}:{node.lineno}"


def written(path: str, call: ast.Call) -> re.Pattern[Any]:
    """The pattern of a call. Raises `Local`."""
    given = call.args[0]
    if isinstance(given, ast.Constant):
        text = given.value
    else:
        module = import_module(path.removesuffix(".py").replace("/", "."))
        try:
            text = _value(given, vars(module))
        except NameError:
            raise Local(path) from None
    flags = re.NOFLAG
    for one in [*call.args[1:], *(keyword.value for keyword in call.keywords)]:
        with suppress(NameError, TypeError, AttributeError):
            if any(isinstance(part, ast.Attribute) for part in ast.walk(one)):
                flags |= _value(one, {"re": re})
    return re.compile(text, flags)


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "<pattern>", "eval"), dict(names))


@contextmanager
def taken_down() -> Iterator[list[Noted]]:
    """All patterns that our packages compile meanwhile, with the file that did."""
    found: list[Noted] = []
    real = re._compile  # type: ignore[attr-defined]

    def noted(pattern: Any, flags: Any) -> Any:
        made = real(pattern, flags)
        frame = sys._getframe(1)
        while frame is not None:
            path = Path(frame.f_code.co_filename)
            if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in PACKAGES:
                found.append((str(path.relative_to(ROOT)), made))
                break
            if path.parts[-2:-1] not in (("re",), ("marshmallow",)):
                break
            frame = frame.f_back  # type: ignore[assignment]
        return made

    re._compile = noted  # type: ignore[attr-defined]
    try:
        yield found
    finally:
        re._compile = real  # type: ignore[attr-defined]


@dataclass
class Names:
    """What a file does with names: `called[name]` of them, what it hands on, what it imports."""

    called: dict[str, set[str]] = field(default_factory=dict)
    handed: set[str] = field(default_factory=set)
    imports: set[tuple[str, str]] = field(default_factory=set)


@cache
def names_in() -> dict[str, Names]:
    """The same of each file."""
    found = {}
    for path, tree in trees():
        here, held = found.setdefault(path, Names()), set[int]()
        for node in ast.walk(tree):
            match node:
                case ast.ImportFrom(module=str(module), names=names):
                    here.imports |= {(module, one.name) for one in names}
                case ast.Attribute(value=ast.Name(name) as owner, attr=attr):
                    held.add(id(owner))
                    here.called.setdefault(name, set()).add(attr)
                    here.handed.add(f".{attr}")
                case ast.Attribute(attr=attr):
                    here.handed.add(f".{attr}")
                case ast.Name(name, ctx=ast.Load()) if id(node) not in held:
                    here.handed.add(name)
    return found


def uses(path: str, name: str) -> set[str]:
    """What is called of a module's name, there and where it is imported; "" if it is handed on."""
    found = set()
    module = path.removesuffix(".py").replace("/", ".")
    for other, here in names_in().items():
        if f".{name}" in here.handed:  # of the module, by its own name: `addressing.SLUG`
            found.add("")
        if other == path or (module, name) in here.imports:
            found |= here.called.get(name, set()) - {"pattern"}
            if name in here.handed:
                found.add("")
    return found


@cache
def trees() -> list[tuple[str, ast.Module]]:
    """Each file, and what stands in it."""
    return [
        (str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8")))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    ]


def all_patterns(
    made: Mapping[str, tuple[int, Callable[[], Any]]], only_there: Callable[[Noted], bool]
) -> list[Found]:
    """Every pattern, each once.

    `made`: of a file, how many calls have a pattern that only a function knows, and what makes
    those functions run; it may give a list of patterns. `only_there`: which of these are tried
    where a text begins alone. Raises `AssertionError` for a call that is not counted there, and
    for a file of which nothing was compiled.
    """
    found: list[Found] = []
    local: dict[str, int] = {}
    for path, call, names in calls():
        try:
            found.append(Found(path, written(path, call), _anchored(path, call, names)))
        except Local:
            local[path] = local.get(path, 0) + 1
    assert local == {path: count for path, (count, _) in made.items()}, local
    for path, (_, run) in made.items():
        with taken_down() as compiled:
            given = run()
        listed = given if isinstance(given, list) else []
        more = [(path, one) for one in listed if isinstance(one, re.Pattern)]
        here = [one for one in compiled if one[0] == path] + more
        assert here, f"{path} compiled nothing"
        found += [Found(*one, only_there(one)) for one in here]
    return list(dict.fromkeys(found))


BEGINNING = {"match", "fullmatch"}


def _anchored(path: str, call: ast.Call, names: Sequence[str]) -> bool:
    """Whether a pattern is only tried where a text begins, whoever has it.

    That of marshmallow's `Regexp` is. One that is compiled is, if it has a name of which nothing
    else is called anywhere.
    """
    if isinstance(call.func, ast.Attribute) and call.func.attr in BEGINNING:
        return True
    if "Regexp" in ast.unparse(call.func):
        return True
    return bool(names) and all(uses(path, name) <= BEGINNING for name in names)
