"""Who sees an attachment: its author, and who was shown the message or note that it hangs on."""

from __future__ import annotations

from uuid import uuid4

import pytest

from shared.errors import NotFound
from tests.api import clients
from tests.api.attaching import at, attached, begin, got, have, put, send, some, stage
from tests.api.checks import UNKNOWN, at_once, check_problem, nothing_stored, outsiders_refused
from tests.api.handling import acts, by_hours, let_in
from tests.api.handling import at as set_clock
from tests.service import OUTSIDERS, Service


def test_outsiders_see_none(service: Service) -> None:
    reference, token = service.open_case()
    case = clients.reporter(service, token)
    made = send(case, some(10))
    handler = clients.handler(service, reference)
    mine = stage(handler, some(10))
    for method, rest, body in (
        ("POST", "", mine.body),
        ("GET", f"/{made.id}/state", None),
        ("GET", f"/{made.id}/chunks/0", None),
    ):
        outsiders_refused(service, method, f"/cases/{{}}/attachments{rest}", reference, body)
    begin(service, f"/cases/{reference}", mine, service.handler())
    for name in (*OUTSIDERS, "handler-2"):  # a colleague either: it is not theirs
        bearer = service.handler(name)
        with nothing_stored(service):
            for path in (f"/cases/{reference}", f"/cases/{UNKNOWN}"):
                answer = put(service, path, mine, 0, mine.chunk(0), bearer)
                check_problem(answer, 404, "not_found")
    assert have(service, f"/cases/{reference}", mine, service.handler()) == []


def test_another_cases_are_not_found(service: Service) -> None:
    # The same id under another case is another attachment.
    _, token = service.open_case()
    made = send(clients.reporter(service, token), some(10))
    reference, other = service.open_case()
    for path, bearer in (
        ("/case", service.reporter(other)),
        (f"/cases/{reference}", service.handler()),
    ):
        for rest in ("state", "chunks/0"):
            check_problem(service.get(at(path, made, rest), bearer), 404, "not_found")
        check_problem(put(service, path, made, 0, made.chunk(0), bearer), 404, "not_found")


def test_nothing_before_the_release(service: Service) -> None:
    by_hours(service)
    reference, token = service.open_case()
    set_clock(service, "2026-01-15 13:05")
    case = clients.reporter(service, token)
    made = attached(case, some(10))
    path, staff = f"/cases/{reference}", service.handler()
    for send_it in (False, True):
        if send_it:
            case.send(case.prepare("See it.", [made.attached]))
        for rest in ("state", "chunks/0"):
            check_problem(service.get(at(path, made, rest), staff), 404, "not_found")
    assert got(case, made) == some(10)
    set_clock(service, "2026-01-15 19:00")
    assert got(clients.handler(service, reference), made) == some(10)


def test_a_colleague_sees_what_was_sent(service: Service) -> None:
    reference, token = service.open_case()
    case, handler = clients.reporter(service, token), clients.handler(service, reference)
    colleague = clients.handler(service, reference, "handler-2")
    handler.ready_notes()
    of_message, of_note = attached(handler, some(10)), attached(handler, some(10, 2), "note")
    for reader, one in ((colleague, of_message), (case, of_message), (colleague, of_note)):
        with pytest.raises(NotFound):
            reader.describe(one.attached)
    handler.send(handler.prepare("See it.", [of_message.attached]))
    handler.add_note("An invented note.", [of_note.attached])
    colleague.refresh()
    assert got(colleague, of_message) == got(case, of_message) == some(10)
    assert got(colleague, of_note, "note") == some(10, 2)
    check_problem(service.get(at("/case", of_note), service.reporter(token)), 404, "not_found")


def test_who_was_shut_out_sees_nothing_more(service: Service) -> None:
    reference, token = service.open_case()
    case = clients.reporter(service, token)
    made = send(case, some(10))
    let_in(service, reference, token, "handler-3")
    two = clients.handler(service, reference, "handler-3")
    assert got(two, made) == some(10)
    case.refresh()
    case.send_epoch(case.shut_out([service.handlers["handler-3"].id]))
    with pytest.raises(NotFound):
        two.describe(made.attached)


def test_each_opening_is_in_the_audit(service: Service) -> None:
    reference, token = service.open_case()
    case, handler = clients.reporter(service, token), clients.handler(service, reference)
    theirs, mine = send(case, some(10)), send(handler, some(10))
    before = acts(service, reference)
    got(handler, mine)  # one's own is no opening
    got(case, theirs)
    got(case, mine)
    assert acts(service, reference) == before
    for _ in range(2):
        got(handler, theirs)
    opened = ("attachment_opened", {"attachment": str(theirs.id)})
    assert acts(service, reference) == [*before, opened, opened]


def test_looking_at_ones_own_stores_nothing(service: Service) -> None:
    _, token = service.open_case()
    case = clients.reporter(service, token)
    made = send(case, some(10))
    bearer = service.reporter(token)
    with nothing_stored(service):
        for rest in ("state", "chunks/0"):
            assert service.get(at("/case", made, rest), bearer).status_code == 200
        assert put(service, "/case", made, 0, made.chunk(0), bearer).status_code == 204


def test_the_same_upload_at_once(service: Service) -> None:
    _, token = service.open_case()
    case, bearer = clients.reporter(service, token), service.reporter(token)
    made = stage(case, some(10))
    calls = [("POST", "/case/attachments", made.body, bearer)] * 6
    found = sorted(one.status_code for one in at_once(service, calls))
    assert found == [200] * 5 + [201]


def test_two_with_one_id_at_once(service: Service) -> None:
    reference, token = service.open_case()
    case = clients.reporter(service, token)
    bodies = [stage(case, some(10)).body | {"id": str(uuid4())} for _ in range(6)]
    same = [one | {"id": bodies[0]["id"]} for one in bodies]
    calls = [("POST", "/case/attachments", one, service.reporter(token)) for one in same]
    found = sorted(one.status_code for one in at_once(service, calls))
    assert found == [201] + [409] * 5
    assert service.get(f"/cases/{reference}", service.handler()).status_code == 200
