"""A report for the board as a PDF: published figures over the quarters, and the guardian's words.

Only published tables go in, so nothing in it is a small count. The words are not stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from api.models.base import Database
from api.rules import disclosure, figures, organisations
from api.rules.case_pdf import Written, by_either, paragraphs, typeset
from shared.errors import NotFound

MOST = 8
"""Quarters that fit beside each other on a page."""

NONE = "None of these quarters is published yet."

BEFORE = (("introduction", "Introduction"),)
AFTER = (
    ("themes", "Themes and learning"),
    ("actions", "What was done"),
    ("asks", "What the board is asked"),
)
TEXTS = (*BEFORE, *AFTER)
"""The texts and their headings."""

HEADS = {
    "status": ("Where cases stand", "Status", "On the day of publication."),
    "desk": ("Who was asked", "Desk", ""),
    "confidentiality": ("How it was raised", "Raised", ""),
    "element": ("National elements", "Element", "A case may have several."),
    "category": ("Own categories", "Category", "A case may have several."),
    "channel": ("Where it happened", "Place", ""),
    "region": ("Regions", "Region", ""),
    "professional_group": ("Professional groups", "Group", ""),
    "outcome": ("Outcomes", "Outcome", "Of cases that are closed."),
    "speak_up_again": (
        "Would people speak up again?", "Answer", "Of cases that are closed.",
    ),
}  # fmt: skip
TIMES = {
    "days_to_acknowledge": ("How soon cases were acknowledged", "Working days"),
    "days_to_feedback": ("How soon feedback was given", "Days"),
}
SHARES = {"median": "Half of the cases within", "p90": "Nine in ten within"}

HIDDEN = "All of it is hidden: the counts are too small."

METHOD = (
    "Each case counts once, in the quarter in which it was received or recorded; Q1 is April to "
    "June. Made of figures that were published and are frozen: a quarter is published some weeks "
    "after its end, and later changes are added with a later quarter.\n\n"
    "A dash, or a dotted stub, stands for a count that is hidden: below {least}, or another from "
    "which such a count could be worked out. A sum is shown where all its parts are. An empty "
    "place: there was no such row in that quarter. Cases that somebody who handles reports was "
    "kept out of are not counted here."
)

_WORD = 22
"""Characters after which a word of a table may be broken."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a report is made of."""

    organisation: str
    slug: str
    today: date
    quarters: Sequence[Mapping[str, Any]]
    texts: Mapping[str, str] = field(repr=False)

    def file_name(self) -> str:
        """`board-report-eeast-2025-Q3-2026-Q2.pdf`."""
        first, last = self.quarters[0]["quarter"], self.quarters[-1]["quarter"]
        return f"board-report-{self.slug}-{first}-{last}.pdf"


def gather(database: Database, me: UUID, body: Mapping[str, Any]) -> Report:
    """The published tables of the quarters, oldest first; of many the newest eight.

    Raises `NotFound` (also where none is published) or `NotAllowed`.
    """
    slug = body["organisation"]
    query = {"organisation": slug, "first": body["first"], "last": body["last"]}
    found = figures.answer(database, "account", me, query)["quarters"]
    if not found:
        raise NotFound(NONE)
    with database.read() as db:
        organisation = organisations.find(db, slug)
        return Report(
            organisation.name,
            slug,
            organisations.today(db, organisation),
            list(reversed(found[:MOST])),
            {name: body[name] for name, _ in TEXTS},
        )


def render(report: Report) -> bytes:
    """The PDF: tagged (PDF/UA-1, ISO 14289-1), every chart with its numbers in a table."""
    return by_either(lambda written: typeset("board_report.typ", _data(report, written)))


