"""What a return of a quarter would be now: its rows, what to look at first, and what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from api.models.base import Work
from api.models.organisation import Organisation
from api.rules import categories, counting, return_forms
from api.rules.return_forms import Row
from shared.sealing.encoding import b64, exact_json, sha256


def make(db: Work, organisation: Organisation, quarter: str) -> dict[str, Any]:
    """`version`, `title`, `method` and `sections` of the form, `rows`, `warnings`, `digest`.

    The digest is the SHA-256 of the form's version and the rows, as base64url.
    """
    form = return_forms.form_of(quarter)
    counts = counting.counts(db, organisation, quarter)
    rows = return_forms.fill(form, counts, _names(organisation))
    shown = [asdict(one) for one in rows]
    looked_at = {
        "organisation": organisation.slug,
        "quarter": quarter,
        "version": form["version"],
        "rows": shown,
    }
    return {
        "version": form["version"],
        "title": form["title"],
        "method": form["method"],
        "sections": [
            {name: one[name] for name in ("code", "name", "about")} for one in form["sections"]
        ],
        "rows": shown,
        "warnings": list(_warnings(counts, rows)),
        "digest": b64(sha256(b"wren/v1/return\0" + exact_json(looked_at))),
    }


def _warnings(counts: counting.Counts, rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """What to look at before it is submitted: a code and how many cases, never which."""
    unclassified = counts["case"]["opened"] - counts["case"]["classified"]
    if unclassified > 0:
        yield {"code": "unclassified", "count": unclassified, "name": ""}
    for one in rows:
        if not one.asked:
            yield {"code": "not_asked", "count": one.count, "name": one.name}


def _names(organisation: Organisation) -> dict[str, dict[str, str]]:
    """Names of values that a form may not know: of every version, and the organisation's own."""
    elements, answers = dict[str, str](), dict[str, str]()
    for version in categories.national_versions():
        national = categories.national(version)
        elements |= {one["code"]: one["name"] for one in national["elements"]}
        answers |= {one["code"]: one["name"] for one in national["feedback_answers"]}
    groups = organisation.directory["professional_groups"]
    return {
        "element": elements,
        "speak_up_again": answers,
        "professional_group": {one["code"]: one["name"] for one in groups},
    }


def changes(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Rows whose count differs, `before` and `after`; None where one of them has no such row."""
    old = {(one["section"], one["code"]): one for one in before}
    new = {(one["section"], one["code"]): one for one in after}
    return [
        {
            "section": place[0],
            "code": place[1],
            "name": (new.get(place) or old[place])["name"],
            "before": old[place]["count"] if place in old else None,
            "after": new[place]["count"] if place in new else None,
        }
        for place in {**new, **old}
        if place not in old or place not in new or old[place]["count"] != new[place]["count"]
    ]
