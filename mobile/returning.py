"""From eight words to the conversation, and what becomes of each message written there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from mobile.app import plain
from mobile.case_evidence import CaseEvidence
from mobile.deciding import Deciding
from mobile.language import count
from mobile.looking_over import LookingOver
from mobile.opening import DOES_NOT_HOLD, open_case, stop, try_again
from mobile.screens.conversation import Conversation
from mobile.signing_in import SigningIn
from mobile.widgets.field_cache import forget_typing
from shared.errors import WrenError

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.kept_cases import KeptCase
    from mobile.news import Told
    from mobile.outbox import OutboxItem
    from mobile.screens.decide import Decide
    from mobile.talk import Talk
    from mobile.view import View


class Returning:
    """Lives from the sign-in until the conversation is left. `draft` is a reply that was begun."""

    def __init__(self, app: WrenApp, draft: str = "") -> None:
        self._app, self._draft = app, draft
        self._talk: Talk | None = None
        self._case: KeptCase | None = None
        self._warned = False
        self.not_kept = ""
        self._sign_in: SigningIn | None = None
        self._page: Conversation | None = None
        self._deciding: Deciding | None = None
        self._looking = LookingOver(app)
        self._evidence: CaseEvidence | None = None

    # --- from words to the case ---

    def show(self) -> None:
        """Asks for the words."""
        self._sign_in = SigningIn(self._app, self)
        self._sign_in.show()

    def away(self) -> None:
        """To the list, if there is something in it, or home."""
        self.forget()
        self._app.returning = None
        self._app.cases_or_home()

    @property
    def reference(self) -> str:
        """That of the case that is open; empty before."""
        return self._talk.reference if self._talk is not None else ""

    def open_kept(
        self, case: KeptCase, failed: Callable[[BaseException], None], *, mend: bool = False
    ) -> None:
        """Opens a case with the words that are kept."""
        self._case = case
        self.open(case.words, None, failed, case.organisation, mend=mend)

    def open(
        self,
        token: str,
        opened: Callable[[], None] | None,
        failed: Callable[[BaseException], None],
        address: str = "",
        *,
        mend: bool = False,
    ) -> None:
        """Opens the case of these words, off the main thread, and shows it.

        `address` is that of its organisation, if it is not the one in use. `mend`: see
        `Outbox.open`.
        """
        done = partial(self._opened, opened)
        open_case(self._app, token, address, done, failed, mend=mend)

    def _opened(self, then: Callable[[], None] | None, talk: Talk) -> None:
        app = self._app
        self._talk = talk
        if then is not None:
            then()
        if self._sign_in is not None:
            self._sign_in.forget()
            self._sign_in = None
        if self._case is None and app.organisation is not None:
            self._case = app.kept_cases.find(talk.reference, app.organisation.address)
        self._deciding = Deciding(app, talk, self._back, self._send, self._failed, self._withdrawn)
        evidence = self._evidence = CaseEvidence(app, talk, self._back, self._send)
        self._deciding.also(evidence.ways)
        act, who = self._deciding.act, partial(self._deciding.act, "who")
        page = Conversation(
            write=self._write, again=self._again, look=self._look, agree=self._agree,
            take_back=self._take_back, back=self._leave, more=partial(act, "more"), who=who,
            act_on=act,
        )  # fmt: skip
        page.look_over = partial(self._looking.reply, page)
        page.attach = evidence.gather
        self._page = page
        page.ids.box.text, self._draft = self._draft or self._typed(), ""
        if self._case is not None:
            app.place = ("cases", self._case.name)
        self._seen()
        app.show(page)
        page.show(talk.view())
        self._read()
        if self.not_kept:  # the words that were to be kept here
            page.trouble(self.not_kept)
        app.sending.look()

    def _typed(self) -> str:
        return self._app.kept_cases.typed(self._case.name) if self._case is not None else ""

    def _seen(self) -> None:
        """What there is was fetched just now: nothing of it is new."""
        if self._page is not None:
            self._page.news = False
        if self._case is not None:
            self._app.watching.seen(self._case.name)

    def _read(self) -> None:
        """It is on the screen. Where the line fails that is told the next time."""
        talk, shown = self._talk, self._app.stage.screen
        if talk is not None and talk.unread and shown is self._page:
            self._app.jobs.run(talk.read, lambda _done: None, lambda _error: None)

    def save(self) -> None:
        """A reply that was begun is put down, if the case is kept."""
        page, case = self._page, self._case
        if page is not None and case is not None:
            text = page.ids.box.text
            record = {"text": text} if text.strip() else None
            self._app.keeping.later("typed", case.name, record)

    # --- the conversation ---

    def _shown(self, view: View) -> None:
        if self._page is not None:
            self._page.checking = False
            self._page.show(view)
            self._read()

    def _back(self) -> None:
        """From a page about the case to its conversation."""
        if self._page is not None and self._talk is not None:
            self._app.show(self._page)
            self._shown(self._talk.view())

    def sent(self, _items: tuple[OutboxItem, ...]) -> None:
        """The outbox has tried: shows what came of it."""
        talk, page = self._talk, self._page
        if talk is None or talk.ended or page is None or self._app.stage.screen is not page:
            return
        codes = {error.code: error for error in DOES_NOT_HOLD}
        broken = next((one for one in talk.outbox if one.code in codes), None)
        if broken is not None:
            self._failed(codes[broken.code]())
        else:
            page.show(talk.view())
            self._read()

    def told(self, name: str, found: Told) -> None:
        """A kept case was asked about: says that there is something new, and fetches nothing."""
        if self._page is not None and self._case is not None and self._case.name == name:
            self._page.news = found.unread > 0

    def _failed(self, error: BaseException) -> None:
        if self._page is None:
            return
        self._page.checking = False
        if isinstance(error, DOES_NOT_HOLD):
            mend = partial(self._try_again, mend=True)
            stop(self._app, error, self._try_again, self._go, mend)
        else:
            self._page.trouble(plain(error))

    def _try_again(self, page: Decide, *, mend: bool = False) -> None:
        if self._talk is not None:
            done = lambda _view: self._back()  # noqa: E731
            try_again(self._app, self._talk, page, done, self._failed, mend=mend)

    def _withdrawn(self) -> None:
        """Nothing is left to come back to: everything of it is forgotten here."""
        app, case = self._app, self._case
        if case is not None:
            try:
                app.kept_cases.remove(case.name)
            except WrenError as error:
                app.tell(error)
        self.forget()
        app.returning = None

    def _write(self, text: str) -> None:
        talk, page = self._talk, self._page
        if talk is None or page is None:
            return
        self._warned = False
        try:
            view = talk.write(text)
        except WrenError as error:  # the phone could not keep it: it is still in the box
            page.ids.box.text = text
            page.trouble(plain(error))
            return
        self._shown(view)
        self._send()

    def _look(self) -> None:
        talk, page = self._talk, self._page
        if talk is None or page is None or page.checking:
            return
        page.checking, self._warned = True, False
        self._seen()
        self._app.jobs.run(talk.refresh, self._looked, self._failed)

    def _looked(self, view: View) -> None:
        self._shown(view)
        self._send()

    def _again(self) -> None:
        """*Try again*: also what waits for its time."""
        if self._app.outbox is not None:
            self._app.outbox.hurry()
        self._look()

    def _agree(self) -> None:
        if self._talk is not None:
            self._shown(self._talk.agree())
            self._send()

    def _send(self) -> None:
        self._warned = False
        self._app.sending.look()

    def _take_back(self, key: str) -> str:
        talk, page, evidence, text = self._talk, self._page, self._evidence, ""
        if talk is None or page is None or evidence is None:
            return text
        try:
            if evidence.is_evidence(key):
                evidence.take_back(key)
                return text
            text = talk.take_back(key)
        except WrenError as error:  # it is still where it was
            page.trouble(plain(error))
        else:
            self._shown(talk.view())
        return text

    # --- away ---

    def _leave(self) -> None:
        """A kept case goes on without its page; of any other, what is not sent is told first."""
        talk, page, case = self._talk, self._page, self._case
        if talk is None or page is None:
            return
        if case is not None:
            try:
                self._app.kept_cases.keep_typed(case.name, page.ids.box.text)
            except WrenError as error:
                page.trouble(plain(error))
                return
            self._go()
            return
        begun = self._evidence.pieces.all() if self._evidence is not None else ()
        unsent = talk.unsent() + bool(page.ids.box.text.strip()) + bool(begun)
        if unsent and not self._warned:
            self._warned = True
            page.trouble(
                count(
                    "{n} message is not sent yet. Press back again to leave without it.",
                    "{n} messages are not sent yet. Press back again to leave without them.",
                    unsent,
                )
            )
            return
        if self._evidence is not None:
            with suppress(WrenError):  # what is left of them goes at the next start
                self._evidence.clear()
        self._go()

    def _go(self) -> None:
        """Ends the session, as far as that can be done, and goes back to where it was opened."""
        if self._talk is not None:
            self._app.jobs.run(self._talk.sign_out, lambda _result: None, lambda _error: None)
        self.away()

    def forget(self) -> None:
        """Empties its screens; the session ends at the service by itself."""
        for part in (self._sign_in, self._page, self._deciding, self._evidence):
            if part is not None:
                part.forget()
        self._sign_in = self._page = self._talk = self._deciding = self._case = None
        self._evidence = None
        self._looking.forget()
        self._draft = ""
        forget_typing()
