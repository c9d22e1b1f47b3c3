"""Puts the console into the application."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_bootstrap import Bootstrap5
from itsdangerous import BadSignature, URLSafeTimedSerializer

from api.config import Config
from api.console import (
    account,
    api_keys,
    audit,
    board,
    case,
    case_file,
    classification,
    deliveries,
    evidence,
    figures,
    guard,
    handling,
    handover,
    history,
    inbox,
    joining,
    links,
    notes,
    notices,
    organisation,
    people,
    readers,
    receipt_key,
    recording,
    returns,
    showing,
    signing,
    webhooks,
)
from api.console.pages import console
from api.rules import locking

_TRANSLATIONS = Path(__file__).parent.parent / "translations"

MODULES = (
    signing, joining, account, notices, people, receipt_key, organisation, deliveries, webhooks,
    api_keys, figures, returns, board, audit,
    inbox, case, case_file, evidence, handling, readers, notes, classification, links, history,
    recording, handover,
)  # fmt: skip
"""Every module with pages: importing it adds them."""


class _Session(SecureCookieSessionInterface):
    """Flask's session is the console's alone: its forms' tokens, and what it says once.

    It is signed with the keys of this moment: the deployment's secret may change.
    """

    def __init__(self, config: Config) -> None:
        self._config = config

    def take_keys(self, app: Flask) -> None:
        """Has Flask and its forms sign with the present key, and take those that are known."""
        used, *others = locking.keys(self._config, "wren/v1/console")
        app.config.update(
            SECRET_KEY=used,
            SECRET_KEY_FALLBACKS=others,
            # The last one signs.
            WTF_CSRF_SECRET_KEY=[*others, used],
        )

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if request.path == "/console" or request.path.startswith("/console/"):
            self.take_keys(app)
            signed = request.cookies.get(self.get_cookie_name(app), "")
            try:
                # Its age is not asked: it goes with the browser, and a clock that was put back
                # would have every form refused.
                return SecureCookieSession(self._serializer(app).loads(signed))
            except BadSignature:
                return SecureCookieSession()
        return None

    def _serializer(self, app: Flask) -> URLSafeTimedSerializer:
        made = self.get_signing_serializer(app)
        assert made is not None  # noqa: S101 - there is a key, as `take_keys` put it there
        return made


def register(app: Flask, config: Config) -> Callable[[], str]:
    """Adds the pages, their cookies and Bootstrap, all served from here.

    Returns what tells a page's language: of those that there are, the browser's.
    """
    app.config.update(
        SESSION_COOKIE_NAME="__Host-wren-form",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_PATH="/",
        # The console checks its own forms, the API takes no cookies.
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        BOOTSTRAP_SERVE_LOCAL=True,
        BABEL_DEFAULT_LOCALE="en_GB",
        BABEL_TRANSLATION_DIRECTORIES=str(_TRANSLATIONS),
    )
    app.session_interface = _Session(config)
    app.session_interface.take_keys(app)
    guard.csrf.init_app(app)
    Bootstrap5().init_app(app)
    showing.register(app)
    app.register_blueprint(console)
    known = {"en-GB": "en_GB"} | {
        one.parents[1].name.replace("_", "-"): one.parents[1].name
        for one in _TRANSLATIONS.glob("*/LC_MESSAGES/messages.mo")
    }
    return lambda: known[request.accept_languages.best_match(known, "en-GB")]
