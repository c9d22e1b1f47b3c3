"""A return as CSV and as a workbook: its method in both, and no cell that becomes a formula."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import Any
from xml.etree import ElementTree

import pytest

from api.rules import organisations, return_forms
from tests.api.returning import COUNTS, count, get, path, rows, submit
from tests.service import Service

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("https://example.org","x")']


def table(service: Service, **place: Any) -> list[dict[str, str]]:
    answer = service.get(path(kind=".csv", **place), service.handler("analyst-1"))
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/csv; charset=utf-8; header=present"
    return list(csv.DictReader(io.StringIO(answer.text)))


def workbook(service: Service, **place: Any) -> zipfile.ZipFile:
    answer = service.get(path(kind=".xlsx", **place), service.handler("analyst-1"))
    assert answer.status_code == 200, answer.text
    return zipfile.ZipFile(io.BytesIO(answer.data))


def cells(book: zipfile.ZipFile, sheet: int = 1) -> list[tuple[str, str]]:
    """Type and value of every cell; a formula's type is `formula`."""
    texts = [
        "".join(part.text or "" for part in one.iter(f"{SHEET}t"))
        for one in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
    ]
    found = []
    root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{sheet}.xml"))
    for one in root.iter(f"{SHEET}c"):
        value = one.findtext(f"{SHEET}v") or ""
        if one.find(f"{SHEET}f") is not None:
            found.append(("formula", value))
        elif one.get("t") == "s":
            found.append(("text", texts[int(value)]))
        elif value:
            found.append(("number", value))
    return found


def test_it_works(service: Service) -> None:
    count(service, COUNTS)
    preview = table(service)
    assert {one["state"] for one in preview} == {"preview"}
    found = submit(service)
    shown = table(service)
    counted = [one for one in shown if one["count"]]
    assert {f"{one['section']}/{one['code']}": int(one["count"]) for one in counted} == rows(found)
    assert {(one["quarter"], one["number"], one["version"]) for one in shown} == {
        ("2025-Q4", "1", "2026")
    }
    assert shown[-1]["name"] == found["method"]
    written = cells(workbook(service))
    assert ("text", found["method"]) in written
    assert ("text", "Not classified yet: 2") in written
    at = written.index(("text", "Patient safety or quality"))
    assert written[at + 1] == ("number", "7")
    answer = service.get(path(kind=".xlsx"), service.handler("analyst-1"))
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="return-eeast-2025-Q4-1.xlsx"'
    )
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_correction_says_what_it_was_before(service: Service) -> None:
    count(service, COUNTS)
    submit(service)
    count(service, {("element", "detriment"): 2})
    submit(service, why="Two were classified late.")
    detriment = next(one for one in table(service) if one["code"] == "detriment")
    assert (detriment["count"], detriment["before"]) == ("3", "1")
    assert table(service)[-1]["name"] == "Two were classified late."
    book = workbook(service)
    written = cells(book)
    at = next(at for at, one in enumerate(written) if one[1].startswith("Disadvantageous"))
    assert written[at + 1 : at + 3] == [("number", "3"), ("number", "1")]
    assert ("text", "Two were classified late.") in cells(book, 2)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_becomes_a_formula(service: Service, text: str) -> None:
    def rename(db: Any) -> None:
        organisation = organisations.find(db, "eeast")
        organisation.name = text
        groups = [*organisation.directory["professional_groups"],
                  {"code": "own", "name": text, "about": ""}]  # fmt: skip
        organisation.directory = organisation.directory | {"professional_groups": groups}

    service.database.write(rename)
    count(service, COUNTS | {("professional_group", "own"): 1})
    submit(service)
    count(service, {("element", "detriment"): 1})
    submit(service, why=text)
    shown = table(service)
    for one in shown:
        for cell in one.values():
            assert not cell.startswith(("=", "+", "-", "@")), cell
    assert f"'{text}" in {one["name"] for one in shown}
    book = workbook(service)
    written = cells(book) + cells(book, 2)
    assert "formula" not in {kind for kind, _ in written}
    assert [one for one in written if one == ("text", text)], "the name and the reason stand there"
    # Not to be typed anew either: a quoted cell stays text when somebody edits it.
    assert b"quotePrefix" in book.read("xl/styles.xml")
    assert not [name for name in book.namelist() if "externalLink" in name or "vba" in name]


def test_a_workbook_keeps_no_hour(service: Service) -> None:
    count(service, COUNTS)
    found = submit(service)
    made = workbook(service)
    core = made.read("docProps/core.xml").decode()
    assert f"{found['day']}T00:00:00Z" in core
    assert {one.date_time for one in made.infolist()} == {(1980, 1, 1, 0, 0, 0)}


# --- forms ---------------------------------------------------------------------------------


def with_forms(monkeypatch: pytest.MonkeyPatch, *more: dict[str, Any]) -> None:
    known = return_forms.versions()
    forms = tuple(sorted((*known, *more), key=lambda one: str(one["from"])))
    monkeypatch.setattr(return_forms, "versions", lambda: forms)


def newer(version: str, since: str, without: str = "") -> dict[str, Any]:
    form: dict[str, Any] = json.loads(json.dumps(return_forms.versions()[0]))
    for section in form["sections"]:
        section["rows"] = [one for one in section["rows"] if one["code"] != without]
    return form | {"version": version, "from": since, "title": f"Form of {version}"}


def test_versions_stand_side_by_side(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    count(service, COUNTS)
    first = submit(service)
    with_forms(monkeypatch, newer("2025b", "2025-Q4", "detriment"))
    assert get(service)["version"] == first["version"] == "2026"
    now = get(service, number=0)
    assert (now["version"], now["title"]) == ("2025b", "Form of 2025b")
    # What the newer form does not ask for is not lost: it is named, with a warning.
    assert rows(now)["elements/detriment"] == 1
    assert [one["asked"] for one in now["rows"] if one["code"] == "detriment"] == [False]
    assert {"code": "not_asked", "count": 1, "name": "Detriment for speaking up"} in now[
        "warnings"
    ]
    assert get(service, number=1)["rows"] == first["rows"]


def test_the_form_of_a_quarter(monkeypatch: pytest.MonkeyPatch) -> None:
    with_forms(monkeypatch, newer("2027", "2027-Q1"))
    chosen = {one: return_forms.form_of(one)["version"] for one in
              ("2024-Q1", "2026-Q1", "2026-Q4", "2027-Q1", "2030-Q2")}  # fmt: skip
    assert chosen == {
        "2024-Q1": "2026", "2026-Q1": "2026", "2026-Q4": "2026",
        "2027-Q1": "2027", "2030-Q2": "2027",
    }  # fmt: skip


def test_an_element_that_was_retired_within_the_quarter(service: Service) -> None:
    # Classified by a national list of before: no form and no list knows it any more.
    count(service, COUNTS | {("element", "retired-element"): 3, ("professional_group", "gone"): 2})
    found = submit(service)
    shown = rows(found)
    assert shown["elements/retired-element"] == 3
    assert shown["professional_groups/gone"] == 2
    assert sum(value for name, value in shown.items() if name.startswith("professional_g")) == 12
    warned = {(one["name"], one["count"]) for one in found["warnings"]}
    assert {("retired-element", 3), ("gone", 2)} <= warned
    assert ("text", "retired-element (not asked for)") in cells(workbook(service))
