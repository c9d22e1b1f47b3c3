"""Attachments go: with the case, a week after nothing named them, and what is left behind too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from api import vault
from api.config import vault_place
from api.models.attachment import WHOLE_CASE, Attachment, VaultLeftover
from api.rules import leftovers
from api.vault_disk import DiskVault
from shared.errors import Unavailable
from tests.api import clients
from tests.api.attaching import at, attached, begin, got, put, put_all, send, some, stage
from tests.api.checks import check_problem
from tests.api.handling import DAY
from tests.service import Service


def files(service: Service) -> list[Path]:
    """All that lies in the vault."""
    return sorted(Path(vault_place(service.database.config)).glob("*/*"))


def rows(service: Service) -> int:
    """How many attachments the database knows."""
    with service.database.read() as db:
        return len(db.scalars(select(Attachment.id)).all())


def left(service: Service) -> list[VaultLeftover]:
    """What is still to be taken out."""
    with service.database.read() as db:
        return list(db.scalars(select(VaultLeftover)))


def next_day(service: Service, days: int = 1) -> None:
    """It is so many days later, and a handler calls."""
    service.clock.now += days * DAY
    assert service.get("/cases", service.handler()).status_code == 200


def test_it_works(service: Service) -> None:
    reference, token = service.open_case()
    case = clients.reporter(service, token)
    send(case, some(100_000))
    send(clients.handler(service, reference), some(10))
    attached(case, some(10))
    other, _ = service.open_case()
    kept = send(clients.handler(service, other), some(10))
    assert len(files(service)) == rows(service) == 4
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).get_json()["deleted"]
    assert [one.name for one in files(service)] == [kept.id.hex]
    assert rows(service) == 1
    assert [one.attachment_id for one in left(service)] == [WHOLE_CASE]
    next_day(service)
    assert left(service) == []
    assert got(clients.handler(service, other), kept) == some(10)


def test_a_legal_hold_keeps_them(service: Service) -> None:
    reference, token = service.open_case()
    case = clients.reporter(service, token)
    made = send(case, some(10))
    path, staff = f"/cases/{reference}", service.handler()
    hold = {"legal_hold": {"reason": "An invented reason."}}
    assert service.call("PATCH", path, hold, staff).status_code == 200
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).get_json()["held"]
    assert got(clients.handler(service, reference), made) == some(10)
    next_day(service, 30)
    staff = service.handler()
    assert got(clients.handler(service, reference), made) == some(10)
    assert service.call("PATCH", path, {"legal_hold": None}, staff).get_json()["deleted"]
    assert (files(service), rows(service)) == ([], 0)


def test_what_nothing_names_goes_after_a_week(service: Service) -> None:
    reference, token = service.open_case()
    case = clients.reporter(service, token)
    kept = send(case, some(10))
    whole, begun = attached(case, some(10)), stage(case, some(100_000))
    bearer = service.reporter(token)
    begin(service, "/case", begun, bearer)
    put_all(service, "/case", begun, bearer, [0])
    service.clock.now = datetime(2026, 11, 27, 12, tzinfo=UTC).timestamp()
    old = {one.created_on for one in _all(service)}
    service.clock.now = datetime.combine(
        old.pop() + timedelta(days=7), datetime.min.time(), UTC
    ).timestamp()
    next_day(service, 0)
    assert rows(service) == 3
    next_day(service)
    assert (rows(service), [one.name for one in files(service)]) == (1, [kept.id.hex])
    assert {one.attachment_id for one in left(service)} == {whole.id, begun.id}
    bearer = service.reporter(token)
    check_problem(put(service, "/case", begun, 1, begun.chunk(1), bearer), 404, "not_found")
    assert got(clients.handler(service, reference), kept) == some(10)
    next_day(service)
    assert left(service) == []
    # The id is free again, and the upload begins anew.
    case = clients.reporter(service, token)
    case.attach(begun)
    case.send(case.prepare("See it.", [begun.attached]))


def test_what_is_begun_again_the_same_day_stays(service: Service) -> None:
    """As when a form failed and is sent once more: the same file has the same id."""
    reference, token = service.open_case()
    case = clients.reporter(service, token)
    made = stage(case, some(10))
    case.attach(made)
    case_id = _all(service)[0].case_id
    for _ in range(2):  # let go twice before anybody tidied
        service.database.write(lambda db: leftovers.let_go(db, case_id, "reporter", [made.id]))
        assert [one.attachment_id for one in left(service)] == [made.id]
        case.attach(made)
    case.send(case.prepare("See it.", [made.attached]))
    for _ in range(2):
        next_day(service)
        assert got(clients.handler(service, reference), made) == some(10)


def test_no_directory_tells_of_what_was_left_out(service: Service) -> None:
    _, token = service.open_case()
    case = clients.reporter(service, token)
    first, second = stage(case, some(10)), stage(case, some(10))
    case.attach(first)
    case.attach(second)
    case_id = _all(service)[0].case_id
    place = Path(vault_place(service.database.config)) / case_id.hex
    service.database.write(lambda db: leftovers.let_go(db, case_id, "reporter", [first.id]))
    assert [one.name for one in place.iterdir()] == [second.id.hex]
    assert place.stat().st_mtime % DAY == 0
    service.database.write(lambda db: leftovers.let_go(db, case_id, "reporter", [second.id]))
    assert not place.exists()
    assert place.parent.stat().st_mtime % DAY == 0
    case.attach(second)
    assert place.exists()


def _all(service: Service) -> list[Attachment]:
    with service.database.read() as db:
        return list(db.scalars(select(Attachment)))


def test_it_is_tidied_once_a_day(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(leftovers, "_let_go", lambda _db: asked.append(1))
    for _ in range(3):
        service.get("/cases", service.handler())
    service.get("/health")
    assert len(asked) == 1
    next_day(service)
    assert len(asked) == 2


def test_a_vault_that_is_away_deletes_later(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, token = service.open_case()
    send(clients.reporter(service, token), some(10))
    with monkeypatch.context() as away:
        away.setattr(DiskVault, "delete_case", _away)
        assert service.call("DELETE", "/case", bearer=service.reporter(token)).status_code == 200
        assert (len(files(service)), rows(service)) == (1, 0)
        next_day(service)
        assert (len(files(service)), len(left(service))) == (1, 1)
    next_day(service)
    assert (files(service), left(service)) == ([], [])
    written = capsys.readouterr().err
    assert "vault_deletes_later" in written
    assert token not in written


def _away(*_: object) -> None:
    raise Unavailable


def test_a_chunk_that_comes_while_its_case_goes(service: Service) -> None:
    _, token = service.open_case()
    case = clients.reporter(service, token)
    made = send(case, some(10))
    case_id = case.keys.case_id
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).status_code == 200
    # Its row was read before the case went, and it is written after that.
    vault.of(service.database.config).put(case_id, made.id, 0, made.chunk(0))
    assert len(files(service)) == 1
    next_day(service)
    assert (files(service), left(service)) == ([], [])


def test_a_case_that_is_stored_again_keeps_what_it_names(service: Service) -> None:
    """As when the phone sends once more what was withdrawn elsewhere: the id is the same."""
    body, token = service.report()
    assert service.post("/organisations/eeast/cases", body).status_code == 201
    case = clients.reporter(service, token)
    late = send(case, some(10))
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).status_code == 200
    assert service.post("/organisations/eeast/cases", body).status_code == 201
    case = clients.reporter(service, token)
    made = send(case, some(10))
    # Of what went before, a chunk came after all.
    vault.of(service.database.config).put(case.keys.case_id, late.id, 0, late.chunk(0))
    case.attach(begun := stage(case, some(100_000)))
    assert {one.attachment_id for one in left(service)} == {WHOLE_CASE}
    for _ in range(2):
        next_day(service)
        case = clients.reporter(service, token)
        assert got(case, made) == some(10)
        assert {one.name for one in files(service)} == {made.id.hex, begun.id.hex}
        assert left(service) == []
    case.send(case.prepare("See it.", [begun.attached]))
    assert got(case, begun) == some(100_000)


def test_it_keeps_them_too_while_the_vault_can_not_be_listed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, token = service.report()
    assert service.post("/organisations/eeast/cases", body).status_code == 201
    send(clients.reporter(service, token), some(10))
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).status_code == 200
    assert service.post("/organisations/eeast/cases", body).status_code == 201
    made = send(clients.reporter(service, token), some(10))
    with monkeypatch.context() as away:
        away.setattr(DiskVault, "held", _away)
        next_day(service)
        assert [one.attachment_id for one in left(service)] == [WHOLE_CASE]
    next_day(service)
    assert left(service) == []
    assert got(clients.reporter(service, token), made) == some(10)


def test_withdrawn_words_send_nothing_more(service: Service) -> None:
    _, token = service.open_case()
    case, bearer = clients.reporter(service, token), service.reporter(token)
    made = stage(case, some(100_000))
    begin(service, "/case", made, bearer)
    put_all(service, "/case", made, bearer, [0])
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).status_code == 200
    check_problem(put(service, "/case", made, 1, made.chunk(1), bearer), 401, "sign_in")
    check_problem(service.get(at("/case", made), bearer), 401, "sign_in")
    assert files(service) == []


def test_what_is_not_stored_takes_nothing_out(service: Service) -> None:
    _, token = service.open_case()
    send(clients.reporter(service, token), some(10))

    def fails(db: object) -> None:
        leftovers.discard_case(db, _all(service)[0].case_id)  # type: ignore[arg-type]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        service.database.write(fails)
    assert (len(files(service)), left(service)) == (1, [])
