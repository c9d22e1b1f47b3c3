"""The pages to hide things in a picture and to say how it may be used, for pictures and tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from mobile.language import _
from mobile.pictures import Entry
from mobile.redacting import Redaction
from mobile.screens.pictures import Pictures
from mobile.screens.piece import PiecePage
from mobile.screens.redact import Redact
from mobile.screens.redacted import Redacted
from mobile.suggesting import suggest
from shared.evidence import FOR_INVESTIGATION
from tests.mobile.evidence_pictures import GROUP, chat


@cache
def _found() -> Any:
    picture = chat(GROUP).picture
    return picture, tuple(suggest(picture))


def redaction(*, answered: bool = True, covered: bool = True) -> Redaction:
    """A group's chat, with or without what is suggested for it."""
    picture, suggested = _found()
    found = Redaction(picture.copy(), suggested)
    while answered and found.suggested:
        (found.accept if covered else found.decline)(all_alike=True)
    return found


def page(found: Redaction | None = None, tool: str = "cover", **changes: Any) -> Redact:
    shown = Redact(back=lambda: None)
    shown.show(found or redaction())
    shown.use(tool)
    for name, value in changes.items():
        setattr(shown.ids.picture, name, value)
    return shown


def _cropped() -> Redact:
    found = redaction()
    found.cut(0, 250, 1080, 1700)
    return page(found)


def _last() -> Redacted:
    shown = Redacted(back=lambda: None)
    shown.show(redaction())
    return shown


def _before() -> Redacted:
    shown = _last()
    shown.before = True
    return shown


def _piece(**said: Any) -> PiecePage:
    shown = PiecePage(back=lambda: None)
    shown.show(_("Picture") + " 1", "PNG, 214 kB", picture=redaction().after(600), **said)
    return shown


def _files() -> Pictures:
    shown = Pictures(back=lambda: None, up=lambda: None, any_file=True)
    names = (("Screenshots", True), ("chat.png", False), ("minutes.pdf", False))
    shown.show("Downloads", [Entry(Path(name), folder) for name, folder in names])
    return shown


SCREENS: dict[str, Callable[[], Any]] = {
    "redact": lambda: page(redaction(answered=False)),
    "redact-covered": page,
    "redact-corner": lambda: page(_corner=(300, 1700), begun=True),
    "redact-crop": lambda: page(tool="crop"),
    "redact-cropped": _cropped,
    "redact-before": lambda: page(comparing=True),
    "redact-loading": lambda: Redact(back=lambda: None),
    "redacted": _last,
    "redacted-before": _before,
    "piece": _piece,
    "piece-investigation": lambda: _piece(sharing=FOR_INVESTIGATION, transcript="Invented. " * 9),
    "pick-file": _files,
}
"""By name, how to make each."""