def _data(report: Report, written: Written) -> dict[str, Any]:
    name = written(report.organisation)
    period = [quarter_words(one["quarter"]) for one in report.quarters]
    opened = [one["opened"]["count"] for one in report.quarters]
    return {
        "title": "Freedom to Speak Up: report to the board",
        "author": name,
        "running": name,
        "organisation": _breakable(name),
        "period": period[0] if len(period) == 1 else f"{period[0]} to {period[-1]}",
        "quarters": [{"short": _short(one["quarter"])} for one in report.quarters],
        "opened": {
            "counts": opened,
            "alt": "Cases opened, by quarter. " + _spoken(period, opened),
            "words": _spoken(period, opened),
        },
        "groups": [*_groups(report.quarters, written), *_times(report.quarters)],
        "before": list(_texts(report, BEFORE, written)),
        "after": list(_texts(report, AFTER, written)),
        "method": paragraphs(
            METHOD.format(least=disclosure.LEAST) + "\n\nMade on "
            f"{report.today.day} {report.today:%B %Y} with Wren."
        ),
    }


def _texts(
    report: Report, blocks: Sequence[tuple[str, str]], written: Written
) -> Iterator[dict[str, Any]]:
    for name, heading in blocks:
        if report.texts[name].strip():
            yield {"heading": heading, "paragraphs": paragraphs(written(report.texts[name]))}


def _spoken(period: Sequence[str], counts: Sequence[int | None]) -> str:
    said = (
        f"{name}: {'hidden' if count is None else count}"
        for name, count in zip(period, counts, strict=True)
    )
    return f"{'; '.join(said)}."


def _groups(quarters: Sequence[Mapping[str, Any]], written: Written) -> Iterator[dict[str, Any]]:
    """A table for each field; one of which nothing is shown says so."""
    for field_name, (heading, head, about) in HEADS.items():
        tables = [_table(one, field_name) for one in quarters]
        names = {value: row["name"] for table in tables for value, row in table.items()}
        rows = [_row(_breakable(written(name)), value, tables) for value, name in names.items()]
        if set(names) == {disclosure.NOT_SET.get(field_name)}:  # there is no such list
            continue
        if any(isinstance(one, int) for row in rows for one in row["counts"]):
            yield {"heading": heading, "head": head, "about": about, "rows": rows}
        elif rows:
            yield {"heading": heading, "head": head, "about": HIDDEN, "rows": []}


def _row(name: str, value: str, tables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A count for each quarter, empty where there was no such row; their sum if all are shown."""
    found = [table[value]["count"] if value in table else "" for table in tables]
    listed = [one for one in found if one != ""]
    return {"name": name, "counts": found, "sum": None if None in listed else sum(listed)}


def _table(quarter: Mapping[str, Any], name: str) -> dict[str, Mapping[str, Any]]:
    found = [one for one in quarter["groups"] if one["field"] == name]
    return {row["value"]: row for one in found for row in one["rows"]}


def _times(quarters: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for name, (heading, head) in TIMES.items():
        found = [next(one for one in all_["times"] if one["field"] == name) for all_ in quarters]
        rows = [
            {"name": said, "counts": [one[share] for one in found], "sum": ""}
            for share, said in SHARES.items()
        ]
        if any(one is not None for row in rows for one in row["counts"]):
            about = "Of few cases no such number is shown."
            yield {"heading": heading, "head": head, "about": about, "rows": rows}


def quarter_words(quarter: str) -> str:
    """`2026-Q3` as it is read: `October to December 2026`."""
    year, _, number = quarter.partition("-Q")
    months = ("April to June", "July to September", "October to December", "January to March")
    return f"{months[int(number) - 1]} {int(year) + (number == '4')}"


def _short(quarter: str) -> list[str]:
    year, _, number = quarter.partition("-Q")
    return [f"Q{number}", f"{year[2:]}/{(int(year) + 1) % 100:02}"]


def _breakable(name: str) -> str:
    """A name whose long words may be broken, so that a column keeps its width."""
    parts = (
        "\u200b".join(word[at : at + _WORD] for at in range(0, len(word), _WORD)) or word
        for word in name.split(" ")
    )
    return " ".join(parts)
