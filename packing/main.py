"""What python-for-android and PyInstaller start: it lies at the root of the staged folder."""

from __future__ import annotations

import os
from typing import Any

from mobile.__main__ import main


def tell_frame() -> None:
    """Says that the first frame was drawn, and ends: how `make desktop` tries what it built."""
    from mobile.main import configure

    configure()
    from kivy.core.window import Window

    def drawn(*_: Any) -> None:
        os.write(1, b"drawn\n")
        os._exit(0)

    Window.bind(on_flip=drawn)


if __name__ == "__main__":
    if os.environ.get("WREN_TELL_FRAME"):
        tell_frame()
    main()
