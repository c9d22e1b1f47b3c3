"""Covers what is shown while the app is out of sight: nothing of the user's is on it."""

from __future__ import annotations

from kivy.properties import BooleanProperty, ObjectProperty

from mobile.kv import load
from mobile.widgets.page import Page


class Cover(Page):
    """`go_on()` is called by who wants to see again what is covered.

    `sending`: something is on its way, for which it was not forgotten.
    """

    sending = BooleanProperty(False)

    go_on = ObjectProperty(None, allownone=True)


load(__file__)
