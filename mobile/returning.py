"""From eight words to the conversation, and what becomes of each message written there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from mobile.app import plain
from mobile.deciding import Deciding
from mobile.questions import stopped
from mobile.screens.conversation import Conversation
from mobile.screens.decide import Decide
from mobile.screens.sign_in import SignIn
from shared.errors import BadKey, BrokenChain
from shared.sealing import tokens

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.talk import Talk
    from mobile.view import View

UNSENT = "{} not sent yet. Press back again to leave without it."


class Returning:
    """Lives from the sign-in until the conversation is left."""

    def __init__(self, app: WrenApp, draft: str = "") -> None:
        self._app, self._draft = app, draft
        self._talk: Talk | None = None
        self._warned = False
        self._sign_in: SignIn | None = None
        self._page: Conversation | None = None
        self._deciding: Deciding | None = None

    def show(self) -> None:
        """Asks for the words."""
        self._sign_in = SignIn(tokens, paste=self._app.clipboard.paste, back=self._home)
        self._sign_in.enter = self._enter
        self._app.show(self._sign_in)

    def _home(self) -> None:
        self.forget()
        self._app.returning = None
        self._app.home()

    def _enter(self, token: str) -> None:
        if self._sign_in is not None:
            self._sign_in.busy = True
        self.open(token, None, self._not_opened)

    def _not_opened(self, error: BaseException) -> None:
        page = self._sign_in
        if page is not None:
            page.busy = False
            page.tell(plain(error))
            if isinstance(error, (BrokenChain, BadKey)):
                self._stop(error, lambda _page: self._app.show(page), self._home)

    def open(
        self,
        token: str,
        opened: Callable[[], None] | None,
        failed: Callable[[BaseException], None],
    ) -> None:
        """Opens the case of these words, off the main thread, and shows it."""
        app = self._app

        def work() -> Talk:
            reporter = app.reporter or app.make(app.address)
            talk = reporter.come_back(token)
            app.reporter = app.reporter or reporter
            return talk

        app.jobs.run(work, partial(self._opened, opened), failed)

    def _opened(self, then: Callable[[], None] | None, talk: Talk) -> None:
        if self._sign_in is not None:
            self._sign_in.forget()
            self._sign_in = None
        if then is not None:
            then()
        self._talk = talk
        self._deciding = Deciding(
            self._app, talk, self._back, self._send, self._failed, self._withdrawn
        )
        act, who = self._deciding.act, partial(self._deciding.act, "who")
        page = Conversation(
            write=self._write, again=self._look, look=self._look, agree=self._agree,
            take_back=self._take_back, back=self._leave, more=partial(act, "more"), who=who,
            act_on=act,
        )  # fmt: skip
        self._page = page
        page.ids.box.text, self._draft = self._draft, ""
        self._app.show(page)
        page.show(talk.view())

    def _shown(self, view: View) -> None:
        if self._page is not None:
            self._page.checking = False
            self._page.show(view)

    def _back(self) -> None:
        """From a page about the case to its conversation."""
        if self._page is not None and self._talk is not None:
            self._app.show(self._page)
            self._shown(self._talk.view())

    def _failed(self, error: BaseException) -> None:
        if self._page is None:
            return
        self._page.checking = False
        if isinstance(error, (BrokenChain, BadKey)):
            self._stop(error, self._try_again, self._go)
        else:
            self._page.trouble(plain(error))

    def _stop(
        self, error: BaseException, again: Callable[[Decide], None], back: Callable[[], None]
    ) -> None:
        """A page of its own: the case does not check, so nothing of it is shown."""
        page = Decide(back=back)
        page.show(stopped(plain(error)))
        page.yes = lambda: again(page)
        page.other = lambda: self._app.outside(lambda: self._app.show(page))
        self._app.show(page)

    def _try_again(self, page: Decide) -> None:
        talk = self._talk
        if talk is None:
            return

        def failed(error: BaseException) -> None:
            if isinstance(error, (BrokenChain, BadKey)):
                self._failed(error)
            else:
                page.tell(plain(error))

        page.busy = True
        self._app.jobs.run(partial(_look_and_send, talk), lambda _view: self._back(), failed)

    def _go(self) -> None:
        """Ends the session, as far as that can be done, and goes home."""
        if self._talk is not None:
            self._app.jobs.run(self._talk.sign_out, lambda _result: None, lambda _error: None)
        self._home()

    def _withdrawn(self) -> None:
        """Nothing is left to come back to: everything of it is forgotten here."""
        self._app.forget()

    def _run(self, work: Callable[[], Any]) -> None:
        self._warned = False
        self._app.jobs.run(work, self._shown, self._failed)

    def _write(self, text: str) -> None:
        talk = self._talk
        if talk is not None:
            self._shown(talk.write(text))
            self._send()

    def _look(self) -> None:
        talk, page = self._talk, self._page
        if talk is None or page is None or page.checking:
            return

        page.checking = True
        self._run(partial(_look_and_send, talk))

    def _agree(self) -> None:
        if self._talk is not None:
            self._shown(self._talk.agree())
            self._send()

    def _send(self) -> None:
        if self._talk is not None:
            self._run(self._talk.flush)

    def _take_back(self, key: str) -> str:
        talk = self._talk
        if talk is None:
            return ""
        text = talk.take_back(key)
        self._shown(talk.view())
        return text

    def _leave(self) -> None:
        talk, page = self._talk, self._page
        if talk is None or page is None:
            return
        unsent = talk.unsent() + bool(page.ids.box.text.strip())
        if unsent and not self._warned:
            self._warned = True
            many = "1 message is" if unsent == 1 else f"{unsent} messages are"
            page.trouble(UNSENT.format(many))
            return
        self._go()

    def forget(self) -> None:
        """Empties its screens; the session ends at the service by itself."""
        for page in (self._sign_in, self._page):
            if page is not None:
                page.forget()
        if self._deciding is not None:
            self._deciding.forget()
        self._sign_in = self._page = self._talk = self._deciding = None
        self._draft = ""


def _look_and_send(talk: Talk) -> View:
    talk.refresh()
    return talk.flush()
