"""Case files that were made: the reporter reads of each, by whom and when."""

from __future__ import annotations

from sqlalchemy import select

from api.models.case import Case, CaseExport
from tests.api.exporting import ask
from tests.api.handling import at
from tests.service import Service
from tests.web.cases import comes_back
from tests.web.hands import Hands

SHARING = {"kind": "sharing", "summary": "An invented summary."}
WHOLE = "A copy of your whole case was made on"
SHARED = "A copy for sharing was made on"


def make(service: Service, reference: str, body: dict[str, str] | None = None) -> None:
    assert ask(service, reference, body).status_code == 200


def test_it_works(hands: Hands) -> None:
    service = hands.service
    at(service, "2026-01-15 08:15")
    reference, words = service.open_case()
    path = comes_back(hands, words)
    assert "A copy" not in hands.text
    hands.go(f"{path}/people")
    assert "Copies that were made" not in hands.text
    make(service, reference)
    hands.go(path)
    assert f"{WHOLE} 15 January 2026 by handler-1." in hands.text
    at(service, "2026-01-17 08:15")
    make(service, reference, SHARING)
    path = comes_back(hands, words)
    assert f"{SHARED} 17 January 2026 by handler-1." in hands.text
    assert WHOLE not in hands.text  # the others are on the page about who reads it
    assert hands.link("What that means") == f"{path}/people#copies"
    hands.go(f"{path}/people")
    assert hands.text.index(SHARED) < hands.text.index(WHOLE)
    assert "it can’t be called back" in hands.text
    assert "before that" not in hands.text


def test_copies_of_another_case_are_not_told(page_hands: Hands) -> None:
    service = page_hands.service
    other, _ = service.open_case()
    make(service, other)
    _, words = service.open_case()
    path = comes_back(page_hands, words)
    for page in ("", "/people"):
        page_hands.go(path + page)
        assert "A copy" not in page_hands.text


def test_of_many_the_newest_are_told(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    make(service, reference)

    def more(db: object) -> None:
        first = db.scalars(select(CaseExport)).one()  # type: ignore[attr-defined]
        for number in range(2, 24):
            db.add(  # type: ignore[attr-defined]
                CaseExport(
                    case_id=first.case_id,
                    number=number,
                    day=first.day,
                    kind="full",
                    handler=first.handler,
                )
            )

    service.database.write(more)
    path = comes_back(page_hands, words)
    assert page_hands.text.count(WHOLE) == 1
    page_hands.go(f"{path}/people")
    assert page_hands.text.count(WHOLE) == 20
    assert "And 3 copies before that." in page_hands.text


def test_by_somebody_who_is_not_on_the_list(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    make(service, reference)
    with service.database.read() as db:
        case_id = db.scalars(select(Case.id)).one()

    def change(db: object) -> None:
        found = db.get_one(CaseExport, (case_id, 1))  # type: ignore[attr-defined]
        found.handler = case_id

    service.database.write(change)
    comes_back(page_hands, words)
    assert "by somebody who is not on the list." in page_hands.text
