"""Files that a handler attaches to a reply or a note: cleaned, sealed, and asked about if need be.

A browser never fills a field for files in again. So what was chosen is stored at once, hanging on
nothing, and the form that is shown again names it; what is not sent goes after a week.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import MultipleFileField

from api import uploads
from api.console.caller import Me
from api.console.forms import Form, IdField, refusals
from api.contract import database
from api.models.organisation import Organisation
from api.rules import several
from api.rules.several import Kept
from api.rules.unlocking import by_handler, unlock
from api.rules.uploading import Given
from api.texts import told
from shared import evidence
from shared.errors import BrokenChain, EpochChanged, NotAllowed
from shared.sealing.message import Kind

NOTES_CHANGED = _l(
    "The readers of this case changed. One of those who read its notes before has to write the "
    "next note; then you can."
)


@dataclass(frozen=True, slots=True)
class Held:
    """A file that the form has: of one that is not `cleaned`, whether to send it is `sure`."""

    id: UUID
    name: str = field(repr=False)
    size: int
    cleaned: bool
    sure: bool


class Attaching(Form):
    """A form whose message or note can have files. `held` are those that it has."""

    id = IdField()
    files = MultipleFileField(
        _l("Files"),
        description=_l(
            "Pictures, PDF, text, recordings, videos or office documents. What they say of who "
            "made them, when and where is taken out. A page that locks, and a draft, keep none."
        ),
    )
    held: Sequence[Held] = ()


def take(me: Me, reference: str, form: Attaching, kind: Kind) -> bool:
    """Stores the files that were chosen, all or none; `form.held` are all that it has then.

    False if something has to be looked at first: the form says what.
    """
    chosen = uploads.several("files")
    if not chosen and "attached" not in request.form:
        return True
    with refusals(form):
        try:
            _take(me, reference, form, kind, chosen)
        except BrokenChain:
            if kind == "note":
                raise EpochChanged(str(NOTES_CHANGED)) from None
            raise
        return not form.files.errors
    return False


def _take(me: Me, reference: str, form: Attaching, kind: Kind, chosen: Sequence[Given]) -> None:
    if me.keyring is None:
        raise NotAllowed
    before, case_id = _before(me, reference, form, kind)
    form.held = _as_held(before)
    if len(before) + len(chosen) > evidence.MOST:
        form.files.errors = [_("Attach at most %(most)s files to one message.",
                               most=evidence.MOST)]  # fmt: skip
        return
    kept, unfit = several.store(
        database(), case_id, me.id, me.keyring, kind, str(form.id.data), chosen
    )
    both = {one.id: one for one in (*before, *kept)}
    form.held = _as_held(list(both.values()))
    if unfit:
        form.files.errors = [f"{one.name}: {told(one.why)}" for one in unfit]
        form.files.errors.append(_("None of the files was attached. Choose the others again."))
    asked = sum(not one.cleaned and not one.sure for one in form.held)
    if asked:
        form.files.errors = [*form.files.errors, ngettext(
            "A file could not be cleaned. Say whether to send it anyway, or leave it out.",
            "%(num)s files could not be cleaned. Say for each whether to send it anyway, or leave "
            "it out.",
            asked,
        )]  # fmt: skip
    form.refused = 422 if form.files.errors else form.refused


def _before(me: Me, reference: str, form: Attaching, kind: Kind) -> tuple[list[Kept], UUID]:
    """What the form had already, without what is left out now; and which case it is."""
    ids = _ids("attached")
    left_out, not_cleaned = set(_ids("leave-out")), set(_ids("not-cleaned"))

    with database().read() as db:
        case = by_handler(db, me.id, reference)
        wanted = [one for one in ids if one not in left_out]
        if not wanted or me.keyring is None:
            return [], case.id
        organisation = db.get_one(Organisation, case.organisation_id)
        opened = unlock(db, organisation, case, me.id, me.keyring)
        sent = next(iter(_as_ids([str(form.id.data)])), None)
        found = several.own(db, case.id, me.id, opened, kind, wanted, sent)
    return [Kept(one.id, one.name, one.size, one.id not in not_cleaned) for one in found], case.id


def _as_held(files: Sequence[Kept]) -> list[Held]:
    sure = set(_ids("sure-file"))
    return [Held(one.id, one.name, one.size, one.cleaned, one.id in sure) for one in files]


def _ids(name: str) -> list[UUID]:
    return _as_ids(request.form.getlist(name))


def _as_ids(texts: Sequence[str]) -> list[UUID]:
    found = list[UUID]()
    for one in texts:
        try:
            found.append(UUID(one))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


def named(form: Attaching) -> dict[str, list[str]]:
    """The part of a message's content that names them."""
    return {"attachments": [str(one.id) for one in form.held]} if form.held else {}
