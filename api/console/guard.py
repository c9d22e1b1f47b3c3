"""What is looked at before a form is taken: where it came from, its token, what is kept of it.

A form that can't be taken is never lost. Its fields are shown again, or carried as hidden
fields through sign-in: never stored, never in an address.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import g, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from shared.errors import NotAllowed

csrf = CSRFProtect()

_PREFIX = "wren-"
"""Names of fields that are the console's own: what a locked page or sign-in asks for."""

AGAIN = "wren-again"
"""A form that carries this wants to be shown again, filled in, and nothing else."""

_OURS = ("same-origin", "none")
"""Where a form of ours comes from; `none` is a browser that sends one again after a restart."""

_SECRET = {"password", "code", "words", "recovery", "invitation"}
"""Fields that are typed again rather than carried on."""


def refuse_other_sites() -> None:
    """Raises `NotAllowed` for a form that another site sent.

    Pages have no referrer, so browsers send the origin `null` with their own forms too; they
    say where a form came from in `Sec-Fetch-Site` (Fetch Metadata, W3C).
    """
    site = request.headers.get("Sec-Fetch-Site", _OURS[0])
    origin = request.headers.get("Origin", "null")
    if site not in _OURS or (origin != "null" and urlsplit(origin).netloc != request.host):
        raise NotAllowed("This form was sent by another site. Nothing was stored.")


def has_token() -> bool:
    """Whether the form carries this browser's token."""
    try:
        csrf.protect()
    except CSRFError:
        g.csrf_valid = False
        return False
    return True


def kept() -> list[tuple[str, str]]:
    """The fields that were sent, without tokens and secrets, to be carried on."""
    if request.method != "POST":
        return []
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if not name.startswith(_PREFIX)
        and not name.endswith("csrf_token")
        and name.rsplit("-", 1)[-1] not in _SECRET
    ]
