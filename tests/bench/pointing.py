"""The check before sending: how much it finds and how often it is wrong, and how long it takes.

`python -m tests.bench.pointing` prints the figures of every kind, for both parts of the set.
"""

from __future__ import annotations

import time
from typing import Any

from tests.bench.row import Row, compare, table
from tests.mobile.labelled import PARTS, figures, sentences

PASTE = 200_000
"""Characters of a paste."""
WHOLE = 1.0
"""What a perfect check would reach, and a second for the paste."""
NAMES = {"tuned": "sentences looked at", "held_out": "sentences held out"}


def quality() -> list[Row]:
    """Precision and recall of both parts, against perfect."""
    found = []
    for part in PARTS:
        measured, name = figures(part), f"app: check before sending, {NAMES[part]}"
        note = f"{len(sentences()[part])} sentences, {measured.right.total()} right"
        for what, value in (("precision", measured.precision()), ("recall", measured.recall())):
            goal = ("at least", 0.9 if part == "tuned" else 0.8)
            found.append(Row(f"{name}: {what}", "", goal, value, WHOLE, note))
    return found


def paste() -> Row:
    """Processor seconds for a paste of 200,000 characters of invented sentences."""
    from mobile.pointing import look

    texts = [one["text"] for part in PARTS for one in sentences()[part]]
    text = "\n".join(texts)
    text = (text * (PASTE // len(text) + 1))[:PASTE]
    look(texts[0])

    def ours() -> float:
        before = time.process_time()
        look(text)
        return time.process_time() - before

    return compare(
        f"app: check before sending, a paste of {PASTE:,} characters, against a second",
        "s",
        ("at most", 1.0),
        ours,
        lambda: 1.0,
        rounds=3,
    )


def rows() -> list[dict[str, Any]]:
    """All rows of the check, as they stand in var/bench.json."""
    return [one.as_json() for one in (*quality(), paste())]


def main() -> None:
    """The rows, and the figures by kind."""
    for part in PARTS:
        measured = figures(part)
        print(f"\n{NAMES[part]} ({len(sentences()[part])})")
        print(f"{'kind':12}{'right':>7}{'false':>7}{'missed':>8}{'precision':>11}{'recall':>8}")
        for kind in (*measured.kinds(), ""):
            counts = [
                one[kind] if kind else one.total()
                for one in (measured.right, measured.false, measured.missed)
            ]
            print(
                f"{kind or 'all':12}{counts[0]:7}{counts[1]:7}{counts[2]:8}"
                f"{measured.precision(kind):11.2f}{measured.recall(kind):8.2f}"
            )
    print()
    print(table([*quality(), paste()]))


if __name__ == "__main__":
    main()
