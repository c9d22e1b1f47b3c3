"""Opens a case off the main thread, and the page of one that must not be opened."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from mobile.access import KeyRefused
from mobile.app import plain
from mobile.questions import key_refused, stopped
from mobile.screens.decide import Decide
from shared.errors import BadKey, BrokenChain, Unreachable

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.talk import Talk
    from mobile.view import View

DOES_NOT_HOLD = (BrokenChain, BadKey)
"""What a case raises that does not check: nothing of it is shown, and nothing is sent."""


def open_case(
    app: WrenApp,
    token: str,
    address: str,
    opened: Callable[[Talk], None],
    failed: Callable[[BaseException], None],
    *,
    mend: bool = False,
) -> None:
    """Opens the case of these words, off the main thread.

    `address` is that of its organisation; empty for the one in use. `mend`: see `Outbox.open`.
    """

    def work() -> Talk:
        if app.outbox is None or app.organisation is None:
            raise Unreachable
        organisation = app.organisation
        if address not in ("", organisation.address):
            organisation = app.connecting.make_organisation(address)
        return app.outbox.open(token, organisation, mend=mend)

    app.jobs.run(work, opened, failed)


def stop(
    app: WrenApp,
    error: BaseException,
    again: Callable[[Decide], None],
    back: Callable[[], None],
    mend: Callable[[Decide], None],
) -> None:
    """A page of its own, with `again(page)` and `back()`, where a case does not check.

    `mend(page)` signs a new key, where a faulty one is all that is wrong.
    """
    page, faulty = Decide(back=back), isinstance(error, KeyRefused)
    page.show(key_refused() if faulty else stopped(plain(error)))
    page.yes = lambda: mend(page) if faulty else again(page)
    page.other = lambda: app.outside(lambda: app.show(page))
    app.show(page)


def try_again(
    app: WrenApp,
    talk: Talk,
    page: Decide,
    done: Callable[[View], None],
    failed: Callable[[BaseException], None],
    *,
    mend: bool = False,
) -> None:
    """Looks whether an open case checks by now; `failed` is told if it still does not.

    `mend`: signs a new key first.
    """

    def not_done(error: BaseException) -> None:
        if isinstance(error, DOES_NOT_HOLD):
            failed(error)
        else:
            page.tell(plain(error))

    page.busy = True
    app.jobs.run(partial(_look_and_send, talk, mend), done, not_done)


def _look_and_send(talk: Talk, mend: bool) -> View:
    if mend:
        talk.mend()
    else:
        talk.refresh()
    return talk.flush()
