"""A view that scrolls up and down under the bars around it.

Kivy's own is cut at its edges with a stencil, which draws the whole area twice more on every
frame. This one is not cut: `page.Frame` draws its bars, which are opaque, over it. It glides on
and stops at its ends: Kivy's usual effect pulls it past them, and springs back to the wrong one.
"""

from __future__ import annotations

from kivy.uix.scrollview import ScrollView

from mobile.kv import load


class Scroll(ScrollView):
    """A ScrollView without Kivy's rule for it: see the module."""


load(__file__)
