"""Sealed attachments: in chunks, in any order, as often as the line breaks; whole or not."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared import attaching
from shared.client import Client
from shared.conversation import ReporterCase
from shared.errors import Damaged, EpochChanged, NotFound, Unreachable
from shared.sealing.encoding import b64
from shared.sealing.stream import SEALED_CHUNK, chunk_count
from tests.api import clients
from tests.api.attaching import (
    CHUNK,
    OCTETS,
    at,
    attached,
    begin,
    got,
    have,
    put,
    put_all,
    send,
    some,
    stage,
)
from tests.api.checks import MARK, check_problem, nothing_stored, refused
from tests.api.handling import change_settings, grant, let_in, new_keys
from tests.service import Service

CASE = "/case"


@pytest.fixture
def opened(service: Service) -> tuple[Service, ReporterCase, str, str]:
    """A case: the service, the case at its reporter's app, a bearer, the reference."""
    reference, token = service.open_case()
    return service, clients.reporter(service, token), service.reporter(token), reference


Opened = tuple[Service, ReporterCase, str, str]


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 8 * CHUNK + 1])
def test_it_works(opened: Opened, size: int) -> None:
    service, case, _, reference = opened
    data = some(size)
    steps: list[tuple[int, int]] = []
    made = stage(case, data, name="a picture.jpg")
    assert made.chunks == chunk_count(size)
    case.attach(made, lambda done, of: steps.append((done, of)))
    assert steps[0] == (0, made.chunks)
    assert steps[-1] == (made.chunks, made.chunks)
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    case.send(case.prepare("See the picture.", [made.attached]))
    handler = clients.handler(service, reference)
    message = handler.thread()[-1]
    assert message.attached == (made.attached,)
    assert message.content == {
        "text": "See the picture.", "type": "text", "attachments": [str(made.id)],
    }  # fmt: skip
    for reader in (handler, case):
        assert got(reader, made) == data
        described = reader.describe(made.attached)
        assert (described.name, described.type) == ("a picture.jpg", "image/jpeg")
        assert described.size == size


def test_a_handlers_too(opened: Opened) -> None:
    service, case, _, reference = opened
    handler = clients.handler(service, reference)
    made = send(handler, some(3 * CHUNK))
    case.thread()
    assert got(case, made) == some(3 * CHUNK)
    handler.ready_notes()
    note = attached(handler, some(100, 2), "note")
    handler.add_note("An invented note.", [note.attached])
    assert got(handler, note, "note") == some(100, 2)
    with pytest.raises(NotFound):
        case.describe(note.attached, "note")


def test_cut_at_every_border(opened: Opened) -> None:
    service, case, bearer, _ = opened
    data = some(5 * CHUNK)
    made = stage(case, data)
    assert begin(service, CASE, made, bearer).get_json()["have"] == []
    for number in range(made.chunks):
        # The app was ended before this chunk: it comes again, and asks.
        again = begin(service, CASE, made, bearer)
        assert again.status_code == 200
        assert again.get_json() == {
            "id": str(made.id), "chunks": 5, "have": list(range(number)),
        }  # fmt: skip
        assert have(service, CASE, made, bearer) == list(range(number))
        put_all(service, CASE, made, bearer, [number])
    case.send(case.prepare("See it.", [made.attached]))
    assert got(case, made) == data


class Breaking(Client):
    """A line that breaks after so many chunks."""

    left: int
    sent = 0

    def put_chunk(self, path: str, attachment: UUID, n: int, data: bytes, bearer: str) -> None:
        if self.left == 0:
            raise Unreachable
        self.left -= 1
        self.sent += 1
        super().put_chunk(path, attachment, n, data, bearer)


def test_only_what_is_missing_is_sent_again(opened: Opened) -> None:
    service, case, bearer, _ = opened
    made = stage(case, some(10 * CHUNK))
    line = Breaking("http://127.0.0.1:9")
    line._line._http.mount("http://", clients.InProcess(service))
    for _ in range(10):
        line.left = 1
        with pytest.raises(Unreachable):
            attaching.upload(line, CASE, bearer, made, lanes=1)
        if line.sent == made.chunks - 1:
            break
    line.left = 1
    attaching.upload(line, CASE, bearer, made)
    assert line.sent == made.chunks
    attaching.upload(line, CASE, bearer, made)  # all is there: nothing is sent
    assert line.sent == made.chunks


