"""The only factory: settings in, application out."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from flask import Blueprint, Flask, Response, request
from flask_babel import Babel
from flask_restx import Api

from api import config as settings
from api import errors, logs, openapi, uploads
from api.console import showing as console
from api.console import start as console_start
from api.contract import SANDBOX, add_models
from api.models.base import Database
from api.resources import (
    accounts,
    administration,
    attachments,
    audit,
    case,
    cases,
    docs,
    exports,
    figures,
    files,
    integrations,
    notes,
    organisations,
    readers,
    returns,
    service,
    sessions,
)
from api.web import language
from api.web import showing as web
from api.web import start as web_start
from shared.errors import NotFound

_ABOUT = """Anonymous reports, and a conversation with the guardian.

1. Call `POST /sign-in` and copy `session` from the answer.
2. Press **Authorize** and paste it. It is forgotten when this page is left.
3. Call `GET /cases`, then the case, its messages, and reply.

`content` and `sealed` are two forms of the same field; this page uses `content`. Every
refusal is a problem (RFC 9457) with a stable `code`: also 413 `too_large` for a body over
1 MiB, and 405 `wrong_method`."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class _Api(Api):  # type: ignore[misc]
    """flask-restx without what is done better elsewhere.

    Its errors go back to Flask, where one place makes problems; its own old Swagger UI is
    left out; a namespace adds nothing to the paths, which api.md fixes.
    """

    def error_router(self, original_handler: Any, e: Exception) -> Any:
        return original_handler(e)

    def ns_urls(self, ns: Any, urls: Any) -> list[str]:  # noqa: ARG002 - restx calls it
        return list(urls)

    def _register_apidoc(self, app: Flask) -> None:
        pass

    def _register_doc(self, app_or_blueprint: Any) -> None:
        # The document needs this rule; a strict one would redirect, and repeat the address.
        app_or_blueprint.add_url_rule("/", "root", self.render_root, strict_slashes=False)


def create_app(config: settings.Config | None = None) -> Flask:
    """The application. Without `config` the environment's settings are read and checked.

    Raises `ConfigError` for a setting that is missing or wrong.
    """
    config = config or settings.from_env()
    # Before Flask or flask-restx puts a handler of its own there.
    logs.take_over()
    app = Flask("wren", static_folder=None, static_url_path="/static")
    app.request_class = uploads.Request
    app.config.update(
        MAX_CONTENT_LENGTH=settings.MAX_BODY,
        # A form is refused for its length no sooner: then what was typed can be shown again.
        MAX_FORM_MEMORY_SIZE=settings.MAX_BODY,
        TESTING=config.testing,
        RESTX_INCLUDE_ALL_MODELS=True,
        RESTX_MASK_SWAGGER=False,
        RESTX_ERROR_404_HELP=False,
    )
    app.extensions["wren"] = Database(config)
    # A redirect would repeat the address that was asked for.
    app.url_map.merge_slashes = False
    blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
    api = _Api(
        blueprint,
        version=version("wren"),
        title="Wren",
        description=_ABOUT,
        doc=False,
        license="MIT",
        default_mediatype="application/json",
        authorizations={
            "bearer": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "The `session` of `POST /sign-in` or `POST /sessions`.",
            }
        },
    )
    for resource in (
        service,
        organisations,
        sessions,
        accounts,
        administration,
        audit,
        case,
        cases,
        attachments,
        files,
        readers,
        notes,
        exports,
        figures,
        integrations,
        returns,
    ):
        api.add_namespace(resource.calls)
    add_models(api)
    app.register_blueprint(blueprint)
    openapi.register(app, api)
    app.register_blueprint(docs.pages)
    console_language = console_start.register(app, config)
    Babel().init_app(
        app,
        locale_selector=lambda: (
            language.locale() if web.is_ours(request.path) else console_language()
        ),
    )
    web_start.register(app)
    # restx has handlers of its own that would put its form in the place of a problem.
    api.error_handlers.clear()
    errors.register(app, {"/console": console.error_page, "": web.error_page})
    app.before_request(_refuse_address)
    app.after_request(_secure)
    return app


def _refuse_address() -> None:
    # PostgreSQL can't compare with it, so it would end as "not available".
    if "\0" in request.path:
        raise NotFound


def _secure(response: Response) -> Response:
    # `setdefault` goes through all headers for each, which a short answer feels.
    known = {name.lower() for name, _ in response.headers}
    for name, value in HEADERS.items():
        if name.lower() not in known:
            response.headers.add(name, value)
    policy = response.headers.get("Content-Security-Policy")
    in_console = request.path == "/console" or request.path.startswith("/console/")
    if in_console and policy != SANDBOX:
        response.headers["Content-Security-Policy"] = console.POLICY
    if request.path.startswith("/api/v1/docs"):
        response.headers["Cache-Control"] = HEADERS["Cache-Control"]
        response.headers["Content-Security-Policy"] = docs.POLICY
    return web.finish(response) if web.is_ours(request.path) else response
