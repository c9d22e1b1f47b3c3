"""When a promised day has passed: another desk, somebody outside, or wait."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from api.contract import Who, database
from api.rules import organisations, own_changes
from api.web.language import listed, stock
from api.web.pages import go, several, web
from api.web.reading import change, ids, readers_of
from api.web.showing import show
from api.web.standing import standing
from shared.errors import NoReader, ReadersChanged, TooEarly


def _late(who: Who) -> dict[str, Any]:
    with database().read() as db:
        own = readers_of(db, who).own
        desks = own_changes.other_desks(db, own) if own_changes.is_late(own) else []
        present = organisations.desk_names(db, own.organisation)[own.desk]
        contacts = organisations.dated(own.organisation.directory.get("contacts", []))
        now = standing(own)
    return {
        "standing": now,
        "desks": [(slug, stock(name), who) for slug, name, who in desks],
        "present": stock(present),
        "contacts": contacts,
    }


@web.case("/c/<visit:visit>/other", form=True)
def late(who: Who, visit: str) -> Response:
    """What can be done, and which other desk could have it."""
    found, faults = _late(who), {}
    if request.method == "POST":
        chosen = request.form.get("desk", "")
        if any(slug == chosen for slug, _name, _there in found["desks"]):
            return go("web.late_sure", visit=visit, desk=chosen)
        faults = {"desk": _("Choose which desk should have it.")}
    options = [
        (slug, name, _("Read by %(names)s", names=listed(one.name for one in there)))
        for slug, name, there in found["desks"]
    ]
    return show("late.html", visit=visit, options=options, faults=faults, **found)


@web.case("/c/<visit:visit>/other/<desk>", form=True)
def late_sure(who: Who, visit: str, desk: str) -> Response:
    """Asks before it takes the case there, with the names of those who would read it."""
    faults = {}
    if request.method == "POST":
        shown = ids(several("shown"))
        try:
            change(who, lambda db, own: own_changes.take_to(db, own, desk, shown))
            return go("web.people_changed", visit=visit, did="desk")
        except ReadersChanged:
            faults = {
                "": _("Who works at that desk has changed. Look again at who would read it.")
            }
        except (NoReader, TooEarly) as error:
            faults = {"": error.detail}
    found = _late(who)
    there = next((one for one in found["desks"] if one[0] == desk), None)
    if there is None:
        if not faults:
            return go("web.late", visit=visit)
        return show("late.html", visit=visit, options=[], faults=faults, **found)
    return show(
        "late_sure.html", visit=visit, desk=there[1], there=there[2],
        names=listed(one.name for one in there[2]), faults=faults, **found,
    )  # fmt: skip
