"""A report that is being written, as its pages have it: where they are, what is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Response, redirect, request

from api.contract import database
from api.models.base import Work
from api.rules import report_drafts
from api.rules.report_drafts import Writing
from api.web import language, steps, visits
from api.web.pages import NoDraft
from api.web.showing import show
from shared.errors import SignIn

REACHED, LEFT = "reached", "left"
"""In the answers: that all steps were gone through once; what was typed after it was sent."""


@dataclass(frozen=True, slots=True)
class Report:
    """The draft with its place: `/o/<slug>/<visit>/<number>`."""

    writing: Writing = field(repr=False)
    slug: str
    visit: str
    number: int

    @property
    def answers(self) -> Mapping[str, Any]:
        """What is kept so far."""
        return self.writing.answers

    def address(self, number: int) -> str:
        """Where a page of this report is."""
        return f"/o/{self.slug}/{self.visit}/{number}"

    def to(self, number: int) -> Response:
        """On to another page of it."""
        return redirect(self.address(number), 303)  # type: ignore[return-value]

    def after(self, onward: int) -> Response:
        """On to what the button of a form leads to: this page in another language, or another."""
        code = language.switched()
        if onward == steps.WORDS:
            number = onward
        elif code:
            number = self.number
        else:
            number = self.number - 1 if "back" in request.form else onward
        response = self.to(number)
        if code:
            visits.put_cookie(response, language.COOKIE, code)
        return response

    def show(self, template: str, number: int, **values: Any) -> Response:
        """A page of it. Its form goes to its own address, also where another one is answered."""
        return show(
            template,
            writing=self.writing,
            number=number,
            action="" if number == self.number else self.address(number),
            before=self.address(number - 1),
            **values,
        )

    def keep(self, change: Callable[[Work, Writing], Writing], *, lasting: bool = True) -> Writing:
        """Keeps what `change` makes of the draft as it is now, whatever another tab did to it.

        Only what is sent has to be `lasting`: after a failure of power the draft may be as it was
        a page before. Raises `NoDraft` if it was left meanwhile: nothing at all is stored then.
        """

        def rule(db: Work) -> Writing:
            now = report_drafts.find(db, self.writing.form, lock=True)
            after = change(db, now)
            return report_drafts.keep(db, after) if after is not now else now

        try:
            return database().write(rule, lasting=lasting)
        except SignIn:
            raise NoDraft from None

    def put(self, typed: Mapping[str, Any]) -> Writing:
        """Keeps these answers with the others. What comes after it was sent is put aside."""

        # Mostly nothing else happened since this request began: then it need not be opened again.
        after = put_in(self.writing, typed)
        kept = database().write(lambda db: report_drafts.keep_over(db, after), lasting=False)
        return kept or self.keep(lambda _db, now: put_in(now, typed))

    def put_aside(self, typed: Mapping[str, Any]) -> None:
        """Keeps what was typed after it was sent, so that it is neither sent nor lost."""
        self.keep(lambda _db, now: aside(now, typed))


def put_in(writing: Writing, typed: Mapping[str, Any]) -> Writing:
    """The draft with these answers; once it was sent they are put aside."""
    if writing.reference:
        return aside(writing, typed)
    return replace(writing, answers={**writing.answers, **typed})


def aside(writing: Writing, typed: Mapping[str, Any]) -> Writing:
    """The draft with what was typed after it was sent, as far as that could be in a report."""
    texts = [typed[name] for name in steps.TEXTS if name in typed and typed[name].strip()]
    if not texts:
        return writing
    left, late = writing.answers.get(LEFT, ""), "\n\n".join(texts)
    if late in left:
        return writing  # sent again
    both = f"{left}\n\n{late}" if left else late
    return replace(writing, answers={**writing.answers, LEFT: both[: steps.MOST]})
