"""Notes, checks for detriment, classification, links and history of a case, by their pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from api.models.case import CaseCheck
from tests.api.checks import nothing_stored
from tests.console.cases import SCRIPT, page, press, reply, thread
from tests.console.hands import Hands
from tests.service import Service

Make = Callable[..., Hands]


def test_it_works(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one, path = hands(), page(reference, "notes")
    form = one.get(path).form("text", "id")
    for _ in range(2):
        shown = one.send(path, form, follow=True, text=SCRIPT)
        assert "The note is kept." in shown.words
    assert shown.words.count(SCRIPT) == 1
    assert SCRIPT in one.get(page(reference)).words
    assert SCRIPT in hands("handler-2").get(path).words
    assert len(thread(service, token)) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "Write something here."),
        (" \n", "Write something here."),
        ("x" * 20_001, "too long"),
        ("\x07", "control characters"),
    ],
)
def test_bad_notes(service: Service, hands: Make, words: str, told: str) -> None:
    reference, _ = service.open_case()
    one, path = hands(), page(reference, "notes")
    form = one.get(path).form("text", "id")
    with nothing_stored(service):
        shown = one.send(path, form, text=words)
    assert (shown.status, told in shown.words) == (422, True)


def test_a_note_from_an_old_page_is_kept(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one, path = hands(), page(reference, "notes")
    form = one.get(path).form("text", "id")
    with nothing_stored(service):
        shown = one.send(path, form, text="A long note", csrf_token="old")
    assert shown.form("text", "id").fields["text"] == "A long note"


def test_many_notes_come_in_stretches(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    bearer = service.handler()
    for number in range(53):
        body = {"id": str(uuid4()), "content": {"text": f"Note-{number}-end"}}
        assert service.post(f"/cases/{reference}/notes", body, bearer).status_code == 201
    one, path = hands(), page(reference, "notes")
    newest = one.get(path)
    assert newest.words.index("Note-52-end") < newest.words.index("Note-3-end")
    assert "Note-2-end" not in newest.words
    earlier = one.get(f"{path}?until=4")
    assert "Note-2-end" in earlier.words
    assert "Note-3-end" not in earlier.words
    for odd in ("x", "0", "-2", "9" * 5000):
        assert one.get(f"{path}?until={odd}").status == 200


def test_a_check_for_detriment(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one = hands()
    assert one.get(page(reference, "checks/3")).status == 404
    service.call("PATCH", f"/cases/{reference}", {"status": "closed"}, service.handler())
    early = date.today() - timedelta(days=1)
    service.database.write(
        lambda db: db.execute(update(CaseCheck).where(CaseCheck.months == 3).values(due_on=early))
    )
    assert reference in one.get("/console/inbox?view=checks").words
    path = page(reference, "checks/3")
    form = one.get(path).form("text", "id")
    with nothing_stored(service):
        assert one.send(path, form, text="").status == 422
    for _ in range(2):
        assert "The check is noted." in one.send(path, form, follow=True, text="All well.").words
    assert "Check after 3 months: made on" in one.get(page(reference)).words
    assert one.get(page(reference, "notes")).words.count("All well.") == 1
    assert reference not in one.get("/console/inbox?view=checks").words
    for odd in ("4", "0", "99999999999999999999"):
        assert one.get(page(reference, f"checks/{odd}")).status == 404


# --- classification -----------------------------------------------------------------------------

ELEMENTS = ["bullying_harassment", "worker_safety"]


def categorised(service: Service) -> None:
    """eeast has categories of its own."""
    own = {"categories": [{"code": "system", "name": "System and Process"}],
           "regions": [{"code": "norfolk", "name": "Norfolk"}]}  # fmt: skip
    answer = service.call("PATCH", "/organisations/eeast", {"categories": own},
                          service.handler("administrator-1"))  # fmt: skip
    assert answer.status_code == 200, answer.text


def test_classifying(service: Service, hands: Make) -> None:
    categorised(service)
    reference, token = service.open_case()
    one, path = hands(), page(reference, "classification")
    form = one.get(path).form("national", "local")
    given = {"elements": ELEMENTS, "categories": ["system"], "region": "norfolk",
             "channel": "feed", "professional_group": "ambulance"}  # fmt: skip
    for _ in range(2):
        shown = one.send(path, form, follow=True, **given)
        assert "The case is classified." in shown.words
    for name in ("Bullying or harassment", "Worker safety or wellbeing", "System and Process",
                 "Norfolk", "A colleague's feed or story", "Ambulance (operational)"):  # fmt: skip
        assert name in shown.words
    kept = one.get(path)
    assert kept.answer.text.count("checked") == 3
    assert kept.form("national").fields["region"] == "norfolk"
    assert one.get(page(reference, "notes")).words.count("classified the case") == 1
    assert len(thread(service, token)) == 1


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"elements": ["unknown"]}, "National elements: Choose from the list."),
        ({"categories": ["unknown"]}, "Categories of your organisation: Choose from the list."),
        ({"region": SCRIPT}, "Region: Choose from the list."),
        ({"channel": "x"}, "Where it happened: Choose from the list."),
        ({"professional_group": "x"}, "Professional group: Choose from the list."),
        ({"outcome": "x"}, "Outcome: Choose from the list."),
        ({"elements": ELEMENTS * 20}, "National elements:"),
    ],
)
def test_bad_classifications(
    service: Service, hands: Make, change: dict[str, Any], named: str
) -> None:
    categorised(service)
    reference, _ = service.open_case()
    one, path = hands(), page(reference, "classification")
    form = one.get(path).form("national", "local")
    with nothing_stored(service):
        shown = one.send(path, form, **{"elements": ELEMENTS, **change})
    assert (shown.status, named in shown.words) == (422, True), shown.words


def test_two_who_classify_at_once(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one, two, path = hands(), hands("handler-2"), page(reference, "classification")
    forms = [each.get(path).form("national", "local") for each in (one, two)]
    assert one.send(path, forms[0], elements=["worker_safety"]).status == 303
    with nothing_stored(service):
        told = two.send(path, forms[1], elements=["patient_safety"])
    assert (told.status, "classified the case meanwhile" in told.words) == (409, True)
    assert "Worker safety or wellbeing" in told.words
    assert two.send(path, told.form("national"), elements=["patient_safety"]).status == 303


def test_a_newer_list_is_said(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one, path = hands(), page(reference, "classification")
    one.send(path, one.get(path).form("national", "local"), elements=ELEMENTS)
    assert "older list" not in one.get(path).words
    categorised(service)
    shown = one.get(path)
    assert "It was made with an older list." in shown.words
    assert one.send(path, shown.form("national", "local"), elements=ELEMENTS).status == 303
    assert "older list" not in one.get(path).words


# --- links and history -----------------------------------------------------------------------


def test_links(service: Service, hands: Make) -> None:
    reference, other = service.open_case()[0], service.open_case()[0]
    one, path = hands(), page(reference, "links")
    form = one.get(path).form("reference")
    for _ in range(2):
        shown = one.send(path, form, follow=True, reference=f" {other.lower()} ")
        assert "The cases are linked." in shown.words
    assert f'href="{page(other)}"' in one.get(page(reference)).answer.text
    assert f'href="{page(reference)}"' in one.get(page(other, "links")).answer.text
    assert "The link is gone." in press(one, path, f"/links/{other}/remove").words
    assert other not in one.get(page(reference)).words


def test_links_that_can_not_be(service: Service, hands: Make) -> None:
    reference = service.open_case()[0]
    desk, elsewhere = (
        service.open_case(desk="senior-manager")[0],
        service.open_case("elsewhere")[0],
    )
    one, path = hands(), page(reference, "links")
    form = one.get(path).form("reference")
    seen = set()
    for other, status in ((desk, 422), (elsewhere, 422), ("EEA-0000000000", 422), ("", 422),
                          (SCRIPT, 422), ("x" * 300, 422), (reference, 409)):  # fmt: skip
        with nothing_stored(service):
            shown = one.send(path, form, reference=other)
        assert shown.status == status, other
        if status == 422 and other and len(other) == 14:
            seen.add(shown.words.replace(other, "REFERENCE"))
    assert len(seen) == 1


def test_history(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one = hands()
    reply(one, reference, "Hello.", feedback="y")
    shown = one.get(page(reference, "history"))
    for words in ("handler-1 looked at the case", "handler-1 sent a message",
                  "status: acknowledged; feedback given"):  # fmt: skip
        assert words in shown.words, words
    assert "reporter" not in shown.words.split("Day Who What")[1]
    assert "Hello." not in shown.words
    assert one.get(page(reference, "history") + "?after=odd").status == 200
    assert thread(service, token)
