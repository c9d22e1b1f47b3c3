"""What does work off the main thread, as the app needs it. No Kivy here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

Done = Callable[[Any], None]
Failed = Callable[[BaseException], None]


class Worker(Protocol):
    """What is needed of `background.Jobs`, or of the inline twin that tests inject."""

    def run(self, work: Callable[[], Any], done: Done, failed: Failed) -> None:
        """Does `work`; then `done(result)` or `failed(error)` on the main thread."""

    def drop(self) -> None:
        """Forgets what is under way."""
