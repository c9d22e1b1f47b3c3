"""Kivy without a window or GL, for everything here but `test_window.py`.

Kivy has to be told before it is imported, so this stands at the top.
"""

from __future__ import annotations

import os

for _name in ("KIVY_NO_ARGS", "KIVY_NO_CONFIG", "KIVY_NO_CONSOLELOG", "KIVY_NO_FILELOG"):
    os.environ[_name] = "1"
os.environ["KIVY_LOG_MODE"] = "PYTHON"
os.environ["KIVY_GL_BACKEND"] = "mock"
os.environ["KIVY_WINDOW"] = ""
os.environ["KIVY_CLIPBOARD"] = "dummy"

import gc  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402
from typing import Any  # noqa: E402

import pytest  # noqa: E402
from kivy.animation import Animation  # noqa: E402
from kivy.app import App  # noqa: E402
from kivy.base import EventLoop  # noqa: E402
from kivy.clock import Clock  # noqa: E402
from kivy.core import window as window_module  # noqa: E402
from kivy.core.window import WindowBase  # noqa: E402
from kivy.graphics import RenderContext  # noqa: E402
from kivy.graphics.cgl import cgl_init  # noqa: E402
from kivy.lang import Builder  # noqa: E402
from kivy.metrics import Metrics  # noqa: E402
from kivy.uix.widget import Widget  # noqa: E402

from tests.online import Online  # noqa: E402
from tests.online import online as serve_online  # noqa: E402
from tests.standing import Standing  # noqa: E402


class PaperWindow(WindowBase):
    """A window that is only a size."""

    def create_window(self, *_args: Any) -> None:
        cgl_init()  # the mock's functions: without it a call of GL ends the process
        self.initialized = True
        self.canvas = RenderContext(use_parent_projection=False)
        self.render_context = self.canvas
        self.system_size = [390, 844]

    def update_viewport(self) -> None:
        return None

    def mainloop(self) -> None:
        return None

    def set_size(self, width: int, height: int) -> None:
        self.system_size = [width, height]
        self.dispatch("on_resize", width, height)


if window_module.Window is None:
    window_module.Window = PaperWindow()
    EventLoop.set_window(window_module.Window)
    EventLoop.add_event_listener(window_module.Window)
    Metrics.density = 1
    Clock._max_fps = 0  # frames as fast as they come


class Inline:
    """The twin of `background.Jobs`: work is done when the test says so, on this thread."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []
        self.held = False

    def run(self, work: Callable[[], Any], done: Any, failed: Any) -> None:
        self.waiting.append((work, done, failed))
        if not self.held:
            self.go()

    def go(self) -> None:
        from shared.errors import WrenError

        while self.waiting:
            work, done, failed = self.waiting.pop(0)
            try:
                result = work()
            except WrenError as error:
                failed(error)
            else:
                done(result)

    def drop(self) -> None:
        self.waiting.clear()


class Board:
    """A clipboard of the test's own."""

    def __init__(self) -> None:
        self.text = ""

    def copy(self, text: str) -> None:
        if text:  # as Kivy's does
            self.text = text

    def paste(self) -> str:
        return self.text


