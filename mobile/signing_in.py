"""Eight words are typed, to come back to a case; and kept, if that is wanted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mobile.app import plain
from mobile.opening import DOES_NOT_HOLD, stop
from mobile.screens.sign_in import SignIn
from shared.errors import WrenError
from shared.sealing import tokens

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.returning import Returning
    from mobile.screens.decide import Decide


class SigningIn:
    """Lives until the case is open; then `returning` shows it."""

    def __init__(self, app: WrenApp, returning: Returning) -> None:
        self._app, self._returning = app, returning
        page = SignIn(tokens, paste=app.clipboard.paste, back=returning.away)
        page.enter, page.kept = self._enter, app.keeping.kept
        self._page = page

    def show(self) -> None:
        """Asks for the words."""
        self._app.show(self._page)

    def _enter(self, token: str) -> None:
        self._page.busy = True
        failed = partial(self._not_opened, token)
        self._returning.open(token, partial(self._opened, token), failed)

    def _mend(self, token: str, page: Decide) -> None:
        page.busy = True
        failed = partial(self._not_opened, token)
        self._returning.open(token, partial(self._opened, token), failed, mend=True)

    def _opened(self, token: str) -> None:
        """Keeps the words, where that was ticked beside them."""
        app, reference = self._app, self._returning.reference
        if self._page.keep and app.organisation is not None:
            try:
                app.kept_cases.add(token, reference, app.organisation.address)
            except WrenError as error:
                self._returning.not_kept = plain(error)

    def _not_opened(self, token: str, error: BaseException) -> None:
        self._page.busy = False
        self._page.tell(self._app.trusting.of_words(error))
        if isinstance(error, DOES_NOT_HOLD):
            mend = partial(self._mend, token)
            stop(self._app, error, lambda _page: self.show(), self._returning.away, mend)
        elif self._app.stage.screen is not self._page:  # mending failed: it is told there
            self.show()

    def forget(self) -> None:
        """Takes the words away."""
        self._page.forget()
