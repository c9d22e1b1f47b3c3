"""Opening a case."""

from __future__ import annotations

from tests.service import Service


def test_it_works(service: Service) -> None:
    body, token = service.report()
    answer = service.post("/organisations/eeast/cases", body)
    assert answer.status_code == 201
    assert service.reporter(token).startswith("wr_")
    inbox = service.get("/cases", service.handler()).get_json()["items"]
    assert [one["reference"] for one in inbox] == [answer.get_json()["reference"]]
