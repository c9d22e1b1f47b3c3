"""A return as a table: CSV (RFC 4180) and XLSX, neither with a cell that becomes a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from api.rules.sheets import written

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

COLUMNS = (
    "organisation", "quarter", "number", "state", "version",
    "section", "code", "name", "count", "before",
)  # fmt: skip

TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def file_name(found: Mapping[str, Any], kind: str) -> str:
    """`return-eeast-2026-Q3-1.csv`; a preview says so in its name."""
    number = found["number"] if found["state"] == "submitted" else "preview"
    return f"return-{found['organisation']}-{found['code']}-{number}.{kind}"


def as_csv(found: Mapping[str, Any]) -> str:
    """A row for each of the return's, and one with the method. Its columns are `COLUMNS`.

    Only counts are numbers; `before` is the count of the number before, where it was another.
    """
    head = [found[name] for name in ("organisation", "code", "number", "state", "version")]
    return written(COLUMNS, ((*head, *one) for one in _cells(found)))


def _cells(found: Mapping[str, Any]) -> Iterator[tuple[str | int, ...]]:
    changes = {(one["section"], one["code"]): one for one in found["changes"]}
    for one in found["rows"]:
        changed = changes.pop((one["section"], one["code"]), None)
        before = "" if changed is None or changed["before"] is None else changed["before"]
        yield one["section"], one["code"], one["name"], one["count"], before
    for (section, code), one in changes.items():  # rows that only the number before had
        yield section, code, one["name"], "", one["before"]
    yield "method", "method", found["method"], "", ""
    if found["why"]:
        yield "correction", "why", found["why"], "", ""


def as_xlsx(found: Mapping[str, Any]) -> bytes:
    """A workbook (ECMA-376) of the return, and of its corrections. Texts are never formulas."""
    import xlsxwriter  # large, and asked for once in a quarter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    # The day and nothing finer: the library would put the second in.
    made = datetime.combine(found["day"] or found["last_day"], time(), UTC)
    book.set_properties(
        {"title": found["title"], "author": found["organisation_name"], "created": made}
    )
    _fill(_Sheet(book, "Return"), found)
    if found["submitted"]:
        _fill_corrections(_Sheet(book, "Numbers"), found)
    book.close()
    return out.getvalue()


class _Sheet:
    """A sheet that is written row by row."""

    def __init__(self, book: Workbook, name: str) -> None:
        self.sheet: Worksheet = book.add_worksheet(name)
        self.plain: Format = book.add_format({"quote_prefix": True, "text_wrap": True})
        self.bold: Format = book.add_format({"quote_prefix": True, "bold": True})
        self.at = 0
        self.sheet.set_column(0, 0, 60)
        self.sheet.set_column(1, 3, 14)

    def row(self, cells: Iterable[str | int | None] = (), *, bold: bool = False) -> None:
        """Numbers as numbers, everything else as text."""
        how = self.bold if bold else self.plain
        for column, cell in enumerate(cells):
            if isinstance(cell, int):
                self.sheet.write_number(self.at, column, cell)
            elif cell:
                self.sheet.write_string(self.at, column, cell, how)
        self.at += 1


def _fill(sheet: _Sheet, found: Mapping[str, Any]) -> None:
    state = (
        f"Number {found['number']}, submitted on {found['day'].isoformat()}"
        if found["state"] == "submitted"
        else "Preview: not submitted"
    )
    sheet.row([found["title"]], bold=True)
    sheet.row([found["organisation_name"]])
    days = f"{found['first_day'].isoformat()} to {found['last_day'].isoformat()}"
    sheet.row([f"{found['code']} ({days})"])
    sheet.row([state])
    sheet.row([f"Form: version {found['version']}"])
    changes = {(one["section"], one["code"]): one for one in found["changes"]}
    for section in found["sections"]:
        sheet.row()
        sheet.row([section["name"], "Cases", "Before" if changes else None], bold=True)
        for one in found["rows"]:
            if one["section"] == section["code"]:
                name = one["name"] if one["asked"] else f"{one['name']} (not asked for)"
                changed = changes.get((one["section"], one["code"]), {})
                sheet.row([name, one["count"], changed.get("before")])
    sheet.row()
    sheet.row([found["method"]])
    for one in found["warnings"]:
        if one["code"] == "unclassified":
            sheet.row([f"Not classified yet: {one['count']}"])


def _fill_corrections(sheet: _Sheet, found: Mapping[str, Any]) -> None:
    sheet.row(["What was corrected, and why", "Number", "Day"], bold=True)
    for one in found["submitted"]:
        sheet.row([one["why"] or "First submitted", one["number"], one["day"].isoformat()])
