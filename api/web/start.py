"""Puts the reporter's pages into the application."""

from __future__ import annotations

from flask import Flask

from api.web import front, language, leaving, look, reporting, visits
from api.web.pages import web

MODULES = (front, look, leaving, reporting)
"""Every module with pages: importing it adds them."""


def register(app: Flask) -> None:
    """Adds the pages and what their templates use."""
    app.url_map.converters["visit"] = visits.Visit
    app.jinja_env.filters["stock"] = language.stock
    app.jinja_env.filters["words_day"] = language.day
    app.jinja_env.filters["number"] = language.number
    app.jinja_env.globals |= {"STYLE": look.STYLE, "SCRIPT": look.SCRIPT}
    app.register_blueprint(web)
