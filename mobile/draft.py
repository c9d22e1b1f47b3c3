"""What somebody is about to report: kept in memory only, while the app runs."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

TEXTS = (
    "story", "when", "place", "people", "who_knows", "told_before", "wanted", "immediate_danger",
)  # fmt: skip
LIMITS = {"story": 20_000}
SHORT = 2_000
NOT_KNOWN = "not-known"
NEEDED = "Write what happened. A few words are enough."


@dataclass(repr=False)  # a repr would end up in an error's text
class Draft:
    """The answers so far; empty ones were skipped. `agreed` are the readers that were shown."""

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
            found["story"] = NEEDED
        for name in TEXTS:
            limit = LIMITS.get(name, SHORT)
            over = len(getattr(self, name)) - limit
            if over > 0:
                found[name] = f"This is {over:,} characters too long. Shorten it."
        return found

    def clear(self) -> None:
        """Empties everything."""
        empty = Draft()
        for each in fields(self):
            setattr(self, each.name, getattr(empty, each.name))


def day(text: object) -> str:
    """An ISO day in words, `3 November 2026`; what is no day comes back as it is."""
    from datetime import date

    try:
        when = date.fromisoformat(str(text))
    except ValueError:
        return str(text or "")
    return f"{when.day} {when:%B} {when.year}"


def checked(text: object) -> str:
    """When something was last checked, in words; empty if nobody noted it."""
    return f"Last checked {day(text)}" if text else ""
