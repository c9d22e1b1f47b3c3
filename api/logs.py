"""The service's log: a line says what kind of thing went wrong, in JSON, and nothing else.

No line has a time, since it would be that of somebody's act; none has a text from outside, a
trace or an address. Only short codes in a few named fields get through: what else is handed over
is left out, so that a line written in haste gives nothing away either.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from typing import Any, Protocol, cast

import structlog

FIELDS = frozenset({"event", "level", "type", "id", "step", "logger"})
"""What a line may have: an exception's type, a random id, a step of the worker, a library."""

_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,64}\Z")


class Log(Protocol):
    """What the service logs with."""

    def error(self, event: str, **fields: str) -> None:
        """Something went wrong that nobody expected."""

    def warning(self, event: str, **fields: str) -> None:
        """Something is done later, or in another way."""


def _only_codes(_logger: Any, _name: str, fields: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Leaves out every field that is unknown, and every value that is not a short code."""
    return {
        name: value
        for name, value in sorted(fields.items())
        if name in FIELDS and isinstance(value, str) and _CODE.fullmatch(value)
    }


class _Out:
    """Writes lines on standard error, wherever that leads by now, each at once and whole."""

    def msg(self, message: str) -> None:
        # Where it can't be written, as on a full disk, whoever is answered is not to feel it.
        with suppress(OSError):
            sys.stderr.write(f"{message}\n")
            sys.stderr.flush()

    error = warning = msg


log: Log = cast(
    Log,
    structlog.wrap_logger(
        _Out(),
        processors=[
            structlog.processors.add_log_level,
            _only_codes,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        cache_logger_on_first_use=False,
    ),
)
"""The one log of the service."""


class _OfLibraries(logging.Handler):
    """What a library has to say becomes a line of ours: which one it was, and no word of it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Tells the library's name; what it wrote may hold what was sent."""
        say = log.error if record.levelno >= logging.ERROR else log.warning
        say("library", logger=record.name)


_libraries = _OfLibraries(logging.WARNING)


def take_over() -> None:
    """From now on libraries' lines go the same way; calling it again changes nothing."""
    root = logging.getLogger()
    if _libraries not in root.handlers:
        root.addHandler(_libraries)
