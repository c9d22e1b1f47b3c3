"""Which counts of a quarter's table may be shown, so that no small one can be worked out.

A quarter's cases (`opened`) are told apart by one field at a time, so a table is a star: each
field's counts add up to the number of cases, or of closed cases, and have no other tie. Within a
field, a count below five is hidden, and with it others until two or more are hidden that make at
least five together. How many cases have nothing set may be known otherwise, so it hides no other.

A table is frozen once it is shown. A later one is shown, field by field, only if it hides what
was hidden, shows what was shown, and differs from each that was shown before by nothing or by
five at least, in every count and in what is hidden together. That is decided by what is shown
alone, so that also the decision tells nothing of what is hidden.

Sources and reasons: docs/adr/0002-published-figures.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import Any

LEAST = 5
"""The smallest count that is shown."""

Cells = dict[str, int | None]
"""Value -> how many cases; None: hidden."""

NOT_SET = {
    "region": "not-set",
    "channel": "not-set",
    "professional_group": "not-known",
    "outcome": "not-set",
    "speak_up_again": "no-answer",
}
"""The value, of each field that has one, of cases that nothing is known of."""

OF_OPENED = ("status", "desk", "confidentiality", "region", "channel", "professional_group")
"""A case has one value of each: they add up to the cases opened."""

OF_CLOSED = ("outcome", "speak_up_again")
"""These add up to the cases closed."""

SEVERAL = ("element", "category")
"""A case may have several values, or none: each is shown, or not, by itself."""

FIELDS = (*OF_OPENED, *OF_CLOSED, *SEVERAL)

SHARES = {"median": 0.5, "p90": 0.9}
"""The quantiles of days; at least `LEAST` cases lie at or beyond each, on both sides."""


# --- one table ----------------------------------------------------------------------------


def hide(counts: Mapping[str, int], loose: str | None, lots: Mapping[str, float]) -> Cells:
    """Counts that add up to a known total, with None for those to hide.

    `loose` is the value of cases that nothing is known of. `lots` has a number above 0 and
    below 1 for each value, which nobody outside knows: which others are hidden is drawn, a
    smaller one sooner, since a choice that can be foreseen tells what it was made from. If too
    little can stay hidden otherwise, everything is.
    """
    hidden = {value for value, count in counts.items() if count < LEAST}
    if not hidden:
        return dict(counts)
    order = sorted(
        (value for value in counts if value != loose and value not in hidden),
        key=lambda value: -counts[value] * log(lots[value]),
    )
    while not _enough(counts, hidden, loose):
        if not order:
            return dict.fromkeys(counts)
        hidden.add(order.pop(0))
    return {value: None if value in hidden else count for value, count in counts.items()}


def _enough(counts: Mapping[str, int], hidden: set[str], loose: str | None) -> bool:
    """Whether two are hidden besides `loose`, and make five, however few `loose` may have.

    What is asked for is the sum that anybody can work out: asking for more would tell more.
    """
    least = 2 * LEAST - 1 if loose in hidden else LEAST
    return len(hidden - {loose}) > 1 and sum(counts[value] for value in hidden) >= least


def each(counts: Mapping[str, int], total: int) -> Cells:
    """Counts of which a case may have several: each hidden if it or the others are few."""
    return {
        value: count if LEAST <= count <= total - LEAST else None
        for value, count in counts.items()
    }


def told(cells: Mapping[str, int | None]) -> bool:
    """Whether anything of a field was shown."""
    return any(count is not None for count in cells.values())


def quantiles(days: Mapping[int, int]) -> dict[str, int | None]:
    """The nearest-rank median and 90th percentile of days (day -> cases); None: too few cases."""
    count = sum(days.values())
    found: dict[str, int | None] = {}
    for name, share in SHARES.items():
        enough = round(count * (1 - share), 6) >= LEAST
        found[name] = _ranked(days, count * share) if enough else None
    return found


def _ranked(days: Mapping[int, int], rank: float) -> int:
    seen = 0
    for day, count in sorted(days.items()):
        seen += count
        if seen >= rank:
            return day
    raise AssertionError("a rank is at most the number of cases")


# --- from one table to the next -------------------------------------------------------------


def few(change: int) -> bool:
    """Whether a change is one that nobody may be told of."""
    return 0 < abs(change) < LEAST


def revise(
    counts: Mapping[str, int], loose: str | None, before: Mapping[str, int | None]
) -> Cells | None:
    """The next counts of a field that was told: it hides what it hid. None if it can't."""
    hidden = {value for value, count in before.items() if count is None}
    cells = {value: None if value in hidden else count for value, count in counts.items()}
    if any(count is not None and count < LEAST for count in cells.values()):
        return None
    return cells if not hidden or _enough(counts, hidden, loose) else None


