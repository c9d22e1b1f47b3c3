"""Asks which way the app goes out, where what was chosen can't be read any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mobile.language import _
from mobile.questions import Question

if TYPE_CHECKING:
    from mobile.app import WrenApp


def ask_way(app: WrenApp, then: Callable[[], None]) -> None:
    """Asks, keeps the answer, and goes on with `then()`. Until then nothing goes out."""
    from mobile.screens.decide import Decide
    from mobile.screens.settings import ORBOT

    def choose(proxy: str) -> None:
        app.guide.proxy = proxy
        app.guide.save()
        then()

    page = Decide()
    page.show(question())
    page.has_back = False
    page.yes, page.other = lambda: choose(ORBOT), lambda: choose("")
    app.show(page)


def question() -> Question:
    """The page."""
    return Question(
        _("Connection"), _("Which way should Wren go out?"),
        _("What this phone kept about it can\u2019t be read any more. If you had chosen Tor, "
          "choose it again. Until you choose, nothing is sent and nothing is fetched."),
        (), _("Through Tor, with the app Orbot"), other=_("Straight, without Tor"),
    )  # fmt: skip
