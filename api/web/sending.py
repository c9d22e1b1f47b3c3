"""Step 7: everything that will be sent, looked at once more; then it is sent, once.

The case's id and its words are made when the draft begins, and the case is stored in the
transaction in which the draft notes its reference: both are durable, or neither. So a double
click, a reload, a second tab and an answer that got lost all end at the same words. A draft
that was left in that very moment stores nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, g, request
from flask_babel import gettext as _

from api.contract import database, stretched
from api.models.base import Work
from api.rules import choosing, opening, report_drafts
from api.rules.report_drafts import Writing
from api.web import addressing, asking, language, steps, words
from api.web.addressing import AGREED, DESK, EXCLUDED
from api.web.steps import AT, CHECK, READERS, STORY, WORDS, Field, Step
from api.web.written import Report
from shared.errors import Invalid, NoReader
from shared.schemas.base import load
from shared.schemas.cases import OpenCase
from shared.sealing.encoding import b64, exact_json, sha256

SHOWN = "shown"
"""The field of the form that says which answers the page showed."""

_CHECKS = OpenCase()


class _Changed(Exception):
    """The answers are not those that the page showed: another tab changed them."""


@dataclass(frozen=True, slots=True)
class Card:
    """The answers of a step: (label, text) of those that were given."""

    step: Step
    rows: list[tuple[str, str]]


def page(report: Report) -> Response:
    """The step."""
    return _send(report) if request.method == "POST" else _show(report)


def _show(report: Report) -> Response:
    with database().read() as db:
        found = addressing.readers(db, report.slug, report.answers)
        if not found.agreed or found.new or not found.left:
            # Nobody reads it who was not looked at first.
            return report.to(READERS)
        lists = {name: _names(db, report.slug, name) for name in _listed(report.answers)}
    return report.show(
        "check.html",
        CHECK,
        step=steps.step(CHECK),
        cards=list(_cards(report.answers, lists)),
        readers=steps.step(READERS),
        found=found,
        base=report.address(0)[:-1],
        urgent=is_urgent(report.answers),
        shown=_mark(report.answers),
    )


def _listed(answers: Mapping[str, Any]) -> list[str]:
    return [one.listed for one in steps.TYPED if one.listed and answers.get(one.name)]


def _names(db: Work, slug: str, name: str) -> dict[str, str]:
    found = choosing.read(choosing.choices(db, slug, name))
    return {code: language.stock(shown) for code, shown, _about in found}


def _cards(answers: Mapping[str, Any], lists: Mapping[str, Mapping[str, str]]) -> Iterator[Card]:
    for step in steps.steps()[: READERS - 1]:
        rows = ((str(one.short), _value(one, answers, lists)) for one in step.fields)
        yield Card(step, [(label, text) for label, text in rows if text])


def _value(one: Field, answers: Mapping[str, Any], lists: Mapping[str, Mapping[str, str]]) -> str:
    given = answers.get(one.name)
    if one.name == "in_danger":
        # Only where nothing says who is: that stands under the same label.
        danger = is_danger(answers) and not str(answers.get("immediate_danger", "")).strip()
        return str(_("Yes")) if danger else ""
    if one.kind == steps.TICK:
        return str(_("Yes: goes to the guardian at once")) if given else ""
    if not given or given == steps.NOT_KNOWN:
        return ""
    if one.listed:
        codes = given if isinstance(given, list) else [given]
        return language.listed(lists[one.listed].get(code, code) for code in codes)
    return str(given).strip()


def is_danger(answers: Mapping[str, Any]) -> bool:
    """Whether anything says that somebody is in danger now."""
    return bool(
        answers.get("in_danger")
        or answers.get("urgent")
        or str(answers.get("immediate_danger", "")).strip()
    )


def is_urgent(answers: Mapping[str, Any]) -> bool:
    """Whether it is to be released at once."""
    return bool(answers.get("urgent"))


def _mark(answers: Mapping[str, Any]) -> str:
    return b64(sha256(exact_json(answers))[:12])


# --- sending -----------------------------------------------------------------------------


def body_of(writing: Writing) -> dict[str, Any]:
    """What is sent, as the call of the API takes it, checked. Raises `Invalid`."""
    answers = writing.answers
    content: dict[str, Any] = {name: str(answers.get(name, "")).strip() for name in steps.TEXTS}
    if is_danger(answers) and not content["immediate_danger"]:
        content["immediate_danger"] = steps.YES
    group = answers.get("professional_group", "")
    content |= {
        "concerns": answers.get("concerns", []),
        "channel": answers.get("channel", ""),
        "professional_group": "" if group == steps.NOT_KNOWN else group,
    }
    sent = {
        "case_id": writing.case_id,
        "token": writing.token,
        "desk": answers.get(DESK, ""),
        "excluded": answers.get(EXCLUDED, []),
        "urgent": is_urgent(answers),
        "content": {name: value for name, value in content.items() if value},
    }
    return dict(load(_CHECKS, sent))


def _send(report: Report) -> Response:
    writing = report.writing
    if request.form.get(SHOWN) != _mark(writing.answers):
        return _again(report)
    try:
        body = body_of(writing)
        root = stretched(body)

        def open_(db: Work, now: Writing) -> Writing:
            if now.reference:
                return now
            if now.answers != writing.answers:
                raise _Changed
            _same_readers(db, report)
            answer, _repeated = opening.open_case(db, report.slug, body, root)
            return report_drafts.sent(db, now, answer["reference"], words.begin())

        report.keep(open_)
    except _Changed:
        return _again(report)
    except NoReader:
        return _at_readers(report, addressing.nobody_left())
    except Invalid as error:
        return _at_fault(report, error)
    return report.to(WORDS)


def _same_readers(db: Work, report: Report) -> None:
    """Raises `_Changed` unless everybody who would read it was agreed to."""
    agreed = report.answers.get(AGREED)
    if not agreed:
        raise _Changed
    if choosing.newest_mark(db, report.slug) != agreed and (
        addressing.readers(db, report.slug, report.answers).new
    ):
        raise _Changed


def _again(report: Report) -> Response:
    """Something is not as the page showed it. The page is looked at again; or the readers."""
    g.notice = _("Nothing was sent: something changed since you opened this page. Look again.")
    fresh = report.keep(lambda _db, now: now)
    if fresh.reference:
        return report.to(WORDS)
    return _show(replace(report, writing=fresh))


def _at_readers(report: Report, faults: Mapping[str, str]) -> Response:
    with database().read() as db:
        found = addressing.readers(db, report.slug, report.answers)
    return addressing.show(report, found, faults)


def _at_fault(report: Report, error: Invalid) -> Response:
    """The step at which something has to be mended before it can be sent."""
    names = set(error.errors) | set(_content(error)) & set(AT)
    number = min((AT[name] for name in names if name in AT), default=STORY)
    if number == READERS:
        return _at_readers(report, {DESK: str(_("Choose from the list."))})
    typed = {one.name: "" for one in steps.step(number).fields} | dict(report.answers)
    faults = steps.faults(number, typed)
    if not faults:
        # A code that was in the list when it was ticked.
        faults = {
            name: str(_("Choose from the list.")) for name in names if AT.get(name) == number
        }
    return asking.ask(report, number, steps.seen(typed), faults)


def _content(error: Invalid) -> Mapping[str, object]:
    found = error.errors.get("content", {})
    return found if isinstance(found, Mapping) else {}
