"""The page of a step, drawn from what `steps.py` declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response
from flask_babel import gettext as _

from api.contract import database
from api.rules import choosing
from api.web import language, steps
from api.web.steps import Field
from api.web.written import Report

Options = list[tuple[str, str, str]]
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
    with database().read() as db:
        return {
            one.name: _options(one, choosing.choices(db, report.slug, one.listed))
            for one in listed
        }


def _options(one: Field, items: Iterable[Mapping[str, Any]]) -> Options:
    found = [
        (item["code"], language.stock(item["name"]), language.stock(item.get("about", "")))
        for item in items
    ]
    if one.kind == steps.ONE and all(code != steps.NOT_KNOWN for code, *_rest in found):
        # So that what was chosen can be taken back without script.
        found.append(("", str(_("Rather not say")), ""))
    return found