def test_the_same_chunk_twice(opened: Opened) -> None:
    service, case, bearer, _ = opened
    made = stage(case, some(2 * CHUNK))
    begin(service, CASE, made, bearer)
    put_all(service, CASE, made, bearer, [0, 0, 1, 0, 1])
    assert have(service, CASE, made, bearer) == [0, 1]
    other = put(service, CASE, made, 0, made.chunk(1), bearer)
    check_problem(other, 409, "conflict")
    case.send(case.prepare("See it.", [made.attached]))
    put_all(service, CASE, made, bearer, [1])  # also once it hangs on a message
    check_problem(put(service, CASE, made, 1, bytes(SEALED_CHUNK), bearer), 409, "conflict")
    assert got(case, made) == some(2 * CHUNK)


def test_out_of_order(opened: Opened) -> None:
    service, case, bearer, _ = opened
    made = stage(case, some(6 * CHUNK))
    begin(service, CASE, made, bearer)
    put_all(service, CASE, made, bearer, [5, 0, 3])
    assert have(service, CASE, made, bearer) == [0, 3, 5]
    put_all(service, CASE, made, bearer, [4, 2, 1])
    case.send(case.prepare("See it.", [made.attached]))
    assert got(case, made) == some(6 * CHUNK)


def test_a_chunk_of_another(opened: Opened) -> None:
    service, case, bearer, _ = opened
    made, other = stage(case, some(2 * CHUNK)), stage(case, some(2 * CHUNK, 2))
    begin(service, CASE, made, bearer)
    put_all(service, CASE, made, bearer, [0])
    # The service can't tell, since all of it is sealed; who opens it does.
    assert put(service, CASE, made, 1, other.chunk(1), bearer).status_code == 204
    case.send(case.prepare("See it.", [made.attached]))
    with pytest.raises(Damaged):
        got(case, made)


def test_chunks_that_changed_places(opened: Opened) -> None:
    service, case, bearer, _ = opened
    made = stage(case, some(2 * CHUNK))
    begin(service, CASE, made, bearer)
    for number in (0, 1):
        put(service, CASE, made, number, made.chunk(1 - number), bearer)
    case.send(case.prepare("See it.", [made.attached]))
    with pytest.raises(Damaged):
        got(case, made)


def test_another_envelope_is_not_what_was_named(opened: Opened) -> None:
    service, case, bearer, _ = opened
    made, other = send(case, some(10)), send(case, some(10, 2))
    swapped = attaching.Attached(made.id, other.attached.sha256)
    with pytest.raises(Damaged):
        case.describe(swapped)
    with pytest.raises(Damaged):
        list(case.fetch(attaching.Attached(other.id, made.attached.sha256)))
    assert service.get(at(CASE, made), bearer).status_code == 200


@pytest.mark.parametrize(
    ("chunks", "right"),
    [(0, False), (-1, False), (9, False), (11, False), (17, False), (8, True), (10, True),
     (12, True), (20, True), (25, False), (1.0, False), ("8", False), (True, False),
     (None, False), (1 << 40, False)],
)  # fmt: skip
def test_counts(opened: Opened, chunks: Any, right: bool) -> None:
    service, case, bearer, _ = opened
    body = stage(case, some(8 * CHUNK)).body | {"chunks": chunks}
    if right:
        assert service.post("/case/attachments", body, bearer).status_code == 201
    else:
        told = refused(service, "POST", "/case/attachments", body, bearer, status=422,
                       code="invalid")  # fmt: skip
        assert list(told["errors"]) == ["chunks"]


def test_a_declared_count_is_what_counts(opened: Opened) -> None:
    service, case, bearer, _ = opened
    made = stage(case, some(2 * CHUNK))
    # More than it has: it never gets whole. Fewer: what is beyond is not found, and it is damaged.
    more = stage(case, some(2 * CHUNK))
    assert service.post("/case/attachments", more.body | {"chunks": 3}, bearer).status_code == 201
    put_all(service, CASE, more, bearer)
    prepared = case.prepare("See it.", [more.attached])
    check_problem(service.post("/case/messages", prepared.body, bearer), 409, "unfinished")
    assert service.post("/case/attachments", made.body | {"chunks": 1}, bearer).status_code == 201
    put_all(service, CASE, made, bearer, [0])
    check_problem(put(service, CASE, made, 1, made.chunk(1), bearer), 404, "not_found")
    case.send(case.prepare("See it.", [made.attached]))
    with pytest.raises(Damaged):
        got(case, made)


