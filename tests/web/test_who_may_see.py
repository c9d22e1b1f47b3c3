"""Closed by default: every page of the reporter's says what it needs."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from shared.sealing.encoding import b64
from tests.api.checks import nothing_stored
from tests.journeys.traffic import of_the_web
from tests.service import Service
from tests.web.checks import check_page
from tests.web.hands import BASE, Hands
from tests.web.test_other_sites import CASE, address

OPEN = {
    "GET /", "GET /accessibility", "GET /cookies", "GET /leave", "GET /look/<name>",
    "GET /o/<slug>", "GET /o/<slug>/begin", "POST /o/<slug>/begin", "GET /return", "POST /return",
}  # fmt: skip
WRITING = {
    "GET /o/<slug>/<visit:visit>/<int:number>", "POST /o/<slug>/<visit:visit>/<int:number>",
}  # fmt: skip
REPORTER = {
    f"{method} /c/<visit:visit>{rest}"
    for method, some in {
        "GET": (
            "", "/answer/<uuid:request>", "/answer/<uuid:request>/<any(yes,no,stop):what>",
            "/close", "/last", "/other", "/other/<desk>", "/message/<uuid:message>", "/people",
            "/people/<uuid:handler>/in", "/people/<uuid:handler>/out",
            "/people/changed/<any(in,out,desk):did>", "/people/in", "/file", "/end",
            "/end/sure", "/piece/<uuid:attachment>", "/evidence", "/evidence/send",
        ),
        "POST": (
            "", "/answer/<uuid:request>/<any(yes,no,stop):what>", "/close", "/last", "/other",
            "/other/<desk>", "/people", "/people/<uuid:handler>/in", "/people/<uuid:handler>/out",
            "/people/in", "/file", "/end/sure", "/piece/<uuid:attachment>", "/evidence",
            "/evidence/send",
        ),
    }.items()
    for rest in some
}  # fmt: skip


def pages(service: Service) -> Iterator[tuple[str, tuple[str, ...] | None]]:
    """Each page's method and rule, with what it needs (None: it doesn't say)."""
    for rule in service.app.url_map.iter_rules():
        if of_the_web(rule.rule):
            view = service.app.view_functions[rule.endpoint]
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield f"{method} {rule.rule}", view.__dict__.get("wren_needs")


def test_it_works(page_hands: Hands) -> None:
    found = dict(pages(page_hands.service))
    assert None not in found.values()
    assert {place for place, needs in found.items() if needs == ()} == OPEN
    assert {place for place, needs in found.items() if needs == ("writing",)} == WRITING
    assert {place for place, needs in found.items() if needs == ("reporter",)} == REPORTER


@pytest.mark.parametrize("kind", ["none", "empty", "unknown", "ended", "a draft", "an account"])
def test_others_are_told_that_it_has_ended(
    page_hands: Hands, kind: str, subtests: pytest.Subtests
) -> None:
    """The same page for all of them: what a browser holds is told to nobody."""
    service = page_hands.service
    ended = service.reporter(service.open_case()[1])
    service.call("DELETE", "/session", bearer=ended)
    bearer = {
        "none": None, "empty": "", "unknown": f"wr_{b64(os.urandom(32))}", "ended": ended,
        "a draft": f"wd_{b64(os.urandom(32))}", "an account": service.handler(),
    }[kind]  # fmt: skip
    if bearer is not None:
        page_hands.http.set_cookie(f"__Host-w-{CASE}", bearer, domain="wren.example", secure=True)
    for place in WRITING | REPORTER:
        method, _, rule = place.partition(" ")
        with subtests.test(place), nothing_stored(service):
            answer = page_hands.http.open(address(rule, CASE), method=method, base_url=BASE)
            # A form of a report needs its key first.
            check_page(answer, 403 if place.startswith("POST /o/") else 401)
