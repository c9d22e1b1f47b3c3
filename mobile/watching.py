"""Has kept cases asked about while the app is open, unlocked and in sight."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kivy.clock import Clock

from mobile.background import Jobs

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.news import News, Told
    from mobile.organisation import Organisation
    from mobile.worker import Worker


def by_clock(seconds: float, call: Callable[[], None]) -> Callable[[], None]:
    """Calls once after so many seconds; returns what cancels that."""
    event = Clock.schedule_once(lambda _dt: call(), seconds)
    return event.cancel  # type: ignore[no-any-return]


class Watching:
    """Lives as long as the app. `told` of `app.listing` and `app.returning` hear of news."""

    def __init__(self, app: WrenApp, worker: Callable[[], Worker] = Jobs) -> None:
        self._app, self._worker = app, worker
        self._news: News | None = None

    def look(self) -> None:
        """Asks about the cases that are kept now, and no others."""
        app, records = self._app, self._app.kept_cases.records()
        if app.outbox is None or not (records or self._news):
            return
        if self._news is None:
            from mobile.news import News

            self._news = News(self._organisation, self._worker, by_clock, self._told)
        self._news.watch(records)

    def _organisation(self, address: str) -> Organisation:
        known = self._app.organisation
        if known is not None and known.address == address:
            return known
        return self._app.connecting.make_organisation(address)

    def _told(self, name: str, found: Told) -> None:
        self._app.told(name, found)

    def of(self, name: str) -> Told | None:
        """What is known of a case."""
        return self._news.found.get(name) if self._news is not None else None

    def unread(self) -> int:
        """In how many kept cases there is something new."""
        return sum(one.unread > 0 for one in self._news.found.values()) if self._news else 0

    def seen(self, name: str) -> None:
        """Its user reads this case now."""
        if self._news is not None:
            self._news.seen(name)

    def stop(self) -> None:
        """Asks no more: locked, left, or out of sight."""
        if self._news is not None:
            self._news.stop()
        self._news = None
