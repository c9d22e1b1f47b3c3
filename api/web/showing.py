"""How pages are shown: templates, their headers, and their length, which tells nothing."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response, current_app, g, make_response, request

from api.contract import SANDBOX, database
from api.texts import told
from api.web import language, rendering
from api.web.refusals import words
from shared.errors import WrenError

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
STEP = 16 * 1024
"""Every page has a multiple of so many bytes."""

_BEFORE, _AFTER = b"<!--", b"-->\n"
FRAME = len(_BEFORE) + len(_AFTER)
"""What a page has around its padding, in bytes."""


def is_ours(path: str) -> bool:
    """Whether this address is one of the reporter's pages, or of nothing at all."""
    return not any(
        path == prefix or path.startswith(f"{prefix}/")
        for prefix in ("/api", "/console", "/bootstrap")
    )


def show(template: str, status: int = 200, **values: Any) -> Response:
    """A page. `faults` (field -> what is wrong with it) makes it one whose form was refused.

    What a rule refused is put into the page's language here.
    """
    if faults := values.get("faults"):
        status = 422
        values["faults"] = {name: told(fault) for name, fault in faults.items()}
    return make_response(_render(template, **values), status)


def _render(template: str, **values: Any) -> str:
    code = language.chosen()
    return rendering.render(
        f"web/{template}",
        {
            "language": code,
            "languages": language.LANGUAGES,
            "not_yet_read": code in language.NOT_YET_READ,
            "notice": g.get("notice"),
            "faults": {},
            "can_switch": request.method == "GET",
            **values,
        },
    )


def error_page(error: WrenError, name: str | None = None) -> Response:
    """The page of a refusal, with a way on. It never holds what was sent."""
    title, text = words(error)
    return make_response(
        _render("error.html", title=title, text=text, code=error.code, id=name, can_switch=False),
        error.status,
    )


def finish(response: Response) -> Response:
    """Gives a page its headers, and the length of a multiple of `STEP`: of `g.least`, or more."""
    if response.headers.get("Content-Security-Policy") != SANDBOX:
        response.headers["Content-Security-Policy"] = POLICY
    if response.mimetype == "text/html" and not response.is_streamed:
        body = response.get_data()
        size = len(body) + FRAME
        short = max(-size % STEP, g.get("least", 0) - size)
        response.set_data(body + _BEFORE + b" " * short + _AFTER)
        _tell_onion(response)
    return response


def _tell_onion(response: Response) -> None:
    """Says where the same page is as an onion service, in the manner of the Tor Project.

    Only of pages for anybody that were asked for: a browser that goes there at once would else
    leave behind what it holds here.
    """
    onion = database().config.onion
    view = current_app.view_functions.get(request.endpoint or "")
    is_open = getattr(view, "wren_needs", None) == () and request.method == "GET"
    if onion and is_open and not response.location and request.host != onion.partition("//")[2]:
        response.headers["Onion-Location"] = onion + quote(request.path)
