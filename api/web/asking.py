"""The page of a step, drawn from what `steps.py` declares."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import Response
from flask_babel import gettext as _

from api.contract import database
from api.rules import choosing
from api.web import language, steps
from api.web.written import Report

Options = tuple[tuple[str, str, str], ...]
"""What can be chosen: code, name, about."""


def ask(
    report: Report,
    number: int,
    typed: Mapping[str, Any],
    faults: Mapping[str, str] | None = None,
) -> Response:
    """The page of a step, filled in with what was typed."""
    step = steps.step(number)
    return report.show(
        "step.html",
        number,
        step=step,
        typed=typed,
        faults=faults or {},
        lists=_lists(report, step),
    )


def _lists(report: Report, step: steps.Step) -> dict[str, Options]:
    """What can be chosen on a page, by field."""
    listed = [one for one in step.fields if one.listed]
    if not listed:
        return {}
    code = language.chosen()
    with database().read() as db:
        return {
            one.name: _options(choosing.choices(db, report.slug, one.listed), one.kind, code)
            for one in listed
        }


@lru_cache(maxsize=256)
def _options(listed: str, kind: str, code: str) -> Options:
    # `code` is the page's language: to translate a list for each page costs more than to read it.
    assert code == language.chosen()  # noqa: S101
    found = tuple(
        (value, language.stock(name), language.stock(about))
        for value, name, about in choosing.read(listed)
    )
    if kind == steps.ONE and all(value != steps.NOT_KNOWN for value, *_rest in found):
        # So that what was chosen can be taken back without script.
        return (*found, ("", str(_("Rather not say")), ""))
    return found
