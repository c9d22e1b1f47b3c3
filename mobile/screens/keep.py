"""Whether to keep anything on this phone, and what that means: before a PIN is chosen."""

from __future__ import annotations

from typing import Any

from kivy.properties import ObjectProperty

import mobile.widgets.callout
import mobile.widgets.choice  # noqa: F401 - their rules
from mobile.kv import load
from mobile.widgets.page import Page

TRIES = (3, 5, 10)
USUAL = 10


class Keep(Page):
    """`choose(tries)` is called to go on, `back()` to keep nothing."""

    choose = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ids.tries.chosen = [str(USUAL)]
        self.ids.tries.show([{"code": str(one), "name": str(one)} for one in TRIES], {})

    def tries(self) -> int:
        """How many wrong PINs are borne."""
        chosen = self.ids.tries.chosen
        return int(chosen[0]) if chosen else USUAL


load(__file__)
