"""How pages are shown: templates, what was done, and refusals as pages with a way on."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from flask import Flask, Response, flash, g, make_response, redirect, render_template, request
from flask import url_for as address
from flask_babel import format_date, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import HTTPException

from api import markdown
from api.console import caller, guard, navigation
from api.console.forms import Form
from api.texts import size_text
from shared.errors import TooLarge, WrenError

_HERE = Path(__file__).parent.parent
TEMPLATES, STATIC = _HERE / "templates", _HERE / "static"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
THEME = "wren-theme"
THEMES = ("auto", "light", "dark")


def show(template: str, status: int = 200, **values: Any) -> Response:
    """A page. One whose form was refused has the status of what was refused."""
    for form in list(values.values()):
        if isinstance(form, Form) and form.errors:
            status = form.refused or 422
            values["faulty"] = True
    me = g.get("me")
    values.setdefault("navigation", navigation.main(me, navigation.waiting(me)))
    return make_response(_render(template, **values), status)


def _render(template: str, **values: Any) -> str:
    me = g.get("me")
    theme = request.cookies.get(THEME)
    looked_at = request.method == "GET"
    return render_template(
        f"console/{template}",
        **{
            "me": me,
            "navigation": navigation.main(me),
            "theme": theme if theme in THEMES else "auto",
            "notice": g.get("notice"),
            "here": request.full_path.removesuffix("?") if looked_at else request.path,
            **values,
        },
    )


def done(text: str, endpoint: str, **values: Any) -> Response:
    """Says what was done, on the page it leads to. The text holds no content and no names."""
    flash(text, "success")
    return make_response(redirect(address(endpoint, **values), 303))


def error_page(error: WrenError, name: str | None = None) -> Response:
    """The page of a refusal. A form that was sent can be gone back to with its text."""
    if request.endpoint is None and request.method == "GET":
        caller.recognise()  # an address that is not there looks like one that is not theirs
    try:
        me = g.get("me")
        kept = guard.kept(str(me.id) if me else "")
    except (HTTPException, TooLarge):  # too large to be read at all, or to be sent again
        kept = ""
    return make_response(
        _render("error.html", error=error, detail=_(error.detail), id=name, kept=kept),
        error.status,
    )


_ROLES = {
    "handler": _l("handler"),
    "manager": _l("manager"),
    "analyst": _l("analyst"),
    "administrator": _l("administrator"),
}


def role_name(role: str) -> str:
    """A role as people read it."""
    return str(_ROLES[role])


_WHY = {
    "new": _l("new"),
    "keys": _l("new keys"),
    "desks": _l("changed name or desks"),
    "left": _l("left"),
}


def why_text(why: str) -> str:
    """Why a handler has to sign the roster."""
    return str(_WHY[why])


def day_text(value: date | None, form: str = "long") -> str:
    """A day as people read it; nothing for none."""
    return str(format_date(value, form)) if value else ""


def _reader() -> str:
    """Whom a page is shown to: the id of their account, or nothing."""
    me = g.get("me")
    return str(me.id) if me else ""


def register(app: Flask) -> None:
    """What templates use besides: `day`, `short_day`, `size_text`, `markdown`, `has_page`..."""
    app.jinja_env.filters["day"] = day_text
    app.jinja_env.filters["short_day"] = lambda value: day_text(value, "medium")
    app.jinja_env.filters["size_text"] = size_text
    app.jinja_env.filters["markdown"] = markdown.to_html
    for name in ("AGAIN", "BY", "KEPT"):
        app.jinja_env.globals[name] = getattr(guard, name)
    app.jinja_env.globals["reader"] = _reader
    app.jinja_env.globals["get_locale"] = get_locale
    app.jinja_env.globals["role_name"] = role_name
    app.jinja_env.globals["why_text"] = why_text
    app.jinja_env.globals["has_page"] = lambda endpoint: endpoint in app.view_functions
