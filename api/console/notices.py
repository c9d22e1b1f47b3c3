"""Where the caller wants notices by mail: an address, confirmed by a code that was sent to it."""

from __future__ import annotations

from flask import Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField

from api.console.caller import Me
from api.console.forms import Form, checked, refusals, sent
from api.console.pages import ANYONE, console
from api.console.showing import done, show
from api.contract import database
from api.rules import notice_addresses
from shared.errors import Invalid
from shared.schemas.accounts import AskNotices, ConfirmNotices


class Address(Form):
    """Where notices go."""

    address = StringField(
        _l("Email address"),
        description=_l("Only you see it. A code is sent to it."),
    )


class Code(Form):
    """What was sent there."""

    code = StringField(_l("Code"), description=_l("Six digits, from the mail."))


@console.page("/account/notices", *ANYONE, form=True)
def account_notices(me: Me) -> Response:
    """The address, and another one."""
    with database().read() as db:
        found = notice_addresses.show(db, me.id)
    form = Address()
    if found["address"] or found["asked"]:
        form.address.label.text = _("Another email address")
    if sent(form):
        with refusals(form):
            body = checked(AskNotices, {"address": (form.address.data or "").strip()})
            database().write(lambda db: notice_addresses.ask(db, me.id, body["address"]))
            return done(_("A code is on its way."), "console.account_notices_code")
    return show("account_notices.html", form=form, notices=found)


@console.page("/account/notices/code", *ANYONE, form=True)
def account_notices_code(me: Me) -> Response:
    """The code that came."""
    with database().read() as db:
        found = notice_addresses.show(db, me.id)
    form = Code()
    if sent(form):
        with refusals(form):
            body = checked(ConfirmNotices, {"code": (form.code.data or "").replace(" ", "")})
            right = database().write(lambda db: notice_addresses.confirm(db, me.id, body["code"]))
            if right is None:
                raise Invalid(errors={"code": notice_addresses.WRONG})
            return done(_("Notices go to this address from now on."), "console.account")
    return show("account_notices_code.html", form=form, notices=found)


@console.act("/account/notices/end", *ANYONE, back="console.account")
def account_notices_end(me: Me) -> Response:
    """No notices any more."""
    database().write(lambda db: notice_addresses.remove(db, me.id))
    return done(_("Your address was forgotten. No more mail comes."), "console.account")
