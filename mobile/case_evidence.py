"""Evidence in an open case: adding to it, looking at what is there, and keeping a proof."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mobile import questions
from mobile.app import plain
from mobile.evidence import Pieces, owner_of
from mobile.gathering import Gathering
from mobile.language import _
from mobile.screens.decide import Decide
from mobile.viewing import Viewing

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.evidence import Piece
    from mobile.talk import Talk

PROOF = "wren.json"
"""What a proof is called here: nothing that says what it is; as on the web pages."""


class CaseEvidence:
    """Lives as long as the conversation. `back()` shows it again; `send()` sends what waits."""

    def __init__(
        self, app: WrenApp, talk: Talk, back: Callable[[], None], send: Callable[[], None]
    ) -> None:
        self._app, self._talk, self._back, self._send = app, talk, back, send
        owner = owner_of(talk.organisation, talk.reference)
        limits, taken = (lambda: talk.limits), (lambda: talk.taken)
        self.pieces = Pieces(lambda: app.store, owner, limits, taken)
        self._gathering = Gathering(app, self.pieces, back, self._put)
        self._viewing = Viewing(app, talk, back)
        self._page: Any = None
        self.ways: dict[str, Callable[[str], None]] = {
            "open": self._viewing.open, "back": self.take_back, "proof": self._ask_proof,
        }  # fmt: skip

    def gather(self) -> None:
        """The page of evidence, with what is begun in this case."""
        self._gathering.show()

    def _put(self, pieces: tuple[Piece, ...], text: str) -> None:
        self._talk.attach(pieces, text)
        self._send()

    def is_evidence(self, key: str) -> bool:
        """Whether something that waits is a message with evidence."""
        return any(one.name == key and one.pieces for one in self._talk.outbox)

    def take_back(self, key: str) -> None:
        """Takes a message that did not arrive back; its pieces can be changed. Shows them."""
        self._talk.give_back(key)
        self.gather()

    def clear(self) -> None:
        """Drops what was begun and not sent. Raises `NotKept`."""
        self.pieces.clear()

    # --- a proof ---

    def _ask_proof(self, _key: str = "") -> None:
        page = self._page = Decide(back=self._leave)
        page.show(questions.proof())
        page.yes, page.other = self._fetch_proof, self._leave
        self._app.show(page)

    def _fetch_proof(self) -> None:
        page = self._page
        page.busy = True

        def work() -> bytes:
            return json.dumps(self._talk.proof(), indent=1).encode()

        def fetched(proof: bytes) -> None:
            page.busy = False
            if page is self._page and self._app.stage.screen is page:
                self._app.saving.save(PROOF, "application/json", proof, self._saved)

        self._app.jobs.run(work, fetched, lambda error: page.tell(plain(error)))

    def _saved(self, name: str) -> None:
        self._leave()
        self._app.stage.tell(_("Saved as {name}.").format(name=name))

    def _leave(self) -> None:
        self._page = None
        self._back()

    def forget(self) -> None:
        """Empties its pages; the pieces stay where they are."""
        self._gathering.forget()
        self._viewing.forget()
        if self._page is not None:
            self._page.forget()
        self._page = None
