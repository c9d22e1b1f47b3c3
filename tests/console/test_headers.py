"""Headers of pages: a policy that allows nothing from elsewhere, nothing kept by the browser."""

from __future__ import annotations

from collections.abc import Callable

from tests.api.test_security_headers import EXPECTED
from tests.console.hands import Hands
from tests.service import Service

Make = Callable[..., Hands]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def test_it_works(service: Service, hands: Make) -> None:
    one, nobody = hands(), hands(None)
    for path in ("/console", "/console/account", "/console/sign-in", "/console/nothing"):
        for each in (one, nobody):
            answer = each.get(path).answer
            for name, value in EXPECTED.items():
                assert answer.headers.getlist(name) == [value]
            assert answer.headers.getlist("Content-Security-Policy") == [POLICY]
            assert answer.headers.getlist("Cache-Control") == ["no-store"]
            assert "Server" not in answer.headers


def test_titles_say_nothing(hands: Make) -> None:
    one = hands()
    for path in ("/console/account", "/console/account/leave/eeast", "/console/nothing"):
        title = one.get(path).answer.text.split("<title>")[1].split("</title>")[0]
        assert "handler-1" not in title
        assert "eeast" not in title


def test_static_files_are_looked_at_anew(service: Service) -> None:
    for path in (
        "/console/static/console.css",
        "/console/static/console.js",
        "/console/static/console.svg",
        "/bootstrap/static/css/bootstrap.min.css",
    ):
        with service.http.get(path) as answer:
            assert answer.status_code == 200
            assert "Set-Cookie" not in answer.headers
            assert answer.headers["Cache-Control"] == "no-cache"
            tag = {"If-None-Match": answer.headers["ETag"]}
        with service.http.get(path, headers=tag) as again:
            assert again.status_code == 304


def test_the_api_sets_no_cookie(service: Service, hands: Make) -> None:
    one = hands()
    answer = one.http.get("/api/v1/cases")
    assert answer.status_code == 401  # a cookie is no bearer
    assert "Set-Cookie" not in answer.headers
