"""What somebody is about to report. It outlives the app only in a notebook under a PIN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any

from mobile.language import _, count, day_of, later

TEXTS = (
    "story", "when", "place", "people", "who_knows", "told_before", "wanted", "immediate_danger",
)  # fmt: skip
LIMITS = {"story": 20_000}
SHORT = 2_000
NOT_KNOWN = "not-known"
NEEDED = later("Write what happened. A few words are enough.")


@dataclass(repr=False)  # a repr would end up in an error's text
class Draft:
    """The answers so far; empty ones were skipped. `agreed` are the readers that were shown.

    `step` is the step of the report that was shown last, from 0. `hours`: to be sent at a random
    moment within so many, or now. `held` is the place that waits for it (`mobile.holding`).
    """

    concerns: list[str] = field(default_factory=list)
    channel: str = ""
    story: str = ""
    when: str = ""
    place: str = ""
    people: str = ""
    who_knows: str = ""
    told_before: str = ""
    wanted: str = ""
    professional_group: str = ""
    immediate_danger: str = ""
    in_danger: bool = False
    urgent: bool = False
    desk: str = ""
    excluded: list[str] = field(default_factory=list)
    agreed: list[str] = field(default_factory=list)
    step: int = 0
    hours: int = 0
    held: dict[str, Any] = field(default_factory=dict)

    def report(self) -> dict[str, Any]:
        """The fields of a report that were answered, as the API names them."""
        found: dict[str, Any] = {name: getattr(self, name).strip() for name in TEXTS}
        if not self.in_danger:
            found["immediate_danger"] = ""
        found["concerns"] = list(self.concerns)
        found["channel"] = self.channel
        found["professional_group"] = self.professional_group
        return {name: value for name, value in found.items() if value}

    @property
    def marked_urgent(self) -> bool:
        """Whether it is to be released at once: only with somebody in danger."""
        return self.in_danger and self.urgent

    def faults(self) -> dict[str, str]:
        """Field -> what is wrong with it, before anything is sent."""
        found = {}
        if not self.story.strip():
            found["story"] = _(NEEDED)
        for name in TEXTS:
            limit = LIMITS.get(name, SHORT)
            over = len(getattr(self, name)) - limit
            if over > 0:
                found[name] = count(
                    "This is {n} character too long. Shorten it.",
                    "This is {n} characters too long. Shorten it.",
                    over,
                )
        return found

    def clear(self) -> None:
        """Empties everything."""
        self.take({})

    def no_readers(self) -> None:
        """Drops the choice of who reads it: those were another organisation's people."""
        self.desk, self.excluded, self.agreed = "", [], []

    def record(self) -> dict[str, Any] | None:
        """What a `mobile.store.Store` keeps of it; None if there is nothing to keep."""
        found = asdict(self)
        return found if found | {"held": {}} != asdict(Draft()) else None

    def take(self, record: Mapping[str, Any]) -> None:
        """Fills it from what `record` gave; what is not there, or of another kind, is empty."""
        empty = Draft()
        for each in fields(self):
            default = getattr(empty, each.name)
            value = record.get(each.name, default)
            setattr(self, each.name, value if type(value) is type(default) else default)


def day(text: object) -> str:
    """An ISO day in words, `3 November 2026`; what is no day comes back as it is."""
    try:
        when = date.fromisoformat(str(text))
    except ValueError:
        return str(text or "")
    return day_of(when)


def checked(text: object) -> str:
    """When something was last checked, in words; empty if nobody noted it."""
    return _("Last checked on {day}").format(day=day(text)) if text else ""
