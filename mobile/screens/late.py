"""When a promised day has passed: another desk, somebody outside, or wait."""

from __future__ import annotations

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

import mobile.widgets.callout
import mobile.widgets.card  # noqa: F401 - their rules
from mobile.kv import load
from mobile.widgets.page import Page


class Late(Page):
    """`desk()` and `outside()` are called when they are chosen; waiting is the way back."""

    late = StringProperty("")
    has_desk = BooleanProperty(True)
    desk = ObjectProperty(None, allownone=True)
    outside = ObjectProperty(None, allownone=True)


load(__file__)