def differs_by_few(now: Group, before: Group) -> bool:
    """Whether two tables of a field, both told, tell a change of few cases."""
    pairs = [(now["total"], before["total"]), (rest(now), rest(before))]
    pairs += [(count, before["cells"][value]) for value, count in now["cells"].items()]
    return any(few(new - old) for new, old in pairs if new is not None and old is not None)


def rest(group: Group) -> int:
    """What is hidden of a field together: anybody can work it out."""
    shown: list[int] = [one for one in group["cells"].values() if one is not None]
    return int(group["total"]) - sum(shown)


Group = Mapping[str, Any]
"""A field's table: `total` (None: hidden, or of several) and `cells`."""


def group(
    field: str,
    counts: Mapping[str, int],
    total: int | None,
    before: Sequence[Group],
    lots: Mapping[str, float],
) -> dict[str, Any] | None:
    """A field's next table; None if what was shown before has to stay.

    `total` is None if it is hidden. `before` are all its tables until now, in order; `lots` as
    for `hide`.
    """
    blank = {"total": None, "cells": dict.fromkeys(counts)}
    if total is None or total < LEAST:
        return None if before else blank
    if field in SEVERAL:
        return _several(counts, total, before)
    if sum(counts.values()) != total or min(counts.values(), default=0) < 0:
        return None if before else blank  # sealed by a client that counts otherwise
    earlier, loose = [one for one in before if told(one["cells"])], NOT_SET.get(field)
    hidden = earlier[0]["cells"] if earlier else None
    cells = revise(counts, loose, hidden) if hidden else hide(counts, loose, lots)
    if cells is None:
        return None
    found = {"total": total if told(cells) else None, "cells": cells}
    if before and (not told(cells) or any(differs_by_few(found, one) for one in earlier)):
        return None
    return None if before and found == _plain(before[-1]) else found


def _plain(found: Group) -> dict[str, Any]:
    return {"total": found["total"], "cells": dict(found["cells"])}


def _several(
    counts: Mapping[str, int], total: int, before: Sequence[Group]
) -> dict[str, Any] | None:
    """Each value by itself: it and the cases without it are a table of two."""
    cells = each(counts, total)
    if not before:
        return {"total": None, "cells": cells}
    last = before[-1]["cells"]
    for value, count in cells.items():
        shown = [one["cells"][value] for one in before if one["cells"][value] is not None]
        if count is None or any(few(count - one) for one in shown):
            cells[value] = last[value]
    return None if cells == last else {"total": None, "cells": cells}


def times(days: Mapping[int, int], before: Mapping[str, Any] | None, today: str) -> dict[str, Any]:
    """How long something took, as it may be shown after what was shown `before`.

    `median` and `p90` (None: too few cases), `cases` and `day`. Cases only come to it, so it
    stays as it was until five more did. `cases` is never shown: how many there were, up to the
    next five, and 0 where nothing was told, so that what is kept tells no small count.
    """
    cases = sum(days.values())
    if before is not None and cases - before["cases"] < LEAST:
        return dict(before)
    found = quantiles(days)
    if found["median"] is None:
        # That it would be told anew is told by the day: nothing is, where nothing was.
        return found | {"cases": 0, "day": today} if before is None else dict(before)
    return found | {"cases": -(-cases // LEAST) * LEAST, "day": today}
