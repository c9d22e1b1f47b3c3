"""What a colleague's client sealed as a classification, and is none, breaks no page of a case."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.api.test_classification import WRONG, put, sealed_badly
from tests.console.cases import page
from tests.console.hands import Hands
from tests.service import Service

Make = Callable[..., Hands]

SAYS = {
    "": "can't be read",
    "notes": "This classification can't be read.",
    "classification": "The newest classification can't be read.",
}
"""Where a classification is shown, and what stands in its place."""


def test_it_works(service: Service, hands: Make, subtests: pytest.Subtests) -> None:
    one = hands()
    for what, wrong in WRONG.items():
        reference = sealed_badly(service, **wrong)
        for name, told in SAYS.items():
            with subtests.test(what, page=name):
                shown = one.get(page(reference, name) if name else page(reference))
                assert (shown.status, told in shown.words) == (200, True), shown.words
        for name in ("readers", "links", "history", "print"):
            assert one.get(page(reference, name)).status == 200


def test_the_next_one_counts(service: Service, hands: Make) -> None:
    reference = sealed_badly(service, elements=7)
    assert put(service, reference).status_code == 201
    one = hands()
    for name in ("", "classification"):
        shown = one.get(page(reference, name) if name else page(reference))
        assert "can't be read" not in shown.words
        assert "Bullying" in shown.words
