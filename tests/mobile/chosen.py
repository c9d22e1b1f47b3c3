"""The pages that bring in messages of WhatsApp, for pictures and tests: invented chats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mobile.language import _
from mobile.messages import which_day
from mobile.screens.decide import Decide
from mobile.screens.lines import LinesPage
from mobile.screens.lines_sent import LinesSent
from mobile.screens.messages import MessagesPage
from mobile.screens.pick import Pick
from mobile.whatsapp import NO_HEADS, read
from mobile.whatsapp_text import notes, parts
from tests.mobile.chats import ANDROID_UK, android

OWN = 2


def _page(*, trouble: bool = False, busy: bool = False) -> Any:
    page = MessagesPage(back=lambda: None, open_file=lambda: None, busy=busy)
    if trouble:
        page.tell(_(NO_HEADS))
    return page


def _order() -> Any:
    page = Decide(back=lambda: None)
    page.show(which_day((2024, 3, 4), (2024, 4, 3)))
    return page


def _who() -> Any:
    page = Pick(title=_("Messages"), heading=_("Which of these is you?"), back=lambda: None)
    page.body = _("Your own messages are then left out. This is not sent.")
    page.show([{"code": 0, "name": "Kim Invented", "about": "12"}], "account", "")
    return page


def lines(text: str = ANDROID_UK, *, chosen: tuple[int, ...] = (3, 4)) -> Any:
    """The choice of lines, some of them chosen."""
    page = LinesPage(back=lambda: None)
    page.show(read(text), OWN)
    for at in chosen:
        page.choose(at)
    return page


def sent(*, looked: bool = True, chosen: tuple[int, ...] = (2, 3, 4, 7)) -> Any:
    """What is sent of them."""
    page, chat = LinesSent(back=lambda: None), read(ANDROID_UK)
    page.show(list(parts(chat, chosen, OWN)))
    if looked:
        page.point(*notes(chat, chosen, OWN))
    return page


SCREENS: dict[str, Callable[[], Any]] = {
    "messages": _page,
    "messages-trouble": lambda: _page(trouble=True),
    "messages-reading": lambda: _page(busy=True),
    "messages-order": _order,
    "messages-who": _who,
    "lines": lines,
    "lines-none": lambda: lines(chosen=()),
    "lines-long": lambda: lines(android(2_000), chosen=()),
    "lines-sent": sent,
    "lines-sent-looking": lambda: sent(looked=False),
    "lines-sent-nothing": lambda: sent(chosen=(3,)),
}
