"""What cases are classified by: the national elements, and versions of an organisation's own."""

from __future__ import annotations

from typing import Any

import pytest

from api import setup
from api.rules import categories, organisations
from shared.errors import NotFound
from tests.service import Service

OWN: dict[str, Any] = {
    "categories": [{"code": "system-process", "name": "System and Process"}],
    "regions": [{"code": "norfolk", "name": "Norfolk"}],
}


def test_it_works(service: Service) -> None:
    def change(db: Any, items: dict[str, Any] = OWN) -> Any:
        return categories.change(db, organisations.find(db, "eeast"), items)

    assert service.database.write(change) == 1
    assert service.database.write(change) is None, "the same again makes none"
    other = OWN | {"regions": []}
    assert service.database.write(lambda db: change(db, other)) == 2
    with service.database.read() as db:
        eeast = organisations.find(db, "eeast")
        newest = categories.current_categories(db, eeast)
        assert (newest["version"], newest["regions"]) == (2, [])
        first = categories.category_set(db, eeast, 1)
        assert {name: first[name] for name in OWN} == OWN, "an old version never changes"
        assert first["since"] == organisations.today(db, eeast)
        for slug, version in (("eeast", 3), ("eeast", 0), ("elsewhere", 1)):
            with pytest.raises(NotFound):
                categories.category_set(db, organisations.find(db, slug), version)


def test_an_organisation_begins_with_none(service: Service) -> None:
    with service.database.read() as db:
        found = categories.current_categories(db, organisations.find(db, "elsewhere"))
    assert found == {"version": 0, "since": None, "categories": [], "regions": []}


def test_the_national_elements() -> None:
    newest = categories.national()
    assert newest == categories.national("2026")
    assert [one["code"] for one in newest["elements"]] == [
        "patient_safety",
        "worker_safety",
        "bullying_harassment",
        "other_behaviours",
        "detriment",
    ]
    assert [one["code"] for one in newest["feedback_answers"]] == [
        "yes",
        "no",
        "maybe",
        "dont_know",
    ]
    for name in ("elements", "outcomes", "feedback_answers"):
        codes = [one["code"] for one in newest[name]]
        assert len(set(codes)) == len(codes)
        # A tally's value has 60 characters.
        assert all(len(code) <= 40 and set(one) == {"code", "name", "about"}
                   for code, one in zip(codes, newest[name], strict=True))  # fmt: skip
    with pytest.raises(NotFound):
        categories.national("1999")


def test_what_a_new_organisation_is_given(service: Service) -> None:
    replies = setup.defaults()["replies"]
    assert len(replies) >= 6
    with service.database.read() as db:
        assert organisations.find(db, "eeast").replies == replies
    own = setup.defaults("eeast")
    assert [one["name"] for one in own["categories"]] == [
        "System and Process",
        "Behaviour and Relationship",
        "Management Issues",
        "Patient Safety",
    ]
