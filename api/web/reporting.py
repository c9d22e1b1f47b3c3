"""A report in short steps, one thing a page: typed, checked, sent; the eight words; practice."""

from __future__ import annotations

from flask import Response, request

from api.rules.report_drafts import Writing
from api.web.pages import go, web
from api.web.showing import show


@web.writing("/o/<slug>/<visit:visit>/<int:number>")
def step(writing: Writing, slug: str, visit: str, number: int) -> Response:
    """One of the steps."""
    if request.method == "POST":
        return go("web.step", slug=slug, visit=visit, number=number + 1)
    return show("step.html", writing=writing, slug=slug, number=number)
