"""Lets the outbox send what is due, again and again, while the app is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kivy.clock import Clock

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.outbox import OutboxItem


class Sending:
    """Lives as long as the app. `look` sends at once what is due, if nothing is being sent.

    `app.reporting`, `app.returning` and `app.listing` are told by `sent(items)` after each time.
    """

    def __init__(self, app: WrenApp) -> None:
        self._app = app
        self._busy = False
        self._look = Clock.create_trigger(lambda _dt: self.look(), 1, interval=True)

    def start(self) -> None:
        """Begins to look every second."""
        self._look()

    def stop(self) -> None:
        """Looks no more; what is under way is not told any more."""
        self._look.cancel()
        self.drop()

    def drop(self) -> None:
        """Forgets what is under way; the next `look` begins anew."""
        self._busy = False
        if self._app.outbox is not None:
            self._app.outbox.rest()
        self._app.sender.drop()

    def look(self) -> None:
        """Sends what is due."""
        outbox = self._app.outbox
        if self._busy or outbox is None or outbox.next_due() != 0:
            return
        self._busy = True
        self._app.sender.run(outbox.send_due, self._sent, self._failed)

    def _sent(self, items: tuple[OutboxItem, ...]) -> None:
        self._busy = False
        self._app.signs()
        for part in (self._app.reporting, self._app.returning, self._app.listing):
            told = getattr(part, "sent", None)
            if told is not None:
                told(items)

    def _failed(self, error: BaseException) -> None:
        self._busy = False
        self._app.tell(error)

    @property
    def on_its_way(self) -> bool:
        """Whether something would be lost if everything was forgotten: unsent, or its words."""
        outbox: Any = self._app.outbox
        return outbox is not None and bool(outbox.unsent() or outbox.reports())
