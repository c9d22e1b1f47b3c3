"""About an open case: what it says of itself, and each step that counts, asked about first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from mobile import questions
from mobile.app import plain
from mobile.language import _, later
from mobile.questions import Question
from mobile.screens.decide import Decide
from shared.errors import BadKey, BrokenChain, WrenError
from shared.thread import today

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.talk import Talk
    from mobile.view import View

NOBODY_ELSE = later("Everybody on the signed list reads it already, or you left them out.")
NO_DESK = later("There is no other desk here that could read it.")


class Deciding:
    """Lives as long as the conversation. `back()` shows it again, with what changed.

    `send()` sends what waits; `stopped(error)` is called if the case does not check; `gone()`
    once it was withdrawn.
    """

    def __init__(
        self,
        app: WrenApp,
        talk: Talk,
        back: Callable[[], None],
        send: Callable[[], None],
        stopped: Callable[[BaseException], None],
        gone: Callable[[], None],
    ) -> None:
        self._app, self._talk, self._back, self._send = app, talk, back, send
        self._stopped, self._gone = stopped, gone
        self._page: Any = None
        self._ways: dict[str, Callable[[str], None]] = {
            "more": self._about, "late": self._late, "closing": self._closing, "add": self._add,
            "withdraw": self._withdraw, "who": self._who, "allow": self._allow,
            "refuse": self._refuse, "stop": self._stop, "out": self._out, "back_in": self._back_in,
        }  # fmt: skip

    def act(self, code: str) -> None:
        """Goes where a button of a card or of the page about the case leads."""
        name, _colon, key = code.partition(":")
        self._ways[name](key)

    def also(self, ways: Mapping[str, Callable[[str], None]]) -> None:
        """Leads elsewhere for these codes."""
        self._ways |= ways

    def forget(self) -> None:
        """Empties the page that is shown."""
        if self._page is not None:
            self._page.forget()
        self._page = None

    # --- pages ---

    def _show(self, page: Any, back: Callable[[], None] | None = None) -> None:
        page.back = back or self.leave
        self._page = page
        self._app.show(page)

    def leave(self) -> None:
        """Back to the conversation."""
        self.forget()
        self._back()

    def _ask(
        self,
        question: Question,
        yes: Callable[[], None],
        back: Callable[[], None] | None = None,
        other: Callable[[], None] | None = None,
    ) -> None:
        page = Decide()
        page.show(question)
        page.yes, page.other = yes, other or back or self.leave
        self._show(page, back)

    def _change(self, work: Callable[[], Any], done: Callable[[Any], None] | None = None) -> None:
        """Does something off the main thread while the page waits, then goes back."""
        page = self._page

        def failed(error: BaseException) -> None:
            if isinstance(error, (BrokenChain, BadKey)):
                self._stopped(error)
            elif page is not None:
                page.tell(plain(error))

        page.busy = True
        self._app.jobs.run(work, done or (lambda _result: self.leave()), failed)

    def _view(self) -> View:
        return self._talk.view()

    # --- about the case ---

    def _about(self, _key: str = "") -> None:
        from mobile.screens.case import CasePage

        page = CasePage(act_on=self.act)
        page.show(self._view())
        self._show(page)

    def _late(self, _key: str) -> None:
        from mobile.screens.late import Late

        page = Late(
            late=self._view().standing.late,
            has_desk=bool(self._talk.access.other_desks()),
            desk=self._pick_desk,
            outside=self._outside,
        )
        self._show(page)

    def _outside(self) -> None:
        self._app.outside(lambda: self._late(""))

    def _pick_desk(self) -> None:
        from mobile.screens.pick import Pick

        page = Pick(title=_("Another desk"), heading=_("Which desk should have it?"))
        page.picked = self._to_desk
        page.show(self._talk.access.other_desks(), "desk", _(NO_DESK))
        self._show(page, lambda: self._late(""))

    def _to_desk(self, desk: Mapping[str, str]) -> None:
        access, code = self._talk.access, desk["code"]
        question = questions.to_desk(desk["name"], access.at_desk(code), access.desk_name())
        self._ask(question, lambda: self._change(lambda: access.take_to(code)), self._pick_desk)

    # --- consent ---

    def _allow(self, key: str) -> None:
        self._ask(questions.allow(*self._talk.asked(UUID(key))), lambda: self._answer(key, True))

    def _refuse(self, key: str) -> None:
        self._ask(questions.refuse(*self._talk.asked(UUID(key))), lambda: self._answer(key, False))

    def _answer(self, key: str, granted: bool) -> None:
        self._put(lambda: self._talk.answer(UUID(key), granted))

    def _stop(self, key: str) -> None:
        names, _asks = self._talk.asked(UUID(key))
        yes = partial(self._put, lambda: self._talk.stop_sharing(UUID(key)))
        self._ask(questions.stop(names), yes)

    def _put(self, put: Callable[[], View]) -> None:
        """Puts an answer behind what waits, and goes back; stays if the phone can't keep it."""
        try:
            put()
        except WrenError as error:
            if self._page is not None:
                self._page.tell(plain(error))
            return
        self.leave()
        self._send()

    # --- readers ---

    def _who(self, _key: str = "") -> None:
        unknown = self._view().unknown()
        if not unknown:
            self.leave()
            return
        gone = [one.id for one in unknown]
        self._ask(
            questions.stranger(unknown),
            lambda: self._change(lambda: self._talk.access.shut_out(gone)),
            other=self._go_on_anyway,
        )

    def _go_on_anyway(self) -> None:
        self._talk.agree()
        self.leave()
        self._send()

    def _out(self, key: str) -> None:
        name = next((one.name for one in self._view().people if one.id == key), "")
        access = self._talk.access
        self._ask(
            questions.shut_out(name),
            lambda: self._change(lambda: access.shut_out([key])),
            self._about,
        )

    def _back_in(self, key: str) -> None:
        access = self._talk.access
        found = next((one for one in access.gone() if one.id == key and one.back), None)
        if found is not None:
            question = questions.again(found.name, found.about)
            yes = partial(self._change, lambda: access.add(key))
            self._ask(question, yes, self._about)

    def _add(self, _key: str = "") -> None:
        from mobile.screens.pick import Pick

        page = Pick(title=_("Let somebody in"), heading=_("Who should read it too?"))
        page.picked = self._add_one
        page.show(self._talk.access.others(), "account", _(NOBODY_ELSE))
        self._show(page, self._about)

    def _add_one(self, person: Mapping[str, str]) -> None:
        access, code = self._talk.access, person["code"]
        question = questions.add(person["name"], person["about"])
        self._ask(question, lambda: self._change(lambda: access.add(code)), self._add)

    # --- the end ---

    def _closing(self, _key: str) -> None:
        from mobile.screens.closing import Closing

        def answer(code: str, comment: str) -> None:
            self._put(lambda: self._talk.close_with(code, comment))

        self._show(Closing(answer=answer))

    def _withdraw(self, _key: str) -> None:
        from mobile.screens.withdraw import Withdraw

        view = self._view()
        page = Withdraw(reference=view.reference)
        page.show(questions.withdrawing(view.standing.hold))
        page.withdraw = lambda: self._change(self._talk.withdraw, self._withdrawn)
        self._show(page, self._about)

    def _withdrawn(self, answer: Mapping[str, Any]) -> None:
        day = today(self._app.known or {"time_zone": "Europe/London"})
        self._gone()
        page = Decide()
        page.show(questions.withdrawn(answer, day))
        page.has_back, page.yes = False, self._app.home
        self._app.show(page)
