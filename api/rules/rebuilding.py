"""A program of its own that makes a picture anew: what a hostile file does, it does to this.

`python -m api.rules.rebuilding` reads the picture from standard input, which can be sought, and
writes PNG to standard output; with a number behind it, of at most so many pixels each way. Exit
codes: 0, or 10 and more: `REFUSALS` in that order.
"""

from __future__ import annotations

import sys

from shared import pictures
from shared.errors import Refused

FIRST = 10
REFUSALS = (pictures.BROKEN, pictures.TOO_MANY, pictures.UNKNOWN)


def main() -> int:
    """The exit code."""
    try:
        if sys.argv[1:]:
            pictures.preview_into(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[1]))
        else:
            pictures.rebuild_into(sys.stdin.buffer, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except Refused as error:
        return FIRST + REFUSALS.index(error.detail)
    except MemoryError:
        return FIRST + REFUSALS.index(pictures.TOO_MANY)
    return 0


if __name__ == "__main__":
    sys.exit(main())
