"""Returns and board reports at the console: looked at, confirmed, submitted, corrected."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date

import pytest
from pypdf import PdfReader

from tests.api.checks import nothing_stored
from tests.api.returning import COUNTS, count, get, submit, this_quarter
from tests.console.hands import Hands, Shown
from tests.filling import Made, fill, invented
from tests.service import Service

Make = Callable[..., Hands]

LIST = "/console/returns/eeast"
PAGE = f"{LIST}/2025/4"
PREVIEW = f"{PAGE}/preview"
BOARD = "/console/board/eeast"


def confirm(one: Hands, **fields: str | None) -> Shown:
    """Fills in the form of the preview, and sends it."""
    form = one.get(PREVIEW).form("digest")
    return one.send(PREVIEW, form, follow=True, **{"confirmed": "y"} | fields)


def test_it_works(service: Service, hands: Make) -> None:
    count(service, COUNTS)
    one = hands("administrator-1")
    assert "not submitted" in one.get("/console/returns", follow=True).words
    preview = one.get(PREVIEW)
    assert "2 cases are not classified" in preview.words
    assert "Patient safety or quality 7" in preview.words
    assert "January to March 2026 (Q4): preview of the return" in preview.words
    made = confirm(one)
    assert (made.status, "The return was submitted." in made.words) == (200, True)
    assert "return, number 1" in made.words
    assert get(service)["number"] == 1
    other = hands("analyst-1")
    assert "Number 1" in other.get(LIST).words
    assert "Patient safety or quality 7" in other.get(f"{PAGE}/1").words
    assert "digest" not in other.get(f"{PAGE}/1").answer.text


def test_it_must_be_confirmed(service: Service, hands: Make) -> None:
    count(service, COUNTS)
    one = hands("analyst-1")
    one.get(PREVIEW)  # so that looking is noted already
    with nothing_stored(service):
        shown = confirm(one, confirmed=None)
    assert (shown.status, "Look at the numbers, and confirm them." in shown.words) == (422, True)


def test_numbers_that_changed_meanwhile(service: Service, hands: Make) -> None:
    count(service, COUNTS)
    one = hands("analyst-1")
    form = one.get(PREVIEW).form("digest")
    count(service, {("element", "detriment"): 1})
    with nothing_stored(service):
        shown = one.send(PREVIEW, form, confirmed="y")
    assert (shown.status, "have changed since you looked" in shown.words) == (409, True)
    again = shown.form("digest")
    assert again.fields["digest"] != form.fields["digest"]
    assert "confirmed" not in again.fields  # what is new is to be confirmed anew
    done = one.send(PREVIEW, again, confirmed="y", follow=True)
    assert "Disadvantageous or demeaning treatment as a result of speaking up 2" in done.words


def test_a_correction(service: Service, hands: Make) -> None:
    count(service, COUNTS)
    submit(service)
    one = hands("administrator-1")
    assert "there is nothing to correct" in one.get(PREVIEW).words
    count(service, {("element", "detriment"): 2})
    shown = one.get(PREVIEW)
    assert "as a result of speaking up 3 before: 1" in shown.words
    refused = confirm(one, why="")
    assert (refused.status, "Say what was corrected, and why." in refused.words) == (422, True)
    done = confirm(one, why="=Two were classified <b>late</b>.")
    assert "return, number 2" in done.words
    assert "=Two were classified <b>late</b>." in done.words
    first = hands("analyst-1").get(f"{PAGE}/1")
    assert "This return was corrected" in first.words
    assert "speaking up 1" in first.words
    assert "Number 2" in hands("analyst-1").get(LIST).words


def test_who_sees_what(service: Service, hands: Make) -> None:
    count(service, COUNTS)
    handler = hands("handler-1")
    for path in (LIST, PREVIEW, f"{PAGE}/0.csv", f"{PAGE}/0.xlsx"):
        assert handler.get(path).status == 403, path
    assert "Quarterly returns" not in handler.get("/console/figures", follow=True).words
    assert "Quarterly returns" in hands("analyst-1").get("/console/figures", follow=True).words
    submit(service)
    for name in ("handler-1", "handler-3", "handler-5"):
        one = hands(name)
        for path in (LIST, f"{PAGE}/1", f"{PAGE}/1.csv", f"{PAGE}/1.xlsx"):
            assert one.http.get(path).status_code == 403, (name, path)
        form = one.get("/console/account").form("csrf_token")
        form.action = PREVIEW
        form.fields = {"csrf_token": form.fields["csrf_token"], "number": "2", "confirmed": "y"}
        with nothing_stored(service):
            assert one.send(PREVIEW, form).status == 403, name
    for path in (f"{LIST}/2025/5/preview", f"{LIST}/1999/1/preview", f"{PAGE}/9"):
        assert hands("analyst-1").get(path).status == 404, path
    early = this_quarter(service).replace("-Q", "/")
    assert hands("analyst-1").get(f"{LIST}/{early}/preview").status == 409


def test_files(service: Service, hands: Make) -> None:
    count(service, COUNTS)
    one = hands("analyst-1")
    answer = one.http.get(f"{PAGE}/0.csv")
    assert answer.text.startswith("organisation,")
    assert "return-eeast-2025-Q4-preview.csv" in answer.headers["Content-Disposition"]
    submit(service)
    answer = one.http.get(f"{PAGE}/1.xlsx")
    assert answer.data.startswith(b"PK")
    assert "return-eeast-2025-Q4-1.xlsx" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"


# --- the board's -----------------------------------------------------------------------------

STORY = "Handovers were the theme of the year.\n\nA second paragraph: #let x = *not* markup."


@pytest.fixture
def year(service: Service) -> Service:
    """A year and a bit with invented cases, published."""
    fill(service.database, "eeast", invented(7, 400, date(2025, 4, 1), date(2026, 6, 30)))
    small = [Made(date(2026, 5, 4), codes={"element": ("detriment",), "region": ("suffolk",)})]
    fill(service.database, "eeast", small)
    return service


def pdf(answer: bytes) -> str:
    pages = PdfReader(io.BytesIO(answer)).pages
    return " ".join(" ".join(one.extract_text() for one in pages).split())


def test_a_board_report(year: Service, hands: Make) -> None:
    one = hands("handler-1")
    page = one.get("/console/board", follow=True)
    form = page.form("introduction")
    with nothing_stored(year):
        answer = one.http.post(
            BOARD, data=form.fields | {"first": "2025-Q1", "last": "2026-Q1", "themes": STORY}
        )
    assert answer.content_type == "application/pdf"
    assert "board-report-eeast-2025-Q1-2026-Q1.pdf" in answer.headers["Content-Disposition"]
    words = pdf(answer.data)
    for said in ("The eeast trust", "April to June 2025 to April to June 2026", "Cases opened",
                 "National elements", "Patient safety or quality", "Themes and learning",
                 "#let x = *not* markup.", "How this was counted"):  # fmt: skip
        assert said in words, said
    assert "What the board is asked" not in words  # nothing was said
    catalogue = PdfReader(io.BytesIO(answer.data)).trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"].value is True
    assert catalogue["/Lang"] == "en-GB"


def test_it_holds_published_figures_alone(year: Service, hands: Make) -> None:
    one = hands("analyst-1")
    figures = one.http.get("/console/figures/eeast/csv?from=2025-Q1&to=2026-Q1").text
    hidden = [line for line in figures.splitlines() if line.endswith(",,yes")]
    assert hidden, "something is small enough to be hidden"
    form = one.get(BOARD).form("introduction")
    answer = one.http.post(BOARD, data=form.fields | {"first": "2025-Q1", "last": "2026-Q1"})
    words, rows = pdf(answer.data), dict[tuple[str, str], list[str]]()
    for line in csv.DictReader(io.StringIO(figures)):
        place = (line["field"], line["name"])
        # The newest quarter comes first there, and last in a report.
        rows.setdefault(place, []).insert(0, line["count"] or "–")
    told = 0
    for (field, name), counts in rows.items():
        if field in ("element", "channel", "outcome"):
            summed = "–" if "–" in counts else str(sum(map(int, counts)))
            assert " ".join((name, *counts, summed)) in words, (field, name)
            told += 1
    assert told > 10


def test_what_makes_no_report(service: Service, hands: Make) -> None:
    one = hands("handler-1")
    assert "No quarter is published yet." in one.get(BOARD).words
    fill(service.database, "eeast", invented(7, 60, date(2026, 4, 1), date(2026, 6, 30)))
    form = one.get(BOARD).form("introduction")
    for first, last, status in (("2026-Q1", "2025-Q1", 422), ("2020-Q1", "2020-Q2", 404),
                                ("nonsense", "2026-Q1", 422)):  # fmt: skip
        shown = one.send(BOARD, form, first=first, last=last)
        assert shown.status == status, shown.words
    long = one.send(BOARD, form, themes="x" * 6001)
    assert (long.status, "too long" in long.words) == (422, True)
    assert hands("handler-5").get(BOARD).status == 404
