"""Calling somebody, or opening their page: after what it leaves behind was said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mobile import elsewhere
from mobile.screens.contact import ContactPage

if TYPE_CHECKING:
    from mobile.app import WrenApp

Opener = Callable[[str], bool]


def reach(
    app: WrenApp,
    contact: Mapping[str, Any],
    back: Callable[[], None],
    opener: Opener = elsewhere.open_address,
    can_open: Opener = elsewhere.can_open,
) -> None:
    """Shows the page of one contact of the directory; `back` leads to where it was chosen."""
    page, address = ContactPage(back=back), elsewhere.target(contact)
    page.show(contact, can_open=can_open(address))

    def leave() -> None:
        page.busy = True
        app.jobs.run(lambda: opener(address), page.opened, lambda _error: page.opened(False))

    page.open, page.copy = leave, app.clipboard.put
    app.show(page)
