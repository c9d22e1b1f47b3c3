"""Pictures of the reporter's pages on a phone and a wide window, while somebody reports."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from api import setup
from api.models.base import Work
from api.rules import organisations
from tests import need, standing
from tests.console.screen import browser
from tests.service import Service
from tests.template import filled
from tests.web.samples import asked, conversation, front, late, report, stranger
from tests.web.screen import Place, listening

SCENES = (front, report, conversation, asked, late, stranger)
TAKEN = {
    "organisation", "begin", "accessibility",
    "report-about", "report-story", "report-story-fault", "report-readers", "report-check",
    "words", "practise", "done", "case", "consent", "case-people", "case-late", "late",
    "case-stranger",
}  # fmt: skip
"""Which pages are shown: the others look like one of these."""

WIDE = {"organisation", "report-check", "case"}
NIGHT = {"organisation", "report-about", "words", "case"}
LANGUAGES = {"organisation", "report-about", "words"}
"""These are shown in a wide window, in night colours, and at 320 pixels in each language too."""

TALL = 2_400
"""Pixels of a picture at most; what is below is left out."""


@dataclass
class Camera:
    """Takes what a window shows."""

    out: Path
    taken: list[Path] = field(default_factory=list)

    def take(self, place: Place, name: str, width: int, scheme: str = "light") -> None:
        """The page as it is, from its top."""
        page = place.page
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        tall = min(TALL, page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": max(800, tall)})
        page.evaluate("scrollTo(0, 0)")
        path = self.out / f"{name}.png"
        page.screenshot(path=path)
        page.set_viewport_size({"width": 390, "height": 800})
        self.taken.append(path)

    def take_all(self, place: Place, name: str) -> None:
        """A page in each way in which it is shown."""
        if place.language != "en":
            if name in LANGUAGES:
                self.take(place, f"{name}-{place.language}-320", 320)
            return
        if name in TAKEN:
            self.take(place, f"{name}-390", 390)
        if name in WIDE:
            self.take(place, f"{name}-1280", 1280)
        if name in NIGHT:
            self.take(place, f"{name}-night", 390, "dark")


def be_the_trust(service: Service) -> None:
    """The organisation has the name and the contacts that `wren demo` gives it."""
    own = setup.defaults("eeast")

    def put(db: Work) -> None:
        found = organisations.find(db, "eeast")
        contacts = [*own["contacts"], *found.directory["contacts"]]
        found.name, found.directory = own["name"], {**found.directory, "contacts": contacts}

    service.database.write(put)


def take(out: Path) -> list[Path]:
    """All pictures, in `out`; their paths."""
    out.mkdir(parents=True, exist_ok=True)
    camera = Camera(out)
    with (
        tempfile.TemporaryDirectory(prefix="wren-pictures-") as where,
        browser(need.program("chromium")) as started,
    ):
        _, handlers = filled(f"sqlite:///{where}/template.db")
        kept = standing.on_sqlite(Path(where) / "template.db", handlers, Path(where) / "wren.db")
        for language in ("en", "cy", "pl"):
            for scene in SCENES if language == "en" else (front, report):
                with kept.lent() as service, listening(service) as at:
                    be_the_trust(service)
                    place = Place(service, started, at, language, ordinary=True)
                    for name in scene(place):
                        camera.take_all(place, name)
                    place.close()
        kept.service.close()
    return camera.taken
