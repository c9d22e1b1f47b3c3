"""A report in short steps, one thing a page: typed, checked, sent; the eight words; practice.

`steps.py` says what each step asks, `addressing.py` is the one about the readers, `sending.py`
the last before it goes, `words.py` what comes after.
"""

from __future__ import annotations

from flask import Response, g, request
from flask_babel import gettext as _

from api.rules.report_drafts import Writing
from api.web import addressing, asking, sending, steps, words
from api.web.pages import NoDraft, begin_again, web
from api.web.showing import show
from api.web.steps import ABOUT, CHECK, READERS, WORDS
from api.web.written import REACHED, Report
from shared.errors import NotFound


@web.writing("/o/<slug>/<visit:visit>/<int:number>")
def step(writing: Writing, slug: str, visit: str, number: int) -> Response:
    """A page of the report. Before it is sent only the first seven are there, then the others."""
    report = Report(writing, slug, visit, number)
    if not ABOUT <= number <= steps.PRINT:
        raise NotFound
    try:
        return _lost(report) if g.lost else _step(report)
    except NoDraft:
        if request.method != "POST" or number >= CHECK:
            raise
    # It was left between reading and keeping: as if it had been gone before.
    g.lost = True
    return _lost(Report(begin_again(slug, visit), slug, visit, number))


def _step(report: Report) -> Response:
    number, is_sent = report.number, bool(report.writing.reference)
    if is_sent and number <= CHECK:
        return _late(report)
    if number > CHECK:
        return words.page(report) if is_sent else report.to(CHECK)
    if number == CHECK:
        return sending.page(report)
    if number == READERS:
        return addressing.page(report)
    return (
        _typed(report) if request.method == "POST" else asking.ask(report, number, report.answers)
    )


def _typed(report: Report) -> Response:
    """Takes the answers of a step, and goes on; or back, which needs no answer."""
    typed = steps.sent(report.number)
    faults = steps.faults(report.number, typed, needed=not steps.stays())
    if faults:
        return asking.ask(report, report.number, steps.seen(typed), faults)
    kept = report.put(typed)
    if kept.reference:
        return report.after(WORDS)
    # Once all were gone through, what was changed is looked at again.
    return report.after(CHECK if kept.answers.get(REACHED) else report.number + 1)


def _late(report: Report) -> Response:
    """It was sent: no page leads there again, and what is typed now is not sent silently."""
    if request.method == "POST" and report.number < READERS:
        report.put_aside(steps.sent(report.number))
    return report.to(WORDS)


def _lost(report: Report) -> Response:
    """Nothing is kept of the report that this form is of: what this page had is shown again."""
    number, is_sent = report.number, bool(report.writing.reference)
    if number > CHECK or (is_sent and number >= READERS):
        return report.to(max(number, WORDS))
    if number == CHECK and report.answers:
        return report.to(CHECK)
    _say_lost(report)
    if number == CHECK:
        return asking.ask(report, ABOUT, {})
    if number == READERS:
        return addressing.page(report)
    typed = steps.sent(number)
    faults = steps.faults(number, typed, needed=not steps.stays())
    return asking.ask(report, number, steps.seen(typed), faults)


def _say_lost(report: Report) -> None:
    """Says what happened, and what is still there."""
    if report.answers:
        g.notice = _(
            "This page is of another report than the one that is open here. What you filled in on "
            "it was not kept yet, and nothing was sent: look at it, then go on."
        )
    elif report.number == CHECK:
        g.notice = _(
            "What you wrote is not kept any more: too much time went by, or this site was left in "
            "another tab. Nothing was sent just now. If you sent it before, it has arrived: come "
            "back with your eight words."
        )
    elif report.number == ABOUT:
        g.notice = _(
            "Too much time went by, or this site was left in another tab. What you filled in on "
            "this page is still here. Nothing was sent."
        )
    else:
        g.notice = _(
            "Too much time went by, or this site was left in another tab. What you filled in on "
            "this page is still here; what was on the pages before is gone. Nothing was sent. Go "
            "on, then look at the pages before again."
        )


@web.errorhandler(NoDraft)
def gone(_error: NoDraft) -> Response:
    """Where nothing is being written, or not any more: why that can be, and the ways on."""
    place = request.view_args or {}
    number = int(place.get("number", ABOUT))
    return show(
        "gone.html", 401, slug=place.get("slug", ""), first=number == ABOUT, words=number > CHECK
    )
