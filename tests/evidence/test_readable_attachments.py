"""A file in one readable call, and back: cleaned for handlers, byte for byte for its author."""

from __future__ import annotations

import io
import zipfile
from uuid import UUID, uuid4

import pytest
from PIL import Image
from sqlalchemy import select

from api.models.attachment import Attachment
from shared.sealing.encoding import unb64
from tests.api import clients, sealed
from tests.api.checks import check_problem, nothing_stored
from tests.evidence import samples, sending
from tests.service import OUTSIDERS, Service

TEXT = b"[13/03, 10:18] Sam: come to my office, now"


def test_it_works(service: Service) -> None:
    reference, token = service.open_case()
    reporter, handler = service.reporter(token), service.handler()
    image = samples.noise()
    found = sending.hung(service, reporter, "../My shot\u202e.PNG", samples.picture("PNG", image))
    exact = sending.fetch(service, reporter, found)
    assert exact.status_code == 200
    assert Image.open(io.BytesIO(exact.data)).tobytes() == image.tobytes()
    path = f"/cases/{reference}"
    cleaned = sending.fetch(service, handler, found, path)
    assert Image.open(io.BytesIO(cleaned.data)).tobytes() == image.tobytes()
    for answer in (exact, cleaned):
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="My shot.png"'
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.content_length == len(answer.data)


def test_a_client_that_seals_reads_it_too(service: Service) -> None:
    reference, token = service.open_case()
    found = sending.hung(service, service.reporter(token), "a.txt", TEXT)
    state = service.get(f"/cases/{reference}/attachments/{found}/state", service.handler())
    envelope = unb64(state.get_json()["envelope"])
    case = clients.handler(service, reference)
    named = case.keys.attached(UUID(found), envelope)
    assert b"".join(case.fetch(named, "message")) == TEXT


def test_the_same_again(service: Service) -> None:
    _, token = service.open_case()
    reporter = service.reporter(token)
    data = samples.picture("JPEG")
    first = sending.send(service, reporter, "a.jpg", data)
    assert first.status_code == 201
    same = first.get_json()["id"]
    again = sending.send(service, reporter, "a.jpg", data, id=same)
    assert (again.status_code, again.get_json()) == (200, first.get_json())
    with nothing_stored(service):
        for name, other in (("b.jpg", data), ("a.jpg", samples.picture("JPEG"))):
            answer = sending.send(service, reporter, name, other, id=same)
            check_problem(answer, 409, "conflict")


def test_a_handlers_files(service: Service) -> None:
    reference, token = service.open_case()
    handler, path = service.handler(), f"/cases/{reference}"
    found = sending.hung(service, handler, "policy.txt", TEXT, path)
    assert sending.fetch(service, service.reporter(token), found).data == TEXT
    note = sending.stored(service, handler, "minutes.txt", TEXT, path, kind="note")
    content = {"text": "See the minutes.", "attachments": [note]}
    answer = service.post(f"{path}/notes", {"id": str(uuid4()), "content": content}, handler)
    assert answer.status_code == 201, answer.text
    assert sending.fetch(service, service.handler("handler-2"), note, path).data == TEXT
    reporter = service.reporter(token)
    check_problem(sending.fetch(service, reporter, note), 404, "not_found")
    with nothing_stored(service):
        answer = sending.send(service, reporter, "a.txt", TEXT, kind="note")
        check_problem(answer, 403, "not_allowed")


def test_outsiders_find_nothing(service: Service) -> None:
    reference, token = service.open_case()
    _, another = service.open_case()
    path = f"/cases/{reference}"
    found = sending.hung(service, service.reporter(token), "a.txt", TEXT)
    bearers, stranger = [service.handler(one) for one in OUTSIDERS], service.reporter(another)
    with nothing_stored(service):
        for bearer in bearers:
            check_problem(sending.fetch(service, bearer, found, path), 404, "not_found")
            check_problem(sending.send(service, bearer, "a.txt", TEXT, path), 404, "not_found")
        check_problem(sending.fetch(service, stranger, found), 404, "not_found")


def test_each_opening_is_in_the_audit(service: Service) -> None:
    reference, token = service.open_case()
    found = sending.hung(service, service.reporter(token), "a.txt", TEXT)
    for original in (False, True):
        path = f"/cases/{reference}"
        answer = sending.fetch(service, service.handler(), found, path, original=original)
        assert answer.data == TEXT
    told = service.get("/audit?organisation=eeast", service.handler()).get_json()["items"]
    assert [one["act"] for one in told].count("attachment_opened") == 2


def test_a_changed_file_is_not_given(service: Service) -> None:
    reference, token = service.open_case()
    found = sending.hung(service, service.reporter(token), "a.txt", TEXT)
    with service.database.engine.begin() as db:
        row = db.execute(select(Attachment.__table__)).one()
        broken = bytes([*row.envelope[:-1], row.envelope[-1] ^ 1])
        db.execute(Attachment.__table__.update().values(envelope=broken))
    answer = sending.fetch(service, service.handler(), found, f"/cases/{reference}")
    check_problem(answer, 422, "damaged")


def test_a_session_that_seals_by_itself(service: Service) -> None:
    _, token = service.open_case()
    found = sending.hung(service, service.reporter(token), "a.txt", TEXT)
    bearer = sealed.reporter(service, token)
    with nothing_stored(service):
        check_problem(sending.send(service, bearer, "a.txt", TEXT), 403, "not_allowed")
        check_problem(sending.fetch(service, bearer, found), 403, "not_allowed")


