"""After a report was sent: its eight words, shown and practised; then they are gone here.

They are in the sealed draft for an hour at most, and nowhere else in a form that anybody reads.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Response, request
from flask_babel import gettext as _

from api.contract import database, stretched
from api.models.base import Work
from api.rules import deadlines, report_drafts
from api.rules.report_drafts import Writing
from api.web import returning, visits
from api.web.pages import go, text
from api.web.steps import DONE, PRACTISE, PRINT, WORDS
from api.web.written import LEFT, Report
from shared.errors import UnknownToken
from shared.sealing import tokens

ASKED, PRACTISED = "asked", "practised"
"""In the answers, once it was sent: the two places that are asked for; that they were right."""

FIELDS = ("first", "second")
_AFTER = {"yes": "web.case_page", "files": "web.evidence"}
"""What the last page's button says -> the page of the case that it opens."""


def begin() -> dict[str, Any]:
    """What a draft holds besides its words once it was sent: which of them will be asked for."""
    first = secrets.randbelow(tokens.WORD_COUNT)
    second = (first + 1 + secrets.randbelow(tokens.WORD_COUNT - 1)) % tokens.WORD_COUNT
    return {ASKED: sorted((first, second))}


def page(report: Report) -> Response:
    """One of the pages after sending."""
    if report.number == PRACTISE:
        return _practise(report)
    if report.number == DONE:
        return _done(report)
    if request.method == "POST":
        return report.to(PRACTISE)
    template = "words_print.html" if report.number == PRINT else "words.html"
    return report.show(
        template,
        report.number,
        words=report.writing.token.split(),
        left=report.answers.get(LEFT, ""),
        back=report.address(WORDS),
        print_view=report.address(PRINT),
    )


# --- practice ----------------------------------------------------------------------------


def _practise(report: Report) -> Response:
    asked = dict(zip(FIELDS, report.answers[ASKED], strict=True))
    faults: dict[str, str] = {}
    if request.method == "POST":
        words = report.writing.token.split()
        faults = {
            name: fault
            for name, place in asked.items()
            if (fault := _wrong(text(name), words[place], place + 1))
        }
        if not faults:
            report.keep(_note_practised, lasting=False)
            return report.to(DONE)
    typed = {name: text(name)[:100] for name in FIELDS}
    return report.show(
        "practise.html",
        PRACTISE,
        faults=faults,
        asked={name: place + 1 for name, place in asked.items()},
        typed=typed,
    )


def _note_practised(_db: Work, now: Writing) -> Writing:
    return replace(now, answers={**now.answers, PRACTISED: True})


def _wrong(typed: str, word: str, place: int) -> str:
    """What is wrong with a word that was typed from memory or paper; empty if nothing."""
    found = tokens.split(typed)
    if not found:
        return str(_("Type word %(place)s.", place=place))
    if len(found) == 1 and tokens.find(found[0]) == word:
        return ""
    return str(_("That is not word %(place)s. Go back to look at it.", place=place))


# --- done --------------------------------------------------------------------------------


def _done(report: Report) -> Response:
    if not report.answers.get(PRACTISED):
        return report.to(PRACTISE)
    if request.method != "POST":
        with database().read() as db:
            answer_by = deadlines.answer_by(db, UUID(report.writing.case_id))
        return report.show(
            "done.html", DONE, answer_by=answer_by, words_page=report.address(WORDS)
        )
    page = _AFTER.get(request.form.get("open", ""))
    opened = _open(report, page) if page else None
    database().write(lambda db: report_drafts.drop(db, report.writing.bearer))
    visits.bury(report.visit)
    return opened or go("web.front")


def _open(report: Report, page: str) -> Response | None:
    """A page of the case, opened with the words. None if the case was withdrawn meanwhile."""
    root = stretched({"token": report.writing.token})
    try:
        return returning.enter(root, page) if root else None
    except UnknownToken:
        return None
