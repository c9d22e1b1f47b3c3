"""Puts the reporter's pages into the application."""

from __future__ import annotations

from flask import Flask

from api import markdown
from api.texts import size_text, told
from api.web import (
    accessibility,
    consents,
    desks,
    ending,
    evidence,
    evidence_sending,
    front,
    language,
    leaving,
    look,
    people,
    replying,
    reporting,
    returning,
    taking,
    visits,
)
from api.web.pages import web

MODULES = (
    people, consents, desks, replying, ending, front, accessibility, look, leaving, reporting,
    returning, taking, evidence,
    evidence_sending,
)  # fmt: skip
"""Every module with pages: importing it adds them."""


def register(app: Flask) -> None:
    """Adds the pages and what their templates use."""
    app.url_map.converters["visit"] = visits.Visit
    for name in ("stock", "foreign", "plain", "listed", "number"):
        app.jinja_env.filters[name] = getattr(language, name)
    app.jinja_env.filters["told"] = told
    app.jinja_env.filters["guidance"] = markdown.to_html_without_links
    app.jinja_env.filters["dial"] = front.dial
    app.jinja_env.filters["size_text"] = size_text
    app.jinja_env.filters["words_day"] = language.day
    app.jinja_env.filters["people"] = people.names
    app.jinja_env.globals |= {"STYLE": look.STYLE, "SCRIPT": look.SCRIPT, "WORK": look.WORK}
    app.register_blueprint(web)
