"""Before anything is written: who reads it, and whether they are those whom one accepted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from shared.errors import BadKey, BadSignature, BrokenChain, Damaged, UnknownToken

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.trust import Trust

STOPS = (BrokenChain, BadKey, BadSignature, Damaged)
"""A list of people that is older, forged or not the poster's: then nothing is written."""


class Trusting:
    """Lives as long as the app."""

    def __init__(self, app: WrenApp) -> None:
        self._app = app
        self._told = ""

    def tell(self) -> None:
        """Says once what could not be read of what is kept here in clear, or not be kept.

        Not on the page after a quick exit, which says nothing of Wren.
        """
        app, trouble = self._app, self._app.guide.trouble
        if trouble != self._told and not getattr(app.stage.screen, "plain", False):
            self._told = trouble
            if trouble:
                app.stage.tell(trouble)

    def before(self, then: Callable[[], None]) -> None:
        """Goes on at once, or once the user accepted what changed about those who read."""
        organisation = self._app.organisation
        if organisation is None or not organisation.changes:
            then()
            return
        from mobile import trust

        def accept() -> None:
            organisation.accept()
            then()

        self._ask(trust.changed(organisation), accept, self._outside, self._app.home)

    def first(self, then: Callable[[], None]) -> None:
        """Says that a list is taken on trust, where no poster's code vouches for it."""
        organisation = self._app.organisation
        if organisation is None or not organisation.on_trust:
            then()
            return
        from mobile import trust

        again = self._app.connecting.ask_address
        self._ask(trust.on_trust(organisation), then, again, None)

    def of_words(self, error: BaseException) -> str:
        """What to tell about words that opened nothing. They are tried nowhere else by itself:
        each place that they are tried at learns that somebody came with words."""
        from mobile import trust
        from mobile.app import plain

        kept = self._app.guide.kept()
        if not isinstance(error, UnknownToken) or kept is None:
            return plain(error)
        return trust.elsewhere(kept.name, len(self._app.guide.organisations) - 1)

    def fetched(self) -> str:
        """Of which day the guidance is that is shown; empty if it is of just now."""
        organisation = self._app.organisation
        if organisation is None or organisation.fetched_on is None or organisation.fresh:
            return ""
        from mobile import trust
        from mobile.language import day_of

        return trust.fetched(day_of(organisation.fetched_on))

    def look(self, back: Callable[[], None]) -> None:
        """Shows who reads here, with their keys."""
        organisation = self._app.organisation
        if organisation is None or organisation.roster is None:
            back()
            return
        from mobile import trust

        self._ask(trust.everybody(organisation), back, None, back)

    def _ask(
        self,
        shown: Trust,
        yes: Callable[[], None],
        other: Callable[[], None] | None,
        back: Callable[[], None] | None,
    ) -> None:
        from mobile.screens.roster import Roster

        page = Roster(back=back, yes=yes, other=other)
        page.show(shown)
        self._app.show(page)

    def _outside(self) -> None:
        self._app.outside(self._app.home)

    def stop(
        self,
        error: BaseException,
        again: Callable[[], None],
        host: str = "",
        back: Callable[[], None] | None = None,
    ) -> bool:
        """Shows a page of its own if this is a list of people that does not check.

        `host` is whose list it is, if not that of the organisation in use.
        """
        if not isinstance(error, STOPS):
            return False
        from mobile import trust
        from mobile.screens.decide import Decide

        app, page = self._app, Decide(back=back or self._app.home)
        if not host and app.organisation is not None:
            host = app.organisation.host
        page.show(trust.stopped(host))
        page.yes = again
        page.other = lambda: app.outside(lambda: app.show(page))
        app.show(page)
        return True
