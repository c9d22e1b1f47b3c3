"""Who can read a case, and why, in words: `shared.who` judges it. No Kivy here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from mobile.language import _, later
from mobile.standing import NOBODY, spoken
from shared.who import ADDED, CONSENT, DESK, ENDED, STAY, STRANGER, Reader

__all__ = ["ADDED", "CONSENT", "DESK", "ENDED", "NOBODY", "STAY", "STRANGER", "Person", "people"]

ABOUT = {
    DESK: later("Can read it. Works at this desk."),
    ADDED: later("Can read it. You added them."),
    STRANGER: later("Not from the desk that you chose, and you did not agree to it."),
}


@dataclass(frozen=True)
class Person:
    """Somebody who has a key to what comes now.

    `why` is one of the five codes. `agreed` is false while the user has to be asked first.
    `request` is the consent-request that let them in.
    """

    id: str
    name: str
    why: str
    about: str
    agreed: bool = True
    request: str = ""


def people(readers: Iterable[Reader], today: date) -> tuple[Person, ...]:
    """The readers as they are shown, in order."""
    return tuple(
        Person(
            str(one.id),
            one.name or _(NOBODY),
            one.why,
            _about(one, today),
            one.agreed,
            str(one.consent.request) if one.consent is not None else "",
        )
        for one in readers
    )


def _about(one: Reader, today: date) -> str:
    if one.consent is None:
        return _(ABOUT[one.why])
    day = spoken(one.consent.until, today)
    if one.why == CONSENT:
        return _("Shared with your consent until {day}.").format(day=day)
    if one.consent.granted:
        return _("Your consent ended on {day}.").format(day=day)
    return _("Your consent was taken back.")
