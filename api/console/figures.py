"""Published figures by quarter: charts, and a table beside each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from api.console.caller import ROLES, Me
from api.console.pages import console
from api.console.showing import show
from api.contract import database
from api.rules import charts, disclosure, organisations, publication
from api.rules import figures as rules
from api.rules.roles import require
from shared.schemas.base import load
from shared.schemas.figures import StatisticsQuery

TITLES = {
    "status": _l("Still open, and closed"),
    "desk": _l("Desk"),
    "confidentiality": _l("How it was raised"),
    "region": _l("Region"),
    "channel": _l("Where it happened"),
    "professional_group": _l("Professional group"),
    "outcome": _l("Outcome"),
    "speak_up_again": _l("Would speak up again"),
    "element": _l("National elements"),
    "category": _l("Own categories"),
}
ABOUT = {
    "status": _l("On the day of publication."),
    "outcome": _l("Of the cases that are closed."),
    "speak_up_again": _l("Of the cases that are closed."),
    "element": _l("A case may have several."),
    "category": _l("A case may have several."),
}
TIMES = {
    "days_to_acknowledge": _l("Working days to acknowledge"),
    "days_to_feedback": _l("Days to feedback"),
}
TOOK = _l("Half of the cases took the median or less, nine of ten the 90th percentile or less. A "
          "median needs 10 cases, a 90th percentile 50.")  # fmt: skip
USUAL = 4
"""How many quarters are shown where none is chosen: a year."""


@console.page("/figures", *ROLES)
def figures(me: Me) -> Response:
    """Figures of the usual organisation."""
    slug = me.usual(*ROLES).slug
    return redirect(url_for("console.figures_of", slug=slug), 303)  # type: ignore[return-value]


@console.page("/figures/<slug>", *ROLES)
def figures_of(me: Me, slug: str) -> Response:
    """The chosen quarters, a year's unless others are chosen."""
    place = me.place(slug, *ROLES)
    found, every, given = _found(me, slug)
    quarters = list(reversed(found["quarters"]))
    return show(
        "figures.html",
        place=place, places=me.places, given=given, found=found,
        every=[(one, quarter_text(one)) for one in every],
        heads=[(short_text(one["quarter"]), quarter_text(one["quarter"])) for one in quarters],
        quarters=quarters, shown=_shown(found, quarters) + _took(quarters),
        next_quarter=quarter_text(found["next"]["quarter"]), next_day=found["next"]["day"],
        opened=charts.as_address(_opened(quarters)) if quarters else "",
    )  # fmt: skip


@console.page("/figures/<slug>/csv", *ROLES)
def figures_csv(me: Me, slug: str) -> Response:
    """The same quarters as CSV."""
    found, _every, _given = _found(me, slug)
    answer = Response(rules.as_csv(found), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="figures-{slug}.csv"'
    return answer


def _found(me: Me, slug: str) -> tuple[dict[str, Any], list[str], dict[str, str]]:
    """The answer, all quarters that could be chosen, and what was."""
    given = {name: one for name in ("from", "to") if (one := request.args.get(name, ""))}
    query = load(StatisticsQuery(), given | {"organisation": slug})
    with database().read() as db:
        require(db, me.id, slug, *ROLES)
    publication.of_one(database(), slug)
    with database().read() as db:
        organisation = organisations.find(db, slug)
        every = rules.quarters(db, organisation)
        if not given and every:
            query["first"] = every[:USUAL][-1]
        found = rules.of(db, organisation, query)
    chosen = [one["quarter"] for one in found["quarters"]] or [""]
    return found, every, {"from": chosen[-1], "to": chosen[0]} | given


def _opened(quarters: Sequence[Mapping[str, Any]]) -> str:
    return charts.columns({short_text(one["quarter"]): one["opened"]["count"] for one in quarters})


def _shown(
    found: Mapping[str, Any], quarters: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Each field with its chart and its rows: a name, a count for each quarter, their sum."""
    sums = {one["field"]: one for one in found["sums"]}
    shown = []
    for field in disclosure.FIELDS if quarters else ():
        groups = [
            next(one for one in quarter["groups"] if one["field"] == field) for quarter in quarters
        ]
        rows = _rows(groups, sums.get(field))
        if rows:
            shown.append(_section(TITLES[field], ABOUT.get(field), quarters, rows, groups))
    return shown


def _rows(
    groups: Sequence[Mapping[str, Any]], summed: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    names: dict[str, str] = {}
    for group in reversed(groups):
        names |= {row["value"]: row["name"] for row in group["rows"] if row["value"] not in names}
    counts = [{row["value"]: row["count"] for row in group["rows"]} for group in groups]
    sums = {row["value"]: row["count"] for row in summed["rows"]} if summed else {}
    # A value that a quarter's list did not have is neither hidden nor zero there.
    return [
        {
            "name": _(name),
            "counts": [(value in one, one.get(value)) for one in counts],
            "sum": sums.get(value),
        }
        for value, name in names.items()
    ]


def _chart(times: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Bars of one quarter; of several, lines of what has most. Nothing if all is hidden.

    Where not all have a line, those known in the most quarters do: a lone point says little.
    """
    counts = {row["name"]: [count for _listed, count in row["counts"]] for row in rows}
    known = {name: one for name, one in counts.items() if any(count is not None for count in one)}
    if not known:
        return "", ""
    if len(times) == 1:
        return charts.as_address(charts.bars({name: one[0] for name, one in known.items()})), "bar"
    most = sorted(
        known,
        key=lambda name: (known[name].count(None), -max(count or 0 for count in known[name])),
    )
    chosen = {name: known[name] for name in most[: charts.MOST]}
    kind = "line" if len(most) == len(chosen) else "some"
    return charts.as_address(charts.lines(times, chosen)), kind


def _took(quarters: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """How long things took, by quarter."""
    shown = []
    for field in TIMES if quarters else ():
        found = [_one(quarter, field) for quarter in quarters]
        rows = [
            {"name": str(name), "counts": [(True, one[share]) for one in found], "sum": None}
            for share, name in (("median", _("Median")), ("p90", _("90th percentile")))
        ]
        shown.append(_section(TIMES[field], TOOK, quarters, rows, found) | {"summed": False})
    return shown


def _section(
    title: Any,
    about: Any,
    quarters: Sequence[Mapping[str, Any]],
    rows: list[dict[str, Any]],
    dated: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    chart, kind = _chart([short_text(one["quarter"]) for one in quarters], rows)
    since = max(date.fromisoformat(one["day"]) for one in dated)
    return {"title": title, "about": about, "rows": rows, "chart": chart, "kind": kind,
            "since": since, "summed": len(quarters) > 1}  # fmt: skip


def _one(quarter: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    return next(one for one in quarter["times"] if one["field"] == field)


# --- how a quarter is called --------------------------------------------------------------


def quarter_text(quarter: str) -> str:
    """`2026-Q3` as people read it: the financial year begins in April."""
    year, _, number = quarter.partition("-Q")
    months = {
        "1": _l("April to June"),
        "2": _l("July to September"),
        "3": _l("October to December"),
        "4": _l("January to March"),
    }
    return f"{months[number]} {int(year) + (number == '4')} (Q{number})"


def short_text(quarter: str) -> str:
    """`2026-Q3` as `Q3 2026/27`, for the head of a column."""
    year, _, number = quarter.partition("-Q")
    return f"Q{number} {year[2:]}/{(int(year) + 1) % 100:02}"
