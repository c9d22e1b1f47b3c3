"""Reading the audit: who sees what, page by page, whole as CSV, and nothing of hidden cases."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from api.models.audit import AuditEntry
from api.rules import audit, auditing, organisations, sheets
from tests.api.checks import UNKNOWN, check_problem, nothing_stored, refused, text
from tests.api.test_newcomers import waiting
from tests.service import Service

PATH = "/audit?organisation=eeast"
CSV = "/audit.csv?organisation=eeast"


def items(service: Service, name: str = "handler-1", more: str = "") -> list[dict[str, Any]]:
    answer = service.get(f"{PATH}&limit=200{more}", service.handler(name))
    assert answer.status_code == 200, answer.text
    return list(answer.get_json()["items"])


def table(service: Service, name: str = "handler-1", more: str = "") -> list[list[str]]:
    answer = service.get(f"{CSV}{more}", service.handler(name))
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/csv; charset=utf-8; header=present"
    assert answer.headers["Cache-Control"] == "no-store"
    return list(csv.reader(io.StringIO(answer.text)))


def handled(service: Service, **fields: Any) -> str:
    """A case that was answered, by a handler who is not excluded from it."""
    reference, _ = service.open_case(**fields)
    name = "handler-2" if fields.get("excluded") else "handler-1"
    answer = service.post(f"/cases/{reference}/messages", text(), service.handler(name))
    assert answer.status_code == 201
    change = {"status": "acknowledged"}
    bearer = service.handler(name)
    assert service.call("PATCH", f"/cases/{reference}", change, bearer).status_code == 200
    return reference


def put(service: Service, act: str, **detail: Any) -> None:
    """An entry about no case."""

    def add(db: Any) -> None:
        organisation = organisations.find(db, "eeast")
        audit.record(db, organisation, service.handlers["handler-1"].id, act, **detail)

    service.database.write(add)


def test_it_works(service: Service) -> None:
    reference = handled(service)
    found = items(service)
    mine = [one for one in found if one["reference"] == reference]
    assert "case_changed" in [one["act"] for one in mine]
    assert mine[0]["actor"] == str(service.handlers["handler-1"].id)
    assert mine[0]["actor_name"] == "handler-1"
    assert "roster_approved" in [one["act"] for one in found]
    assert set(found[0]) == {"day", "actor", "actor_name", "act", "reference", "detail"}
    assert items(service, more=f"&case={reference}") == mine
    assert "An invented" not in service.get(PATH, service.handler()).text


def test_the_newest_come_first_page_by_page(service: Service) -> None:
    for at in range(25):
        put(service, "tried", number=at)
    bearer, after, seen = service.handler(), "", list[dict[str, Any]]()
    while True:
        answer = service.get(f"{PATH}&limit=7{after}", bearer).get_json()
        seen += answer["items"]
        if answer["next"] is None:
            break
        assert len(answer["items"]) == 7
        after = f"&after={answer['next']}"
    assert [one["detail"]["number"] for one in seen if one["act"] == "tried"] == list(
        range(24, -1, -1)
    )
    assert seen == items(service)


def test_a_cursor_tells_nothing_and_is_its_readers(service: Service) -> None:
    for at in range(3):
        put(service, "tried", number=at)
    path = f"{PATH}&limit=1"
    bearer = service.handler()
    one, two = (service.get(path, bearer).get_json()["next"] for _ in range(2))
    assert one != two, "it is sealed anew each time"
    assert len(one) == len(two) <= 64
    others = [service.handler("handler-3"), service.handler("handler-2")]
    for cursor, who in (
        (one, others[0]), (one, others[1]), ("1", bearer), ("x" * 64, bearer), ("é", bearer),
        (one[:-1], bearer), ("", bearer),
    ):  # fmt: skip
        told = check_problem(service.get(f"{path}&after={cursor}", who), 422, "invalid")
        assert list(told["errors"]) == ["after"]
    handler_5 = service.handler("handler-5")
    other = "/audit?organisation=elsewhere&limit=1"
    check_problem(service.get(f"{other}&after={one}", handler_5), 422, "invalid")


def test_who_does_not_read_a_case_sees_none_of_its_entries(service: Service) -> None:
    before = {name: items(service, name) for name in ("handler-3", "administrator-1")}
    reference = handled(service)
    for name, entries in before.items():
        assert items(service, name) == entries
    for name in before:
        assert reference not in str(table(service, name))
        for wanted in (reference, UNKNOWN):
            answer = service.get(f"{PATH}&case={wanted}", service.handler(name))
            check_problem(answer, 404, "not_found")


def test_an_excluded_handler_sees_nothing(service: Service) -> None:
    out = str(service.handlers["handler-1"].id)
    shown = handled(service)
    before, whole = items(service), table(service)
    reference = handled(service, excluded=[out])
    # The one export is an act on no case, which all handlers see.
    assert [one for one in items(service) if one["act"] != "audit_exported"] == before
    assert [row for row in table(service) if row[3] != "audit_exported"] == whole
    told = service.get(f"{PATH}&case={reference}", service.handler())
    assert check_problem(told, 404, "not_found") == check_problem(
        service.get(f"{PATH}&case={UNKNOWN}", service.handler()), 404, "not_found"
    )
    assert [one for one in items(service, "handler-2") if one["reference"] == reference]
    assert shown in {one["reference"] for one in items(service)}


def test_a_link_to_a_case_that_is_hidden_is_hidden(service: Service) -> None:
    out = str(service.handlers["handler-1"].id)
    seen, also, hidden = handled(service), handled(service), handled(service, excluded=[out])
    bearer = service.handler("handler-2")
    for other in (also, hidden):
        answer = service.post(f"/cases/{seen}/links", {"reference": other}, bearer)
        assert answer.status_code < 300, answer.text

    def links(name: str) -> list[str]:
        found = [one for one in items(service, name) if one["act"] == "cases_linked"]
        return [other for one in found for other in (one["reference"], one["detail"]["other"])]

    assert set(links("handler-2")) == {seen, also, hidden}
    assert set(links("handler-1")) == {seen, also}
    assert hidden not in str(table(service))


def test_a_retired_handler_sees_no_case_in_it(service: Service) -> None:
    reference = handled(service)
    body = {"retire": str(service.handlers["handler-2"].id)}
    service.post("/organisations/eeast/roster", body, service.handler())
    for path in (PATH, f"{PATH}&case={reference}", CSV):
        answer = service.get(path, service.handler("handler-2"))
        check_problem(answer, 403, "not_allowed")


def test_roles_and_outsiders(service: Service) -> None:
    cases: tuple[tuple[str, int, str], ...] = (
        ("analyst-1", 403, "not_allowed"),
        (waiting(service), 403, "not_allowed"),
        ("handler-5", 404, "not_found"),
        (waiting(service, "administrator", "elsewhere"), 404, "not_found"),
    )
    unknown = service.get("/audit?organisation=nowhere", service.handler())
    for name, status, code in cases:
        bearer = service.handler(name)
        for path in (PATH, CSV):
            told = refused(service, "GET", path, None, bearer, status=status, code=code)
            if status == 404:
                assert told == unknown.get_json()
    elsewhere = handled(service, slug="eeast")
    answer = service.get(
        f"/audit?organisation=elsewhere&case={elsewhere}", service.handler("handler-5")
    )
    check_problem(answer, 404, "not_found")


def test_queries_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    bearer = service.handler()
    for path in (
        "/audit",
        "/audit.csv",
        f"{PATH}&limit=0",
        f"{PATH}&limit=201",
        f"{PATH}&unknown=1",
        f"{CSV}&limit=5",
        f"{CSV}&after=x",
        "/audit?organisation=Not a name",
        f"{PATH}&case={'x' * 21}",
    ):
        with subtests.test(path):
            refused(service, "GET", path, None, bearer, status=422, code="invalid")


def test_the_export(service: Service) -> None:
    reference = handled(service)
    before = items(service)
    found = table(service)
    assert found[0] == ["day", "actor", "actor_name", "act", "reference", "detail"]
    assert [row[3] for row in found[1:]] == [one["act"] for one in before]
    assert items(service)[0]["act"] == "audit_exported"
    assert {row[4] for row in table(service, more=f"&case={reference}")[1:]} == {reference}
    newest = items(service)[0]
    assert (newest["act"], newest["reference"]) == ("audit_exported", reference)
    administrator = table(service, "administrator-1")
    assert {row[4] for row in administrator[1:]} == {""}
    with nothing_stored(service):
        service.get(CSV, "wa_nobody")


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@a", "\ta", "\ra", "a=1", "", 'Ärger, "so"\nund so']
)
def test_no_cell_is_a_formula(cell: str) -> None:
    made = sheets.harmless(cell)
    assert not made.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert made.removeprefix("'") == cell


def test_a_name_that_is_a_formula(service: Service) -> None:
    from sqlalchemy import update

    from api.models.account import Account

    who = service.handlers["handler-1"].id
    service.database.write(
        lambda db: db.execute(
            update(Account).where(Account.id == who).values(display_name='=HYPERLINK("x")')
        )
    )
    put(service, "tried")
    assert {row[2] for row in table(service) if row[3] == "tried"} == {'\'=HYPERLINK("x")'}


def test_the_chain(service: Service) -> None:
    handled(service)
    for act in ("one", "two", "three"):
        put(service, act, day="2026-11-24", text="ä", none=None, list=["a", "b"], flag=True)

    def check() -> Any:
        with service.database.read(in_batches=True) as db:
            return auditing.check(db, organisations.find(db, "eeast"))

    count, broken = check()
    assert broken is None
    assert count >= 8

    def change(number: int, **values: Any) -> None:
        def apply(db: Any) -> None:
            organisation = organisations.find(db, "eeast")
            found = db.get(AuditEntry, (organisation.id, number))
            for name, value in values.items():
                setattr(found, name, value)

        service.database.write(apply)

    change(3, act="forged")
    assert check() == (2, 3)


def test_the_actor_wren(service: Service) -> None:
    def add(db: Any) -> None:
        audit.record(db, organisations.find(db, "eeast"), audit.OPERATOR, "tried")

    service.database.write(add)
    newest = items(service)[0]
    assert (newest["actor"], newest["actor_name"]) == (str(UUID(int=0)), "wren")


def test_a_large_audit_is_read_in_batches(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "_BATCH", 3)
    handled(service)
    whole = items(service)
    monkeypatch.setattr(auditing, "_BATCH", 200)
    assert items(service) == whole


def test_the_statements_do_not_grow(service: Service) -> None:
    def statements() -> int:
        bearer, count = service.handler(), [0]

        def see(*_: Any) -> None:
            count[0] += 1

        event.listen(service.database.engine, "before_cursor_execute", see)
        assert service.get(f"{PATH}&limit=50", bearer).status_code == 200
        event.remove(service.database.engine, "before_cursor_execute", see)
        return count[0]

    handled(service)
    statements()  # the day's first call also tidies up
    before = statements()
    for at in range(60):
        put(service, "tried", number=at)
    handled(service)
    assert statements() == before
