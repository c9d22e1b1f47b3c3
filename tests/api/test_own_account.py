"""One's own account: who it is, and leave with somebody who stands in."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from api.rules import organisations
from shared.sealing.keyring import fingerprint
from tests.api.checks import MARK, refused
from tests.api.newcomers import audited, change, invite, join
from tests.service import Service


def day(service: Service, later: int = 0) -> str:
    """An ISO day, from today on."""
    with service.database.read() as db:
        today = organisations.today(db, organisations.find(db, "eeast"))
    return (today + timedelta(days=later)).isoformat()


def test_it_works(service: Service) -> None:
    who, cover = service.handlers["handler-1"], str(service.handlers["handler-2"].id)
    bearer = service.handler()
    own = service.get("/account", bearer).get_json()
    assert own == {
        "id": str(who.id),
        "username": "handler-1",
        "display_name": "handler-1",
        "fingerprint": fingerprint(who.keyring.seal_key, who.keyring.sign_key),
        "positions": [
            {
                "organisation": "eeast",
                "role": "handler",
                "desks": ["guardian"],
                "listed": True,
                "away_until": None,
                "cover": None,
            }
        ],
    }
    until = day(service, 14)
    answer = change(service, bearer, organisation="eeast", away_until=until, cover=cover)
    assert answer.status_code == 200
    found = answer.get_json()["positions"][0]
    assert (found["away_until"], found["cover"]) == (until, cover)
    assert service.get("/account", bearer).get_json() == answer.get_json()
    detail = {"away_until": until, "cover": cover}
    assert audited(service)[-1] == ("leave_set", who.id, detail)


def test_back_again(service: Service) -> None:
    bearer, cover = service.handler(), str(service.handlers["handler-2"].id)
    change(service, bearer, organisation="eeast", away_until=day(service), cover=cover)
    only_longer = change(service, bearer, organisation="eeast", away_until=day(service, 3))
    assert only_longer.get_json()["positions"][0]["cover"] == cover
    no_cover = change(service, bearer, organisation="eeast", cover=None).get_json()
    assert no_cover["positions"][0]["away_until"] == day(service, 3)
    assert no_cover["positions"][0]["cover"] is None
    change(service, bearer, organisation="eeast", cover=cover)
    back = change(service, bearer, organisation="eeast", away_until=None)
    found = back.get_json()["positions"][0]
    assert (found["away_until"], found["cover"]) == (None, None)


def test_who_can_not_stand_in(service: Service, subtests: pytest.Subtests) -> None:
    waiting = join(service, invite(service))["handler_id"]
    for what, cover in {
        "oneself": str(service.handlers["handler-1"].id),
        "of another organisation": str(service.handlers["handler-5"].id),
        "who waits": waiting,
        "an administrator": str(service.handlers["administrator-1"].id),
        "an analyst": str(service.handlers["analyst-1"].id),
        "nobody": str(uuid4()),
        "no id": MARK,
    }.items():
        with subtests.test(what):
            body = {"organisation": "eeast", "away_until": day(service), "cover": cover}
            told = refused(
                service, "PATCH", "/account", body, service.handler(), status=422, code="invalid"
            )
            assert set(told["errors"]) == {"cover"}


def test_days_that_can_not_be(service: Service, subtests: pytest.Subtests) -> None:
    for what, until in {
        "past": day(service, -1),
        "no day": MARK,
        "a time": f"{day(service)}T10:00:00",
        "a number": 20270101,
        "not in the calendar": "2027-02-30",
    }.items():
        with subtests.test(what):
            body = {"organisation": "eeast", "away_until": until}
            told = refused(
                service, "PATCH", "/account", body, service.handler(), status=422, code="invalid"
            )
            assert set(told["errors"]) == {"away_until"}
    body = {"organisation": "eeast", "cover": str(service.handlers["handler-2"].id)}
    told = refused(
        service, "PATCH", "/account", body, service.handler(), status=422, code="invalid"
    )
    assert set(told["errors"]) == {"cover"}, "cover needs a leave"


def test_others_organisations(service: Service) -> None:
    for slug in ("elsewhere", "nowhere"):
        body = {"organisation": slug, "away_until": None}
        bearer = service.handler()
        refused(service, "PATCH", "/account", body, bearer, status=404, code="not_found")


@pytest.mark.parametrize("name", ["administrator-1", "analyst-1"])
def test_a_role_without_cases_needs_no_cover(service: Service, name: str) -> None:
    body = {"organisation": "eeast", "away_until": day(service)}
    bearer = service.handler(name)
    refused(service, "PATCH", "/account", body, bearer, status=403, code="not_allowed")
