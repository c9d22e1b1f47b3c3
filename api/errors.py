"""Refusals become problem+json (RFC 9457), or a page of the console, here and nowhere else."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Response, current_app, json, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from api.logs import log
from shared.errors import (
    BadRequest,
    NotFound,
    TooLarge,
    Unavailable,
    WrenError,
    WrongMethod,
    WrongType,
)

_AGAIN = {429: "1", 503: "10"}
Page = Callable[[WrenError, str | None], Response]
_PAGES = "wren-error-pages"

_OF_HTTP: dict[int, type[WrenError]] = {
    one.status: one for one in (BadRequest, NotFound, WrongMethod, TooLarge, WrongType)
}


def answer(error: WrenError, **more: Any) -> Response:
    """The answer for a refusal: of the API and of Bootstrap's files a problem, else a page."""
    pages: Mapping[str, Page] = current_app.extensions.get(_PAGES, {})
    if f"{request.path}/".startswith(("/api/", "/bootstrap/")):
        return problem(error, **more)
    for prefix, page in pages.items():
        if request.path == prefix or request.path.startswith(f"{prefix}/"):
            return _when_again(page(error, more.get("id")))
    return problem(error, **more)


def problem(error: WrenError, **more: Any) -> Response:
    """A refusal as a problem. It never holds what was sent."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
    }
    if error.errors:
        body["errors"] = error.errors
    response = Response(
        json.dumps(body | more), error.status, content_type="application/problem+json"
    )
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return _when_again(response)


def _when_again(response: Response) -> Response:
    """Says after how many seconds it is worth another try, where it will be (RFC 9110, 10.2.3)."""
    if response.status_code in _AGAIN:
        response.headers["Retry-After"] = _AGAIN[response.status_code]
    return response


def register(app: Flask, pages: Mapping[str, Page]) -> None:
    """Every error of the application ends in one of these three.

    `pages` has, for the beginning of an address, how errors below it are shown; the first
    that fits is taken.
    """
    _log_failure(app)
    app.extensions[_PAGES] = pages
    app.register_error_handler(WrenError, answer)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(Exception, _unexpected)


def _log_failure(app: Flask) -> None:
    """What fails where no handler is asked any more, Flask logs: by its type, without the path."""

    def log_exception(found: Any) -> None:
        log.error("fault", type=getattr(found[0], "__name__", "Exception"))

    app.log_exception = log_exception  # type: ignore[method-assign, assignment]


def _from_http(error: HTTPException) -> Response:
    known = _OF_HTTP.get(error.code or 500)
    if known is None:
        return _unexpected(error)
    response = answer(known())
    if error.code == 405:
        allowed = getattr(error, "valid_methods", None)
        response.headers["Allow"] = ", ".join(sorted(allowed or ()))
    return response


def _unexpected(error: Exception) -> Response:
    """Logs the type alone, with a random id that the answer also carries."""
    name = secrets.token_hex(8)
    log.error("fault", type=type(error).__name__, id=name)
    if isinstance(error, DBAPIError | PoolTimeout):
        return answer(Unavailable(), id=name)
    return answer(WrenError(), id=name)
