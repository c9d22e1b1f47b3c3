"""The Swagger UI at /api/v1/docs: offline, under a policy that allows nothing else."""

from __future__ import annotations

from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Response, render_template, send_from_directory

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

_HERE = Path(__file__).parent.parent
_SWAGGER_UI = Path(flask_swagger_ui.__file__).parent / "dist"

pages = Blueprint("docs", __name__, url_prefix="/api/v1/docs", template_folder=_HERE / "templates")


@pages.get("", strict_slashes=False)
def page() -> str:
    """The page itself."""
    return render_template("docs.html")


@pages.get("/wren/<path:name>")
def own(name: str) -> Response:
    """The page's own start script and style."""
    return send_from_directory(_HERE / "static", name)


@pages.get("/ui/<path:name>")
def swagger_ui(name: str) -> Response:
    """Swagger UI, from its package."""
    return send_from_directory(_SWAGGER_UI, name)
