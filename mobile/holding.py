"""Holds a place for the report that is being written, from before its first word."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Event
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.place import Held
    from mobile.worker import Worker


class Holding:
    """Lives as long as the app. What is held is the draft's, and is kept and forgotten with it.

    Without a line there is none: then the service is asked when the report is sent.
    """

    def __init__(self, app: WrenApp, worker: Worker) -> None:
        self._app, self._worker = app, worker
        self._busy = False
        self._stop = Event()

    def begin(self) -> None:
        """A report is begun, or gone on with: fetches a place for it, and does its work."""
        app = self._app
        if self._busy or app.organisation is None or not app.organisation.slug:
            return
        from mobile import place

        self._busy, self._stop = True, Event()
        organisation, address = app.organisation, app.organisation.address
        held = self._held(address)
        if not place.is_good(held):
            self._worker.run(
                lambda: place.fetch(organisation),
                lambda found: self._fetched(address, found),
                self._not_held,
            )
        else:
            self._work(address, held)

    def _held(self, address: str) -> Mapping[str, Any]:
        found = self._app.draft.held
        return found.get("place", {}) if found.get("organisation") == address else {}

    def _fetched(self, address: str, found: Held) -> None:
        self._keep(address, found)
        self._work(address, found)

    def _work(self, address: str, held: Held) -> None:
        from mobile import place

        if held["work"]:
            self._busy = False
            return
        stop = self._stop
        self._worker.run(
            lambda: place.worked(held, stop),
            lambda found: self._worked(address, found),
            self._not_held,
        )

    def _worked(self, address: str, found: Held) -> None:
        self._busy = False
        self._keep(address, found)

    def _keep(self, address: str, found: Held) -> None:
        self._app.draft.held = {"organisation": address, "place": dict(found)}
        self._app.save()

    def _not_held(self, _error: BaseException) -> None:
        """Nobody is told: nothing is lost by it."""
        self._busy = False

    def take(self) -> Held:
        """What is held for the report that goes out now, as far as it was worked for."""
        app = self._app
        held = self._held(app.organisation.address) if app.organisation is not None else {}
        self.drop()
        return held

    def drop(self) -> None:
        """Ends what is under way."""
        self._stop.set()
        self._busy = False
        self._worker.drop()