@pytest.mark.parametrize("size", [0, 1, SEALED_CHUNK - 1, SEALED_CHUNK + 1, 2 * SEALED_CHUNK])
def test_chunks_of_another_size(opened: Opened, size: int) -> None:
    service, case, bearer, _ = opened
    made = stage(case, some(10))
    begin(service, CASE, made, bearer)
    told = check_problem(put(service, CASE, made, 0, bytes(size), bearer), 422, "invalid")
    assert list(told["errors"]) == ["chunk"]
    assert have(service, CASE, made, bearer) == []
    for kind in ("application/json", "multipart/form-data", "text/plain"):
        told = check_problem(
            put(service, CASE, made, 0, made.chunk(0), bearer, kind), 415, "wrong_type"
        )
        assert OCTETS in told["detail"]


def test_bodies_that_are_wrong(opened: Opened) -> None:
    service, case, bearer, reference = opened
    right = stage(case, some(10)).body
    envelope = clients.unb64(right["sealed"]["envelope"])
    wrong: dict[str, tuple[Any, str]] = {
        "no id": ({"sealed": right["sealed"], "chunks": 1}, "id"),
        "no envelope": (right | {"sealed": {}}, "sealed"),
        "a short envelope": (right | {"sealed": {"envelope": b64(envelope[:-1])}}, "sealed"),
        "a long envelope": (right | {"sealed": {"envelope": b64(envelope + b"0")}}, "sealed"),
        "a message's size": (right | {"sealed": {"envelope": b64(bytes(16_442))}}, "sealed"),
        "no count": ({"id": right["id"], "sealed": right["sealed"]}, "chunks"),
        "another field": (right | {MARK: 1}, "_unknown"),
        "an id that is none": (right | {"id": MARK}, "id"),
    }
    for path, who in ((CASE, bearer), (f"/cases/{reference}", service.handler())):
        for body, field in wrong.values():
            told = refused(service, "POST", f"{path}/attachments", body, who, status=422,
                           code="invalid")  # fmt: skip
            assert list(told["errors"]) == [field]
    for damaged, code in (
        (bytes(len(envelope)), "unknown_version"),
        (envelope[:2] + bytes(len(envelope) - 2), "wrong_key"),
    ):
        body = right | {"sealed": {"envelope": b64(damaged)}}
        refused(service, "POST", "/case/attachments", body, bearer, status=422, code=code)


def test_an_id_is_used_once(opened: Opened) -> None:
    service, case, bearer, reference = opened
    made, other = stage(case, some(10)), stage(case, some(10))
    begin(service, CASE, made, bearer)
    for body in (
        other.body | {"id": str(made.id)},
        made.body | {"chunks": 2},
    ):
        refused(service, "POST", "/case/attachments", body, bearer, status=409, code="conflict")
    refused(service, "POST", f"/cases/{reference}/attachments", made.body, service.handler(),
            status=409, code="conflict")  # fmt: skip


def test_limits(opened: Opened) -> None:
    service, case, bearer, reference = opened
    change_settings(service, attachment_bytes=10 * CHUNK, case_bytes=25 * CHUNK)
    told = service.get("/organisations/eeast").get_json()["limits"]
    assert (told["attachment_bytes"], told["case_bytes"]) == (10 * CHUNK, 25 * CHUNK)
    large = stage(case, some(10 * CHUNK + 1))
    told = refused(service, "POST", "/case/attachments", large.body, bearer, status=422,
                   code="invalid")  # fmt: skip
    assert "larger" in told["errors"]["chunks"][0]
    for _ in range(2):
        assert begin(service, CASE, stage(case, some(10 * CHUNK)), bearer).status_code == 201
    last = stage(case, some(9 * CHUNK))
    told = refused(service, "POST", "/case/attachments", last.body, bearer, status=422,
                   code="invalid")  # fmt: skip
    assert "no room" in told["errors"]["chunks"][0]
    assert begin(service, CASE, stage(case, some(8 * CHUNK)), bearer).status_code == 201
    # The handlers' room is another: what the reporter sent neither takes it nor shows in it.
    desk, handler = clients.handler(service, reference), service.handler()
    for _ in range(2):
        made = stage(desk, some(10 * CHUNK))
        assert begin(service, f"/cases/{reference}", made, handler).status_code == 201
    change_settings(service, attachment_bytes=0)
    refused(service, "POST", "/case/attachments", stage(case, b"").body, bearer, status=422,
            code="invalid")  # fmt: skip


