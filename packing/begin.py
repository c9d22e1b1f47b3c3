"""Starts a staged app until its first frame, then tells where its modules came from.

Run by `packing.alone` as `python -I -S begin.py FOLDER SITE [every]`: nothing else is on the path.
"""

from __future__ import annotations

import os
import runpy
import sys
import sysconfig
from typing import Any


def _every(folder: str) -> None:
    """Imports each module that was staged."""
    import importlib
    import pkgutil

    for package in ("mobile", "shared"):
        for one in pkgutil.walk_packages([os.path.join(folder, package)], f"{package}."):
            if not one.name.endswith(".__main__"):
                importlib.import_module(one.name)


def main() -> None:
    """Reads the arguments."""
    folder, site, *rest = sys.argv[1:]
    sys.argv[1:] = []
    sys.path[:] = [folder, site, *(one for one in sys.path if one != os.path.dirname(__file__))]
    os.environ["KIVY_LOG_MODE"] = "PYTHON"  # else a traceback would vanish in Kivy's log
    from mobile.main import configure

    configure()
    from kivy.core.window import Window

    def drawn(*_: Any) -> None:
        Window.unbind(on_flip=drawn)
        if rest:
            _every(folder)
        told = ["drawn"]
        known = (folder, site, sysconfig.get_path("stdlib"), os.path.dirname(__file__))
        links = {os.path.realpath(os.path.join(site, one)) for one in os.listdir(site)}
        for module in list(sys.modules.values()):
            file = getattr(module, "__file__", None)
            if file and not os.path.realpath(file).startswith((*known, *links)):
                told.append(file)
        os.write(1, "\n".join(told).encode())
        os._exit(0)

    Window.bind(on_flip=drawn)
    runpy.run_path(os.path.join(folder, "main.py"), run_name="__main__")


if __name__ == "__main__":
    main()
