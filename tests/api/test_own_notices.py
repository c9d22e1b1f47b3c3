"""Where somebody wants notices: confirmed by a code, shown to nobody else, forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from api.models.notice import NoticeAddress
from api.worker import Worker
from tests import mailbox
from tests.api.checks import MARK, check_problem, snapshot
from tests.mailbox import Mailbox
from tests.service import Service

ADDRESS = f"{MARK.lower().replace(' ', '-')}@trust.example"
PATH = "/account/notices"
NONE = {"address": None, "asked": None, "sent": True}


@pytest.fixture
def box(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server that the service uses."""
    place = tmp_path / "mail"
    place.mkdir()
    with mailbox.receiving(place) as found:
        config = replace(service.database.config, mail=found.mail)
        monkeypatch.setattr(service.database, "config", config)
        yield found


def ask(service: Service, box: Mailbox, address: str = ADDRESS) -> str:
    """Asks for an address; the code that came."""
    answer = service.call("PUT", PATH, {"address": address}, service.handler())
    assert answer.status_code == 200, answer.text
    Worker(service.database).run_once()
    assert box.to[-1] == address
    found = re.search(r"\b\d{6}\b", box.came[-1].get_content())
    assert found is not None
    return found[0]


def test_it_works(service: Service, box: Mailbox) -> None:
    bearer = service.handler()
    assert service.get(PATH, bearer).get_json() == NONE
    code = ask(service, box)
    assert service.get(PATH, bearer).get_json() == NONE | {"asked": ADDRESS}
    answer = service.post(PATH, {"code": code}, bearer)
    assert answer.get_json() == NONE | {"address": ADDRESS}
    assert service.call("DELETE", PATH, bearer=bearer).status_code == 204
    assert service.get(PATH, bearer).get_json() == NONE
    with service.database.read() as db:
        assert db.scalar(select(NoticeAddress)) is None


def test_it_is_shown_to_nobody_else(service: Service, box: Mailbox) -> None:
    code = ask(service, box)
    service.post(PATH, {"code": code}, service.handler())
    assert ADDRESS not in repr(snapshot(service))
    for who in ("handler-2", "handler-3", "handler-5", "administrator-1"):
        bearer = service.handler(who)
        assert service.get(PATH, bearer).get_json() == NONE
        for path in ("/account", "/accounts?organisation=eeast", "/audit?organisation=eeast"):
            assert ADDRESS not in service.get(path, bearer).text
    check_problem(service.get(PATH), 401, "sign_in")


def test_a_new_address_counts_once_confirmed(service: Service, box: Mailbox) -> None:
    bearer = service.handler()
    service.post(PATH, {"code": ask(service, box)}, bearer)
    code = ask(service, box, "other@trust.example")
    found = service.get(PATH, bearer).get_json()
    assert (found["address"], found["asked"]) == (ADDRESS, "other@trust.example")
    assert service.post(PATH, {"code": code}, bearer).get_json()["address"] == found["asked"]


def test_a_wrong_code_is_counted(service: Service, box: Mailbox) -> None:
    bearer, code = service.handler(), ask(service, box)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        assert service.post(PATH, {"code": wrong}, bearer).status_code == 422
    assert service.post(PATH, {"code": code}, bearer).status_code == 422
    assert service.get(PATH, bearer).get_json() == NONE


def test_a_code_ends_with_the_next_day(service: Service, box: Mailbox) -> None:
    code = ask(service, box)
    service.clock.now += 2 * 86400
    assert service.post(PATH, {"code": code}, service.handler()).status_code == 422


def test_a_code_of_another_is_none(service: Service, box: Mailbox) -> None:
    code = ask(service, box)
    assert service.post(PATH, {"code": code}, service.handler("handler-2")).status_code == 422


def test_not_many_codes_in_a_day(service: Service, box: Mailbox) -> None:
    for _ in range(5):
        ask(service, box)
    answer = service.call("PUT", PATH, {"address": ADDRESS}, service.handler())
    assert answer.status_code == 429
    service.clock.now += 86400
    ask(service, box)


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b", "a b@c.example", "a@b.example\r\nBcc: c@d.example", "ü@b.example",
     "<a@b.example>", f"{'a' * 65}@b.example", f"a@{'b' * 250}.example",
     "a@b.example, c@d.example"],
)  # fmt: skip
def test_what_is_no_address(service: Service, box: Mailbox, address: str) -> None:
    answer = service.call("PUT", PATH, {"address": address}, service.handler())
    assert answer.status_code == 422
    assert list(answer.get_json()["errors"]) == ["address"]
    assert box.to == []


def test_a_service_without_mail_says_so(service: Service) -> None:
    bearer = service.handler()
    assert service.get(PATH, bearer).get_json() == NONE | {"sent": False}
    answer = service.call("PUT", PATH, {"address": ADDRESS}, bearer)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "conflict")
