"""What can be done to a picture: an icon over a word, side by side."""

from __future__ import annotations

from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout

import mobile.widgets.text  # noqa: F401 - its rules and the icon font
from mobile.kv import load


class Tool(ButtonBehavior, BoxLayout):
    """`active`: it is what a finger does now. `main`: it leads on. Without `roomy` the word,
    which still says what it is for tests and readers, is not shown: very large type."""

    icon = StringProperty("")
    text = StringProperty("")
    active = BooleanProperty(False)
    main = BooleanProperty(False)
    roomy = BooleanProperty(True)


class Tools(GridLayout):
    """Tools of equal width."""

    roomy = BooleanProperty(True)


load(__file__)
