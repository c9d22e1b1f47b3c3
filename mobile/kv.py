"""Loads the kv rules that lie beside a module, under the same name."""

from __future__ import annotations

from pathlib import Path

from kivy.lang import Builder


def load(module_file: str) -> None:
    """Applies `<module>.kv`; each module calls it once, when it is first imported."""
    Builder.load_file(str(Path(module_file).with_suffix(".kv")))