def test_four_of_the_largest_fit_into_a_case() -> None:
    assert 4 * chunk_count(50_000_000) <= chunk_count(200_000_000)


def test_what_is_not_there(opened: Opened) -> None:
    service, case, bearer, reference = opened
    made = stage(case, some(2 * CHUNK))
    begin(service, CASE, made, bearer)
    put_all(service, CASE, made, bearer, [0])
    elsewhere, token = service.open_case()
    strangers = ((CASE, service.reporter(token)), (f"/cases/{elsewhere}", service.handler()))
    for path, who, one in (
        (CASE, bearer, uuid4()),
        *((path, who, made.id) for path, who in strangers),
        (f"/cases/{reference}", service.handler(), made.id),  # the reporter's, not named yet
    ):
        for rest in ("state", "chunks/0"):
            check_problem(service.get(at(path, one, rest), who), 404, "not_found")
        check_problem(put(service, path, one, 0, made.chunk(0), who), 404, "not_found")
    for number in (1, 2, 10**30):
        check_problem(service.get(at(CASE, made, f"chunks/{number}"), bearer), 404, "not_found")
    for number in (2, 10**30, "-1", "x"):
        check_problem(put(service, CASE, made, number, made.chunk(1), bearer), 404, "not_found")
    check_problem(service.get("/case/attachments/x/state", bearer), 404, "not_found")
    answer = service.get(at(CASE, made, "chunks/0"), bearer)
    assert (answer.content_type, answer.data) == (OCTETS, made.chunk(0))
    assert answer.headers["Cache-Control"] == "no-store"


def test_after_the_readers_changed(opened: Opened) -> None:
    service, case, bearer, reference = opened
    early, late = stage(case, some(10)), stage(case, some(10, 2))
    begin(service, CASE, early, bearer)
    handler = clients.handler(service, reference)
    handler.send_epoch(handler.shut_out(service.handlers["handler-2"].id))
    # What was begun stays on its epoch; what begins now is sealed anew, to those who read now.
    with pytest.raises(EpochChanged):
        case.attach(late)
    case.attach(early)
    case.refresh()
    case.thread()
    again = attaching.reseal(late, case.keys)
    assert (again.id, again.chunks) == (late.id, late.chunks)
    case.attach(again)
    case.send(case.prepare("See both.", [early.attached, again.attached]))
    handler.refresh()
    handler.thread()
    assert got(handler, early) == some(10)
    assert got(handler, again) == some(10, 2)


def test_a_source_that_changes(opened: Opened) -> None:
    _, case, _, _ = opened
    for size in (9, 11):
        with pytest.raises(Damaged):
            attaching.stage(io.BytesIO(some(10)), size, "a", "b", case.keys, into=io.BytesIO())


def test_a_staged_file_that_was_cut(opened: Opened) -> None:
    service, case, bearer, _ = opened
    made = stage(case, some(3 * CHUNK))
    made.file.truncate(2 * SEALED_CHUNK)
    with pytest.raises(Damaged):
        case.attach(made)
    with nothing_stored(service):
        assert begin(service, CASE, made, bearer).status_code == 200


def test_who_has_new_keys_reads_what_was_attached_before(opened: Opened) -> None:
    service, case, _, reference = opened
    made = send(case, some(10))
    new_keys(service, "handler-2")
    assert grant(service, reference, "handler-2").status_code == 200
    assert got(clients.handler(service, reference, "handler-2"), made) == some(10)


def test_a_reader_by_consent_reads_them(opened: Opened) -> None:
    service, case, _, _ = opened
    reference, token = service.open_case()
    case = clients.reporter(service, token)
    made = send(case, some(10))
    let_in(service, reference, token, "handler-3")
    assert got(clients.handler(service, reference, "handler-3"), made) == some(10)
