"""The app: a photo of 12 megapixels is opened, five boxes are put on it, and it is saved."""

from __future__ import annotations

import random
import time
from io import BytesIO
from typing import Any

from tests.bench.row import Row, compare

MOST = 1.5
"""Seconds."""


def photo() -> bytes:
    """An invented photo of 4,000 by 3,000 pixels, as JPEG."""
    from PIL import Image

    chance = random.Random(1)
    small = Image.frombytes("RGB", (400, 300), chance.randbytes(360_000))
    target = BytesIO()
    small.resize((4_000, 3_000), Image.Resampling.BICUBIC).save(target, "JPEG", quality=90)
    return target.getvalue()


def redaction() -> Row:
    """Seconds for all of it, against a second and a half."""
    from mobile.redacting import Redaction

    data = photo()

    def ours() -> float:
        start = time.perf_counter()
        opened = Redaction.open(data)
        for at in range(5):
            opened.cover(700 * at, 500 * at, 700 * at + 600, 500 * at + 400)
        opened.result()
        return time.perf_counter() - start

    name = "app: a picture of 12 megapixels redacted, against 1.5 s"
    return compare(name, "s", ("at most", 1.0), ours, lambda: MOST, rounds=3)


def rows() -> list[dict[str, Any]]:
    """As it stands in var/bench.json."""
    return [redaction().as_json()]
