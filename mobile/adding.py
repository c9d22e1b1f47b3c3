"""Organisations on this phone: adding one by its address or code, choosing one, removing one."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mobile.draft import day
from mobile.language import _
from mobile.screens.address import AddressPage, KnownHere

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.organisation import Organisation
    from mobile.screens.pictures import Pictures


class Adding:
    """Lives as long as its pages are shown."""

    def __init__(self, app: WrenApp) -> None:
        self._app = app
        self._page = AddressPage(use=self._use, check=self._check, paste=app.clipboard.paste)
        self._page.choose, self._page.remove = self._choose, self._remove

    def ask(self, refused: str = "") -> None:
        """Asks where to report to; `refused` says why the address before can't be used."""
        from mobile import codes

        app, page = self._app, self._page
        if codes.can_read():
            page.picture = self._pictures
        else:
            page.no_picture = _(codes.NO_READER)
        page.back = app.home if app.guide.kept() is not None else None
        page.look = lambda: app.trusting.look(lambda: app.show(page))
        page.show(self._known())
        app.show(page)
        if refused:
            page.refused(refused)

    def _known(self) -> list[KnownHere]:
        guide = self._app.guide
        return [
            KnownHere(
                address,
                one.name,
                _("{address}. Fetched on {day}.").format(address=address, day=day(one.fetched_on)),
                address == guide.current,
            )
            for address, one in guide.organisations.items()
        ]

    # --- adding ---

    @staticmethod
    def _check(text: str) -> str:
        from mobile import codes

        return codes.other_kind(text)

    def _use(self, text: str) -> None:
        """Takes an address once something of Wren answers there."""

        def work() -> Organisation:
            organisation = self._app.connecting.make_organisation(text)
            organisation.connect()
            return organisation

        self._app.jobs.run(work, self._added, self._not_added)

    def _added(self, organisation: Organisation) -> None:
        app = self._app
        self._page.forget()
        app.connecting.use(organisation.address, organisation)
        app.trusting.first(app.home)

    def _not_added(self, error: BaseException) -> None:
        from mobile.app import plain

        self._page.refused(plain(error))
        host = urlsplit(self._page.ids.address.text.strip()).hostname or ""
        again = partial(self._app.show, self._page)
        self._app.trusting.stop(error, again, host, again)

    # --- a code from a picture ---

    def _pictures(self) -> None:
        from mobile import pictures

        self._folder(pictures.begin())

    def _folder(self, where: Path) -> None:
        from mobile import pictures
        from mobile.screens.pictures import Pictures

        page = Pictures(back=lambda: self._app.show(self._page))
        page.enter, page.chosen = self._folder, partial(self._chosen, page)
        if where.parent != where:
            page.up = partial(self._folder, where.parent)
        page.show(where.name or str(where), pictures.look(where))
        self._app.show(page)

    def _chosen(self, page: Pictures, path: Path) -> None:
        from mobile import codes
        from mobile.app import plain

        def read(text: str) -> None:
            fault = codes.other_kind(text)
            self._app.show(self._page)
            if fault:
                self._page.refused(fault)
            else:
                self._page.fill(text)

        def failed(error: BaseException) -> None:
            page.tell(plain(error))

        self._app.jobs.run(lambda: codes.read_file(path), read, failed)

    # --- those that are known ---

    def _choose(self, address: str) -> None:
        self._app.connecting.use(address)
        self._app.home()

    def _remove(self, address: str) -> None:
        app, current = self._app, self._app.guide.current
        app.guide.remove(address)
        if address == current:
            app.connecting.use(app.guide.current)
        Adding(app).ask()