def test_forms_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    _, token = service.open_case()
    reporter = service.reporter(token)
    whole = {"id": str(uuid4()), "uncleaned": "false"}
    wrong = {
        "no id": ({}, ["id"]),
        "another id": ({"id": "7"}, ["id"]),
        "no file": (whole, ["file"]),
        "text for a file": (whole | {"file": "hello"}, ["file"]),
        "uncleaned": (whole | {"uncleaned": "perhaps"}, ["uncleaned"]),
        "kind": (whole | {"kind": "report"}, ["kind"]),
        "unknown": (whole | {"Undercover": "x"}, ["_unknown"]),
    }
    for what, (fields, named) in wrong.items():
        with subtests.test(what), nothing_stored(service):
            file = {} if "file" in named else {"file": (io.BytesIO(TEXT), "a.txt")}
            answer = service.call("POST", "/case/attachments", None, reporter, data=fields | file,
                                  content_type="multipart/form-data")  # fmt: skip
            told = check_problem(answer, 422, "invalid")
            assert set(named) <= set(told["errors"])
            assert "Undercover" not in answer.text
    twice = {
        "id": str(uuid4()),
        "file": [(io.BytesIO(TEXT), "a.txt"), (io.BytesIO(TEXT), "b.txt")],
    }
    with nothing_stored(service):
        answer = service.call("POST", "/case/attachments", None, reporter, data=twice)
        assert list(check_problem(answer, 422, "invalid")["errors"]) == ["file"]
        for body in (b"", b"--x\r\n", b"no form at all"):
            answer = service.call("POST", "/case/attachments", None, reporter, data=body,
                                  content_type="multipart/form-data; boundary=x")  # fmt: skip
            check_problem(answer, 400, "bad_request")


def test_kinds_that_the_organisation_takes(service: Service) -> None:
    _, token = service.open_case()
    reporter = service.reporter(token)
    body = {"settings": {"attachment_types": ["picture", "pdf"]}}
    service.call("PATCH", "/organisations/eeast", body, service.handler("administrator-1"))
    limits = service.get("/organisations/eeast").get_json()["limits"]
    assert limits["attachment_types"] == ["picture", "pdf"]
    with nothing_stored(service):
        told = check_problem(sending.send(service, reporter, "a.txt", TEXT), 422, "refused_file")
        assert list(told["errors"]) == ["file"]
    sending.stored(service, reporter, "a.png", samples.picture("PNG"))


def test_too_large_is_told_before_it_is_read(service: Service) -> None:
    _, token = service.open_case()
    reporter = service.reporter(token)
    body = {"settings": {"attachment_bytes": 200_000}}
    service.call("PATCH", "/organisations/eeast", body, service.handler("administrator-1"))

    class Unread(io.BytesIO):
        def read(self, *_size: int | None) -> bytes:
            raise AssertionError("it was read")

    with nothing_stored(service):
        answer = service.http.post(
            "/api/v1/case/attachments",
            input_stream=Unread(),
            content_type="multipart/form-data; boundary=x",
            headers={"Authorization": f"Bearer {reporter}"},
            environ_overrides={"CONTENT_LENGTH": "300000"},
        )
        assert list(check_problem(answer, 413, "too_large")["errors"]) == ["file"]
        # Within what a form may have, and larger than a file may be.
        answer = sending.send(service, reporter, "a.txt", b"a" * 210_000)
        told = check_problem(answer, 413, "too_large")
        assert list(told["errors"]) == ["file"]
        assert told["detail"].startswith("A file may have up to")


def test_a_form_that_does_not_say_how_long_it_is(service: Service) -> None:
    _, token = service.open_case()
    reporter = service.reporter(token)
    with nothing_stored(service):
        answer = service.http.post(
            "/api/v1/case/attachments",
            input_stream=io.BytesIO(b"--x--\r\n"),
            content_type="multipart/form-data; boundary=x",
            headers={"Authorization": f"Bearer {reporter}"},
            environ_overrides={"HTTP_TRANSFER_ENCODING": "chunked"},
        )
        told = check_problem(answer, 400, "bad_request")
        assert "Content-Length" in told["detail"]


def test_what_is_refused_names_the_field(service: Service) -> None:
    _, token = service.open_case()
    reporter = service.reporter(token)
    refused = {
        "a.zip": samples.package({"a": "x"}),
        "shot.jpg": b"",
        "harmless.jpg": b"MZ\x90\0" + bytes(500),
        "page.pdf": b"<html>%PDF-1.4",
        "broken.png": samples.picture("PNG")[:-300],
        "huge.png": samples.png_of(30_000, 30_000),
    }
    for name, data in refused.items():
        with nothing_stored(service):
            answer = sending.send(service, reporter, name, data, uncleaned="true")
            told = check_problem(answer, 422, "refused_file")
            assert told["errors"] == {"file": [told["detail"]]}


def test_what_can_not_be_cleaned_is_asked_about(service: Service) -> None:
    reference, token = service.open_case()
    reporter, path = service.reporter(token), f"/cases/{reference}"
    # An unknown part: mat2 will not clean it, nor anybody where mat2 is missing.
    data = samples.docx({"word/embeddings/oleObject1.bin": b"\x01\x02\x03"})
    with nothing_stored(service):
        answer = sending.send(service, reporter, "a.docx", data)
        assert list(check_problem(answer, 409, "not_cleaned")["errors"]) == ["uncleaned"]
    found = sending.hung(service, reporter, "a.docx", data, uncleaned="true")
    assert sending.fetch(service, reporter, found).data == data
    told = check_problem(
        sending.fetch(service, service.handler(), found, path), 409, "not_cleaned"
    )
    assert "original=true" in told["detail"]
    answer = sending.fetch(service, service.handler(), found, path, original=True)
    assert answer.data == data
    assert zipfile.is_zipfile(io.BytesIO(answer.data))
