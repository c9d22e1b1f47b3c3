"""The directory: what a reporter must know, the same for everybody."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import update

from api.models.organisation import Organisation
from shared.schemas.base import read
from shared.schemas.organisations import Organisation as Schema
from tests.api.checks import MARK, nothing_stored, refused
from tests.service import Service

PATH = "/organisations/eeast"


def test_it_works(service: Service) -> None:
    with nothing_stored(service):
        answer = service.get(PATH)
    assert answer.status_code == 200
    found = answer.get_json()
    assert (found["slug"], found["name"]) == ("eeast", "The eeast trust")
    assert [one["slug"] for one in found["desks"]] == ["guardian", "senior-manager"]
    assert {(one["display_name"], *one["desks"]) for one in found["handlers"]} == {
        ("handler-1", "guardian"),
        ("handler-2", "guardian"),
        ("handler-3", "senior-manager"),
        ("handler-4", "senior-manager"),
    }
    assert found["stretch"]["profile"] == "TOKEN"
    assert found["limits"] == {
        "story": 20_000,
        "answer": 2_000,
        "message": 20_000,
        "attachment_bytes": 50_000_000,
        "case_bytes": 200_000_000,
        "attachment_types": ["picture", "pdf", "text", "audio", "video", "office"],
    }
    assert (found["roster_version"], found["time_zone"]) == (4, "Europe/London")
    for name in ("concerns", "channels", "professional_groups", "contacts", "guidance"):
        assert found[name]
    assert all(one["checked_on"] for one in (*found["contacts"], *found["guidance"]))
    assert len(read(Schema(), found)["stretch"]["salt"]) == 16


def test_everything_a_report_may_name_is_in_it(service: Service) -> None:
    found = service.get(PATH).get_json()
    content = {
        "concerns": [one["code"] for one in found["concerns"]],
        "channel": found["channels"][-1]["code"],
        "professional_group": found["professional_groups"][0]["code"],
    }
    assert service.open_case(content=content)


def test_it_tells_no_more_than_it_must(service: Service) -> None:
    text = service.get(PATH).text
    for who in service.handlers.values():
        assert who.password not in text
    for word in ("username", "password", "seal_key", "sealed_", "receipt_private"):
        assert word not in text


def test_all_organisations(service: Service) -> None:
    answer = service.get("/organisations")
    assert answer.get_json() == {
        "items": [
            {"slug": "eeast", "name": "The eeast trust"},
            {"slug": "elsewhere", "name": "The elsewhere trust"},
        ],
        "next": None,
    }


@pytest.mark.parametrize("path", [PATH, "/organisations"])
def test_it_can_be_kept(service: Service, path: str) -> None:
    first = service.get(path)
    tag = f'"{hashlib.sha256(first.data).hexdigest()}"'
    assert first.headers["ETag"] == tag
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert "Set-Cookie" not in first.headers
    for given in (tag, f'"another", {tag}', f"W/{tag}"):
        again = service.http.get(f"/api/v1{path}", headers={"If-None-Match": given})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == tag
    other = service.http.get(f"/api/v1{path}", headers={"If-None-Match": '"another"'})
    assert (other.status_code, other.data) == (200, first.data)


def test_it_is_the_same_for_everybody(service: Service) -> None:
    first = service.get(PATH)
    _, token = service.open_case()
    for bearer in (service.handler("handler-5"), service.reporter(token), "wr_no-session"):
        again = service.get(PATH, bearer)
        assert again.data == first.data
        assert again.headers["ETag"] == first.headers["ETag"]


def test_another_text_has_another_tag(service: Service) -> None:
    first = service.get(PATH)
    change = update(Organisation).where(Organisation.slug == "eeast").values(name="Renamed")
    service.database.write(lambda db: db.execute(change))
    tag = {"If-None-Match": first.headers["ETag"]}
    again = service.http.get(f"/api/v1{PATH}", headers=tag)
    assert again.status_code == 200
    assert again.headers["ETag"] == f'"{hashlib.sha256(again.data).hexdigest()}"'
    assert again.get_json()["name"] == "Renamed"


def test_an_organisation_that_is_not_there(service: Service) -> None:
    for slug in (MARK, "EEAST", "eeast ", "%00", "eeast%00", "%F0%9F%98%80"):
        refused(service, "GET", f"/organisations/{slug}", status=404, code="not_found")


def test_no_query_is_taken(service: Service) -> None:
    for path in (PATH, "/organisations", f"{PATH}/roster"):
        refused(service, "GET", f"{path}?{MARK}=1", status=422, code="invalid")