class Hand:
    """Shows a widget on the paper window, and touches it."""

    def __init__(self, window: Any) -> None:
        self.window = window

    def show(self, widget: Any, width: int = 390, height: int = 844) -> Any:
        self.window.set_size(width, height)
        for child in list(self.window.children):
            self.window.remove_widget(child)
        widget.size_hint = None, None
        widget.size = width, height
        self.window.add_widget(widget)
        self.settle()
        return widget

    def clear(self) -> None:
        """Takes away what is shown, and all that keeps it alive: focus, timers, animations.

        What stays alive draws its texts anew for each later size of type.
        """
        self._let_go()  # of what it names, too: else a page would outlive this by that
        # Nothing was collected since the test began: what it left is young. To look through all
        # that is there for good would take longer than most tests.
        gc.collect(1)

    def _let_go(self) -> None:
        from mobile.widgets.field_cache import forget_typing

        app: Any = App.get_running_app()
        if app is not None:
            app.locking.stop()
            App._running_app = None
        for child in list(self.window.children):
            for widget in child.walk(restrict=True):
                if getattr(widget, "focus", False):
                    widget.focus = False
            self.window.remove_widget(child)
        for animation in tuple(Animation._instances):  # of pages that were left, too
            for moved in tuple(animation._widgets.values()):
                animation.cancel(moved["widget"])
        for event in Clock.get_events():
            if isinstance(getattr(event.get_callback(), "__self__", None), Widget):
                event.cancel()
        forget_typing()

    def settle(self, frames: int = 8) -> None:
        for _ in range(frames):
            Clock.tick()
            Builder.sync()
            Clock.tick_draw()

    def tap(self, widget: Any) -> None:
        from kivy.tests.common import UnitTestTouch

        x, y = widget.to_window(*widget.center)
        touch = UnitTestTouch(x, y)
        touch.touch_down()
        touch.touch_up()
        self.settle(3)

    def tap_text(self, root: Any, text: str) -> None:
        self.tap(find(root, text))

    def see(self, widget: Any) -> None:
        """Scrolls until it is in sight; a thread shows its end anyway."""
        parent = widget.parent
        while parent is not None and parent is not self.window:
            if hasattr(parent, "scroll_to") and not hasattr(parent, "data"):
                parent.scroll_to(widget, animate=False)
            parent = parent.parent
        before = None
        while before != (before := widget.to_window(*widget.center)):  # it may still move
            self.settle(3)


def find(root: Any, text: str) -> Any:
    """The widget (a button, card or chip) with this text or title."""
    for widget in root.walk(restrict=True):
        for name in ("text", "title"):
            if getattr(widget, name, None) == text and hasattr(widget, "on_release"):
                return widget
    raise AssertionError(f"no button {text!r}; there is:\n{texts(root)}")


def texts(root: Any) -> str:
    """Every text that a screen shows now."""
    from kivy.uix.label import Label
    from kivy.uix.textinput import TextInput

    found = [
        w.text for w in root.walk(restrict=True) if isinstance(w, Label | TextInput) and w.text
    ]
    return "\n".join(found)


@pytest.fixture(scope="session")
def paper() -> Iterator[Any]:
    gc.freeze()  # what is there for good is not looked through after each test
    yield window_module.Window
    gc.unfreeze()  # at the end it is: a module in C complains of what is left of it


@pytest.fixture
def hand(paper: Any) -> Iterator[Hand]:
    hand = Hand(paper)
    gc.disable()
    yield hand
    hand.clear()
    gc.enable()
    Metrics.fontscale = 1
    from mobile.language import ENGLISH, language
    from mobile.theme import theme

    theme.night, theme.motion = False, True
    if language.code != ENGLISH:
        language.use(ENGLISH)


@pytest.fixture
def inline() -> Inline:
    return Inline()


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A running `wren demo` of these tests' own: a handler's code works once in 30 seconds."""
    from tests.conftest import start_demo, stop

    process, told = start_demo(tmp_path_factory.mktemp("mobile-demo"))
    told["address"] = f"{told['url']}/o/{told['organisation']}"
    yield told
    stop(process)


@pytest.fixture(scope="session")
def guardian(served: dict[str, Any]) -> Any:
    """The first handler, signed in as a client that opens things itself."""
    import pyotp

    from shared.client import Client
    from shared.handling import HandlerSession

    one = served["handlers"][0]
    code = pyotp.TOTP(one["totp_secret"]).now()
    return HandlerSession.sign_in(Client(served["url"]), one["username"], one["password"], code)


@pytest.fixture
def online(sqlite_standing: Standing, monkeypatch: pytest.MonkeyPatch) -> Iterator[Online]:
    """A service of the test's own over a socket, whose days the test moves."""
    with sqlite_standing.lent() as service, serve_online(service, monkeypatch) as found:
        yield found
