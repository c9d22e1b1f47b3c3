"""Forms with files: their parts stay in memory, and too long a one is refused before it is read.

Werkzeug would put a larger file down on the disk, in clear, before anybody looks at it.
"""

from __future__ import annotations

from typing import IO, Any, BinaryIO, cast

import flask

from api.config import MAX_BODY
from api.rules import workshop
from api.rules.uploading import Given
from shared.errors import BadRequest, Invalid, TooLarge

FORM = "multipart/form-data"
_BESIDE = 64 * 1024
"""Bytes of a form beside its file: the other fields, and what parts them."""
_PARTS = 40
"""Parts of a form: what a page asks for each of some pieces of evidence, and not much more."""
_ONE = "Send one file, with its name."

PAGE = 64 * 1024 * 1024
"""Bytes of all files that a page takes at once: they are in memory together."""


class Request(flask.Request):
    """A request whose files are never put down on a disk."""

    def _get_file_stream(self, *_about: Any, **_more: Any) -> IO[bytes]:
        return workshop.memory_file()


def receive(most: int) -> dict[str, Any]:
    """The fields of the form that is sent just now, texts as they are, files as `Given`.

    `most` is how many bytes all files may have together. They are closed when the request ends.
    Raises `TooLarge`, also before anything was read; `BadRequest` for a form that can't be read
    or doesn't say how long it is; `Invalid` for a field that comes twice.
    """
    sent, length = flask.request, flask.request.content_length
    if length is None:
        raise BadRequest("Say how long the form is: Content-Length.")
    if length > most + _BESIDE:
        raise TooLarge(errors={"file": [TooLarge.default]})
    sent.max_content_length, sent.max_form_parts = most + _BESIDE, _PARTS
    if not sent.form and not sent.files:
        raise BadRequest("Send a form in parts, as RFC 7578 has it.")
    found: dict[str, Any] = {}
    for name, values in sent.form.lists():
        if len(values) > 1:
            raise Invalid(errors={name: ["Send this field once."]})
        found[name] = values[0]
    for name, files in sent.files.lists():
        if len(files) > 1 or name in found or not files[0].filename:
            raise Invalid(errors={name: [_ONE]})
        found[name] = Given(files[0].filename, cast(BinaryIO, files[0].stream))
    return found


def make_room(most: int) -> int:
    """Lets the form that is sent just now, to a page, have files; how many bytes together.

    Call it once it is known who sends it: whoever may not send files sends no more than texts.
    """
    taken = min(most, PAGE)
    flask.request.max_content_length = taken + MAX_BODY
    return taken


def several(name: str) -> list[Given]:
    """The files that were chosen in a field; an empty one sends a file without a name."""
    found = flask.request.files.getlist(name)
    return [Given(one.filename, cast(BinaryIO, one.stream)) for one in found if one.filename]
