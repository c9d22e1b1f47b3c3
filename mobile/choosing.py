"""The settings: what each of them does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mobile import pin_questions as ask
from mobile.language import _, language
from mobile.pins import Pins
from mobile.questions import Question
from mobile.screens.decide import Decide
from mobile.screens.settings import SettingsPage
from mobile.theme import theme

if TYPE_CHECKING:
    from mobile.app import WrenApp


class Choosing:
    """Lives as long as the settings are shown."""

    def __init__(self, app: WrenApp) -> None:
        self._app = app
        self._ways: dict[str, Callable[[], None]] = {
            "set": lambda: app.set_pin(self.show), "unlock": app.going.unlock, "lock": app.lock,
            "change": lambda: Pins(app, self.show).change(),
            "second": lambda: Pins(app, self.show).second(),
            "stop": lambda: self._sure(ask.stop(), app.keeping.stop, self._stopped),
            "wipe": lambda: self._sure(ask.wipe(), app.keeping.wipe, self._wiped),
            "organisation": app.connecting.ask_address, "limits": self._limits,
        }  # fmt: skip

    def show(self) -> None:
        """Shows the settings as they are."""
        app, guide = self._app, self._app.guide
        page = SettingsPage(back=app.home, act=lambda code: self._ways[code]())
        page.set_language, page.set_night = self._language, self._night
        page.set_motion, page.set_proxy = self._motion, self._proxy
        page.show(
            language=language.code,
            night=theme.night,
            motion=guide.motion,
            proxy=guide.proxy,
            pin=app.keeping.kept,
            aside=app.keeping.aside,
        )
        app.show(page)

    # --- looks ---

    def _language(self, code: str) -> None:
        self._app.guide.language = code
        self._app.guide.save()
        language.use(code)

    def _night(self, on: bool) -> None:
        theme.night = on

    def _motion(self, on: bool) -> None:
        self._app.guide.motion = theme.motion = on
        self._app.guide.save()

    def _proxy(self, address: str) -> str:
        """Sends everything this way from now on; says what is wrong with the address."""
        from shared.errors import BadProxy
        from shared.line import parse_proxy

        try:
            self._app.guide.proxy = str(parse_proxy(address)) if address else ""
        except BadProxy as error:
            return _(error.detail)
        self._app.guide.save()
        self._app.connecting.renew()
        return ""

    # --- what is kept ---

    def _sure(
        self, question: Question, work: Callable[[], None], then: Callable[[], None]
    ) -> None:
        from mobile.app import plain

        app, page = self._app, Decide(back=self.show)
        page.show(question)
        page.other = self.show

        def yes() -> None:
            page.busy = True
            app.saver.run(work, lambda _done: then(), lambda error: page.tell(plain(error)))

        page.yes = yes
        app.show(page)

    def _stopped(self) -> None:
        self._app.connecting.renew_outbox()
        self.show()

    def _wiped(self) -> None:
        app, page = self._app, Decide()
        app.forget()
        page.show(ask.wiped(tries=False))
        page.has_back, page.yes = False, app.start_page
        app.show(page)

    def _limits(self) -> None:
        page = Decide(back=self.show)
        page.show(ask.limits())
        page.yes = self.show
        self._app.show(page)
