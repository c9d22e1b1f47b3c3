"""The news of a case: how far its thread goes, in an answer that is always as long."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.checks import nothing_stored, refused, text
from tests.api.handling import change
from tests.service import OUTSIDERS, Service


def news(service: Service, bearer: str) -> dict[str, Any]:
    """What a reporter is told."""
    answer = service.get("/case/news", bearer)
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def numbers(service: Service, bearer: str) -> tuple[int, int]:
    """The newest number, and how many are unread."""
    found = news(service, bearer)
    return found["newest"], found["unread"]


def test_it_works(service: Service) -> None:
    reference, token = service.open_case()
    bearer = service.reporter(token)
    assert numbers(service, bearer) == (1, 0)
    for at in range(2):
        service.post(f"/cases/{reference}/messages", text(f"Reply {at}"), service.handler())
    assert numbers(service, bearer) == (3, 2)
    service.post("/case/messages", text("An answer"), bearer)
    assert numbers(service, bearer) == (4, 2)
    service.post("/case/read", {"number": 2}, bearer)
    assert numbers(service, bearer) == (4, 1)


def test_it_is_as_long_with_news_as_without(service: Service) -> None:
    """The whole answer, head and body: what a line shows of it tells nothing."""
    reference, token = service.open_case()
    bearer, handler = service.reporter(token), service.handler()
    sizes = set()
    for at in range(12):
        answer = service.get("/case/news", bearer)
        sizes.add((len(str(answer.headers)), len(answer.data)))
        service.post(f"/cases/{reference}/messages", text(f"Reply {at}"), handler)
    assert numbers(service, bearer) == (13, 12)  # another digit in both
    assert len(sizes) == 1


def test_asking_stores_nothing(service: Service) -> None:
    reference, token = service.open_case()
    bearer = service.reporter(token)
    service.post(f"/cases/{reference}/messages", text("A reply"), service.handler())
    with nothing_stored(service):
        news(service, bearer)
    assert numbers(service, bearer) == (2, 1)


def test_another_case_sees_only_its_own(service: Service) -> None:
    reference, token = service.open_case()
    _, other = service.open_case()
    service.post(f"/cases/{reference}/messages", text("A reply"), service.handler())
    assert numbers(service, service.reporter(token)) == (2, 1)
    assert numbers(service, service.reporter(other)) == (1, 0)


def test_a_handlers_bearer_is_not_taken(service: Service) -> None:
    for name in ("handler-1", *OUTSIDERS):
        bearer = service.handler(name)
        refused(service, "GET", "/case/news", None, bearer, status=401, code="sign_in")


def test_without_a_session(service: Service) -> None:
    refused(service, "GET", "/case/news", None, None, status=401, code="sign_in")


@pytest.mark.parametrize("held", [False, True])
def test_a_withdrawn_case_tells_nothing_more(service: Service, held: bool) -> None:
    reference, token = service.open_case()
    bearer = service.reporter(token)
    if held:  # then its rows stay
        change(service, reference, legal_hold={"reason": "An invented reason."})
    service.call("DELETE", "/case", bearer=bearer)
    refused(service, "GET", "/case/news", None, bearer, status=401, code="sign_in")


def test_a_bearer_that_is_none_is_refused_before_its_query(service: Service) -> None:
    _, token = service.open_case()
    bearer = service.reporter(token)
    for wrong in (bearer[:-1], "wk" + bearer[2:], "wr_", ""):
        refused(service, "GET", "/case/news?since=1", None, wrong, status=401, code="sign_in")
    refused(service, "GET", "/case/news?since=1", None, bearer, status=422, code="invalid")
