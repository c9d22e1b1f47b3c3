"""The organisation's next receipt key, which a handler puts into the roster."""

from __future__ import annotations

from flask import Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField

from api.console.caller import READERS, Me
from api.console.forms import Form, refusals, sent
from api.console.pages import console
from api.console.showing import done, show
from api.contract import database
from api.rules import rosters
from shared.errors import Invalid, NotFound


class Sign(Form):
    """A handler signs for the key that they were shown."""

    fingerprint = HiddenField()
    compared = BooleanField(
        _l("I have compared the fingerprint with whoever runs Wren here. It is the same.")
    )


@console.page("/people/<slug>/receipt-key", *READERS, form=True)
def people_receipt_key(me: Me, slug: str) -> Response:
    """Compares the fingerprint of the key that waits, then signs the roster."""
    place = me.place(slug, *READERS)
    with database().read() as db:
        waits = rosters.newcomers(db, slug, me.id)["receipt_key"]
    if waits is None:
        raise NotFound
    form = Sign()
    if sent(form):
        with refusals(form):
            named = form.fingerprint.data
            form.fingerprint.data = waits["fingerprint"]
            if not form.compared.data:
                raise Invalid(errors={"compared": [_("Compare it first, then tick this.")]})
            body = {"receipt_key": named}
            database().write(lambda db: rosters.next_record(db, slug, me.id, me.keyring, body))
            return done(_("The roster was signed."), "console.people_of", slug=slug)
    else:
        form.fingerprint.data = waits["fingerprint"]
    return show("people_receipt_key.html", form=form, place=place, one=waits)
