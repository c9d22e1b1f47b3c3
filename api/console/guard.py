"""What is looked at before a form is taken: where it came from, its token, what is kept of it.

A form that can't be taken is never lost. Its fields are shown again, or carried in one hidden
field through sign-in: boxed for the account that wrote them, so that nobody else reads them in
a page that waits for a password; never stored, never in an address.
"""

from __future__ import annotations

from flask import g, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.datastructures import ImmutableMultiDict

from api import uploads
from api.config import MAX_BODY
from api.console.caller import Me
from api.contract import database
from api.rules import locking, uploading
from api.rules.unlocking import by_handler
from shared.errors import Damaged, NotFound, TooLarge
from shared.sealing.encoding import b64, exact_json, read_json, unb64

csrf = CSRFProtect()

_INFO = "wren/v1/kept"
_PREFIX = "wren-"
"""Names of fields that are the console's own: what a locked page or sign-in asks for."""

AGAIN = "wren-again"
"""A form that carries this wants to be shown again, filled in, and nothing else."""

KEPT = "wren-kept"
"""What was written, boxed."""

BY = "wren-by"
"""Whom the page of this form was shown to: what is written in it is theirs."""

_SECRET = {
    "password", "code", "words", "recovery", "invitation", "first_word", "second_word",
}  # fmt: skip
"""Fields that are typed again rather than carried on."""

_KEPT_FOR = 24 * 60 * 60
"""Seconds after which what was kept is not shown any more."""


def make_room(me: Me | None) -> None:
    """Lets a form have files, if it comes from who reads this case: else it has texts alone."""
    reference = (request.view_args or {}).get("reference", "")
    if me is None or request.mimetype != uploads.FORM:
        return
    try:
        with database().read() as db:
            most = uploading.most(db, by_handler(db, me.id, reference))
    except NotFound:
        return
    uploads.make_room(most)


def has_token() -> bool:
    """Whether the form carries this browser's token."""
    try:
        csrf.protect()
    except CSRFError:
        g.csrf_valid = False
        return False
    return True


def asks_for_more() -> bool:
    """Whether the form came through sign-in or a lock, and waits to be looked at again."""
    return any(name.startswith(_PREFIX) and name != BY for name in request.form)


def kept(owner: str = "") -> str:
    """The fields that were sent, without tokens and secrets, boxed to be carried on.

    They are those of `owner`, an account's id, unless the page was somebody else's. Empty if
    there is nothing to keep, nobody to keep it for, or if another site sent it. Raises
    `TooLarge` for what could not be sent again.
    """
    if request.method != "POST" or not g.get("ours"):
        return ""
    if KEPT in request.form:
        return request.form[KEPT]
    owner = request.form.get(BY) or owner
    fields = [
        [name, value]
        for name, value in request.form.items(multi=True)
        if not name.startswith(_PREFIX)
        and not name.endswith("csrf_token")
        and name.rsplit("-", 1)[-1] not in _SECRET
    ]
    if not fields or not owner:
        return ""
    whole = exact_json({"until": _now() + _KEPT_FOR, "fields": fields})
    boxed = b64(locking.lock(database().config, _INFO, whole, _place(owner)))
    if len(boxed) > MAX_BODY - 4096:
        raise TooLarge
    return boxed


def take_up(owner: str) -> bool:
    """Puts what was kept back into the form.

    False if it is somebody else's, of another page, or too old: then it is not opened.
    """
    if request.form.get(BY, owner) != owner:
        return False
    if KEPT not in request.form:
        return True
    try:
        boxed = unb64(request.form[KEPT])
        whole = read_json(locking.unlock(database().config, _INFO, boxed, _place(owner)))
    except Damaged:
        return False
    if _now() >= whole["until"]:
        return False
    own = list(request.form.items(multi=True))
    request.form = ImmutableMultiDict([*own, *((name, value) for name, value in whole["fields"])])
    return True


def _now() -> int:
    return int(database().config.clock())


def _place(owner: str) -> bytes:
    return f"{owner}\n{request.path}".encode()
