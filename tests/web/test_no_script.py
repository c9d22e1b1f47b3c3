"""With the script off: the same pages in the same order."""

from __future__ import annotations

import pytest

from tests.web.samples import SCENES, Scene
from tests.web.screen import Place, sound


@pytest.mark.parametrize("scene", SCENES, ids=lambda one: one.__name__)
def test_it_works(place: Place, scene: Scene) -> None:
    place.script = False
    place.fresh()
    for _name in scene(place):
        sound(place)
