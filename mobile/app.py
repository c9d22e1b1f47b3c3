"""The app: wires screens, background work, what is kept and the organisation together, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kivy.app import App
from kivy.clock import Clock
from kivy.core.window import Window

from mobile import android
from mobile.background import Jobs
from mobile.clipboard import Clipboard
from mobile.connecting import Connecting
from mobile.draft import Draft
from mobile.going import Going
from mobile.guide import Guide
from mobile.holding import Holding
from mobile.keeping import Keeping
from mobile.kept_cases import KeptCases
from mobile.language import _, language, later
from mobile.leaving import Leaving
from mobile.lock import now
from mobile.locking import Locking
from mobile.picking import Picking
from mobile.redact_flow import Redacting
from mobile.saving import Saving
from mobile.screens.welcome import Welcome
from mobile.sending import Sending
from mobile.stage import Stage
from mobile.theme import theme
from mobile.tidying import Tidying
from mobile.trusting import Trusting
from mobile.watching import Watching
from mobile.worker import Worker
from shared.errors import BrokenChain, WrenError

if TYPE_CHECKING:  # the first frame doesn't wait for requests and cryptography
    from mobile.cases import Cases
    from mobile.messages import Messages
    from mobile.news import Told
    from mobile.organisation import Organisation
    from mobile.outbox import Outbox
    from mobile.reporting import Reporting
    from mobile.returning import Returning
    from mobile.store import Store
    from mobile.widgets.page import Frame
    from shared.client import Client

BROKEN = later("Something went wrong in the app. What you wrote is still here: try again.")
DOES_NOT_CHECK = later(
    "The signed list of people who can read this does not check. Write nothing here for now."
)
ESCAPE = 27


class WrenApp(App):
    """`address` is a URL or the text of a QR code; empty: the one used before, or asks for it.

    `data` is the directory for what is kept; None keeps nothing at all. `plain` begins with the
    page of staff guidance. `away()` replaces the process at a quick exit, where that can be
    done. `client` makes a `shared.client.Client` of an address.
    """

    title = "Wren"

    def __init__(
        self,
        address: str = "",
        data: Path | None = None,
        plain: bool = False,
        jobs: Worker | None = None,
        clipboard: Clipboard | None = None,
        client: Callable[..., Client] | None = None,
        away: Callable[[], None] | None = None,
        clock: Callable[[], float] = now,
        workers: tuple[Worker, Worker, Worker] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.data, self.plain, self.client = data, plain, client
        self.guide = Guide(data)
        self.keeping = Keeping(data, self._moved)
        self.address = address or self.guide.current
        self.jobs: Worker = jobs or Jobs()
        # What is kept (PINs too) and what is sent wait for nothing that `jobs` fetches.
        self.saver, self.sender, holder = workers or (Jobs(), Jobs(), Jobs())
        self.clipboard = clipboard or Clipboard()
        self.away = away
        self.draft = Draft()
        self.place = ("home", "")
        self.drawn = False
        self.organisation: Organisation | None = None
        self.outbox: Outbox | None = None
        self.known: Mapping[str, Any] | None = None
        self.stage = Stage()
        self.welcome: Welcome | None = None
        self.reporting: Reporting | None = None
        self.returning: Returning | None = None
        self.listing: Cases | None = None
        self.messages: Messages | None = None
        self.watching = Watching(self)
        self.kept_cases = KeptCases(lambda: self.store, self.watching.look)
        self.connecting = Connecting(self)
        self.locking = Locking(self, clock)
        self.sending = Sending(self)
        self.picking, self.redacting = Picking(self), Redacting(self)
        self.saving = Saving(self)
        self.holding = Holding(self, holder)
        self.leaving = Leaving(self)
        self.going = Going(self)
        self.trusting = Trusting(self)
        self.tidying = Tidying()

    @property
    def store(self) -> Store:
        """Where records of the user's are kept now: memory, or the open notebook."""
        return self.keeping.store

    def _moved(self, store: Store) -> None:
        if self.outbox is not None:
            self.outbox.use(store)

    # --- Kivy's own calls ---

    def open_settings(self, *_: Any) -> bool:
        """Kivy's own settings are shown nowhere: they would stand over the lock."""
        return True

    def _install_settings_keys(self, window: Any) -> None:
        """Kivy's: no key (F1) opens them."""

    def build(self) -> Stage:
        """The first screen; the network waits until it was drawn."""
        theme.night = self.guide.night
        theme.motion = self.guide.motion and not android.still()
        if self.guide.language != language.code:
            language.use(self.guide.language)
        # The ground of every screen: drawing it as well would cost a frame's worth of time.
        Window.clearcolor = theme.paper
        theme.bind(paper=self._coloured, night=self._coloured)
        Window.softinput_mode = "resize"
        Window.bind(on_keyboard=self._key, on_flip=self._drawn)
        if self.plain:
            self.leaving.plain_page()
        else:
            self.start_page()
        return self.stage

    def _coloured(self, *_: Any) -> None:
        Window.clearcolor = theme.paper
        if self.guide.night != theme.night:
            self.guide.night = theme.night
            self.guide.save()

    def _drawn(self, *_: Any) -> None:
        Window.unbind(on_flip=self._drawn)
        Clock.schedule_once(self._begin)  # not now: the frame is shown after this

    def _begin(self, *_: Any) -> None:
        self.drawn = True
        self.tidying.start()
        self.locking.start()
        self.sending.start()
        if self.welcome is not None:
            self.home()
        elif self.keeping.locked:
            self.connecting.prepare()

    def _key(self, _window: Any, key: int, *_: Any) -> bool:
        screen = self.stage.screen
        if key == ESCAPE and screen is not None:
            if screen.has_back and screen.back is not None:
                screen.go_back()
            else:  # the first page: Android goes back to what was there before the app
                android.step_aside()
        return key == ESCAPE

    def on_pause(self) -> bool:
        """Android is about to show something else; this page ends up in its task switcher."""
        self.locking.left()
        return True

    def on_resume(self) -> None:
        """It is shown again."""
        self.locking.back()

    def on_stop(self) -> None:
        """Leaves nothing behind, on the clipboard neither."""
        self.leaving.stop()

    # --- where to go ---

    def show(self, screen: Frame) -> None:
        """Shows a screen, with the quick exit that every one of them has."""
        screen.leave = self.quick_exit
        if not self.locking.holds(screen):
            self.stage.show(screen)
            self.trusting.tell()

    def start_page(self) -> None:
        """What is shown first: the lock, the first screen, or the question for an address."""
        self.going.start_page()

    def home(self) -> None:
        """The first screen."""
        self.going.home()

    def signs(self) -> None:
        """Shows on the first screen what is begun, kept, not sent, and new."""
        self.going.signs()

    def told(self, name: str, found: Told) -> None:
        """A kept case was asked about."""
        self.going.told(name, found)

    def guidance(self, slug: str = "") -> None:
        """Texts and contacts."""
        self.going.guidance(slug)

    def outside(self, back: Callable[[], None]) -> None:
        """Others whom somebody can turn to: the contacts alone."""
        self.going.outside(back)

    def reach(self, contact: Mapping[str, Any], back: Callable[[], None]) -> None:
        """Asks before a call is made or a page is opened: both leave traces on the phone."""
        self.going.reach(contact, back)

    def report(self, name: str = "") -> None:
        """Begins a report, or goes on with it; `name` is that of one in the outbox."""
        self.going.report(name)

    def words(self) -> None:
        """Comes back with eight words."""
        self.going.words()

    def cases(self, name: str = "") -> None:
        """The cases that are kept here, and the one of this name; without any, asks for words."""
        self.going.cases(name)

    def cases_or_home(self) -> None:
        """The list, where there is something in it."""
        self.going.cases_or_home()

    def bring_messages(self, done: Callable[[bytes], None], back: Callable[[], None]) -> None:
        """Asks for messages of WhatsApp; `done` gets those that were chosen, as text (UTF-8)."""
        self.going.messages(done, back)

    def settings(self) -> None:
        """What can be chosen: language, colours, PIN, and what is kept."""
        self.going.settings()

    def set_pin(self, then: Callable[[], None]) -> None:
        """Asks for a new PIN, and keeps things under it; `then()` is called after, or if not."""
        self.going.set_pin(then)

    def connect(self, then: Callable[[], None] | None = None) -> None:
        """Fetches the directory; what was asked for meanwhile comes after it."""
        self.connecting.connect(then)

    # --- keeping and forgetting ---

    def save(self) -> None:
        """Keeps what was typed, if there is a PIN. Called a second after each key by itself."""
        self.leaving.save()

    def tell(self, error: BaseException) -> None:
        """Says what went wrong under whatever is shown."""
        self.stage.tell(plain(error))

    def lock(self) -> None:
        """Locks at once; without a PIN there is nothing but a cover."""
        self.locking.lock()

    def forget(self) -> None:
        """Drops everything of the user's from memory and from the clipboard."""
        self.leaving.forget()

    def quick_exit(self) -> None:
        """Away at once: nothing of the user's is left, and a plain page is shown."""
        self.leaving.quick_exit()


def plain(error: BaseException) -> str:
    """The sentence for people about an error; never its insides."""
    if isinstance(error, BrokenChain):
        return _(DOES_NOT_CHECK)
    return _(error.detail) if isinstance(error, WrenError) else _(BROKEN)
