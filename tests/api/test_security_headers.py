"""Security headers: on every answer, refusals and the documentation's pages included.

Those of the console and of the reporter's pages: tests/console and tests/web, test_headers.py.
"""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from tests.api.checks import text
from tests.service import Service

EXPECTED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
POLICY = "default-src 'none'; frame-ancestors 'none'"


def check(answer: TestResponse, cache: str = "no-store", policy: str = POLICY) -> None:
    """Fails unless all headers are there once, and none that tells more."""
    for name, value in EXPECTED.items():
        assert answer.headers.getlist(name) == [value]
    assert answer.headers.getlist("Content-Security-Policy") == [policy]
    assert answer.headers.getlist("Cache-Control") == [cache]
    for name, _ in answer.headers:
        assert name not in ("Set-Cookie", "Server", "X-Powered-By")
        assert not name.startswith("Access-Control-")


def test_it_works(service: Service) -> None:
    reference, token = service.open_case()
    reporter, handler = service.reporter(token), service.handler()
    body, _ = service.report()
    for answer in (
        service.get("/health"),
        service.call("POST", "/tokens"),
        service.post("/organisations/eeast/cases", body),
        service.post("/organisations/eeast/cases", body),
        service.post("/sessions", {"token": token}),
        service.get("/case", reporter),
        service.get("/case/messages", reporter),
        service.get("/case/news", reporter),
        service.post("/case/messages", text(), reporter),
        service.post("/case/read", {"number": 1}, reporter),
        service.get("/case/proof", reporter),
        service.get("/cases", handler),
        service.get(f"/cases/{reference}", handler),
        service.call("PATCH", f"/cases/{reference}", {"status": "closed"}, handler),
        service.get("/swagger.json"),
        service.call("OPTIONS", "/cases"),
        service.call("DELETE", "/session", bearer=reporter),
    ):
        assert answer.status_code < 300, answer.text
        check(answer)


def test_refusals(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    for answer, status in (
        (service.http.get("/api"), 404),
        (service.http.post("/api/v1/sessions", data=b"x", content_type="text/plain"), 415),
        (service.http.post("/api/v1/sessions", data=b"x", content_type="application/json"), 400),
        (service.get("/cases"), 401),
        (service.call("PUT", "/cases"), 405),
        (service.post("/sessions", {}), 422),
    ):
        assert answer.status_code == status
        check(answer)


def test_what_may_be_kept(service: Service) -> None:
    for path in ("/organisations", "/organisations/eeast", "/organisations/eeast/roster"):
        first = service.get(path)
        check(first, "public, no-cache")
        tag = {"If-None-Match": first.headers["ETag"]}
        check(service.http.get(f"/api/v1{path}", headers=tag), "public, no-cache")


def test_the_documentation(service: Service) -> None:
    for path in (
        "/docs",
        "/docs/",
        "/docs/wren/docs.js",
        "/docs/wren/docs.css",
        "/docs/ui/swagger-ui.css",
        "/docs/ui/swagger-ui-bundle.js",
        "/docs/ui/nothing-here.js",
    ):
        with service.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "unsafe" not in policy
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
            check(answer, policy=policy)
