"""What could not be delivered: administrators see it, have it tried again, or drop it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from api.models.audit import AuditEntry
from api.models.base import Work
from api.models.outbox import Delivery
from api.rules import dead_letters, outbox
from tests.console.hands import Hands
from tests.service import Service
from tests.worker.receiver import put

Make = Callable[..., Hands]
ADMIN = "administrator-1"
PAGE = "/console/organisation/eeast/deliveries"
NOWHERE = "http://one.example"


def give_up(service: Service, count: int, organisation: int = 1) -> list[UUID]:
    """Puts so many into the outbox, and gives them up."""
    target = service.handlers["handler-1"].id
    made = put(
        service.database, NOWHERE, count,
        kind="notice", target=target, organisation_id=organisation,
    )  # fmt: skip
    values = {"state": "dead", "why": "timeout", "tries": 24}
    service.database.write(
        lambda db: db.execute(update(Delivery).where(Delivery.id.in_(made)).values(**values))
    )
    return made


def states(service: Service) -> dict[UUID, tuple[str, int]]:
    """What the outbox has: state and tries of each."""
    with service.database.read() as db:
        return {one.id: (one.state, one.tries) for one in db.scalars(select(Delivery))}


def acts(service: Service) -> Sequence[str]:
    """The newest acts of the audit, the newest first."""
    with service.database.read() as db:
        return db.scalars(select(AuditEntry.act).order_by(AuditEntry.number.desc())).all()


def test_it_works(service: Service, hands: Make) -> None:
    administrator = hands(ADMIN)
    page = administrator.get(PAGE)
    assert "Everything arrived, or is still being tried." in page.words
    one, other = give_up(service, 2)
    page = administrator.get(PAGE)
    assert "notice by email: handler-1" in page.words
    assert "no answer in time" in page.words
    for done, what in ((one, "again"), (other, "drop")):
        action = f"{PAGE}/{done}/{what}"
        form = next(form for form in page.forms if form.action == action)
        assert administrator.send(PAGE, form).status == 303
    assert states(service) == {one: ("waiting", 0)}
    assert acts(service)[:2] == ["deliveries_dropped", "deliveries_tried_again"]


@pytest.mark.parametrize("what", ["again", "drop"])
def test_all_at_once(service: Service, hands: Make, what: str) -> None:
    administrator = hands(ADMIN)
    made = give_up(service, 3)
    form = next(form for form in administrator.get(PAGE).forms if form.action == f"{PAGE}/{what}")
    administrator.send(PAGE, form)
    again = dict.fromkeys(made, ("waiting", 0))
    assert states(service) == (again if what == "again" else {})


def test_many_are_shown_page_by_page(
    service: Service, hands: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "MOST", 3)
    administrator = hands(ADMIN)
    made, seen, path = give_up(service, 7), list[str](), PAGE
    for count in (3, 3, 1):
        page = administrator.get(path)
        assert "7 altogether" in page.words
        found = re.findall(rf"{PAGE}/([0-9a-f-]{{36}})/drop", page.answer.text)
        assert len(found) == count
        seen += found
        more = re.search(rf'href="({PAGE}\?after=[0-9a-f-]{{36}})">More', page.answer.text)
        path = more[1] if more else ""
    assert path == ""
    assert sorted(seen) == sorted(map(str, made))
    assert administrator.get(f"{PAGE}?after=nonsense").status == 200


@pytest.mark.parametrize("what", ["again", "drop"])
def test_all_means_all_that_there_were_some_at_a_time(
    service: Service, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(dead_letters, "AT_ONCE", 3)
    give_up(service, 8)
    (theirs,) = give_up(service, 1, organisation=2)
    does, some = getattr(outbox, f"{what}_some"), list[int]()

    def watched(db: Work, organisation: int, most: int) -> int:
        some.append(does(db, organisation, most))
        give_up_now(db)
        return some[-1]

    def give_up_now(db: Work) -> None:
        db.execute(update(Delivery).where(Delivery.organisation_id == 1).values(state="dead"))

    monkeypatch.setattr(outbox, f"{what}_some", watched)
    me = service.handlers[ADMIN].id
    getattr(dead_letters, f"{what}_all")(service.database, me, "eeast")
    assert some == [3, 3, 2]
    assert states(service)[theirs] == ("dead", 24)
    with service.database.read() as db:
        details = db.scalars(select(AuditEntry.detail).order_by(AuditEntry.number.desc())).all()
    assert [one["count"] for one in details[:3]] == [2, 3, 3]


def test_those_of_another_organisation_are_not_there(service: Service, hands: Make) -> None:
    (theirs,) = give_up(service, 1, organisation=2)
    (own,) = give_up(service, 1)
    administrator = hands(ADMIN)
    page = administrator.get(PAGE)
    assert (str(own) in page.answer.text, str(theirs) in page.answer.text) == (True, False)
    form = next(form for form in page.forms if form.action == f"{PAGE}/drop")
    for wrong in (theirs, uuid4()):
        form.action = f"{PAGE}/{wrong}/drop"
        assert administrator.send(PAGE, form).status == 404
    form.action = f"{PAGE}/drop"
    administrator.send(PAGE, form)
    assert states(service) == {theirs: ("dead", 24)}


@pytest.mark.parametrize(
    ("who", "status"),
    [("handler-1", 403), ("handler-3", 403), ("handler-5", 403), ("analyst-1", 403)],
)
def test_nobody_else_sees_them(service: Service, hands: Make, who: str, status: int) -> None:
    give_up(service, 1)
    assert hands(who).get(PAGE).status == status


def test_an_administrator_of_one_organisation_has_nothing_to_do_with_another(
    service: Service, hands: Make
) -> None:
    assert hands(ADMIN).get("/console/organisation/elsewhere/deliveries").status == 404
