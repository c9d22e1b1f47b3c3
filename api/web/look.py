"""The style sheet and the scripts: small, compressed beforehand, under names that change.

Pages themselves are never compressed: their length would tell what is in them (BREACH).
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from flask import Response, request

from api.web.pages import web
from shared.errors import NotFound

_STATIC = Path(__file__).parent.parent / "static"
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as it is sent; its name has the hash of what is in it."""

    name: str
    kind: str
    plain: bytes = field(repr=False)
    packed: bytes = field(repr=False)


def _keep(file: str, kind: str) -> Kept:
    plain = (_STATIC / file).read_bytes()
    name = f"{hashlib.sha256(plain).hexdigest()[:16]}.{kind}"
    return Kept(name, _TYPES[kind], plain, gzip.compress(plain, 9, mtime=0))


STYLE, SCRIPT, WORK = _keep("web.css", "css"), _keep("web.js", "js"), _keep("work.js", "js")
"""The last only where work is asked for."""
_FILES = {one.name: one for one in (STYLE, SCRIPT, WORK)}


@web.opened("/look/<name>")
def look(name: str) -> Response:
    """The style sheet, or a script."""
    kept = _FILES.get(name)
    if kept is None:
        raise NotFound
    packed = request.accept_encodings["gzip"] > 0
    response = Response(kept.packed if packed else kept.plain, content_type=kept.kind)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
